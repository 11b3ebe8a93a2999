import { describe, expect, it } from 'vitest';
import { type Arrivals, poisson, times } from '../../src/lab';
import { seededRandom } from '../../src/testing';

/** All arrivals of a run. */
function arrivalsOf(arrivals: Arrivals, duration: number, seed = 1): number[] {
  const next = arrivals.start(seededRandom(seed), duration);
  const found: number[] = [];
  for (let at = next(); at !== undefined && at < duration; at = next()) {
    found.push(at);
  }
  return found;
}

describe('poisson', () => {
  it('lets so many come in a second on average, by chance', () => {
    const found = arrivalsOf(poisson(5), 1_000_000);
    expect(found.length).toBeGreaterThan(4_800);
    expect(found.length).toBeLessThan(5_200);
    const gaps = found.slice(1).map((at, index) => at - found[index]!);
    const mean = gaps.reduce((sum, gap) => sum + gap) / gaps.length;
    const variance = gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length;
    expect(Math.sqrt(variance) / mean).toBeCloseTo(1, 1); // as an exponential distribution has it
    expect(gaps.every((gap) => gap >= 0)).toBe(true);
  });

  it('follows a rate that changes, and waits while it is 0', () => {
    const found = arrivalsOf(poisson((t) => (t < 100_000 ? 0 : t < 200_000 ? 1 : 10)), 300_000);
    expect(found.filter((at) => at < 100_000)).toEqual([]);
    expect(found.filter((at) => at < 200_000).length).toBeGreaterThan(60);
    expect(found.filter((at) => at >= 200_000).length).toBeGreaterThan(850);
  });

  it('ends where nothing comes any more', () => {
    expect(arrivalsOf(poisson(0), 3_600_000)).toEqual([]);
  });

  it('is the same for the same chance', () => {
    expect(arrivalsOf(poisson(2), 60_000, 7)).toEqual(arrivalsOf(poisson(2), 60_000, 7));
    expect(arrivalsOf(poisson(2), 60_000, 7)).not.toEqual(arrivalsOf(poisson(2), 60_000, 8));
  });

  it('C2: refuses what is no rate', () => {
    expect(() => poisson(-1)).toThrow('poisson: perSecond must be a finite number of at least 0, got -1');
    expect(() => poisson('5' as never)).toThrow('poisson: perSecond must be a number, got "5"');
    expect(() => arrivalsOf(poisson(() => Number.NaN), 1_000)).toThrow('perSecond');
  });
});

describe('times', () => {
  it('gives the times', () => {
    expect(arrivalsOf(times([0, 0, 5, 10]), 10)).toEqual([0, 0, 5]);
  });

  it('C2: refuses what is no list of times in order', () => {
    expect(() => times([5, 3])).toThrow('times: at[1] must be ms in order, got 3');
    expect(() => times([Number.POSITIVE_INFINITY])).toThrow('at[0]');
    expect(() => times(5 as never)).toThrow('times: at must be an array of ms, got 5');
  });
});
