import Bottleneck from 'bottleneck';
import { ConsecutiveBreaker, circuitBreaker, retry as cockatielRetry, ExponentialBackoff, handleAll } from 'cockatiel';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { asyncScheduler, map, retry } from 'rxjs';
import type { CircuitBreakerConfig, Limit } from 'rxjs-resilience';
import type { Job } from './job';
import { awaiting, call, call$, lib, operators, plenty, promiseFloor, rxFloor, subscribing } from './support';

/** One operator around a call that succeeds, on a policy with room for it. */
export const job: Job = {
  columns: ['ns', 'wall', 'ratio', 'bytes'],
  cases: [
    rxFloor,
    { name: 'rxjs map', kind: 'floor', make: () => subscribing(call$.pipe(map((value) => value))) },
    { name: 'scheduler.now()', kind: 'floor', make: () => (n) => repeat(n, () => asyncScheduler.now()) },
    { name: 'retryBackoff', kind: 'ours', make: () => subscribing(call$.pipe(lib.retryBackoff())) },
    { name: 'rxjs retry', kind: 'peer', make: () => subscribing(call$.pipe(retry({ count: 3, delay: 1_000 }))) },
    { name: 'circuitBreak', kind: 'ours', make: () => breaking({ failureThreshold: 5 }) },
    { name: 'circuitBreak, last 100 calls', kind: 'ours', make: () => breaking(rate({ calls: 100 })) },
    { name: 'circuitBreak, last 30 s', kind: 'ours', make: () => breaking(rate({ window: 30_000 })) },
    { name: 'rateLimit, window', kind: 'ours', make: () => limiting(lib.perMinute(plenty)) },
    {
      name: 'rateLimit, bucket',
      kind: 'ours',
      make: () => limiting(lib.tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 })),
    },
    { name: 'tokenBudget', kind: 'ours', make: () => subscribing(call$.pipe(operators<number>().tokenBudget)) },
    promiseFloor,
    {
      name: 'cockatiel retry',
      kind: 'peer',
      make: () => {
        const policy = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
        return awaiting(() => policy.execute(call));
      },
    },
    {
      name: 'cockatiel breaker',
      kind: 'peer',
      make: () => {
        const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
        return awaiting(() => policy.execute(call));
      },
    },
    {
      name: 'rate-limiter-flexible',
      kind: 'peer',
      make: () => {
        const limiter = new RateLimiterMemory({ points: plenty, duration: 60 });
        return awaiting(() => limiter.consume('key').then(call));
      },
    },
    {
      name: 'bottleneck',
      kind: 'peer',
      make: () => {
        const limiter = new Bottleneck({ reservoir: plenty });
        return awaiting(() => limiter.schedule(call));
      },
    },
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
