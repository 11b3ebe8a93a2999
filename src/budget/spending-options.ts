import type { Usage } from '../provider';

/**
 * How the cost of a call is read from its values.
 *
 * @category Operators
 */
export interface SpendingOptions<T> {
  /** What a value reports: a running total, or a `Usage`. Default `usageOf`, which knows the providers' chunks. */
  readonly usage?: ((value: T) => number | Usage | undefined) | undefined;
  /** Tokens that a value has generated, where nothing is reported. Default: UTF-8 bytes of all generated text / 4. */
  readonly count?: ((value: T) => number) | undefined;
  /** Whether a call that passes its reservation may go on when the budget has no room for it. Default `'allow'`. */
  readonly overrun?: 'allow' | 'error' | undefined;
}
