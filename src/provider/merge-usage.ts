import { isAmount } from './read';
import { type Usage, usageFrom } from './usage';

/**
 * Puts two reports of one call together. Field by field the larger one counts: reports are running totals, and a 0 that
 * comes later stands for "not told again". `total` is input + output, unless a report gave one.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { mergeUsage } from 'rxjs-resilience';
 *
 * mergeUsage({ input: 25, output: 1, final: false }, { input: 0, output: 15, final: true });
 * // { input: 25, output: 15, total: 40, final: true }
 * ```
 */
export function mergeUsage(a: Usage | undefined, b: Usage): Usage;
export function mergeUsage(a: Usage, b: Usage | undefined): Usage;
export function mergeUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined;
export function mergeUsage(a: Usage | undefined, b: Usage | undefined): Usage | undefined {
  if (a === undefined || b === undefined) {
    return b ?? a;
  }
  try {
    return merged(a, b);
  } catch {
    return { final: false }; // a usage of the user's whose getters throw
  }
}

function merged(a: Usage, b: Usage): Usage {
  const final = a.final === true || b.final === true;
  const input = larger(a.input, b.input);
  const output = larger(a.output, b.output);
  const sum = (input ?? Number.NaN) + (output ?? Number.NaN); // no amount where one of them was not told
  const [before, now] = [a.total, b.total];
  // The total of `a` may be a sum of an earlier merge, which has grown since.
  const total = isAmount(now) && now > 0 ? larger(before, now) : (larger(before, sum) ?? now);
  const [cachedInput, cacheWrite] = [larger(a.cachedInput, b.cachedInput), larger(a.cacheWrite, b.cacheWrite)];
  const [reasoning, cost] = [larger(a.reasoning, b.reasoning), larger(a.cost, b.cost)];
  return usageFrom(final, input, cachedInput, cacheWrite, output, reasoning, total, cost) ?? { final };
}

function larger(a: number | undefined, b: number | undefined): number | undefined {
  if (!isAmount(a)) {
    return isAmount(b) ? b : undefined;
  }
  return isAmount(b) ? Math.max(a, b) : a;
}
