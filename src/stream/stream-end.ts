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

/** What the values of an answer say: whether they report a failure, and whether it is whole. */
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

  read(value: T): void {
    if (this.isFinal === undefined && this.failureIn === false) {
      this.isContent = true;
    } else {
      this.chunk = typeof value === 'object' ? this.readers.chunkOf(value, this.chunk) : this.chunk;
      this.note(value, typeof value === 'object' ? this.chunk : undefined);
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
    this.isContent = this.contentOf(value, chunk);
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
    return this.hasFinal && this.isEmpty ? this.readers.emptyAnswer?.() : undefined;
  }

  private get isEmpty(): boolean {
    return this.failureIn !== false && !this.hasContent;
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
