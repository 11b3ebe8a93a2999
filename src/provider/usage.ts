import { isAmount } from './read';

/**
 * What a call cost so far, in tokens. Reports are running totals: of two, the larger one counts, field by field.
 *
 * @category What providers say
 */
export interface Usage {
  /** All tokens that were read, including those from and into a cache. */
  readonly input?: number | undefined;
  /** Those of the input that came from a cache. */
  readonly cachedInput?: number | undefined;
  /** Those of the input that were written into a cache. */
  readonly cacheWrite?: number | undefined;
  /** All tokens that were generated, including reasoning. */
  readonly output?: number | undefined;
  /** Those of the output that were reasoning. */
  readonly reasoning?: number | undefined;
  /** Input and output together. */
  readonly total?: number | undefined;
  /** What the provider says that the call costs, in its currency; most providers do not say it. */
  readonly cost?: number | undefined;
  /** Nothing will be added any more: this is the cost of the call. */
  readonly final: boolean;
}

/** The usage of these amounts; what is no amount is left out. Undefined if none is left. */
export function usageFrom(
  final: boolean,
  input: unknown,
  cachedInput: unknown,
  cacheWrite: unknown,
  output: unknown,
  reasoning: unknown,
  total?: unknown,
  cost?: unknown,
): Usage | undefined {
  const usage: { -readonly [field in keyof Usage]: Usage[field] } = { final };
  let isEmpty = true;
  // `+ 0` makes no negative zero of one.
  if (isAmount(input)) {
    usage.input = input + 0;
    isEmpty = false;
  }
  if (isAmount(cachedInput)) {
    usage.cachedInput = cachedInput + 0;
    isEmpty = false;
  }
  if (isAmount(cacheWrite)) {
    usage.cacheWrite = cacheWrite + 0;
    isEmpty = false;
  }
  if (isAmount(output)) {
    usage.output = output + 0;
    isEmpty = false;
  }
  if (isAmount(reasoning)) {
    usage.reasoning = reasoning + 0;
    isEmpty = false;
  }
  if (isAmount(total)) {
    usage.total = total + 0;
    isEmpty = false;
  }
  if (isAmount(cost)) {
    usage.cost = cost + 0;
    isEmpty = false;
  }
  return isEmpty ? undefined : usage;
}
