import { brandOf, type ErrorReading, emptyAnswer, isUnreached, ownClasses, type Readers } from '../provider';
import type { RetryReaders } from '../retry/retry-readers';
import type { StreamReaders } from '../stream/stream-end';

const nothing: readonly never[] = [];
const isRejected = (error: unknown) => brandOf(error) === 'AnswerRejectedError';

// Apart, because a page that only retries and reads streams has no use for the rest.

/** Reads of an error only whether it is a rejected answer: the rest is up to the user's functions. */
export const bareRetryReaders: RetryReaders = {
  read: (error) => ({ links: nothing, gathered: nothing, kind: isRejected(error) ? 'rejected' : 'unknown' }),
  classOf: ({ kind }) => kind!,
  isRetryable: () => false,
  hintOf: () => undefined,
  isContent: undefined,
};

/** Reads nothing: every value is content, so that no answer is an empty one. */
export const bareStreamReaders: StreamReaders = {
  chunkOf: () => undefined,
  isContent: undefined,
  isFinal: undefined,
  failure: undefined,
  failureError: () => undefined,
};

/** Reads of an error only whether it is one of the library's own, and of a value nothing. */
export const bareReaders: Readers = {
  read: (error): ErrorReading => ({
    links: nothing,
    gathered: nothing,
    kind: ownClasses.get(brandOf(error)) ?? 'unknown',
  }),
  classOf: ({ kind }) => kind!,
  isRetryable: () => false,
  mayHelpElsewhere: (error) => !isRejected(error),
  hintOf: () => undefined,
  speaksToAll: () => true,
  limitsOf: () => ({}),
  billedNothing: isUnreached,
  billsNothing: isUnreached,
  chunkOf: () => undefined,
  usageIn: () => undefined,
  bytesIn: () => 0,
  isAnnouncement: () => false,
  isContent: undefined,
  isFinal: undefined,
  usage: undefined,
  failure: undefined,
  failureError: () => undefined,
  emptyAnswer,
};
