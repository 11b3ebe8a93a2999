import type { Reading } from '../guard/guard';
import { type ChunkReading, ProviderFailureError } from '../provider';
import { StreamTruncatedError } from './stream-truncated-error';

/** What the user's functions say of the values of an answer: whether they report a failure, and whether it is whole. */
export class PlainEnd<T> implements Reading<T> {
  failure: unknown = undefined;
  isContent = false;
  /** Whether a final value has come, and no content since. */
  isWhole = false;
  private hasFinal = false;
  private hasContent = false;
  private emitted = 0;
  protected chunk: ChunkReading | undefined = undefined;

  /**
   * Without `isFinal` every completion is believed. With neither `isFinal` nor `failure` no value is looked at.
   */
  constructor(
    protected readonly isFinal: ((value: T) => boolean) | undefined,
    protected readonly failureIn: ((value: T) => unknown) | false,
    protected readonly contentIn?: ((value: T) => boolean) | undefined,
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

  /** What a value says as a chunk of a provider, if anybody reads it as one. */
  protected chunkOf(_value: T): ChunkReading | undefined {
    return undefined;
  }

  protected contentOf(value: T, _chunk: ChunkReading | undefined): boolean {
    return this.contentIn === undefined || Boolean(this.contentIn(value));
  }

  protected failureOf(value: T, _chunk: ChunkReading | undefined): unknown {
    // `null` and `false` are what `value.error` and `isError && error` are, where there is none.
    const failure = this.failureIn === false ? undefined : this.failureIn(value);
    return failure === null || failure === false ? undefined : failure;
  }

  protected isLast(value: T, _chunk: ChunkReading | undefined): boolean {
    return this.isFinal !== undefined && Boolean(this.isFinal(value));
  }
}
