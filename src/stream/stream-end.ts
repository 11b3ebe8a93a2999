import type { Reading } from '../guard/guard';
import type { ChunkReaders, ChunkReading } from '../provider';
import { letGo } from './reader';
import { StreamTruncatedError } from './stream-truncated-error';

/** How values are read where the user does not say what they mean. */
export type StreamReaders = Pick<ChunkReaders, 'chunkOf' | 'isContent' | 'isFinal' | 'failure' | 'failureError'> &
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
    private readonly readers: StreamReaders,
    private readonly contentIn?: ((value: T) => boolean) | undefined,
  ) {}

  /** As `note`. Returns what the value says as a chunk, if it is an object, or what the last one said. */
  read(answer: AnswerSoFar, value: T, last: ChunkReading | undefined): ChunkReading | undefined {
    if (this.isFinal === undefined && this.failureIn === false) {
      answer.isContent = true;
      return last;
    }
    const isChunk = typeof value === 'object';
    const chunk = isChunk ? this.readers.chunkOf(value, last) : last;
    this.note(answer, value, isChunk ? chunk : undefined);
    return chunk;
  }

  /** @param chunk The value, if it was read as one. */
  note(answer: AnswerSoFar, value: T, chunk: ChunkReading | undefined): void {
    answer.failure = this.failureOf(value, chunk);
    if (answer.failure !== undefined) {
      answer.isContent = false;
      return;
    }
    const isContent = this.contentOf(value, chunk);
    answer.isContent = isContent;
    answer.emitted += 1;
    answer.hasContent ||= isContent;
    if (this.isLast(value, chunk)) {
      answer.hasFinal = true;
      answer.isWhole = this.failureIn === false || answer.hasContent; // an empty answer has failed, whatever else happens
    } else if (isContent) {
      answer.isWhole = false;
    }
  }

  /** An error if the answer has completed, and something is missing. */
  missing(answer: AnswerSoFar): Error | undefined {
    if (this.isFinal !== undefined && !answer.hasFinal) {
      return new StreamTruncatedError({ emitted: answer.emitted });
    }
    const isEmpty = this.failureIn !== false && answer.hasFinal && !answer.hasContent;
    return isEmpty ? this.readers.emptyAnswer?.() : undefined;
  }

  private contentOf(value: T, chunk: ChunkReading | undefined): boolean {
    const { contentIn } = this;
    return contentIn === undefined ? chunk?.isContent !== false : Boolean(contentIn(value));
  }

  private failureOf(value: T, chunk: ChunkReading | undefined): unknown {
    const { failureIn } = this;
    if (failureIn === undefined) {
      const failure = chunk?.failure;
      if (failure === undefined) {
        return undefined;
      }
      letGo(value); // it goes nowhere; what the user takes for a failure may be in an error of the user's
      return this.readers.failureError(value, failure);
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
    this.chunk = this.reader.read(this, value, this.chunk);
  }

  missing(): Error | undefined {
    return this.reader.missing(this);
  }
}
