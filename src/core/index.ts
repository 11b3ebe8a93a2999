/**
 * Retries, streams and text for small pages: the names of the main entry without its readers of errors and chunks.
 *
 * @module rxjs-resilience/core
 */
export type { Jitter } from '../retry/backoff';
export type { AfterValues, RetryBackoffConfig, RetryContext } from '../retry/retry-backoff-config';
export {
  RetryBudget,
  type RetryBudgetConfig,
  type RetryBudgetEvent,
  type RetryBudgetState,
} from '../retry/retry-budget';
export { type CoalesceTimeConfig, coalesceTime } from '../stream/coalesce-time';
export type { FromStreamOptions } from '../stream/from-stream';
export type { ForeignObservable, Opened } from '../stream/opened';
export { type SmoothTextConfig, smoothText } from '../stream/smooth-text';
export { StreamTruncatedError } from '../stream/stream-truncated-error';
export type { TextUnit } from '../stream/text-units';
export { fromStream } from './from-stream';
export { type CoreRetryConfig, retryBackoff } from './retry-backoff';
