import type { ObservableInput, SchedulerLike } from 'rxjs';
import type { Jitter } from './backoff';
import type { RetryBudget } from './retry-budget';

/**
 * What is known when a call has failed and may be tried again. Times are ms.
 *
 * @category Operators
 */
export interface RetryContext {
  /** Which retry this is: 1, 2, … */
  readonly attempt: number;
  /** How many retries are left after this one. */
  readonly retriesLeft: number;
  /** With what the last attempt failed. */
  readonly error: unknown;
  /** How long is waited before it, in ms. */
  readonly delay: number;
  /** ms since the first subscription. */
  readonly elapsed: number;
  /** How many values were delivered so far. */
  readonly emitted: number;
}

/**
 * What to do with a retryable error once content was delivered. See {@link RetryBackoffConfig.afterValues}.
 *
 * @category Operators
 */
export type AfterValues<T, R = T> =
  | 'error'
  | 'restart'
  | ((retry: RetryContext & { readonly values: readonly (T | R)[] }) => ObservableInput<R>);

/**
 * Options of `retryBackoff`. Durations are ms.
 *
 * @category Operators
 */
export interface RetryBackoffConfig<T, R = T> {
  /** Extra attempts after the first; `Infinity` for no bound. Default 3. */
  readonly maxRetries?: number | undefined;
  /** The backoff before the first retry, in ms. Default 1000. */
  readonly baseDelay?: number | undefined;
  /** The longest backoff, in ms; also caps what `backoff` returns. Default 60_000. */
  readonly maxDelay?: number | undefined;
  /** The factor from one backoff to the next. Default 2. */
  readonly exponentialBase?: number | undefined;
  /** How a backoff is spread. Default `'equal'`. */
  readonly jitter?: Jitter | undefined;
  /** Replaces the exponential curve: the backoff in ms before retry `attempt`, which is 1, 2, … */
  readonly backoff?: ((attempt: number) => number) | undefined;
  /** Which errors are worth another attempt. Default `isRetryable`. */
  readonly retryIf?: ((error: unknown, retry: RetryContext) => boolean) | undefined;
  /** What the server asks to wait, in ms. Default `retryAfterOf`. */
  readonly retryAfter?: ((error: unknown) => number | undefined) | undefined;
  /** The longest hint of a server that is followed, in ms. Default 60_000. */
  readonly maxRetryAfter?: number | undefined;
  /** A longer hint: passes the error on, counts as `maxRetryAfter`, or is waited out. Default `'error'`. */
  readonly onLongRetryAfter?: 'error' | 'clamp' | 'wait' | undefined;
  /** No retry begins later than so many ms after the first subscription. Default `Infinity`. */
  readonly maxElapsed?: number | undefined;
  /**
   * What to do with a retryable error once content was delivered: pass it on, so that no answer is typed twice; start
   * over; or go on with what a function returns, which is called after the delay. Default `'error'`.
   */
  readonly afterValues?: AfterValues<T, R> | undefined;
  /**
   * Which values are content. Values before the first one (role headers and the like) are held back, and dropped if the
   * attempt fails before content. Default `isContentChunk`: all but a known provider's chunk that says nothing yet.
   */
  readonly isContent?: ((value: NoInfer<T>) => boolean) | undefined;
  /**
   * So many values are held back before content, `Infinity` for all; with one more they count as content. At 0, what is
   * no content passes at once, and does not count for `afterValues`. Default 16.
   */
  readonly maxHeldBack?: number | undefined;
  /**
   * An attempt that has lived so many ms since its first content begins retries and backoff anew: for streams that live
   * for hours. Default: never.
   */
  readonly resetAfter?: number | undefined;
  /** Bounds the retries of all call sites that share it. */
  readonly retryBudget?: RetryBudget | undefined;
  /** Called when a retry was decided, before its delay. */
  readonly onRetry?: ((retry: RetryContext) => void) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}
