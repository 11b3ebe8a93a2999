import type { Observable, ObservableInput, OperatorFunction, SchedulerLike } from 'rxjs';
import { operate } from '../internal/operate';
import { checkNumber, Options } from '../internal/options';
import { Clock } from '../internal/time/clock';
import { SharedTimers } from '../internal/time/shared-timers';
import type { Jitter } from './backoff';
import type { RetryBudget } from './retry-budget';
import { Retrying } from './retrying';

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
 * Options of {@link retryBackoff}. Durations are ms.
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
   * Which values are content. Values before the first one (role headers and the like) are held back, at most 16, and
   * dropped if the attempt fails before content. Default: every value is content.
   */
  readonly isContent?: ((value: T) => boolean) | undefined;
  /** Bounds the retries of all call sites that share it. */
  readonly retryBudget?: RetryBudget | undefined;
  /** Called when a retry was decided, before its delay. */
  readonly onRetry?: ((retry: RetryContext) => void) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

const names = [
  ...['maxRetries', 'baseDelay', 'maxDelay', 'exponentialBase', 'jitter', 'backoff', 'retryIf', 'retryAfter'],
  ...['maxRetryAfter', 'onLongRetryAfter', 'maxElapsed', 'afterValues', 'isContent', 'retryBudget', 'onRetry'],
  ...['scheduler', 'random'],
];

/**
 * Subscribes to the source again when it fails, after a backoff that is never shorter than the server asked for.
 *
 * ![Waits twice as long before each retry, and passes the last error on when attempts are used
 * up](../../docs/marbles/retry-backoff-1.svg)
 *
 * Exponential, capped, then spread by jitter (Marc Brooker, "Exponential Backoff And Jitter", AWS Architecture Blog,
 * 2015); a `Retry-After` (RFC 9110 §10.2.3) and its kin are a minimum. An answer is never typed twice: once content was delivered the error
 * passes on, unless `afterValues` says how to go on. When attempts are used up the last error passes unchanged.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, and what continues it.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { retryBackoff } from 'rxjs-resilience';
 *
 * defer(() => fetch('https://example.com'))
 *   .pipe(retryBackoff({ maxRetries: 5, onRetry: ({ attempt, delay }) => console.log(`retry ${attempt} in ${delay} ms`) }))
 *   .subscribe({ next: (response) => console.log(response.status), error: console.error });
 * // -> 200
 * ```
 */
export function retryBackoff<T, R = T>(config: RetryBackoffConfig<T, R> = {}): OperatorFunction<T, T | R> {
  const settings = settingsOf(config);
  return operate<T, T | R>((source, destination) => {
    const retrying = new Retrying<T | R>(source as Observable<T | R>, destination, settings);
    destination.add(retrying);
    retrying.start();
  });
}

/** A config with defaults filled in. */
export interface Settings<V> {
  readonly maxRetries: number;
  readonly baseDelay: number;
  readonly maxDelay: number;
  readonly exponentialBase: number;
  readonly jitter: Jitter;
  readonly backoff: ((attempt: number) => number) | undefined;
  readonly retryIf: ((error: unknown, retry: RetryContext) => boolean) | undefined;
  readonly retryAfter: ((error: unknown) => number | undefined) | undefined;
  readonly maxRetryAfter: number;
  readonly onLongRetryAfter: 'error' | 'clamp' | 'wait';
  readonly maxElapsed: number;
  readonly afterValues: AfterValues<V>;
  readonly isContent: ((value: V) => boolean) | undefined;
  readonly retryBudget: RetryBudget | undefined;
  readonly onRetry: ((retry: RetryContext) => void) | undefined;
  readonly random: () => number;
  readonly clock: Clock;
  /** On which all calls wait for their next attempt. */
  readonly timers: SharedTimers;
  /** Whether anybody wants to know how long a call has been tried. */
  readonly isTimed: boolean;
}

/** Checks a config and fills in the defaults. */
export function settingsOf<T, R>(config: RetryBackoffConfig<T, R>): Settings<T | R> {
  new Options('retryBackoff', config, names)
    .whole('maxRetries', 0, 'or Infinity')
    .amount('baseDelay')
    .amount('maxDelay')
    .positive('exponentialBase')
    .oneOf('jitter', ['equal', 'full', 'proportional', 'decorrelated', 'none'], true)
    .oneOf('onLongRetryAfter', ['error', 'clamp', 'wait'])
    .oneOf('afterValues', ['error', 'restart'], true)
    .amount('maxRetryAfter', 'or Infinity')
    .amount('maxElapsed', 'or Infinity')
    .functions('backoff', 'retryIf', 'retryAfter', 'isContent', 'onRetry', 'random')
    .having('retryBudget', 'tryRetry', 'a RetryBudget')
    .scheduler();
  return {
    maxRetries: config.maxRetries ?? 3,
    baseDelay: config.baseDelay ?? 1_000,
    maxDelay: config.maxDelay ?? 60_000,
    exponentialBase: config.exponentialBase ?? 2,
    jitter: config.jitter ?? 'equal',
    backoff: config.backoff,
    retryIf: config.retryIf,
    retryAfter: config.retryAfter,
    maxRetryAfter: config.maxRetryAfter ?? 60_000,
    onLongRetryAfter: config.onLongRetryAfter ?? 'error',
    maxElapsed: config.maxElapsed ?? Number.POSITIVE_INFINITY,
    afterValues: (config.afterValues ?? 'error') as AfterValues<T | R>,
    isContent: config.isContent as ((value: T | R) => boolean) | undefined,
    retryBudget: config.retryBudget,
    onRetry: config.onRetry,
    random: config.random ? checkedRandom(config.random) : Math.random,
    clock: new Clock(config.scheduler),
    timers: new SharedTimers(config.scheduler),
    isTimed:
      (config.maxElapsed ?? Number.POSITIVE_INFINITY) < Number.POSITIVE_INFINITY ||
      [config.onRetry, config.retryIf, config.afterValues].some((each) => typeof each === 'function'),
  };
}

/** A share that is none would make delays that nobody can explain. */
function checkedRandom(random: () => number): () => number {
  return () => checkNumber('retryBackoff', 'random', random(), (share) => share >= 0 && share <= 1, 'from 0 to 1');
}
