import { BrandedError } from '../provider/branded-error';

/**
 * A breaker that is open did not let a call through. The source was not subscribed. Never retried.
 *
 * @category Errors
 */
export class CircuitOpenError extends BrandedError {
  static override readonly brandName = 'CircuitOpenError';
  /** ms until the breaker lets a probe through, where that is known. */
  declare readonly retryAfter?: number;
  /** When that is: ms on the scheduler's clock. */
  declare readonly openUntil?: number;

  constructor(info: { retryAfter?: number | undefined; openUntil?: number | undefined; cause?: unknown } = {}) {
    const { retryAfter, openUntil, cause } = info;
    const when = retryAfter === undefined ? '' : `; it lets a call through in ${retryAfter} ms`;
    super(`The circuit is open${when}`, cause === undefined ? undefined : { cause });
    if (retryAfter !== undefined) {
      this.retryAfter = retryAfter;
    }
    if (openUntil !== undefined) {
      this.openUntil = openUntil;
    }
  }
}
