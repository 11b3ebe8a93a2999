import { ChunkReading, failureError, failureOf, isContentChunk, isFinalChunk, readChunk } from '../provider';
import { PlainEnd } from './plain-end';

/** As `PlainEnd`; where the user does not say it, chunks tell. Each is read once. */
export class StreamEnd<T> extends PlainEnd<T> {
  protected override chunkOf(value: T): ChunkReading | undefined {
    if (typeof value !== 'object') {
      return undefined;
    }
    this.chunk ??= new ChunkReading();
    readChunk(value, this.chunk);
    return this.chunk;
  }

  protected override contentOf(value: T, chunk: ChunkReading | undefined): boolean {
    const { contentIn = isContentChunk } = this;
    return contentIn === isContentChunk ? chunk?.isContent !== false : Boolean(contentIn(value));
  }

  protected override failureOf(value: T, chunk: ChunkReading | undefined): unknown {
    return this.failureIn === failureOf
      ? chunk?.failure && failureError(value, chunk.failure)
      : super.failureOf(value, chunk);
  }

  protected override isLast(value: T, chunk: ChunkReading | undefined): boolean {
    const { isFinal = isFinalChunk } = this;
    return isFinal === isFinalChunk ? chunk?.isFinal === true : Boolean(isFinal(value));
  }
}
