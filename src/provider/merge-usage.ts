import { amountAt, read } from './read';
import type { Usage } from './usage';

/**
 * Puts two reports of one call together, the later one second: of each field the last that was reported counts.
 * `total` is input + output, unless the later report gave one; where only one of the two is known, nothing is summed.
 *
 * @category What providers say
 *
 * @example
 * ```ts
 * import { mergeUsage } from 'rxjs-resilience';
 *
 * mergeUsage({ input: 25, output: 1, final: false }, { output: 15, final: true });
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
  const last = (field: keyof Usage) => amountAt(b, field) ?? amountAt(a, field);
  const { input, cachedInput, output } = {
    input: last('input'),
    cachedInput: last('cachedInput'),
    output: last('output'),
  };
  const isSummable = input !== undefined && output !== undefined;
  const total = amountAt(b, 'total') ?? (isSummable ? input + output : amountAt(a, 'total'));
  return {
    ...(input === undefined ? {} : { input }),
    ...(cachedInput === undefined ? {} : { cachedInput }),
    ...(output === undefined ? {} : { output }),
    ...(total === undefined ? {} : { total }),
    final: read(a, 'final') === true || read(b, 'final') === true,
  };
}
