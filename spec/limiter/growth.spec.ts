import { describe, expect, it } from 'vitest';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { perDay, slidingWindow } from '../../src/quota/limits';
import { timeOf, tolerance } from '../support/growth';

/** A limiter whose window is full, of so many grants that are 10 ms apart. */
function usedUp(grants: number): RateLimiter {
  let now = 1_000_000;
  const scheduler = { now: () => now, schedule: () => ({ unsubscribe() {} }) as never };
  const limiter = new RateLimiter({ limits: [slidingWindow({ limit: grants, window: 3_600_000 }), perDay(1e9)], scheduler });
  for (let index = 0; index < grants; index += 1) {
    now += 10;
    limiter.tryAcquire()!.settle();
  }
  return limiter;
}

describe('C14: what a RateLimiter does costs the same after many grants', { timeout: 60_000 }, () => {
  it.each<[string, (limiter: RateLimiter) => unknown]>([
    ['a call that waits with a longest wait, and leaves', (limiter) => limiter.acquire(1, { maxWait: 1e9 }).subscribe().unsubscribe()],
    ['a call that waits and is told until when', (limiter) => limiter.acquire(1, { onWait: () => {} }).subscribe().unsubscribe()],
    ['a call that is refused', (limiter) => limiter.acquire(1, { maxWait: 5 }).subscribe({ error: () => {} }).unsubscribe()],
    ['the state', (limiter) => limiter.state],
  ])('%s', (_, work) => {
    const [short, long] = [usedUp(200), usedUp(200_000)];
    const before = timeOf(() => work(short));
    expect(timeOf(() => work(long)) / before).toBeLessThan(tolerance);
  });
});
