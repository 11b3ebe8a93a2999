import { classOf, hintOf, isContentChunk, isRetryableClass, readError } from '../provider';
import type { RetryReaders } from './retry-readers';

/** Reads what servers, SDKs and runtimes say. */
export const providerReaders: RetryReaders = {
  read: readError,
  classOf,
  isRetryable: isRetryableClass,
  hintOf,
  isContent: isContentChunk,
};
