import { RefusalError } from '../provider/refusal-error';

/**
 * A breaker did not let a call through, because it was open. The source was not subscribed. Never retried.
 *
 * @category Errors
 */
export class CircuitOpenError extends RefusalError {
  static override readonly brandName = 'CircuitOpenError';
  /** The breaker lets a probe through after so many ms, if that is known. */
  declare readonly retryAfter?: number;
  /** When the breaker lets a probe through: ms on the scheduler's clock, if that is known. */
  declare readonly openUntil?: number;
  /** The `name` of the breaker, if it has one. */
  declare readonly policyName?: string;
  /** The key for which a keyed policy made it. */
  declare readonly key?: string;

  constructor(
    info: {
      retryAfter?: number | undefined;
      openUntil?: number | undefined;
      cause?: unknown;
      policyName?: string | undefined;
      key?: string | undefined;
    } = {},
  ) {
    const { retryAfter, openUntil, cause } = info;
    const when = retryAfter === undefined ? '' : `; it lets a call through in ${retryAfter} ms`;
    super(`The circuit is open${when}`, cause === undefined ? undefined : { cause });
    if (retryAfter !== undefined) {
      this.retryAfter = retryAfter;
    }
    if (openUntil !== undefined) {
      this.openUntil = openUntil;
    }
    this.label(info);
  }
}
