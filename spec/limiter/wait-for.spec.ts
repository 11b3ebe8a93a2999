import { throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inTotal, perDay, RateLimiter, type RateLimiterConfig, ResilientClient, slidingWindow, tokenBucket } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { timeOf, tolerance } from '../support/growth';
import { fc, runs } from '../support/property';

const rig = (config: RateLimiterConfig<string>) => {
  const time = new VirtualTime();
  return { time, limiter: new RateLimiter<string>({ scheduler: time, ...config }) };
};

describe('waitFor', () => {
  it('is 0 while the permit is free, else what is left of the window', () => {
    const { time, limiter } = rig({ limits: { requests: slidingWindow({ limit: 1, window: 100 }) } });
    expect(limiter.waitFor()).toBe(0);
    limiter.tryAcquire();
    time.pass(30);
    expect(limiter.waitFor()).toBe(70);
    time.pass(70);
    expect(limiter.waitFor()).toBe(0);
  });

  it('L10: counts the pace for those who stand before it, while it rises and when it is found', () => {
    const { time, limiter } = rig({ maxConcurrent: 100 });
    const first = limiter.tryAcquire()!;
    first.throttled!();
    first.settle();
    expect(limiter.waitFor()).toBe(1_000); // the pause
    const grantedAt: number[] = [];
    const join = (count: number) => {
      for (let index = 0; index < count; index += 1) {
        limiter.acquire().subscribe((permit) => {
          grantedAt.push(time.frame);
          permit.accepted?.();
          permit.settle();
        });
      }
    };
    join(30);
    const [foreseen, joined] = [limiter.waitFor()!, time.frame];
    join(1);
    time.pass(10_000);
    const waited = grantedAt[30]! - joined;
    expect(Math.abs(foreseen - waited)).toBeLessThan(0.25 * waited);

    const second = limiter.tryAcquire()!;
    second.throttled!();
    second.settle();
    join(20);
    const [later, then] = [limiter.waitFor()!, time.frame];
    join(1);
    time.pass(60_000);
    const rest = grantedAt[51]! - then;
    expect([grantedAt.length, Math.abs(later - rest) < 0.2 * rest]).toEqual([52, true]);
  });

  it('counts those who stand before it, and only those', () => {
    const { limiter } = rig({ limits: { requests: slidingWindow({ limit: 1, window: 100 }) } });
    limiter.tryAcquire();
    limiter.acquire(1, { priority: 1 }).subscribe();
    limiter.acquire().subscribe();
    expect([limiter.waitFor(), limiter.waitFor(1, { retry: true }), limiter.waitFor(1, { priority: 2 })]).toEqual([300, 200, 100]);
  });

  it('goes by every dimension, whole ms, pauses, and what headers said', () => {
    const { limiter } = rig({ limits: { requests: tokenBucket({ capacity: 1, refill: 3, interval: 10 }), tokens: perDay(1_000) } });
    limiter.tryAcquire({ tokens: 100 });
    expect(limiter.waitFor()).toBe(4); // 3.33
    expect(limiter.waitFor({ tokens: 901 })).toBe(86_400_000);
    limiter.pause(50);
    expect(limiter.waitFor()).toBe(50);
    limiter.sync({ requests: { limit: 1, remaining: 0, resetMs: 80 } });
    expect(limiter.waitFor()).toBe(80);
  });

  it('is Infinity for what can never be granted', () => {
    expect(rig({ limits: { tokens: perDay(10) } }).limiter.waitFor({ tokens: 11 })).toBe(Number.POSITIVE_INFINITY);
    const { limiter } = rig({ limits: { requests: inTotal(1) } });
    limiter.tryAcquire();
    expect(limiter.waitFor()).toBe(Number.POSITIVE_INFINITY);
  });

  it('is undefined where it depends on calls in flight, of which each that waits will be one', () => {
    const { limiter } = rig({ limits: { requests: slidingWindow({ limit: 1, window: 100 }) }, maxConcurrent: 2 });
    const permit = limiter.tryAcquire();
    expect(limiter.waitFor()).toBe(100);
    limiter.acquire().subscribe();
    expect(limiter.waitFor()).toBeUndefined();
    permit!.settle();
    expect(limiter.waitFor()).toBe(200);
  });

  it('is not misled by what was foreseen for a head that calls in flight have held up', () => {
    const { time, limiter } = rig({ limits: { requests: slidingWindow({ limit: 1, window: 10 }) }, maxConcurrent: 1 });
    const permit = limiter.tryAcquire();
    limiter.acquire(1, { onWait: () => undefined }).subscribe();
    time.pass(50);
    expect(limiter.waitFor()).toBeUndefined();
    permit!.settle();
    expect(limiter.waitFor()).toBeUndefined();
  });

  it('C2: shows a cost and a place that make no sense', () => {
    const { limiter } = rig({ limits: { tokens: perDay(10) } });
    expect(() => limiter.waitFor({ tokens: Number.NaN })).toThrow('RateLimiter.waitFor: cost.tokens must be');
    expect(() => limiter.waitFor(1, { priority: Number.NaN })).toThrow('RateLimiter.waitFor: priority must be');
  });

  it('leaves dimensions aside that the limiter does not have, because calls say all', () => {
    const { limiter } = rig({ limits: { requests: perDay(10) } });
    expect(limiter.waitFor({ tokens: 50 })).toBe(0);
  });

  it('is when a call is granted that asks at that moment, and asking changes nothing', { timeout: runs(30_000) }, () => {
    const cost = fc.record({ requests: fc.integer({ min: 0, max: 3 }), tokens: fc.integer({ min: 0, max: 20 }) });
    const step = fc.record({ gap: fc.integer({ min: 0, max: 30 }), cost, priority: fc.integer({ min: 0, max: 1 }), pause: fc.constantFrom(0, 0, 0, 25) });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), cost, fc.integer({ min: 0, max: 1 }), (steps, asked, priority) => {
        const { time, limiter } = rig({ limits: { requests: slidingWindow({ limit: 3, window: 40 }), tokens: tokenBucket({ capacity: 20, refill: 7, interval: 30 }) } });
        for (const { gap, cost, priority, pause } of steps) {
          time.pass(gap);
          limiter.pause(pause);
          limiter.acquire(cost, { priority }).subscribe();
          limiter.waitFor(asked, { priority });
        }
        const [before, wait] = [JSON.stringify(limiter.state), limiter.waitFor(asked, { priority })];
        expect(JSON.stringify(limiter.state)).toBe(before);
        const askedAt = time.frame;
        let grantedAt = Number.NaN;
        limiter.acquire(asked, { priority }).subscribe(() => { grantedAt = time.frame; });
        time.pass(10_000);
        expect(grantedAt - askedAt).toBe(wait);
      }),
      { numRuns: runs(500) },
    );
  });

  it('C14: costs no copy of a window', () => {
    const withHistory = (grants: number) => {
      const { time, limiter } = rig({ limits: { requests: perDay(1e6) } });
      for (let count = 0; count < grants; count += 1) {
        time.frame += 1;
        limiter.tryAcquire()!.settle();
      }
      return timeOf(() => limiter.waitFor(1e6));
    };
    expect(withHistory(50_000) / withHistory(10)).toBeLessThan(tolerance);
  });
});

describe('a retry of a client with a limiter', () => {
  const unavailable = { status: 503 };
  const tried = (maxWait: number | undefined) => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ scheduler, retryBackoff: { baseDelay: 10, jitter: 'none' }, rateLimit: { limits: { requests: slidingWindow({ limit: 1, window: 100 }), tokens: perDay(100) } } });
    const seen: unknown[] = [];
    client.call(() => { seen.push(scheduler.frame); return throwError(() => unavailable); }, { tokens: 1, maxWait }).subscribe({ error: (error) => seen.push([scheduler.frame, error]) });
    return { scheduler, seen };
  };

  it('R12: is not waited for where its permit would come later than it may wait: the error passes on now', () => {
    expect(tried(89).seen).toEqual([0, [0, unavailable]]);
  });

  it('R12: is waited for where its permit comes just in time, and where it may wait for ever', () => {
    for (const maxWait of [90, undefined]) {
      const { scheduler, seen } = tried(maxWait);
      scheduler.pass(100);
      expect(seen.slice(0, 2)).toEqual([0, 100]);
    }
  });

});
