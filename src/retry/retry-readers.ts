import type { ChunkReaders, ErrorReaders } from '../provider';

/** How a retry reads errors and values where its config does not say it. */
export type RetryReaders = Pick<ErrorReaders, 'read' | 'classOf' | 'isRetryable' | 'hintOf'> &
  Pick<ChunkReaders, 'isContent'>;
