import { Options } from '../internal/options';

/**
 * What a model costs, in any currency per million tokens; of several budgets in one currency all calls must be priced in it.
 *
 * @category Limits
 */
export interface Price {
  /** Per million tokens of the prompt. */
  readonly input: number;
  /** Per million tokens of the answer. */
  readonly output: number;
  /** Per million tokens of the prompt that came from a cache. Default: as `input`. */
  readonly cachedInput?: number | undefined;
  /** Per million tokens of the prompt that were written into a cache. Default: as `input`. */
  readonly cacheWrite?: number | undefined;
  /** Per million tokens of reasoning. Default: as `output`. */
  readonly reasoning?: number | undefined;
  /** For each request, whatever its tokens. Default 0. */
  readonly request?: number | undefined;
}

const names = ['input', 'output', 'cachedInput', 'cacheWrite', 'reasoning', 'request'];

/** Returns the price, or throws an error that names the field and shows its value. */
export function checkPrice(owner: string, price: unknown): Price {
  const options = new Options(owner, price as object, names).required('input', 'output');
  for (const name of names) {
    options.amount(name);
  }
  return price as Price;
}
