import type { ErrorReading } from './read-error';
import type { RetryAfter } from './retry-after';

/** The hint of an error by a function of the user's, which is asked once for all who go by this reading. */
export function askedHint(retryAfter: RetryAfter, error: unknown, reading: ErrorReading): number | undefined {
  reading.asked ??= { hint: retryAfter(error) };
  return reading.asked.hint;
}
