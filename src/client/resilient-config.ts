import type { SchedulerLike } from 'rxjs';
import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { CallOptions } from './call-options';
import type { CallHedgeConfig } from './hedges';
import type { AnyLimiter, CallRetryConfig } from './resilient-client-config';
import type { Timeouts } from './timeouts';

/**
 * The guards of {@link resilient}; absent is off.
 *
 * @category Operators
 */
export interface ResilientConfig {
  /** What is tried again, and when; `{}` for the defaults. Default: nothing. */
  readonly retryBackoff?: CallRetryConfig | undefined;
  /** The limiter in whose queue every attempt waits, or several: the first is asked first. Default: none. */
  readonly rateLimit?: AnyLimiter | readonly AnyLimiter[] | undefined;
  /** The breaker that every attempt asks. Default: none. */
  readonly circuitBreak?: Breaker | undefined;
  /** The budget of which every attempt reserves `tokens`, or several: of all or of none. Default: none. */
  readonly tokenBudget?: Budget | readonly Budget[] | undefined;
  /** Default for every call. */
  readonly timeout?: Timeouts | undefined;
  /** When a call is asked a second time, because the first has no content yet. Default: never. */
  readonly hedge?: CallHedgeConfig | undefined;
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** For timeouts and retries. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

/**
 * What one source of {@link resilient} wants.
 *
 * @category Operators
 */
export type ResilientOptions<T> = Omit<CallOptions<T>, 'key' | 'afterValues' | 'meta'> & {
  /** What to do with a retryable error once content was delivered. Default: what `retryBackoff` says. */
  readonly afterValues?: 'error' | 'restart' | undefined;
};
