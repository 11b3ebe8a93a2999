import type { SchedulerLike } from 'rxjs';
import { Options } from '../internal/options';
import type { EventOf } from '../internal/policy/policy';
import type { Limit } from '../quota/limits';
import type { LimitState } from '../quota/meter';

/**
 * Options of a `TokenBudget`.
 *
 * @category Policies
 */
export interface TokenBudgetConfig {
  /** How many tokens in which time, input and output together. */
  readonly limits: Limit | readonly Limit[];
  /** The most that one call may come to. Default `Infinity`. */
  readonly maxTokensPerRequest?: number | undefined;
  /**
   * Whether a call costs nothing that failed with this error before its first value. Default: if the error has an HTTP
   * status of 400 or more (but 408, 499, 504 and 524, after which the provider may have worked), if the connection was
   * never made, or if this library refused the call. All other failures cost what was estimated.
   */
  readonly refundOn?: ((error: unknown) => boolean) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** What `snapshot()` of an earlier budget returned: so a daily budget survives a deploy. */
  readonly initial?: unknown;
}

/**
 * A snapshot of a budget, in tokens. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface TokenBudgetState {
  /** Every limit, in the order in which they were given. */
  readonly limits: readonly BudgetLimitState[];
  /** What is left of the tightest limit; below 0 while in debt. */
  readonly remaining: number;
}

/**
 * One limit of a budget: `used` was settled, `reserved` is set aside for calls in flight.
 *
 * @category Policies
 */
export interface BudgetLimitState extends LimitState {
  /** Set aside for calls in flight. */
  readonly reserved: number;
}

/**
 * What happens in a budget, in tokens.
 *
 * @category Policies
 */
export type TokenBudgetEvent = EventOf<'budget'> &
  (
    | {
        /** Tokens were set aside for a call. */
        readonly type: 'reserved';
        /** How many. */
        readonly tokens: number;
      }
    | {
        /** A call has ended, and its cost is known. */
        readonly type: 'settled';
        /** What was set aside for it. */
        readonly reserved: number;
        /** What it has cost. */
        readonly actual: number;
      }
    | {
        /** A call has cost nothing. */
        readonly type: 'refunded';
        /** What had been set aside for it. */
        readonly tokens: number;
      }
    | {
        /** There was no room for a call. */
        readonly type: 'refused';
        /** What it asked for, or came to. */
        readonly requested: number;
        /** What was left of the tightest limit; below 0 while in debt. */
        readonly remaining: number;
      }
  );

const names = ['limits', 'maxTokensPerRequest', 'refundOn', 'scheduler', 'initial'];

/** Throws an error that names the option and shows the value. */
export function checkBudgetConfig(config: TokenBudgetConfig): void {
  new Options('TokenBudget', config, names)
    .required('limits')
    .whole('maxTokensPerRequest', 1, 'or Infinity')
    .functions('refundOn')
    .scheduler();
}
