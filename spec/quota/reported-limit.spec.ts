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

  it('misses nothing where the report makes no sense', () => {
    expect(bucketOf({ limit: 50, remaining: 20, resetMs: 0 }, own)?.missing).toBe(0);
    expect(bucketOf({ limit: 50, remaining: 20, resetMs: -5 }, own)?.missing).toBe(0);
  });
});
