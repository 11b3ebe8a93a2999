import { RateLimiterMemory } from 'rate-limiter-flexible';
import { keyed, RateLimiter, tokenBucket } from 'rxjs-resilience';
import type { CrowdJob, Figures } from '../job';
import { msSince } from '../measure';
import { early, heapUsed, nsEach } from './crowd';

/** Whoever came before stays: were they let go between two weighings, the second would say too little. */
const kept: unknown[] = [];

/** Each key takes for the first time; the keys themselves were there before. */
async function firstTakes(n: number, take: (key: string) => unknown): Promise<Figures> {
  const keys = Array.from({ length: n }, (_, index) => `user-${index}`);
  kept.push(keys, new Set(keys), take); // the set computes what strings keep, their hashes
  for (let i = 0; i < early; i += 1) {
    await take(`early-${i}`);
  }
  const before = await heapUsed();
  const start = process.cpuUsage();
  for (const key of keys) {
    const taken = take(key);
    if (taken instanceof Promise) {
      await taken;
    }
  }
  const ns = nsEach(n, msSince(start));
  return { take: ns, bytes: ((await heapUsed()) - before) / n };
}

export const job: CrowdJob = {
  kind: 'crowd',
  name: 'keys',
  title: 'A rate limit for each of many keys',
  about: 'Each key takes once from its own token bucket, for the first time. The bytes are beyond the key itself.',
  of: 'keys',
  sizes: [1e3, 1e4, 1e5, 1e6],
  figures: [
    { key: 'take', title: 'first take', unit: 'ns', isDrawn: true },
    { key: 'bytes', title: 'memory', unit: 'B', isDrawn: true },
  ],
  cases: [
    {
      name: 'Map to a number',
      role: 'floor',
      measure: async (n) => {
        const times = new Map<string, number>();
        const figures = await firstTakes(n, (key) => times.set(key, Date.now() + 0.5));
        return times.size === early + n ? figures : {};
      },
    },
    {
      name: 'keyed RateLimiter',
      role: 'ours',
      measure: async (n) => {
        const limits = tokenBucket({ capacity: 10, refill: 10, interval: 60_000 });
        const limiters = keyed(() => new RateLimiter({ limits }), { maxKeys: Number.POSITIVE_INFINITY });
        const figures = await firstTakes(n, (key) => limiters.get(key).tryAcquire()!.settle());
        return limiters.size === early + n ? figures : {};
      },
    },
    {
      name: 'rate-limiter-flexible',
      role: 'peer',
      measure: async (n) => {
        const limiter = new RateLimiterMemory({ points: 10, duration: 600 });
        const figures = await firstTakes(n, (key) => limiter.consume(key));
        return (await limiter.get('user-0')) === null ? {} : figures;
      },
    },
  ],
};
