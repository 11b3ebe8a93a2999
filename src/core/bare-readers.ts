import { brandOf, type ErrorReading, isUnreached, ownClasses, type Readers } from '../provider';

const nothing: readonly never[] = [];

/**
 * Reads of an error only whether it is one of the library's own, and of a value nothing: the rest is up to the user's
 * functions.
 */
export const bareReaders: Readers = {
  read: (error): ErrorReading => ({
    links: nothing,
    gathered: nothing,
    kind: ownClasses.get(brandOf(error)) ?? 'unknown',
  }),
  classOf: ({ kind }) => kind!,
  isRetryable: () => false,
  mayHelpElsewhere: (error) => ownClasses.get(brandOf(error)) !== 'rejected',
  hintOf: () => undefined,
  speaksToAll: () => true,
  limitsOf: () => ({}),
  billedNothing: isUnreached,
  billsNothing: isUnreached,
  chunkOf: () => undefined,
  isAnnouncement: () => false,
  isContent: undefined,
  isFinal: undefined,
  usage: undefined,
  failure: undefined,
  failureIn: () => undefined,
};
