import { checkAmount } from '../internal/options';
import { bytesPerToken, type ChunkReading, utf8Bytes } from '../provider';
import type { SpendingOptions } from './spending-options';
import { totalOf } from './usage-cost';
import type { UsageReaders } from './usage-reader';
import type { Counting, UsageReading } from './usage-reading';

type Counted<T> = Pick<SpendingOptions<T>, 'count' | 'overrun'> & {
  readonly isFinal?: ((value: T) => boolean) | undefined;
};

/**
 * Counts what the values of a call have generated, for budgets: by the user's function, or by their text. Where an overrun
 * is an error it notes whether a value has added to what the attempt has come to.
 */
class Counter<T> implements Counting<T> {
  readonly readsChunks: boolean;
  /** The user's functions; undefined where chunks tell. */
  readonly #count: ((value: T) => number) | undefined;
  readonly #isFinal: ((value: T) => boolean) | undefined;
  readonly #isFollowed: boolean;

  constructor(
    private readonly owner: string,
    { count, isFinal, overrun }: Counted<T>,
    private readonly readers: UsageReaders,
  ) {
    this.#count = count;
    this.#isFollowed = overrun === 'error';
    this.#isFinal = isFinal === readers.isFinal ? undefined : isFinal;
    this.readsChunks = count === undefined || (this.#isFollowed && this.#isFinal === undefined);
  }

  hear(reading: UsageReading<T>, value: T, chunk: ChunkReading | undefined): void {
    const before = this.#isFollowed ? totalOf(reading) : 0;
    reading.learn(value, chunk);
    reading.counted += this.#counted(value, chunk);
    if (this.#isFollowed) {
      reading.isLast = this.#isFinal === undefined ? chunk?.isFinal === true : Boolean(this.#isFinal(value));
      reading.hasGrown = totalOf(reading) > before;
    }
  }

  /** Tokens that a value has generated; fractions are summed. */
  #counted(value: T, chunk: ChunkReading | undefined): number {
    if (this.#count !== undefined) {
      return checkAmount(this.owner, 'count', this.#count(value));
    }
    return (
      (typeof value === 'string' ? utf8Bytes(value) : chunk === undefined ? 0 : this.readers.bytesIn(chunk)) /
      bytesPerToken
    );
  }
}

/** Counts what calls with these options have generated. */
export function counterOf<T>(owner: string, options: Counted<T>, readers: UsageReaders): Counting<T> {
  return new Counter(owner, options, readers);
}
