import type { ErrorReading } from './read-error';
import type { RetryAfter } from './retry-after';

/**
 * The hint of an error, in ms: by a function of the user's, which is asked once for all who go by this reading, or else by
 * what the reading says.
 */
export function hintBy(
  retryAfter: RetryAfter | undefined,
  error: unknown,
  reading: ErrorReading,
  hintOf: (reading: ErrorReading, now: number) => number | undefined,
  now: number,
): number | undefined {
  if (retryAfter === undefined) {
    return hintOf(reading, now);
  }
  reading.asked ??= { hint: retryAfter(error) };
  return reading.asked.hint;
}
