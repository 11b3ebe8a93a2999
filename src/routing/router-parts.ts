import type { AnswerParts } from '../client/answer-settings';
import type { TimersOf } from '../internal/time/timers';
import type { ChunkReaders, ErrorReaders } from '../provider';
import type { RetryReaders } from '../retry/retry-readers';

/** How a router reads errors and values where the user does not say what they mean. */
export type RouterReaders = RetryReaders &
  Pick<ErrorReaders, 'mayHelpElsewhere'> &
  Pick<ChunkReaders, 'chunkOf' | 'usageIn' | 'isContent'>;

/** What a router is made of beside its config: who leaves something out need not bundle it. */
export interface RouterParts {
  readonly readers: RouterReaders;
  readonly timersOf: TimersOf;
  /** Makes what paces the text of answers, of its config. */
  readonly smooth?: AnswerParts['smooth'];
}
