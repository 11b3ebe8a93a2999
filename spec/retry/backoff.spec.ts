import { describe, expect, it } from 'vitest';
import { atLeast, type BackoffConfig, backoffOf, type Jitter, jittered } from '../../src/retry/backoff';

const config = (given: Partial<BackoffConfig> = {}): BackoffConfig => ({
  baseDelay: 1_000,
  maxDelay: 60_000,
  exponentialBase: 2,
  jitter: 'none',
  ...given,
});

/** A source of chance that plays these numbers, and can say how many were drawn. */
function dice(...numbers: number[]) {
  const random = () => numbers[random.draws++ % numbers.length]!;
  random.draws = 0;
  return random;
}

describe('backoffOf', () => {
  it('R2: doubles from baseDelay and stays at maxDelay', () => {
    const delays = [1, 2, 3, 4, 5, 6, 7, 8].map((attempt) => backoffOf(attempt, config()));
    expect(delays).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 32_000, 60_000, 60_000]);
  });

  it('R2: multiplies by exponentialBase', () => {
    const delays = [1, 2, 3].map((attempt) => backoffOf(attempt, config({ baseDelay: 10, exponentialBase: 3 })));
    expect(delays).toEqual([10, 30, 90]);
  });

  it('R2: shrinks where exponentialBase is below 1', () => {
    expect([1, 2, 3].map((attempt) => backoffOf(attempt, config({ exponentialBase: 0.5 })))).toEqual([1_000, 500, 250]);
  });

  it.each([1, 10, 1_000, 1_024, 1_025, 100_000, Number.MAX_SAFE_INTEGER])('R2: is finite for attempt %d', (attempt) => {
    for (const baseDelay of [0, 1, 1_000]) {
      expect(backoffOf(attempt, config({ baseDelay, maxDelay: 500 }))).toBe(Math.min(baseDelay * 2 ** Math.min(attempt - 1, 999), 500));
    }
  });

  it('R2: stays 0 for a baseDelay or a maxDelay of 0, however large the power', () => {
    expect(backoffOf(100_000, config({ baseDelay: 0 }))).toBe(0);
    expect(backoffOf(100_000, config({ maxDelay: 0 }))).toBe(0);
  });

  it('R2: takes what backoff returns instead of the curve, capped at maxDelay', () => {
    const backoff = (attempt: number) => attempt * 25_000;
    expect([1, 2, 3].map((attempt) => backoffOf(attempt, config({ backoff })))).toEqual([25_000, 50_000, 60_000]);
  });
});

describe('jittered', () => {
  const formulas: [Exclude<Jitter, (...numbers: never[]) => number>, (d: number, r: number) => number][] = [
    ['none', (d) => d],
    ['full', (d, r) => r * d],
    ['equal', (d, r) => d / 2 + (r * d) / 2],
    ['proportional', (d, r) => d * (0.5 + r)],
  ];

  for (const [jitter, formula] of formulas) {
    it.each([0, 0.25, 0.5, 0.999])(`R3: spreads by ${jitter} with random %d`, (r) => {
      for (const d of [0, 1, 1_000, 60_000]) {
        expect(jittered(d, dice(r), 0, config({ jitter }))).toBeCloseTo(formula(d, r), 9);
      }
    });
  }

  it('R3: spreads after the cap: proportional passes maxDelay by half at most, equal and full do not', () => {
    const at = (jitter: Jitter) => jittered(60_000, dice(0.999), 0, config({ jitter }));
    expect(at('proportional')).toBeCloseTo(89_940);
    expect(at('equal')).toBeLessThan(60_000);
    expect(at('full')).toBeLessThan(60_000);
  });

  it('R3: decorrelated goes on from the previous backoff, starting at baseDelay, up to maxDelay', () => {
    const chain = (random: () => number, count: number) => {
      const delays: number[] = [];
      for (let attempt = 1; attempt <= count; attempt++) {
        const previous = delays.at(-1) ?? 1_000;
        delays.push(jittered(backoffOf(attempt, config()), random, previous, config({ jitter: 'decorrelated' })));
      }
      return delays;
    };
    expect(chain(dice(0), 3)).toEqual([1_000, 1_000, 1_000]);
    expect(chain(dice(0.5), 4)).toEqual([2_000, 3_500, 5_750, 9_125]);
    expect(chain(dice(1), 5)).toEqual([3_000, 9_000, 27_000, 60_000, 60_000]);
    expect(chain(dice(0.5, 0), 4)).toEqual([2_000, 1_000, 2_000, 1_000]);
  });

  it('R3: gives the capped backoff and one random number to a function', () => {
    const seen: unknown[] = [];
    const jitter = (delay: number, random: number) => {
      seen.push([delay, random]);
      return 7;
    };
    expect(jittered(400, dice(0.25, 0.75), 0, config({ jitter }))).toBe(7);
    expect(seen).toEqual([[400, 0.25]]);
  });

  it('R3: draws one number, and none for none', () => {
    for (const jitter of ['equal', 'full', 'proportional', 'decorrelated', (d: number) => d] as const) {
      const random = dice(0.5);
      jittered(100, random, 100, config({ jitter }));
      expect(random.draws).toBe(1);
    }
    const random = dice(0.5);
    jittered(100, random, 100, config());
    expect(random.draws).toBe(0);
  });
});

describe('atLeast', () => {
  it.each([[0, 1_000], [0.5, 1_050], [0.999, 1_099.9]])('R4: spreads a hint upwards only, by at most a tenth: random %d', (r, expected) => {
    expect(atLeast(1_000, 10, dice(r), 'equal')).toBeCloseTo(expected, 9);
  });

  it('R4: never goes below the jittered backoff', () => {
    expect(atLeast(1_000, 1_200, dice(0.5), 'full')).toBe(1_200);
  });

  it('R4: takes the hint as it is with jitter none, and draws nothing', () => {
    const random = dice(0.5);
    expect(atLeast(1_000, 10, random, 'none')).toBe(1_000);
    expect(atLeast(10, 1_000, random, 'none')).toBe(1_000);
    expect(random.draws).toBe(0);
  });

  it('R4: draws only where there is a hint; 0 is one', () => {
    const random = dice(0.5);
    expect(atLeast(undefined, 10, random, 'equal')).toBe(10);
    expect(random.draws).toBe(0);
    expect(atLeast(0, 10, random, 'equal')).toBe(10);
    expect(random.draws).toBe(1);
  });
});
