/** The options of a backoff, with defaults filled in. Delays are in ms. */
export interface BackoffConfig {
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly exponentialBase: number;
  readonly jitter: Jitter;
  readonly backoff?: ((attempt: number) => number) | undefined;
}

/**
 * How a backoff is spread, so that clients that failed together do not come back together.
 *
 * @category Operators
 */
export type Jitter =
  | 'equal'
  | 'full'
  | 'proportional'
  | 'decorrelated'
  | 'none'
  | ((delay: number, random: number) => number);

/**
 * The backoff before retry `attempt` (1, 2, …) in ms: exponential, capped at `maxDelay`, and finite for every attempt.
 */
export function backoffOf(attempt: number, config: BackoffConfig): number {
  const { baseDelay, maxDelay, exponentialBase, backoff } = config;
  // A base delay of 0 stays 0: 0 · Infinity would be NaN.
  const curve = backoff ? backoff(attempt) : baseDelay === 0 ? 0 : baseDelay * exponentialBase ** (attempt - 1);
  return Math.min(curve, maxDelay);
}

/**
 * Spreads a backoff by `random`, which returns a number in [0, 1). The cap comes first, so that clients at the cap are
 * spread as well.
 *
 * `full`, `equal` and `decorrelated` are those of Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015. `proportional` is the usual ±50 %.
 *
 * @param previous What the last call returned, or `baseDelay` before the first retry; for `decorrelated`.
 */
export function jittered(backoff: number, random: () => number, previous: number, config: BackoffConfig): number {
  const { jitter, baseDelay, maxDelay } = config;
  switch (jitter) {
    case 'none':
      return backoff;
    case 'full':
      return random() * backoff;
    case 'equal':
      return backoff / 2 + (random() * backoff) / 2;
    case 'proportional':
      return backoff * (0.5 + random());
    case 'decorrelated':
      return Math.min(maxDelay, baseDelay + random() * (3 * previous - baseDelay));
    default:
      return jitter(backoff, random());
  }
}

/** Takes a server's hint as the least delay. The hint is only spread upwards, by at most a tenth. */
export function atLeast(hint: number | undefined, delay: number, random: () => number, jitter: Jitter): number {
  if (hint === undefined) {
    return delay;
  }
  return Math.max(delay, jitter === 'none' ? hint : hint + (hint * random()) / 10);
}
