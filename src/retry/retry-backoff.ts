import type { OperatorFunction } from 'rxjs';
import { runningOf } from '../internal/running';
import { sharedTimers } from '../internal/time/shared-timers';
import { retryReaders } from '../provider';
import { retriedBy } from './retried-source';
import type { RetryBackoffConfig } from './retry-backoff-config';
import { settingsOf } from './retry-settings';

export type { AfterValues, RetryBackoffConfig, RetryContext } from './retry-backoff-config';

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
 * import { fromStream, retryBackoff } from 'rxjs-resilience';
 *
 * fromStream((signal) => fetch('https://example.com', { signal })) // a status of 429 or 503 is a failure here
 *   .pipe(retryBackoff({ maxRetries: 5, onRetry: ({ attempt, delay }) => console.log(`retry ${attempt} in ${delay} ms`) }))
 *   .subscribe({ next: (response) => console.log(response.status), error: console.error });
 * // -> 200
 * ```
 */
export function retryBackoff<T, R = T>(config: RetryBackoffConfig<T, R> = {}): OperatorFunction<T, T | R> {
  return retriedBy(settingsOf(config, retryReaders, sharedTimers), runningOf);
}
