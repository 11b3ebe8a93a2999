import { describe, expect, it } from 'vitest';
import { perMinute, perSecond, tokenBucket } from '../../src/quota/limits';
import { bucketOf } from '../../src/quota/reported-limit';

describe('bucketOf', () => {
  const own = [perSecond(5), perMinute(50)];

  it('makes nothing of a report that does not say what remains', () => {
    expect(bucketOf({ limit: 5, resetMs: 100 }, own)).toBeUndefined();
  });

  it('takes what is left out from the longest of the own limits', () => {
    expect(bucketOf({ remaining: 20 }, own)).toEqual({ capacity: 50, missing: 30, interval: 60_000 });
    expect(bucketOf({ remaining: 1 }, [tokenBucket({ capacity: 10, refill: 2, interval: 100 })])).toEqual({ capacity: 10, missing: 9, interval: 500 });
  });

  it('takes the first of two that are equally long', () => {
    expect(bucketOf({ remaining: 1 }, [perSecond(5), perSecond(7)])?.capacity).toBe(5);
  });

  it('misses nothing if the reset is now', () => {
    expect(bucketOf({ limit: 50, remaining: 20, resetMs: 0 }, own)?.missing).toBe(0);
  });

  it.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY, -5])('Q8: takes no notice of a field that is %d', (field) => {
    expect(bucketOf({ limit: 50, remaining: field, resetMs: 10 }, own)).toBeUndefined();
    expect(bucketOf({ limit: 70, remaining: 20, resetMs: field }, own)).toEqual({ capacity: 70, missing: 50, interval: 60_000 });
    expect(bucketOf({ limit: field, remaining: 20, resetMs: 10 }, own)).toEqual({ capacity: 50, missing: 30, interval: 10 });
  });

  it('Q8: reads more than the limit as the limit: nothing is missing', () => {
    expect(bucketOf({ limit: 50, remaining: 70, resetMs: 10 }, own)).toEqual({ capacity: 50, missing: 0, interval: 10 });
  });

  it('Q8: a limit of 0 of which nothing remains is a bucket that misses nothing', () => {
    expect(bucketOf({ limit: 0, remaining: 0, resetMs: 10 }, own)).toEqual({ capacity: 0, missing: 0, interval: 10 });
  });
});
