import { checkAmount, show } from '../internal/options';
import type { Usage } from '../provider';
import { checkPrice, type Price } from './price';
import type { TokenEstimate } from './token-estimate';

const million = 1e6;
const amounts = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning', 'total', 'cost'] as const;

/**
 * What a call costs: by what it used, or by what it is expected to use, in the currency of the price.
 *
 * Cached input, cache writes and reasoning have prices of their own where the price has them. What the provider says that
 * it costs (`Usage.cost`) beats the price. A number, and a `total` without input and output, are priced as output.
 *
 * @throws RangeError or TypeError that names the field and shows its value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { costOf } from 'rxjs-resilience';
 *
 * const price = { input: 3, output: 15, cachedInput: 0.3 }; // dollars per million tokens
 *
 * costOf({ input: 10_000, cachedInput: 8_000, output: 500, final: true }, price); // 0.0159
 * costOf({ input: 10_000, output: 500 }, price); // 0.0375
 * ```
 */
export function costOf(usage: Usage | TokenEstimate, price: Price): number {
  checkPrice('costOf: price', price);
  if (typeof usage === 'number') {
    return estimatedCost(checkAmount('costOf', 'usage', usage), price);
  }
  if (typeof usage !== 'object' || usage === null) {
    throw new TypeError(`costOf: usage must be a number of tokens, { input, output } or a Usage, got ${show(usage)}`);
  }
  for (const name of amounts) {
    const amount = (usage as Partial<Usage>)[name];
    if (amount !== undefined) {
      checkAmount('costOf', `usage.${name}`, amount);
    }
  }
  return reportedCost(usage, price, 0);
}

/** What a call is expected to cost. */
export function estimatedCost(estimate: TokenEstimate, price: Price): number {
  return typeof estimate === 'number' ? tokensCost({ output: estimate }, price) : tokensCost(estimate, price);
}

/**
 * What a call has cost by a report.
 *
 * @param input Tokens of the prompt, if the report does not tell them.
 */
export function reportedCost(usage: Partial<Usage>, price: Price, input: number): number {
  return usage.cost ?? tokensCost({ ...usage, ...splitOf(usage, input) }, price);
}

/** Input and output apart. What only a total tells is output. */
function splitOf({ input, output, total }: Partial<Usage>, guess: number): { input: number; output: number } {
  if (input === undefined && output === undefined) {
    return { input: total === undefined ? guess : 0, output: total ?? 0 };
  }
  const read = input ?? (total === undefined ? guess : Math.max(0, total - output!));
  const written = output ?? 0;
  return { input: read, output: Math.max(written, (total ?? 0) - read) };
}

function tokensCost(tokens: Partial<Usage>, price: Price): number {
  const { input = 0, output = 0, cachedInput = 0, cacheWrite = 0, reasoning = 0 } = tokens;
  const cached = Math.min(cachedInput, input);
  const written = Math.min(cacheWrite, input - cached);
  const thought = Math.min(reasoning, output);
  const sum =
    (input - cached - written) * price.input +
    cached * (price.cachedInput ?? price.input) +
    written * (price.cacheWrite ?? price.input) +
    (output - thought) * price.output +
    thought * (price.reasoning ?? price.output);
  return sum / million + (price.request ?? 0);
}
