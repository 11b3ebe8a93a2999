import type { CostReader } from '../budget/cost-reader';
import type { TokenEstimate } from '../budget/token-estimate';
import { UsageReading } from '../budget/usage-reading';
import { checkUnits } from '../limiter/cost';
import type { UnitsReading } from '../limiter/limiter-guard';
import type { ChunkReading, Usage } from '../provider';
import type { Units } from '../quota/limits';
import { StreamEnd, type StreamReaders } from '../stream/stream-end';

/** What the values of a call are asked. */
export interface CallReaders<T> {
  readonly cost: CostReader<T>;
  /** Where the user does not say it. */
  readonly chunks: StreamReaders;
  /** Given by the user: an answer without a final value is truncated. */
  readonly isFinal: ((value: T) => boolean) | undefined;
  readonly isContent: ((value: T) => boolean) | undefined;
  readonly failure: ((value: T) => unknown) | false | undefined;
  readonly weigh: ((usage: Usage) => Units) | undefined;
}

/** What the values of a client's attempt say: what it costs, whether it has failed, and whether the answer is whole. */
export class CallReading<T> extends UsageReading<T> implements UnitsReading {
  private lastNumber: number | undefined = undefined;
  private readonly end: StreamEnd<T>;

  constructor(
    private readonly readers: CallReaders<T>,
    estimate: TokenEstimate,
    isFollowed: boolean,
    isCounted: boolean,
    /** Whether anybody wants to know what the attempt costs. */
    private readonly isPaid: boolean,
  ) {
    super(readers.cost, estimate, isFollowed, isCounted);
    const { isFinal, failure, isContent, chunks } = readers;
    this.end = new StreamEnd(isFinal, failure, chunks, isContent);
  }

  get failure(): unknown {
    return this.end.failure;
  }

  get isContent(): boolean {
    return this.end.isContent;
  }

  get isWhole(): boolean {
    return this.end.isWhole;
  }

  missing(): Error | undefined {
    return this.end.missing();
  }

  /** What was reported, in the dimensions of a limiter. */
  get units(): Units | undefined {
    const { usage } = this;
    const { weigh } = this.readers;
    if (usage === undefined || weigh === undefined) {
      const units = unitsOfUsage(usage);
      return this.lastNumber === undefined ? units : { ...units, tokens: this.lastNumber };
    }
    return checkUnits('call', 'weigh', weigh(usage));
  }

  get isUnitsFinal(): boolean {
    return this.reported !== undefined;
  }

  /** Always: failures and content are read from chunks, whatever the user's functions read. */
  protected override get readsChunks(): boolean {
    return true;
  }

  protected override hear(value: T, chunk: ChunkReading | undefined): void {
    if (this.isPaid) {
      super.hear(value, chunk);
    }
    this.end.note(value, chunk);
  }

  protected override learn(value: T, chunk: ChunkReading | undefined): number | Usage | undefined {
    const usage = super.learn(value, chunk);
    if (usage !== undefined) {
      this.lastNumber = typeof usage === 'number' ? usage : undefined;
    }
    return usage;
  }
}

/** What a usage takes of the dimensions of a limiter, unless the call weighs it. */
function unitsOfUsage(usage: Usage | undefined): Units | undefined {
  if (usage === undefined) {
    return undefined;
  }
  const { input, output, total } = usage;
  const all = total ?? (input === undefined && output === undefined ? undefined : (input ?? 0) + (output ?? 0));
  return {
    ...(all === undefined ? {} : { tokens: all }),
    ...(input === undefined ? {} : { inputTokens: input }),
    ...(output === undefined ? {} : { outputTokens: output }),
  };
}
