import { checkAmount, show } from '../internal/options';
import { checkPrice, type Price } from './price';

const million = 1e6;

/** The fields of a model in LiteLLM's table, in a currency per token. */
const perToken = {
  input: 'input_cost_per_token',
  output: 'output_cost_per_token',
  cachedInput: 'cache_read_input_token_cost',
  cacheWrite: 'cache_creation_input_token_cost',
  reasoning: 'output_cost_per_reasoning_token',
} as const;
const perRequest = 'input_cost_per_request';

/**
 * A table of prices by model: of `Price`s, or in the format that LiteLLM publishes (`input_cost_per_token` …).
 *
 * @category Limits
 */
export interface PriceTable {
  readonly [model: string]: Price | { readonly [field: string]: unknown };
}

/**
 * Looks up prices in a table: one of your own, or the one that LiteLLM publishes (`model_prices_and_context_window.json`),
 * whose dollars per token become dollars per million tokens.
 *
 * A model is found by the name under which it stands in the table, and no other: a guessed price is worse than none. Models
 * of LiteLLM's without a price per token (images, audio) are none. Prices for long prompts and batches are not read.
 *
 * @param table By model.
 * @param fallback The price of models that are not in the table. Without it they have none.
 * @returns A function that gives the price of a model.
 * @throws RangeError or TypeError that names the model and the field and shows its value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { pricesOf } from 'rxjs-resilience';
 *
 * const priceOf = pricesOf({ small: { input_cost_per_token: 0.25e-6, output_cost_per_token: 2e-6 } }, { input: 5, output: 25 });
 *
 * priceOf('small'); // { input: 0.25, output: 2 }
 * priceOf('unknown'); // { input: 5, output: 25 }
 * ```
 */
export function pricesOf(table: PriceTable, fallback: Price): (model: string) => Price;
export function pricesOf(table: PriceTable, fallback?: undefined): (model: string) => Price | undefined;
export function pricesOf(table: PriceTable, fallback?: Price): (model: string) => Price | undefined {
  if (typeof table !== 'object' || table === null) {
    throw new TypeError(`pricesOf: table must be an object with a price for each model, got ${show(table)}`);
  }
  if (fallback !== undefined) {
    checkPrice('pricesOf: fallback', fallback);
  }
  const prices = new Map<string, Price>();
  for (const [model, entry] of Object.entries(table)) {
    const price = priceIn(`pricesOf: table[${show(model)}]`, entry);
    if (price !== undefined) {
      prices.set(model, price);
    }
  }
  return (model) => prices.get(model) ?? fallback;
}

function priceIn(owner: string, entry: unknown): Price | undefined {
  const fields = Object(entry) as Record<string, unknown>;
  if (typeof entry !== 'object' || entry === null || 'input' in fields || 'output' in fields) {
    return checkPrice(owner, entry);
  }
  if (fields[perToken.input] === undefined && fields[perToken.output] === undefined) {
    return undefined;
  }
  const price: { -readonly [field in keyof Price]: Price[field] } = { input: 0, output: 0 };
  for (const [name, field] of Object.entries(perToken) as [keyof typeof perToken, string][]) {
    if (isGiven(fields[field])) {
      price[name] = tidy(checkAmount(owner, field, fields[field]) * million);
    }
  }
  if (isGiven(fields[perRequest])) {
    price.request = checkAmount(owner, perRequest, fields[perRequest]);
  }
  return price;
}

/** The table has `null` for what a model does not have. */
function isGiven(value: unknown): boolean {
  return value !== undefined && value !== null;
}

/** 1.5e-7 a token is 0.15 a million, not 0.15000000000000002. */
function tidy(price: number): number {
  return Number(price.toPrecision(12));
}
