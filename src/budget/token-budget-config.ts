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
  /** How much in which time: tokens, input and output together, or an amount of money. */
  readonly limits: Limit | readonly Limit[];
  /**
   * What it counts. `'cost'`: limits, reservations, state and events are in the currency of the calls' prices, to a
   * millionth of it, and every call must have a `price`. Default `'tokens'`.
   */
  readonly counts?: 'tokens' | 'cost' | undefined;
  /** The most that one call may come to, in what the budget counts. Default `Infinity`. */
  readonly maxTokensPerRequest?: number | undefined;
  /**
   * Whether a call costs nothing that failed with this error before its first value. Default: if the error has an HTTP
   * status of 400 or more (but 408, 499, 504 and 524, after which the provider may have worked), if the connection was
   * never made, if the AI SDK sent nothing, or if this library refused the call. All other failures cost what was
   * estimated.
   */
  readonly refundOn?: ((error: unknown) => boolean) | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** A name for its state, its events and its errors. */
  readonly name?: string | undefined;
  /**
   * What `snapshot()` of an earlier budget returned: so a daily budget survives a deploy. The limits may have changed since:
   * nothing is given back by that. `null` is nothing.
   */
  readonly initial?: unknown;
}

/**
 * What `update` of a `TokenBudget` changes; what is left out stays.
 *
 * @category Policies
 */
export interface TokenBudgetUpdate {
  /** Other limits. What was counted stays counted. */
  readonly limits?: Limit | readonly Limit[] | undefined;
  /** The most that one call may come to, in what the budget counts. */
  readonly maxTokensPerRequest?: number | undefined;
}

/**
 * A snapshot of a budget, in what it counts. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface TokenBudgetState {
  /** The `name` of the budget, if it has one. */
  readonly name?: string;
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
 * What happens in a budget, in what it counts: `tokens` is an amount of money if it counts cost.
 *
 * @category Policies
 */
export type TokenBudgetEvent = EventOf<'budget'> & {
  /** The `name` of the budget, if it has one. */
  readonly name?: string | undefined;
} & (
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

const names = ['limits', 'counts', 'maxTokensPerRequest', 'refundOn', 'name', 'initial', 'scheduler'];

/** Throws an error that names the option and shows the value. */
export function checkBudgetConfig(config: TokenBudgetConfig): void {
  const options = new Options('TokenBudget', config, names)
    .required('limits')
    .oneOf('counts', ['tokens', 'cost'])
    .functions('refundOn')
    .strings('name')
    .scheduler();
  checkMost(options, config.counts);
}

/** Throws an error that names the option and shows the value. */
export function checkBudgetUpdate(owner: string, update: TokenBudgetUpdate, counts: 'tokens' | 'cost'): void {
  checkMost(new Options(owner, update, ['limits', 'maxTokensPerRequest']), counts);
}

/** The check of `maxTokensPerRequest`: whole tokens, or an amount of money. */
export function checkMost(options: Options, counts: 'tokens' | 'cost' | undefined): void {
  if (counts === 'cost') {
    options.amount('maxTokensPerRequest', 'or Infinity');
  } else {
    options.whole('maxTokensPerRequest', 1, 'or Infinity');
  }
}
