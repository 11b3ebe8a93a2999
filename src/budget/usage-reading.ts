import type { Reading } from '../guard/guard';
import { type ChunkReading, mergeUsage, type Usage } from '../provider';
import type { CostReader } from './cost-reader';
import type { TokenEstimate } from './token-estimate';

/** What the values of one attempt say of its cost. */
export class UsageReading<T> implements Reading<T> {
  usage: Usage | undefined;
  /** The cost by the last final report, or by the last number. */
  reported: number | undefined;
  /** Whether the last value added to what the attempt has come to; known only where an overrun is an error. */
  hasGrown = false;
  /** Tokens generated, by count; fractions are summed. */
  counted = 0;
  private isLast = false;
  /** The last report, if it was a number. */
  protected lastNumber: number | undefined = undefined;
  /** What the last chunk of a provider said. */
  protected chunk: ChunkReading | undefined = undefined;

  /**
   * @param isFollowed Whether an overrun is an error.
   * @param isCounted Whether a budget wants to know what was generated.
   */
  constructor(
    protected readonly reader: CostReader<T>,
    readonly estimate: TokenEstimate,
    private readonly isFollowed: boolean,
    private readonly isCounted = true,
  ) {}

  read(value: T): void {
    if (typeof value === 'object' && this.reader.readsChunks) {
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
    if (!this.isFollowed) {
      this.learn(value, chunk);
      return;
    }
    const before = this.total;
    this.learn(value, chunk);
    this.isLast = this.reader.isFinal(value, chunk);
    this.hasGrown = this.total > before;
  }

  /** Nothing is left to stop: what comes after the last chunk adds nothing, and must not stop an answer that is complete. */
  get isOver(): boolean {
    return this.isLast || this.usage?.final === true;
  }

  /** What the attempt has come to while it still runs. */
  get total(): number {
    return Math.max(this.input + Math.ceil(this.counted), this.usageSoFar, this.reported ?? 0);
  }

  private learn(value: T, chunk: ChunkReading | undefined): void {
    const usage = this.reader.reported(value, chunk);
    if (this.isCounted) {
      this.counted += this.reader.counted(value, chunk);
    }
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

  /** The least that it has cost by what it said so far. */
  get usageSoFar(): number {
    if (this.usage === undefined) {
      return 0;
    }
    const { input = this.input, output = 0, total = 0 } = this.usage;
    return Math.max(input + Math.max(output, Math.ceil(this.counted)), total);
  }

  /** The estimated input, where it is known apart. */
  get input(): number {
    return typeof this.estimate === 'number' ? 0 : this.estimate.input;
  }
}
