import type { TokenEstimate } from '../budget/token-estimate';
import type { UsageReader } from '../budget/usage-reader';
import { type Counting, UsageReading } from '../budget/usage-reading';
import type { UnitsReading } from '../limiter/limiter-guard';
import type { CallUsage } from '../limiter/taking';
import type { ChunkReading, Usage } from '../provider';
import type { Units } from '../quota/limits';
import type { AnswerSoFar, EndReader } from '../stream/stream-end';

/** What the values of a call are asked. */
export interface CallReaders<T> {
  readonly usage: UsageReader<T>;
  readonly end: EndReader<T>;
  readonly weigh: ((usage: Usage) => Units) | undefined;
}

/**
 * What the values of a client's attempt say: what it costs, whether it has failed, and whether the answer is whole. It is
 * one object, because each costs some 10 ns for every call.
 */
export class CallReading<T> extends UsageReading<T> implements UnitsReading, CallUsage, AnswerSoFar {
  failure: unknown = undefined;
  isContent = false;
  isWhole = false;
  hasFinal = false;
  hasContent = false;
  emitted = 0;

  constructor(
    private readonly readers: CallReaders<T>,
    estimate: TokenEstimate,
    counter: Counting<T> | undefined,
    /** Whether anybody wants to know what the attempt costs. */
    private readonly isPaid: boolean,
  ) {
    super(readers.usage, estimate, counter);
  }

  /** Chunks are always read: they say what has failed and what is content, whatever the user's functions read. */
  override read(value: T): void {
    let chunk: ChunkReading | undefined;
    if (typeof value === 'object') {
      chunk = this.reader.readers.chunkOf(value, this.chunk);
      this.chunk = chunk;
    }
    if (this.isPaid && chunk?.failure?.isResponse !== true) {
      this.hear(value, chunk);
    }
    this.readers.end.note(this, value, chunk);
  }

  missing(): Error | undefined {
    return this.readers.end.missing(this);
  }

  get weigh(): CallUsage['weigh'] {
    return this.readers.weigh;
  }

  get isUnitsFinal(): boolean {
    return this.reported !== undefined;
  }
}
