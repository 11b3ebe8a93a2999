import type { Reading } from '../guard/guard';
import {
  ChunkReading,
  failureError,
  failureOf,
  isContentChunk,
  isFinalChunk,
  ProviderFailureError,
  readChunk,
} from '../provider';
import { StreamTruncatedError } from './stream-truncated-error';

/** Reads of the values of an answer whether they report a failure, and whether the answer is whole. */
export class StreamEnd<T> implements Reading<T> {
  failure: unknown = undefined;
  isContent = false;
  /** Whether a final value has come, and no content since. */
  isWhole = false;
  private hasFinal = false;
  private hasContent = false;
  private emitted = 0;
  private chunk: ChunkReading | undefined = undefined;

  /**
   * Without `isFinal` every completion is believed, and chunks tell whether an answer is whole. With neither `isFinal`
   * nor `failure` no value is looked at.
   */
  constructor(
    private readonly isFinal: ((value: T) => boolean) | undefined,
    private readonly failureIn: ((value: T) => unknown) | false,
    private readonly contentIn: (value: T) => boolean = isContentChunk,
  ) {}

  read(value: T): void {
    if (this.isFinal === undefined && this.failureIn === false) {
      this.isContent = true;
    } else {
      this.note(value, this.chunkOf(value));
    }
  }

  /** As `read`, for a value that was read as a chunk already; undefined if it is no object. */
  note(value: T, chunk: ChunkReading | undefined): void {
    this.failure = this.failureOf(value, chunk);
    if (this.failure !== undefined) {
      this.isContent = false;
      return;
    }
    this.emitted += 1;
    this.isContent = this.contentIn === isContentChunk ? chunk?.isContent !== false : Boolean(this.contentIn(value));
    this.hasContent ||= this.isContent;
    if (this.isLast(value, chunk)) {
      this.hasFinal = true;
      this.isWhole = !this.isEmpty; // an empty answer has failed, whatever else happens
    } else if (this.isContent) {
      this.isWhole = false;
    }
  }

  missing(): Error | undefined {
    if (this.isFinal !== undefined && !this.hasFinal) {
      return new StreamTruncatedError({ emitted: this.emitted });
    }
    return this.hasFinal && this.isEmpty
      ? new ProviderFailureError({
          code: 'empty-answer',
          message: 'The answer ended without any content',
          value: undefined,
        })
      : undefined;
  }

  private get isEmpty(): boolean {
    return this.failureIn !== false && !this.hasContent;
  }

  private chunkOf(value: T): ChunkReading | undefined {
    if (typeof value !== 'object') {
      return undefined;
    }
    this.chunk ??= new ChunkReading();
    readChunk(value, this.chunk);
    return this.chunk;
  }

  private failureOf(value: T, chunk: ChunkReading | undefined): unknown {
    if (this.failureIn === failureOf) {
      return chunk?.failure && failureError(value, chunk.failure);
    }
    // `null` and `false` are what `value.error` and `isError && error` are, where there is none.
    const failure = this.failureIn === false ? undefined : this.failureIn(value);
    return failure === null || failure === false ? undefined : failure;
  }

  private isLast(value: T, chunk: ChunkReading | undefined): boolean {
    const { isFinal = isFinalChunk } = this;
    return isFinal === isFinalChunk ? chunk?.isFinal === true : Boolean(isFinal(value));
  }
}
