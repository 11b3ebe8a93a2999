import type { CostReader } from '../budget/cost-reader';
import type { TokenEstimate } from '../budget/token-estimate';
import { UsageReading } from '../budget/usage-reading';
import { checkUnits } from '../limiter/cost';
import type { UnitsReading } from '../limiter/limiter-guard';
import {
  type ChunkReading,
  failureError,
  failureOf,
  isContentChunk,
  isFinalChunk,
  ProviderFailureError,
  type Usage,
} from '../provider';
import type { Units } from '../quota/limits';
import { StreamTruncatedError } from '../stream/stream-truncated-error';

/** What the values of a call are asked. */
export interface CallReaders<T> {
  readonly cost: CostReader<T>;
  /** Given by the user: an answer without a final value is truncated. */
  readonly isFinal: ((value: T) => boolean) | undefined;
  readonly isContent: ((value: T) => boolean) | undefined;
  readonly failure: ((value: T) => unknown) | false | undefined;
  readonly weigh: ((usage: Usage) => Units) | undefined;
}

/** What the values of a client's attempt say: what it costs, whether it has failed, and whether the answer is whole. */
export class CallReading<T> extends UsageReading<T> implements UnitsReading {
  failure: unknown = undefined;
  isContent = false;
  isWhole = false;
  private lastNumber: number | undefined = undefined;
  private hasSeenFinal = false;
  private hasContent = false;
  private emitted = 0;

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

  missing(): Error | undefined {
    if (this.readers.isFinal !== undefined && !this.hasSeenFinal) {
      return new StreamTruncatedError({ emitted: this.emitted });
    }
    return this.hasSeenFinal && this.isEmpty
      ? new ProviderFailureError({
          code: 'empty-answer',
          message: 'The answer ended without any content',
          value: undefined,
        })
      : undefined;
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
    this.failure = this.failureIn(value, chunk);
    if (this.failure !== undefined) {
      this.isContent = false;
      return;
    }
    const { isContent, isFinal } = this.readers;
    this.emitted += 1;
    this.isContent =
      isContent === undefined || isContent === isContentChunk ? chunk?.isContent !== false : isContent(value);
    this.hasContent ||= this.isContent;
    if (isFinal === undefined || isFinal === isFinalChunk ? chunk?.isFinal === true : isFinal(value)) {
      this.hasSeenFinal = true;
      this.isWhole = !this.isEmpty; // an empty answer has failed, whatever else happens
    } else if (this.isContent) {
      this.isWhole = false;
    }
  }

  protected override learn(value: T, chunk: ChunkReading | undefined): number | Usage | undefined {
    const usage = super.learn(value, chunk);
    if (usage !== undefined) {
      this.lastNumber = typeof usage === 'number' ? usage : undefined;
    }
    return usage;
  }

  private get isEmpty(): boolean {
    return this.readers.failure !== false && !this.hasContent;
  }

  private failureIn(value: T, chunk: ChunkReading | undefined): unknown {
    const { failure } = this.readers;
    if (failure === undefined || failure === failureOf) {
      return chunk?.failure && failureError(value, chunk.failure);
    }
    // `null` and `false` are what `value.error` and `isError && error` are, where there is none.
    const found = failure === false ? undefined : failure(value);
    return found === null || found === false ? undefined : found;
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
