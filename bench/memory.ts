import Bottleneck from 'bottleneck';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { NEVER, throwError } from 'rxjs';
import type { Job, Kind, OnceCase } from './job';
import { heapUsed } from './measure';
import { call, call$, lib, policies } from './support';

const n = 20_000;
const bucket = () => lib.tokenBucket({ capacity: 10, refill: 10, interval: 60_000 });

/** What is held for each of 20,000 calls that wait or run, and of 20,000 policies that are idle. */
export const job: Job = {
  columns: ['bytes'],
  cases: [
    held('plain subscription that waits', 'floor', () => () => NEVER.subscribe()),
    held('pending promise', 'floor', () => () => {
      let answer: unknown;
      const promise = new Promise((resolve) => {
        answer = resolve;
      });
      return [answer, promise.then(() => undefined)];
    }),
    held('rateLimit, a waiting call', 'ours', () => {
      const { rateLimit } = policies();
      const guarded$ = call$.pipe(lib.rateLimit(rateLimit));
      rateLimit.pause(3_600_000);
      return () => guarded$.subscribe();
    }),
    held('client.guard, a waiting call', 'ours', () => {
      const guards = policies();
      const guarded$ = call$.pipe(new lib.ResilientClient(guards).guard({ tokens: 1 }));
      guards.rateLimit.pause(3_600_000);
      return () => guarded$.subscribe();
    }),
    held('client.guard, a running call', 'ours', () => {
      const guarded$ = NEVER.pipe(new lib.ResilientClient(policies()).guard({ tokens: 1 }));
      return () => guarded$.subscribe();
    }),
    held('retryBackoff, a call that waits for its retry', 'ours', () => {
      const failing$ = throwError(() => failure).pipe(lib.retryBackoff({ baseDelay: 600_000, maxDelay: 600_000 }));
      return () => failing$.subscribe();
    }),
    held('bottleneck, a waiting call', 'peer', () => {
      const limiter = new Bottleneck({ maxConcurrent: 1 });
      void limiter.schedule(() => new Promise(() => undefined));
      return () => limiter.schedule(call);
    }),
    held('keyed RateLimiter, an idle key, bucket', 'ours', () => {
      const limiters = lib.keyed(() => new lib.RateLimiter({ limits: bucket() }));
      return (key) => limiters.get(key).tryAcquire()!.settle();
    }),
    held('keyed RateLimiter, a window with one call in it', 'ours', () => {
      const limiters = lib.keyed(() => new lib.RateLimiter({ limits: lib.perMinute(10) }));
      return (key) => limiters.get(key).tryAcquire()!.settle();
    }),
    held('rate-limiter-flexible, a key', 'peer', () => {
      const limiter = new RateLimiterMemory({ points: 10, duration: 600 });
      return (key) => limiter.consume(key).then(() => undefined);
    }),
  ],
};

const failure = new Error('the provider is down');

/** Bytes of each, beyond the key and what it is kept in; the first hundred are made before it is weighed. */
function held(name: string, kind: Kind, make: () => (key: string) => unknown): OnceCase {
  return {
    name,
    kind,
    measure: async () => {
      const keys = Array.from({ length: n + 100 }, (_, index) => `user-${index}`);
      const hashed = new Set(keys); // makes what strings keep: their hashes
      const one = make();
      const kept = keys.map((key, index) => (index < 100 ? one(key) : undefined));
      const before = await heapUsed();
      for (let i = 100; i < keys.length; i += 1) {
        kept[i] = one(keys[i]!);
      }
      const bytes = ((await heapUsed()) - before) / n;
      return kept.length === hashed.size ? { bytes } : {};
    },
  };
}
