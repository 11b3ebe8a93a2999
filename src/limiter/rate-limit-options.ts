import type { Cost, UnitsOf } from '../quota/limits';

/**
 * Options of {@link rateLimit}.
 *
 * @category Operators
 */
export interface RateLimitOptions<T, D extends string = string> {
  /** What a call takes; a function is asked for each subscription. Default: 1 request. */
  readonly cost?: Cost<D> | (() => Cost<D>) | undefined;
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined;
  /** How long the call may wait, in ms; 0 never waits. Default: the limiter's own. */
  readonly maxWait?: number | undefined;
  /** The tenant that the call belongs to, in a limiter that is `fair`. Default `''`. */
  readonly tenant?: string | undefined;
  /**
   * What a value says that the call has really used: running totals by dimension, of which the last report counts.
   * Default: what was taken stays taken.
   */
  readonly usage?: ((value: T) => UnitsOf<D> | undefined) | undefined;
  /** Whether a throttling error (429) with a hint pauses the limiter for all its callers. Default true. */
  readonly pauseOnThrottle?: boolean | undefined;
}
