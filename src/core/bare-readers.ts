import { brandOf, type ErrorReading } from '../provider';
import type { RetryReaders } from '../retry/retry-readers';

/** Reads of an error only whether it is one of the library's own: the rest is up to the user's functions. */
export const bareReaders: RetryReaders = {
  read: (error) => error as ErrorReading,
  classOf: (reading) => (brandOf(reading) === 'AnswerRejectedError' ? 'rejected' : 'unknown'),
  isRetryable: () => false,
  hintOf: () => undefined,
  isContent: () => true,
};
