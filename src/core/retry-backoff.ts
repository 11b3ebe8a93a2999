import type { OperatorFunction } from 'rxjs';
import { plainlyRunning } from '../internal/operate';
import { plainTimers } from '../internal/time/timers';
import { retriedBy } from '../retry/retried-source';
import type { RetryBackoffConfig } from '../retry/retry-backoff-config';
import { settingsOf } from '../retry/retry-settings';
import { bareRetryReaders } from './bare-readers';
import { checkRetry } from './check-retry';

/**
 * Options of `retryBackoff` of `rxjs-resilience/core`: errors are read by the functions that are given.
 *
 * @category Core
 */
export type CoreRetryConfig<T, R = T> = Omit<RetryBackoffConfig<T, R>, 'retryIf' | 'retryAfter' | 'isContent'> & {
  /** Which errors are worth another attempt. It is asked about those of this library, too, refusals included. */
  readonly retryIf: NonNullable<RetryBackoffConfig<T, R>['retryIf']>;
  /** What the server asks to wait, in ms; undefined for nothing. `NaN` fails the call. */
  readonly retryAfter: NonNullable<RetryBackoffConfig<T, R>['retryAfter']>;
  /** Which values are content. Default: all. See `RetryBackoffConfig`. */
  readonly isContent?: RetryBackoffConfig<T, R>['isContent'];
};

/**
 * `retryBackoff` of the main entry without its readers of errors and chunks, for small pages: `retryIf` and `retryAfter`
 * must be given, and every value is content unless `isContent` says otherwise.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, and what continues it.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { retryBackoff } from 'rxjs-resilience/core';
 *
 * const isDown = (error: unknown) => (error as { status?: number }).status === 503;
 *
 * of('answer').pipe(retryBackoff({ retryIf: isDown, retryAfter: () => undefined })).subscribe(console.log); // -> answer
 * ```
 */
export function retryBackoff<T, R = T>(config: CoreRetryConfig<T, R>): OperatorFunction<T, T | R> {
  checkRetry('retryBackoff of rxjs-resilience/core', config);
  return retriedBy(settingsOf<T, R>(config as RetryBackoffConfig<T, R>, bareRetryReaders, plainTimers), plainlyRunning);
}
