import type { CostReader } from '../budget/cost-reader';
import type { TokenEstimate } from '../budget/token-estimate';
import { UsageReading } from '../budget/usage-reading';
import type { UnitsReading } from '../limiter/limiter-guard';
import type { ChunkReading, Usage } from '../provider';
import type { Units } from '../quota/limits';
import type { StreamEnd } from '../stream/stream-end';

/** What the values of a client's attempt say, for budgets, limiters and the end of the answer. */
export class CallReading<T> extends UsageReading<T> implements UnitsReading {
  private lastNumber: number | undefined = undefined;

  constructor(
    reader: CostReader<T>,
    estimate: TokenEstimate,
    isFollowed: boolean,
    isCounted: boolean,
    private readonly end: StreamEnd<T> | undefined,
  ) {
    super(reader, estimate, isFollowed, isCounted);
  }

  get isWhole(): boolean {
    return this.end?.isWhole === true;
  }

  missing(): Error | undefined {
    return this.end?.missing();
  }

  /** What was reported, in the dimensions of a limiter. */
  get units(): Units | undefined {
    const units = unitsOfUsage(this.usage);
    return this.lastNumber === undefined ? units : { ...units, tokens: this.lastNumber };
  }

  get isUnitsFinal(): boolean {
    return this.reported !== undefined;
  }

  protected override hear(value: T, chunk: ChunkReading | undefined): void {
    this.end?.read(value, chunk);
    super.hear(value, chunk);
  }

  protected override learn(value: T, chunk: ChunkReading | undefined): number | Usage | undefined {
    const usage = super.learn(value, chunk);
    if (usage !== undefined) {
      this.lastNumber = typeof usage === 'number' ? usage : undefined;
    }
    return usage;
  }
}

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
