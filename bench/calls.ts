import Bottleneck from 'bottleneck';
import { ConsecutiveBreaker, circuitBreaker, retry as cockatielRetry, ExponentialBackoff, handleAll } from 'cockatiel';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { asyncScheduler, map, retry } from 'rxjs';
import type { CircuitBreakerConfig, Limit } from 'rxjs-resilience';
import type { Job } from './job';
import {
  awaiting,
  call,
  call$,
  floor,
  lib,
  operators,
  ours,
  peer,
  plenty,
  promiseFloor,
  rxFloor,
  subscribing,
} from './support';

/** One operator around a call that succeeds, on a policy with room for it. */
export const job: Job = {
  columns: ['ns', 'wall', 'ratio', 'bytes'],
  cases: [
    rxFloor,
    floor('rxjs map', () => subscribing(call$.pipe(map((value) => value)))),
    floor('scheduler.now()', () => (n) => repeat(n, () => asyncScheduler.now())),
    ours('retryBackoff', () => subscribing(call$.pipe(lib.retryBackoff()))),
    peer('rxjs retry', () => subscribing(call$.pipe(retry({ count: 3, delay: 1_000 })))),
    ours('circuitBreak', () => breaking({ failureThreshold: 5 })),
    ours('circuitBreak, last 100 calls', () => breaking(rate({ calls: 100 }))),
    ours('circuitBreak, last 30 s', () => breaking(rate({ window: 30_000 }))),
    ours('rateLimit, window', () => limiting(lib.perMinute(plenty))),
    ours('rateLimit, bucket', () => limiting(lib.tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 }))),
    ours('tokenBudget', () => subscribing(call$.pipe(operators<number>().tokenBudget))),
    promiseFloor,
    peer('cockatiel retry', () => {
      const policy = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
      return awaiting(() => policy.execute(call));
    }),
    peer('cockatiel breaker', () => {
      const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
      return awaiting(() => policy.execute(call));
    }),
    peer('rate-limiter-flexible', () => {
      const limiter = new RateLimiterMemory({ points: plenty, duration: 60 });
      return awaiting(() => limiter.consume('key').then(call));
    }),
    peer('bottleneck', () => {
      const limiter = new Bottleneck({ reservoir: plenty });
      return awaiting(() => limiter.schedule(call));
    }),
  ],
};

function repeat(n: number, work: () => unknown): void {
  for (let i = 0; i < n; i += 1) {
    work();
  }
}

function rate(of: { calls: number } | { window: number }): CircuitBreakerConfig {
  return { trip: lib.failureRate({ threshold: 0.5, minimumCalls: 10, ...of }) };
}

function breaking(config: CircuitBreakerConfig) {
  return subscribing(call$.pipe(lib.circuitBreak(new lib.CircuitBreaker(config))));
}

function limiting(limits: Limit) {
  return subscribing(call$.pipe(lib.rateLimit(new lib.RateLimiter({ limits }))));
}
