import { checkAmount } from '../internal/options';
import type { ChunkReaders, ChunkReading, Usage } from '../provider';
import type { SpendingOptions } from './spending-options';

/** How values are read for what they cost. */
export type UsageReaders = Pick<
  ChunkReaders,
  'chunkOf' | 'usageIn' | 'bytesIn' | 'isAnnouncement' | 'isFinal' | 'usage'
>;

const usageAmounts = ['input', 'cachedInput', 'cacheWrite', 'output', 'reasoning', 'total', 'cost'] as const;

/** Reads what values report of their cost: by the user's function, or from what they say as chunks of a provider. */
export class UsageReader<T> {
  /** The user's function; undefined where chunks tell. */
  readonly usage: ((value: T) => number | Usage | null | undefined) | undefined;

  constructor(
    private readonly owner: string,
    { usage }: Pick<SpendingOptions<T>, 'usage'>,
    readonly readers: UsageReaders,
  ) {
    this.usage = usage === readers.usage ? undefined : usage;
  }

  /** What a value reports; a number is the call's running total. */
  reported(value: T, chunk: ChunkReading | undefined): number | Usage | undefined {
    if (this.usage === undefined) {
      return chunk && this.readers.usageIn(chunk);
    }
    const usage = this.usage(value);
    if (usage === undefined || usage === null) {
      return undefined; // `null` is what providers send as the usage of a chunk that has none
    }
    if (typeof usage !== 'object') {
      return checkAmount(this.owner, 'usage', usage);
    }
    for (const field of usageAmounts) {
      if (usage[field] !== undefined) {
        checkAmount(this.owner, `usage.${field}`, usage[field]);
      }
    }
    return usage;
  }
}
