import { isAnnouncement } from './announcement';
import { billedNothing, billsNothing } from './billed-nothing';
import { isContentChunk, isFinalChunk } from './chunk';
import { ChunkReading } from './chunks/chunk-reading';
import { usageIn } from './chunks/chunk-usage';
import { readChunk } from './chunks/read-chunk';
import { bytesIn } from './chunks/written-bytes';
import { classOf, isRetryableClass, mayHelpElsewhere } from './classify-error';
import { failureError, failureOf } from './failure-of';
import { emptyAnswer } from './provider-failure-error';
import { limitsOf } from './rate-limit';
import { type ErrorReading, readError, statusOf } from './read-error';
import type { Readers } from './readers';
import { hintOf } from './retry-after';
import { usageOf } from './usage-of';

/** Reads a value as a chunk of a known provider. */
function chunkOf(value: unknown, again: ChunkReading = new ChunkReading()): ChunkReading {
  readChunk(value, again);
  return again;
}

/** A throttled call, and a server that is overloaded (503, 529), speak to all callers. */
function speaksToAll(reading: ErrorReading): boolean {
  const status = statusOf(reading);
  return classOf(reading) === 'throttled' || status === 503 || status === 529;
}

// One for each job: what reads errors does not bring along what reads chunks. No spreads, which bundlers keep.

export const retryReaders = {
  read: readError,
  classOf,
  isRetryable: isRetryableClass,
  hintOf,
  isContent: isContentChunk,
};
export const limiterReaders = { read: readError, classOf, hintOf, limitsOf, speaksToAll };
export const breakerReaders = { read: readError, classOf, hintOf };
export const budgetReaders = {
  read: readError,
  billedNothing,
  billsNothing,
  chunkOf,
  usageIn,
  bytesIn,
  isAnnouncement,
  isFinal: isFinalChunk,
  usage: usageOf,
};
export const streamReaders = {
  chunkOf,
  isContent: isContentChunk,
  isFinal: isFinalChunk,
  failure: failureOf,
  failureError,
  emptyAnswer,
};
export const failoverReaders = {
  read: readError,
  classOf,
  isRetryable: isRetryableClass,
  mayHelpElsewhere,
  hintOf: () => undefined,
  isContent: isContentChunk,
};
export const routerReaders = {
  read: readError,
  classOf,
  isRetryable: isRetryableClass,
  mayHelpElsewhere,
  hintOf: () => undefined,
  chunkOf,
  usageIn,
  isContent: isContentChunk,
};
export const hedgeReaders = { read: readError, classOf, mayHelpElsewhere, isContent: isContentChunk };

/** Reads what servers, SDKs and runtimes say. */
export const providerReaders: Readers = {
  read: readError,
  classOf,
  isRetryable: isRetryableClass,
  mayHelpElsewhere,
  hintOf,
  speaksToAll,
  limitsOf,
  billedNothing,
  billsNothing,
  chunkOf,
  usageIn,
  bytesIn,
  isAnnouncement,
  isContent: isContentChunk,
  isFinal: isFinalChunk,
  usage: usageOf,
  failure: failureOf,
  failureError,
  emptyAnswer,
};
