import type { BudgetWants } from '../budget/budget-guard';
import { CostReader } from '../budget/cost-reader';
import { type TokenEstimate, totalOf } from '../budget/token-estimate';
import type { Reading } from '../guard/guard';
import type { LimitWants } from '../limiter/limiter-guard';
import type { Units } from '../quota/limits';
import { StreamEnd } from '../stream/stream-end';
import type { CallOptions } from './call-options';
import { CallReading } from './call-reading';
import type { Guards } from './guards';
import type { Timeouts, TimeoutWants } from './timeouts';

/** What a call takes of a limiter that has these dimensions. */
export const callDimensions: readonly string[] = ['requests', 'tokens', 'inputTokens', 'outputTokens'];

/** What a call wants of its guards, and what follows from that. Made once, used by all attempts and by many calls. */
export class CallSettings<T> implements LimitWants, BudgetWants, TimeoutWants {
  /** A request and its tokens; each limiter takes the dimensions that it has. */
  readonly cost: Units;
  readonly tokens: number;
  readonly overrun: 'allow' | 'error';
  readonly priority: number | undefined;
  readonly maxWait: number | undefined;
  readonly timeout: Timeouts;
  /** Whether an attempt has a timeout of its own. */
  readonly isTimed: boolean;
  private readonly estimate: TokenEstimate;
  private readonly reader: CostReader<T>;

  /** @param isFinal Read by the attempts; absent where their source does so. */
  constructor(
    readonly options: CallOptions<T>,
    timeout: Timeouts | undefined,
    private readonly isFinal?: ((value: T) => boolean) | undefined,
  ) {
    const { tokens = 0, overrun = 'allow' } = options;
    this.estimate = tokens;
    this.tokens = totalOf('call', 'tokens', tokens);
    this.overrun = overrun;
    const split = typeof tokens === 'number' ? {} : { inputTokens: tokens.input, outputTokens: tokens.output };
    this.cost = Object.freeze({ requests: 1, tokens: this.tokens, ...split });
    this.priority = options.priority;
    this.maxWait = options.maxWait;
    this.timeout = { ...timeout, ...options.timeout };
    this.isTimed = this.timeout.first !== undefined || this.timeout.each !== undefined;
    this.reader = new CostReader('call', options);
  }

  /** For one attempt at passing these guards; absent where nothing is read. */
  reading({ hasLimiter, hasBudget }: Guards): Reading<T> | undefined {
    const end = this.isFinal && new StreamEnd(this.isFinal);
    return hasLimiter || hasBudget
      ? new CallReading(this.reader, this.estimate, this.overrun === 'error', hasBudget, end)
      : end;
  }
}
