import type { Reading } from '../guard/guard';
import { type ChunkReading, mergeUsage, type Usage } from '../provider';
import type { TokenEstimate } from './token-estimate';
import type { UsageReader } from './usage-reader';

/** Counts what values have generated, for budgets, which bring it along. */
export interface Counting<T> {
  /** Whether values have to be read as chunks of a provider. */
  readonly readsChunks: boolean;
  /** Has the reading learn what a value reports, and adds what that has generated. */
  hear(reading: UsageReading<T>, value: T, chunk: ChunkReading | undefined): void;
}

/** What the values of one attempt say of its cost. */
export class UsageReading<T> implements Reading<T> {
  usage: Usage | undefined;
  /** The cost by the last final report, or by the last number. */
  reported: number | undefined;
  /** Whether the last value added to what the attempt has come to; known only where an overrun is an error. */
  hasGrown = false;
  /** Whether the last value was the last chunk of an answer; known only where an overrun is an error. */
  isLast = false;
  /** Tokens generated, by count; fractions are summed. */
  counted = 0;
  /** The last report, if it was a number. */
  lastNumber: number | undefined = undefined;
  /** What the last chunk of a provider said. */
  protected chunk: ChunkReading | undefined = undefined;

  /** @param counter Where a budget wants to know what was generated. */
  constructor(
    protected readonly reader: UsageReader<T>,
    readonly estimate: TokenEstimate,
    private readonly counter?: Counting<T>,
  ) {}

  read(value: T): void {
    if (typeof value === 'object' && (this.reader.usage === undefined || this.counter?.readsChunks)) {
      this.chunk = this.reader.readers.chunkOf(value, this.chunk);
      this.hear(value, this.chunk);
    } else {
      this.hear(value, undefined);
    }
  }

  isAnnouncement(value: T): boolean {
    return this.reader.readers.isAnnouncement(value);
  }

  protected hear(value: T, chunk: ChunkReading | undefined): void {
    if (this.counter === undefined) {
      this.learn(value, chunk);
    } else {
      this.counter.hear(this, value, chunk);
    }
  }

  /** Remembers what a value reports. */
  learn(value: T, chunk: ChunkReading | undefined): void {
    const usage = this.reader.reported(value, chunk);
    if (typeof usage === 'number') {
      this.reported = usage;
      this.lastNumber = usage;
    } else if (usage !== undefined) {
      this.lastNumber = undefined;
      this.usage = mergeUsage(this.usage, usage);
      if (this.usage.final) {
        this.reported = this.sumOf(this.usage);
      }
    }
  }

  /** The tokens of a usage. */
  sumOf({ total, input = this.input, output = 0 }: Usage): number {
    return total ?? input + output;
  }

  /** The estimated input, where it is known apart. */
  get input(): number {
    return typeof this.estimate === 'number' ? 0 : this.estimate.input;
  }
}
