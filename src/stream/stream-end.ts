import type { Reading } from '../guard/guard';
import type { ChunkReaders, ChunkReading } from '../provider';
import { StreamTruncatedError } from './stream-truncated-error';

/** How values are read where the user does not say what they mean. */
export type StreamReaders = Pick<ChunkReaders, 'chunkOf' | 'isContent' | 'isFinal' | 'failure' | 'failureIn'> &
  Partial<Pick<ChunkReaders, 'emptyAnswer'>>;

/** What the user gave, unless it is what reads chunks anyway: each is read once. */
export function unless<F>(usual: unknown, given: F): F | undefined {
  return given === usual ? undefined : given;
}

/** What the values of an answer have said so far. */
export interface AnswerSoFar {
  /** The failure that the last value reported. */
  failure: unknown;
  /** Whether the last value is content. */
  isContent: boolean;
  /** Whether a final value has come, and no content since. */
  isWhole: boolean;
  hasFinal: boolean;
  hasContent: boolean;
  /** How many values there were. */
  emitted: number;
}

/** Reads from the values of answers whether they report a failure, and whether they are whole. One serves all answers. */
export class EndReader<T> {
  /**
   * Without `isFinal` every completion is believed. With neither `isFinal` nor `failure` no value is looked at.
   *
   * @param failureIn Undefined where chunks tell, also if the user says so: see {@link unless}.
   */
  constructor(
    private readonly isFinal: ((value: T) => boolean) | undefined,
    private readonly failureIn: ((value: T) => unknown) | false | undefined,
    readonly readers: StreamReaders,
    private readonly contentIn?: ((value: T) => boolean) | undefined,
  ) {}

  get looksAtNothing(): boolean {
    return this.isFinal === undefined && this.failureIn === false;
  }

  /** @param chunk The value, if it was read as one. */
  note(answer: AnswerSoFar, value: T, chunk: ChunkReading | undefined): void {
    answer.failure = this.failureOf(value, chunk);
    if (answer.failure !== undefined) {
      answer.isContent = false;
      return;
    }
    const isContent = this.contentOf(value, chunk);
    answer.emitted += 1;
    answer.isContent = isContent;
    if (isContent) {
      answer.hasContent = true;
    }
    if (this.isLast(value, chunk)) {
      answer.hasFinal = true;
      answer.isWhole = !this.isEmpty(answer); // an empty answer has failed, whatever else happens
    } else if (isContent) {
      answer.isWhole = false;
    }
  }

  /** An error if the answer has completed, and something is missing. */
  missing(answer: AnswerSoFar): Error | undefined {
    if (this.isFinal !== undefined && !answer.hasFinal) {
      return new StreamTruncatedError({ emitted: answer.emitted });
    }
    return answer.hasFinal && this.isEmpty(answer) ? this.readers.emptyAnswer?.() : undefined;
  }

  private isEmpty({ hasContent }: AnswerSoFar): boolean {
    return this.failureIn !== false && !hasContent;
  }

  private contentOf(value: T, chunk: ChunkReading | undefined): boolean {
    const { contentIn } = this;
    return contentIn === undefined ? chunk?.isContent !== false : Boolean(contentIn(value));
  }

  private failureOf(value: T, chunk: ChunkReading | undefined): unknown {
    const { failureIn } = this;
    if (failureIn === undefined) {
      return chunk?.failure && this.readers.failureIn(value, chunk);
    }
    // `null` and `false` are what `value.error` and `isError && error` are, where there is none.
    const failure = failureIn === false ? undefined : failureIn(value);
    return failure === null || failure === false ? undefined : failure;
  }

  private isLast(value: T, chunk: ChunkReading | undefined): boolean {
    const { isFinal } = this;
    return isFinal === undefined || isFinal === this.readers.isFinal
      ? chunk?.isFinal === true
      : Boolean(isFinal(value));
  }
}

/** What the values of one answer say: whether they report a failure, and whether it is whole. */
export class StreamEnd<T> implements Reading<T>, AnswerSoFar {
  failure: unknown = undefined;
  isContent = false;
  isWhole = false;
  hasFinal = false;
  hasContent = false;
  emitted = 0;
  private chunk: ChunkReading | undefined = undefined;

  constructor(private readonly reader: EndReader<T>) {}

  read(value: T): void {
    if (this.reader.looksAtNothing) {
      this.isContent = true;
    } else if (typeof value === 'object') {
      this.chunk = this.reader.readers.chunkOf(value, this.chunk);
      this.reader.note(this, value, this.chunk);
    } else {
      this.reader.note(this, value, undefined);
    }
  }

  missing(): Error | undefined {
    return this.reader.missing(this);
  }
}
