import { describe, expect, it } from 'vitest';
import { type AdaptiveLimit, aimd, gradient } from '../../src/index';

const accept = (limit: AdaptiveLimit, inFlight: number, times = 1) => {
  for (let index = 0; index < times; index += 1) {
    limit.accepted({ after: 100, inFlight, now: 0 });
  }
};

describe('aimd', () => {
  it('A1: one more for each accepted call until the first is throttled, if half of the limit is in use', () => {
    const limit = aimd({ initial: 10, max: 12 }).create();
    accept(limit, 4);
    expect(limit.limit).toBe(10);
    accept(limit, 6, 5);
    expect(limit.limit).toBe(12);
  });

  it('A1: a tenth less when throttled, of what is in flight; then slowly more', () => {
    const limit = aimd({ initial: 100 }).create();
    limit.throttled({ inFlight: 51, now: 0 });
    expect(limit.limit).toBe(45);
    accept(limit, 45, 45);
    expect(limit.limit).toBeCloseTo(46, 1);
  });

  it('A1: small limits lose whole places, and never go below min', () => {
    const limit = aimd({ initial: 11, min: 2 }).create();
    limit.throttled({ inFlight: 11, now: 0 });
    expect(limit.limit).toBe(10);
    accept(limit, 10, 4);
    expect(limit.limit).toBeCloseTo(10.2);
    limit.throttled({ inFlight: 11, now: 0 });
    expect(limit.limit).toBe(10);
    limit.throttled({ inFlight: 1, now: 0 });
    expect(limit.limit).toBe(2);
  });

  it('A1: increase and decrease are options', () => {
    const limit = aimd({ initial: 40, increase: 20, decrease: 0.5 }).create();
    limit.throttled({ inFlight: 41, now: 0 });
    expect(limit.limit).toBe(20);
    accept(limit, 20);
    expect(limit.limit).toBe(21);
  });

  it.each([
    [{ initial: 0 }, 'aimd: initial must be a whole number of at least 1, got 0'],
    [{ min: 5, max: 4 }, 'aimd: min must be at most max, which is 4; got 5'],
    [{ initial: 5, max: 4 }, 'aimd: initial must be from min to max, which are 1 and 4; got 5'],
    [{ initial: 1, min: 2 }, 'aimd: initial must be from min to max, which are 2 and 1000; got 1'],
    [{ decrease: 2 }, 'aimd: decrease must be above 0 and at most 1, got 2'],
    [{ increase: 0 }, 'aimd: increase must be a finite number above 0, got 0'],
    [{ tolerance: 2 } as object, 'aimd: unknown option tolerance: 2'],
  ])('C2: refuses %j', (options, text) => {
    expect(() => aimd(options)).toThrow(text);
  });
});

describe('gradient', () => {
  /** So many first values after so many ms each, one window of them, and one more that closes it. */
  function window(limit: AdaptiveLimit, begin: number, after: number, { inFlight = 100, count = 10, tokens = 0 } = {}) {
    for (let index = 0; index < count; index += 1) {
      limit.accepted({ after, inFlight, now: begin + index, tokens });
    }
  }

  it('A2: grows by the root while first values come as fast as ever', () => {
    const limit = gradient({ initial: 100 }).create();
    window(limit, 0, 100);
    window(limit, 1_000, 100);
    expect(limit.limit).toBeCloseTo(102);
  });

  it('A2: shrinks when they take more than twice as long as without a queue', () => {
    const limit = gradient({ initial: 100 }).create();
    window(limit, 0, 100);
    window(limit, 1_000, 400);
    window(limit, 2_000, 400);
    expect(limit.limit).toBeCloseTo(0.8 * 102 + 0.2 * (51 + Math.sqrt(102)));
  });

  it('A2: waits for five samples, and does not move while less than half of it is in use', () => {
    const limit = gradient({ initial: 100 }).create();
    window(limit, 0, 100, { count: 4 });
    window(limit, 1_000, 100, { count: 1 });
    expect(limit.limit).toBe(100);
    window(limit, 1_100, 100, { count: 1 });
    expect(limit.limit).toBeCloseTo(102);
    window(limit, 2_200, 100, { inFlight: 20 });
    window(limit, 3_300, 100, { inFlight: 20 });
    window(limit, 4_400, 100, { inFlight: 20 });
    expect(limit.limit).toBeCloseTo(104.02, 1);
  });

  it('A2: compares prompts of one size with each other', () => {
    const limit = gradient({ initial: 100 }).create();
    window(limit, 0, 100, { tokens: 1_000 });
    window(limit, 1_000, 3_000, { tokens: 30_000 });
    window(limit, 2_000, 3_000, { tokens: 30_000 });
    expect(limit.limit).toBeGreaterThan(102);
  });

  it('A2: forgets what was fast more than ten minutes ago', () => {
    const limit = gradient({ initial: 100, max: 110 }).create();
    window(limit, 0, 100);
    for (let at = 1_000; at <= 590_000; at += 1_000) {
      window(limit, at, 400, { count: 5 });
    }
    const overloaded = limit.limit;
    for (let at = 601_000; at <= 700_000; at += 1_000) {
      window(limit, at, 400, { count: 5 });
    }
    expect(overloaded).toBeLessThan(20);
    expect(limit.limit).toBeGreaterThan(50);
  });

  it('A2: a throttled call lowers it as with aimd', () => {
    const limit = gradient({ initial: 100 }).create();
    limit.throttled({ inFlight: 51, now: 0 });
    expect(limit.limit).toBe(45);
  });

  it.each([
    [{ tolerance: 0 }, 'gradient: tolerance must be a finite number above 0, got 0'],
    [{ smoothing: 2 }, 'gradient: smoothing must be above 0 and at most 1, got 2'],
    [{ window: 0 }, 'gradient: window must be a finite number above 0, got 0'],
  ])('C2: refuses %j', (options, text) => {
    expect(() => gradient(options)).toThrow(text);
  });
});
