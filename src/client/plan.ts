import { CostReader } from '../budget/cost-reader';
import { totalOf } from '../budget/spending';
import { within } from '../limiter/cost';
import type { Units } from '../quota/limits';
import type { CallOptions } from './call-options';
import type { Stack } from './stack';
import type { Timeouts } from './timeouts';

/** What a call takes of a limiter that has these dimensions. */
export const callDimensions: readonly string[] = ['requests', 'tokens', 'inputTokens', 'outputTokens'];

/** What a call goes by: the guards, what the call wants of them, and what follows from both. Made once, used by many. */
export class Plan<T> {
  /** Tokens that are reserved of the budget. */
  readonly tokens: number;
  /** What is taken of the limiter: a request, and of the token dimensions those that the limiter has. */
  readonly cost: Units;
  /** Reads from a call's values what it costs. */
  readonly reader: CostReader<T>;
  readonly timeout: Timeouts;
  /** Whether an attempt has a timeout of its own. */
  readonly isTimed: boolean;

  constructor(
    readonly stack: Stack,
    readonly options: CallOptions<T>,
  ) {
    const { tokens = 0 } = options;
    this.tokens = totalOf('call', 'tokens', tokens);
    const split = typeof tokens === 'number' ? {} : { inputTokens: tokens.input, outputTokens: tokens.output };
    const whole = { requests: 1, tokens: this.tokens, ...split };
    this.cost = Object.freeze(within(stack.limiter?.dimensions ?? [], whole));
    this.reader = new CostReader('call', options);
    this.timeout = { ...stack.timeout, ...options.timeout };
    this.isTimed = this.timeout.first !== undefined || this.timeout.each !== undefined;
  }
}
