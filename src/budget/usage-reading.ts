import type { Ending, Reading } from '../guard/guard';
import { type ChunkReading, mergeUsage, type Usage } from '../provider';
import { estimatedCost, reportedCost } from './cost-of';
import type { CostReader } from './cost-reader';
import type { Price } from './price';
import type { TokenEstimate } from './token-estimate';

/** What the values of one attempt say of its cost. */
export class UsageReading<T> implements Reading<T> {
  usage: Usage | undefined;
  /** The cost by the last final report, or by the last number. */
  reported: number | undefined;
  /** Whether the last value added to what the attempt has come to; known only where an overrun is an error. */
  hasGrown = false;
  private counted = 0;
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
    private readonly estimate: TokenEstimate,
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

  /** What an attempt has cost that ended so without a final report. */
  costWithoutReport(ending: Ending): number {
    return Math.max(this.costByCount(ending), this.usageSoFar);
  }

  /** As `reported`, by a price. */
  reportedAt(price: Price): number | undefined {
    const { reported, usage } = this;
    if (reported === undefined) {
      return undefined;
    }
    // A number that came after a final usage counts, as the last report does.
    return usage?.final && reported === this.sumOf(usage)
      ? reportedCost(usage, price, this.input)
      : estimatedCost(reported, price);
  }

  /** As `total`, by a price. */
  totalAt(price: Price): number {
    const { input } = this;
    const counted = estimatedCost({ input, output: Math.ceil(this.counted) }, price);
    return Math.max(counted, this.usageAt(price), this.reportedAt(price) ?? 0);
  }

  /** As `costWithoutReport`, by a price. */
  costWithoutReportAt(ending: Ending, price: Price): number {
    return Math.max(estimatedCost(this.tokensByCount(ending), price), this.usageAt(price));
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

  private costByCount(ending: Ending): number {
    const tokens = this.tokensByCount(ending);
    return typeof tokens === 'number' ? tokens : tokens.input + tokens.output;
  }

  /** What it has used by its estimate and what was counted. */
  private tokensByCount(ending: Ending): TokenEstimate {
    const counted = Math.ceil(this.counted);
    if (typeof this.estimate === 'number') {
      return Math.max(this.estimate, counted);
    }
    const { input, output } = this.estimate;
    return { input, output: counted === 0 && ending === 'complete' ? output : counted };
  }

  private sumOf({ total, input = this.input, output = 0 }: Usage): number {
    return total ?? input + output;
  }

  /** As `usageSoFar`, by a price. */
  private usageAt(price: Price): number {
    const { usage, counted } = this;
    if (usage === undefined) {
      return 0;
    }
    const output =
      usage.output === undefined && counted === 0 ? undefined : Math.max(usage.output ?? 0, Math.ceil(counted));
    return Math.max(usage.cost ?? 0, reportedCost({ ...usage, output, cost: undefined }, price, this.input));
  }

  /** The least that it has cost by what it said so far. */
  private get usageSoFar(): number {
    if (this.usage === undefined) {
      return 0;
    }
    const { input = this.input, output = 0, total = 0 } = this.usage;
    return Math.max(input + Math.max(output, Math.ceil(this.counted)), total);
  }

  /** The estimated input, where it is known apart. */
  private get input(): number {
    return typeof this.estimate === 'number' ? 0 : this.estimate.input;
  }
}
