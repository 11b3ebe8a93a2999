import { checkNumber, show } from '../internal/options';

/**
 * When calls come. Made by {@link poisson} and {@link times}; anything with `start` does.
 *
 * @category Lab
 */
export interface Arrivals {
  /**
   * Begins a run.
   *
   * @param random Chance: numbers in [0, 1).
   * @param duration ms: what would come later need not be found.
   * @returns A function that gives the next arrival in ms since the start, not before the one before; undefined at the end.
   */
  start(random: () => number, duration: number): () => number | undefined;
}

/** ms for which a rate that changes counts as constant. */
const step = 100;

/**
 * Calls that come by chance, independent of each other, as from many users.
 *
 * @param perSecond How many come in a second on average, or a function of the ms since the start: a day with its busy hours.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Lab
 *
 * @example
 * ```ts
 * import { poisson } from 'rxjs-resilience/lab';
 *
 * const evening = poisson((t) => (t < 3_600_000 ? 2 : 20)); // 2 in a second, after an hour 20
 * ```
 */
export function poisson(perSecond: number | ((t: number) => number)): Arrivals {
  const rateAt = typeof perSecond === 'function' ? perSecond : () => perSecond;
  if (typeof perSecond !== 'function') {
    checkRate(perSecond);
  }
  return {
    start(random, duration) {
      let at = 0;
      return () => {
        let left = -Math.log(1 - random());
        for (; at < duration; at = (Math.floor(at / step) + 1) * step) {
          const rate = checkRate(rateAt(at)) / 1_000;
          const ms = (Math.floor(at / step) + 1) * step - at;
          if (rate * ms >= left) {
            at += left / rate;
            return at;
          }
          left -= rate * ms;
        }
        return undefined;
      };
    },
  };
}

/**
 * Calls that come at certain times: from a log, or all at once.
 *
 * @param at ms since the start, in order.
 * @throws TypeError or RangeError that shows what is no time, or out of order.
 * @category Lab
 *
 * @example
 * ```ts
 * import { times } from 'rxjs-resilience/lab';
 *
 * const batch = times(Array(100_000).fill(0));
 * ```
 */
export function times(at: readonly number[]): Arrivals {
  if (!Array.isArray(at)) {
    throw new TypeError(`times: at must be an array of ms, got ${show(at)}`);
  }
  at.forEach((time, index) => {
    checkNumber('times', `at[${index}]`, time, (ms) => ms >= (at[index - 1] ?? 0) && ms < Infinity, 'ms in order');
  });
  return {
    start() {
      let next = 0;
      return () => {
        next += 1;
        return at[next - 1];
      };
    },
  };
}

function checkRate(rate: number): number {
  return checkNumber(
    'poisson',
    'perSecond',
    rate,
    (each) => each >= 0 && each < Infinity,
    'a finite number of at least 0',
  );
}
