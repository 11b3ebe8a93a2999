import Bottleneck from 'bottleneck';
import { RateLimiter as Limiter } from 'limiter';
import PQueue from 'p-queue';
import pThrottle from 'p-throttle';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { asyncScheduler, map } from 'rxjs';
import { type Limit, perMinute, RateLimiter, rateLimit, tokenBucket } from 'rxjs-resilience';
import type { Body, CallJob } from '../job';
import { awaiting, call, call$, promiseFloor, rxFloor, subscribing } from './support';

/** So many that nobody ever waits. */
const plenty = 1e9;

export const job: CallJob = {
  kind: 'calls',
  name: 'rate',
  title: 'Rate limit: a permit is free',
  about: 'Nobody has to wait: what it costs to ask, to be counted, and to call.',
  cases: [
    rxFloor,
    {
      name: 'scheduler.now()',
      role: 'floor',
      make: () => (n) => {
        for (let i = 0; i < n; i += 1) {
          asyncScheduler.now();
        }
      },
    },
    { name: 'rxjs map', role: 'floor', make: () => subscribing(call$.pipe(map((value) => value))) },
    { name: 'rateLimit, sliding window', role: 'ours', make: () => ours(perMinute(plenty)) },
    {
      name: 'rateLimit, token bucket',
      role: 'ours',
      make: () => ours(tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 })),
    },
    promiseFloor,
    {
      name: 'p-throttle',
      role: 'peer',
      make: () => awaiting(pThrottle({ limit: plenty, interval: 60_000 })(call)),
    },
    {
      name: 'limiter',
      role: 'peer',
      make: () => {
        const limiter = new Limiter({ tokensPerInterval: plenty, interval: 'minute' });
        return awaiting(() => limiter.removeTokens(1).then(call));
      },
    },
    {
      name: 'rate-limiter-flexible',
      role: 'peer',
      make: () => {
        const limiter = new RateLimiterMemory({ points: plenty, duration: 60 });
        return awaiting(() => limiter.consume('key').then(call));
      },
    },
    {
      name: 'p-queue',
      role: 'peer',
      make: () => {
        const queue = new PQueue({ intervalCap: plenty, interval: 60_000 });
        return awaiting(() => queue.add(call));
      },
    },
    {
      name: 'bottleneck',
      role: 'peer',
      make: () => {
        const limiter = new Bottleneck({ reservoir: plenty });
        return awaiting(() => limiter.schedule(call));
      },
    },
  ],
};

function ours(limits: Limit): Body {
  return subscribing(call$.pipe(rateLimit(new RateLimiter({ limits }))));
}
