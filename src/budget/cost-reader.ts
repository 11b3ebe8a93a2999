import { checkAmount } from '../internal/options';
import { bytesPerToken, type ChunkReaders, type ChunkReading, type Usage, utf8Bytes } from '../provider';
import type { SpendingOptions } from './spending-options';

/** How values are read for what they cost. */
export type UsageReaders = Pick<
  ChunkReaders,
  'chunkOf' | 'usageIn' | 'bytesIn' | 'isAnnouncement' | 'isFinal' | 'usage'
>;

const usageAmounts = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning', 'total', 'cost'] as const;

/**
 * Reads from the values of a call what it costs: by the user's functions, or from what the value says as a provider's
 * chunk, which is read once for all.
 */
export class CostReader<T> {
  /** Whether values have to be read as chunks of a provider. */
  readonly readsChunks: boolean;
  readonly #owner: string;
  /** The user's functions; undefined where chunks tell. */
  readonly #usage: ((value: T) => number | Usage | null | undefined) | undefined;
  readonly #count: ((value: T) => number) | undefined;
  readonly #isFinal: ((value: T) => boolean) | undefined;
  /** Whether somebody wants to know of the last chunk. */
  readonly #isFollowed: boolean;

  constructor(
    owner: string,
    options: SpendingOptions<T> & { readonly isFinal?: ((value: T) => boolean) | undefined },
    readonly readers: UsageReaders,
  ) {
    const { usage, count, isFinal, overrun } = options;
    this.#owner = owner;
    this.#usage = usage === readers.usage ? undefined : usage;
    this.#count = count;
    this.#isFollowed = overrun === 'error';
    this.#isFinal = isFinal === readers.isFinal ? undefined : isFinal;
    this.readsChunks =
      this.#usage === undefined || count === undefined || (this.#isFollowed && this.#isFinal === undefined);
  }

  /** What a value reports; a number is the call's running total. */
  reported(value: T, chunk: ChunkReading | undefined): number | Usage | undefined {
    if (this.#usage === undefined) {
      return chunk && this.readers.usageIn(chunk);
    }
    const usage = this.#usage(value);
    if (usage === undefined || usage === null) {
      return undefined; // `null` is what providers send as the usage of a chunk that has none
    }
    if (typeof usage !== 'object') {
      return checkAmount(this.#owner, 'usage', usage);
    }
    for (const field of usageAmounts) {
      if (usage[field] !== undefined) {
        checkAmount(this.#owner, `usage.${field}`, usage[field]);
      }
    }
    return usage;
  }

  /** Tokens that a value has generated, by a count of its text; fractions are summed. */
  counted(value: T, chunk: ChunkReading | undefined): number {
    if (this.#count !== undefined) {
      return checkAmount(this.#owner, 'count', this.#count(value));
    }
    return (
      (typeof value === 'string' ? utf8Bytes(value) : chunk === undefined ? 0 : this.readers.bytesIn(chunk)) /
      bytesPerToken
    );
  }

  /** Whether it is the last chunk of an answer: by then there is nothing left to stop. */
  isFinal(value: T, chunk: ChunkReading | undefined): boolean {
    return this.#isFollowed && (this.#isFinal === undefined ? chunk?.isFinal === true : Boolean(this.#isFinal(value)));
  }
}
