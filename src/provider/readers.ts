import type { ChunkReading, Failure } from './chunks/chunk-reading';
import type { ErrorClass } from './error-class';
import type { RateLimitInfo } from './rate-limit';
import type { ErrorReading } from './read-error';
import type { Usage } from './usage';

/** How errors are read where the user does not say what they mean. */
export interface ErrorReaders {
  /** Reads an error, once for all who want to know something of it. */
  readonly read: (error: unknown) => ErrorReading;
  readonly classOf: (reading: ErrorReading) => ErrorClass;
  /** Whether an error of that class is worth another attempt. */
  readonly isRetryable: (kind: ErrorClass) => boolean;
  /** Whether it may help to ask somebody else. */
  readonly mayHelpElsewhere: (error: unknown) => boolean;
  /** What it asks to wait, in ms, at `now` on the wall clock. */
  readonly hintOf: (reading: ErrorReading, now: number) => number | undefined;
  /** Whether it asks all callers to wait, not only this one. */
  readonly speaksToAll: (reading: ErrorReading) => boolean;
  /** What its headers say of rate limits, at `now` on the wall clock. */
  readonly limitsOf: (reading: ErrorReading, now: number) => RateLimitInfo;
  /** Whether a call that failed so costs nothing, by default. */
  readonly billedNothing: (error: unknown) => boolean;
  /** The same, for an error that can be read once with others. */
  readonly billsNothing: (error: unknown, read: () => ErrorReading) => boolean;
}

/** How errors and values are read where the user does not say what they mean. */
export interface Readers extends ErrorReaders, ChunkReaders {}

/** How values are read where the user does not say what they mean. */
export interface ChunkReaders {
  /** What a value says as a chunk of a provider, written into `again` if that is given; undefined where none is read. */
  readonly chunkOf: (value: unknown, again: ChunkReading | undefined) => ChunkReading | undefined;
  /** The usage that a chunk reports, if it reports one. */
  readonly usageIn: (chunk: ChunkReading) => Usage | undefined;
  /** The size of all that the model wrote in a chunk, in UTF-8. */
  readonly bytesIn: (chunk: ChunkReading) => number;
  /** Whether a value was made before the provider was asked. */
  readonly isAnnouncement: (value: unknown) => boolean;
  /** The functions that say the same as a chunk does; undefined where none is read. A user may give them. */
  readonly isContent: ((value: unknown) => boolean) | undefined;
  readonly isFinal: ((value: unknown) => boolean) | undefined;
  readonly usage: ((value: never) => unknown) | undefined;
  readonly failure: ((value: unknown) => unknown) | undefined;
  /** The error for an answer without any content. */
  readonly emptyAnswer: () => Error;
  /** The error for a failure that a chunk reports. */
  readonly failureError: (value: unknown, failure: Failure) => unknown;
}
