import type { CostReader } from '../budget/cost-reader';
import type { TokenEstimate } from '../budget/token-estimate';
import { UsageReading } from '../budget/usage-reading';
import { checkUnits } from '../limiter/cost';
import type { UnitsReading } from '../limiter/limiter-guard';
import type { ChunkReading, Usage } from '../provider';
import type { Units } from '../quota/limits';
import type { AnswerSoFar, EndReader } from '../stream/stream-end';

/** What the values of a call are asked. */
export interface CallReaders<T> {
  readonly cost: CostReader<T>;
  readonly end: EndReader<T>;
  readonly weigh: ((usage: Usage) => Units) | undefined;
}

/**
 * What the values of a client's attempt say: what it costs, whether it has failed, and whether the answer is whole. It is
 * one object, because each costs some 10 ns for every call.
 */
export class CallReading<T> extends UsageReading<T> implements UnitsReading, AnswerSoFar {
  failure: unknown = undefined;
  isContent = false;
  isWhole = false;
  hasFinal = false;
  hasContent = false;
  emitted = 0;

  constructor(
    private readonly readers: CallReaders<T>,
    estimate: TokenEstimate,
    isFollowed: boolean,
    isCounted: boolean,
    /** Whether anybody wants to know what the attempt costs. */
    private readonly isPaid: boolean,
  ) {
    super(readers.cost, estimate, isFollowed, isCounted);
  }

  /** Chunks are always read: they say what has failed and what is content, whatever the user's functions read. */
  override read(value: T): void {
    let chunk: ChunkReading | undefined;
    if (typeof value === 'object') {
      chunk = this.reader.readers.chunkOf(value, this.chunk);
      this.chunk = chunk;
    }
    if (this.isPaid) {
      this.hear(value, chunk);
    }
    this.readers.end.note(this, value, chunk);
  }

  missing(): Error | undefined {
    return this.readers.end.missing(this);
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
