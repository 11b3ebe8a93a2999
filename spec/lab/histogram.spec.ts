import { describe, expect, it } from 'vitest';
import { Histogram } from '../../src/lab/report/histogram';
import { seededRandom } from '../../src/testing';

describe('Histogram', () => {
  it('tells percentiles that are at most 1 % too large', () => {
    const random = seededRandom(3);
    const histogram = new Histogram();
    const all = Array.from({ length: 10_000 }, () => Math.round(10 ** (6 * random())));
    for (const ms of all) {
      histogram.add(ms);
    }
    all.sort((one, other) => one - other);
    for (const share of [0.01, 0.1, 0.5, 0.9, 0.95, 0.99, 1]) {
      const exact = all[Math.ceil(share * all.length) - 1]!;
      expect(histogram.percentile(share)).toBeGreaterThanOrEqual(exact * 0.999);
      expect(histogram.percentile(share)).toBeLessThanOrEqual(exact * 1.0101);
    }
    expect(histogram.percentiles()).toMatchObject({ max: all.at(-1) });
  });

  it('is exact below 100 ms', () => {
    const histogram = new Histogram();
    for (let ms = 0; ms < 100; ms += 1) {
      histogram.add(ms);
    }
    expect(histogram.percentiles()).toEqual({ mean: 49.5, p50: 49, p90: 89, p95: 94, p99: 98, max: 99 });
  });

  it('says 0 of nothing, also after clear()', () => {
    const histogram = new Histogram();
    const nothing = { mean: 0, p50: 0, p90: 0, p95: 0, p99: 0, max: 0 };
    expect(histogram.percentiles()).toEqual(nothing);
    histogram.add(1_000);
    histogram.clear();
    expect(histogram.percentiles()).toEqual(nothing);
  });
});
