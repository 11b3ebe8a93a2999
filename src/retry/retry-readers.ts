import type { ErrorClass, ErrorReading } from '../provider';

/** How errors and values are read where the config does not say it. */
export interface RetryReaders {
  /** Reads an error, once for all who want to know something of it. */
  readonly read: (error: unknown) => ErrorReading;
  readonly classOf: (reading: ErrorReading) => ErrorClass;
  /** Whether an error of that class is worth another attempt. */
  readonly isRetryable: (kind: ErrorClass) => boolean;
  /** What it asks to wait, in ms, at `now` on the wall clock. */
  readonly hintOf: (reading: ErrorReading, now: number) => number | undefined;
  readonly isContent: (value: unknown) => boolean;
}
