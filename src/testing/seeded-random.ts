import { checkNumber } from '../internal/options';

/**
 * Chance that is the same in every run: a function like `Math.random`, whose numbers depend on the seed alone
 * (Mulberry32 by Tommy Ettinger).
 *
 * @param seed a whole number. Default 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Fakes
 *
 * @example
 * ```ts
 * import { seededRandom } from 'rxjs-resilience/testing';
 *
 * seededRandom(7)() === seededRandom(7)(); // true
 * ```
 */
export function seededRandom(seed = 1): () => number {
  checkNumber('seededRandom', 'seed', seed, Number.isInteger, 'a whole number');
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
