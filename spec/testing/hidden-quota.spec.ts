import { describe, expect, it } from 'vitest';
import { perMinute, slidingWindow, tokenBucket } from '../../src/index';
import { type FakeLimits, fixedWindow } from '../../src/testing';
import { limitsOf } from '../../src/testing/fake-limits';
import { HiddenQuota } from '../../src/testing/hidden-quota';
import { fc, runs } from '../support/property';

const quotaOf = (limits: FakeLimits, places = Infinity) => new HiddenQuota(limitsOf('test', limits), places);
const units = (requests: number, tokens = 0) => ({ requests, tokens, inputTokens: 0, outputTokens: tokens });

describe('the hidden limits of a fake provider', () => {
  it('let a token bucket through, and say when there is room again', () => {
    const quota = quotaOf(tokenBucket({ capacity: 3, refill: 1, interval: 1_000 }));
    expect([0, 0, 0].map((now) => quota.admit(now, units(1)))).toEqual([undefined, undefined, undefined]);
    expect(quota.admit(400, units(1))).toEqual({ by: 'requests', retryAfter: expect.closeTo(600, 3), isTooLarge: false });
    expect(quota.report(400)).toEqual([{ dimension: 'requests', limit: 3, remaining: 0, resetMs: expect.closeTo(2_600, 3) }]);
    expect(quota.admit(1_000, units(1))).toBeUndefined();
    expect(quota.admit(1_000, units(4))).toMatchObject({ isTooLarge: true });
  });

  it('refill a token bucket by the ms without losing a part of it', () => {
    const quota = quotaOf(tokenBucket({ capacity: 1, refill: 1, interval: 10 }));
    const granted = Array.from({ length: 1_001 }, (_, now) => now).filter((now) => quota.admit(now, units(1)) === undefined);
    expect(granted).toEqual(Array.from({ length: 101 }, (_, n) => n * 10));
  });

  it('count fixed windows anew at each boundary of the clock', () => {
    const quota = quotaOf(fixedWindow({ limit: 2, window: 60_000 }));
    expect([59_000, 59_500, 60_000, 60_001].map((now) => quota.admit(now, units(1)))).toEqual([undefined, undefined, undefined, undefined]);
    expect(quota.admit(61_000, units(1))).toEqual({ by: 'requests', retryAfter: 59_000, isTooLarge: false });
    expect(quota.report(61_000)).toEqual([{ dimension: 'requests', limit: 2, remaining: 0, resetMs: 59_000 }]);
    expect(quota.report(120_000)).toEqual([{ dimension: 'requests', limit: 2, remaining: 2, resetMs: 0 }]);
  });

  it('count exact windows from each request', () => {
    const quota = quotaOf(slidingWindow({ limit: 2, window: 10 }));
    expect([0, 4].map((now) => quota.admit(now, units(1)))).toEqual([undefined, undefined]);
    expect(quota.admit(9, units(1))).toMatchObject({ retryAfter: 1 });
    expect(quota.report(9)).toMatchObject([{ remaining: 0, resetMs: 5 }]);
    expect(quota.admit(10, units(1))).toBeUndefined();
    expect(quota.admit(10, units(1))).toMatchObject({ retryAfter: 4 });
  });

  it('count exact windows of any number of requests', () => {
    const quota = quotaOf(slidingWindow({ limit: 5, window: 10 }));
    const granted = Array.from({ length: 20_000 }, (_, now) => quota.admit(now, units(1))).filter((refusal) => refusal === undefined);
    expect(granted.length).toBe(10_000);
  });

  it.each([
    ['a token bucket', tokenBucket({ capacity: 4, refill: 4, interval: 100 }), 4, 54],
    ['a fixed window', fixedWindow({ limit: 4, window: 100 }), 4, 52],
    ['an exact window', slidingWindow({ limit: 4, window: 100 }), 4, 52],
  ])('can shrink to a half: %s', (_, limit, atOnce, inHalf) => {
    const quota = quotaOf(limit);
    const admitted = (from: number, to: number) =>
      Array.from({ length: to - from }, (_, n) => from + n).filter((now) => quota.admit(now, units(1)) === undefined).length;
    expect(admitted(0, 10)).toBe(atOnce);
    quota.share(0.5);
    expect(admitted(10, 2_610)).toBeGreaterThanOrEqual(inHalf - 2);
    expect(admitted(2_610, 5_210)).toBe(52);
    expect(quota.report(5_210)).toMatchObject([{ limit: 2 }]);
    quota.share(0);
    expect(quota.admit(9_000, units(1))).toMatchObject({ isTooLarge: true });
    expect(quota.report(9_000)).toMatchObject([{ limit: 0, remaining: 0, resetMs: 0 }]);
    quota.share(1);
    expect(admitted(10_000, 12_600)).toBeGreaterThanOrEqual(104);
  });

  it('take all dimensions or none, and report the tightest limit of each', () => {
    const quota = quotaOf({
      requests: [fixedWindow({ limit: 10, window: 1_000 }), perMinute(100)],
      tokens: fixedWindow({ limit: 100, window: 60_000 }),
    });
    expect(quota.admit(0, units(1, 80))).toBeUndefined();
    expect(quota.admit(0, units(1, 30))).toMatchObject({ by: 'tokens', retryAfter: 60_000 });
    expect(quota.report(0)).toEqual([
      { dimension: 'requests', limit: 10, remaining: 9, resetMs: 1_000 },
      { dimension: 'tokens', limit: 100, remaining: 20, resetMs: 60_000 },
    ]);
    expect(quota.admit(0, units(1, 20))).toBeUndefined();
  });

  it('give places to so many at once', () => {
    const quota = quotaOf([], 1);
    expect(quota.admit(0, units(1))).toBeUndefined();
    expect(quota.admit(0, units(1))).toEqual({ by: 'places', retryAfter: undefined, isTooLarge: false });
    quota.leave();
    expect(quota.admit(0, units(1))).toBeUndefined();
  });

  it('never let more through than they say, and let in at the time that they name', () => {
    const limit = fc.oneof(
      fc.record({ limit: fc.integer({ min: 1, max: 5 }), window: fc.integer({ min: 1, max: 50 }) }).map(slidingWindow),
      fc.record({ limit: fc.integer({ min: 1, max: 5 }), window: fc.integer({ min: 1, max: 50 }) }).map(fixedWindow),
      fc.record({ capacity: fc.integer({ min: 1, max: 5 }), refill: fc.integer({ min: 1, max: 3 }), interval: fc.integer({ min: 1, max: 50 }) }).map(tokenBucket),
    );
    fc.assert(
      fc.property(limit, fc.array(fc.integer({ min: 0, max: 20 }), { maxLength: 3_000 }), (given, gaps) => {
        const quota = quotaOf(given);
        const granted: number[] = [];
        let now = 0;
        let promised = 0;
        for (const gap of gaps) {
          now += gap;
          const refusal = quota.admit(now, units(1));
          if (refusal === undefined) {
            granted.push(now);
          } else {
            expect(now).toBeLessThan(promised === 0 ? Infinity : promised);
          }
          promised = refusal === undefined ? 0 : now + Math.ceil(refusal.retryAfter!);
        }
        const most = given.kind === 'bucket' ? given.capacity : given.limit;
        for (const [index, at] of granted.entries()) {
          const before = granted[index - most];
          if (before !== undefined && given.kind === 'window') {
            expect(at - before).toBeGreaterThanOrEqual(given.window);
          }
          if (before !== undefined && given.kind === 'fixed') {
            expect(Math.floor(at / given.window)).toBeGreaterThan(Math.floor(before / given.window));
          }
          if (given.kind === 'bucket') {
            expect(index + 1).toBeLessThanOrEqual(given.capacity + (at * given.refill) / given.interval + 1e-6);
          }
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('refuse what is no limit, and name it', () => {
    expect(() => limitsOf('fakeProvider', 5 as never)).toThrow('fakeProvider: options must be an object, got 5');
    expect(() => limitsOf('fakeProvider', { tokens: 5 } as never)).toThrow(/^fakeProvider: limits must be made by tokenBucket.* got 5 for tokens/);
    expect(() => limitsOf('fakeProvider', { token: perMinute(1) } as never)).toThrow('fakeProvider: unknown option token');
    expect(() => fixedWindow({ limit: 0, window: 1 })).toThrow('fixedWindow: limit must be a whole number of at least 1, got 0');
    expect(() => fixedWindow({ limit: 1, window: Number.NaN })).toThrow('fixedWindow: window must be a finite number above 0, got NaN');
    expect(() => fixedWindow({ limit: 1 } as never)).toThrow('fixedWindow: window must be given');
  });
});
