import type { Budget } from '../budget/budget';
import { checkMost, type TokenBudgetEvent } from '../budget/token-budget-config';
import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import type { Limit } from '../quota/limits';
import type { MismatchEvent } from './mismatch';
import { checkShared, type Named, type SharedConfig } from './shared-config';
import type { SharedLimitState } from './shared-quota';

/**
 * Options of a `RedisTokenBudget`.
 *
 * @category Policies
 */
export interface RedisTokenBudgetConfig extends SharedConfig {
  /** How much in which time, in all processes together: tokens, input and output together, or an amount of money. */
  readonly limits: Limit | readonly Limit[];
  /**
   * What it counts. `'cost'`: limits, reservations, state and events are in the currency of the calls' prices, to a
   * millionth of it, and every call must have a `price`. Counted apart from tokens with the same `key`. Default `'tokens'`.
   */
  readonly counts?: 'tokens' | 'cost' | undefined;
  /** The most that one call may come to, in what the budget counts. Default `Infinity`. */
  readonly maxTokensPerRequest?: number | undefined;
  /**
   * What happens to calls while Redis does not answer. `'error'`: they fail with a `LimiterUnavailableError`. `'allow'`:
   * they all go through. A budget of this process: it decides. Default `'error'`.
   */
  readonly whenUnavailable?: 'error' | 'allow' | Budget | undefined;
}

/**
 * What this process knows of a budget without asking Redis.
 *
 * @category Policies
 */
export interface RedisTokenBudgetState {
  /** The `name` of the budget, if it has one. */
  readonly name?: string;
  /** How much is set aside for calls of this process, in what the budget counts. */
  readonly reserved: number;
  /** Whether Redis answered when it was last asked. */
  readonly isAvailable: boolean;
}

/**
 * What Redis knows of a budget, in what that counts. What is reserved counts as used.
 *
 * @category Policies
 */
export interface SharedBudgetState {
  /** The `name` of the budget, if it has one. */
  readonly name?: string;
  /** Every limit, in the order in which they were given. */
  readonly limits: readonly SharedLimitState[];
  /** What is left of the tightest limit; below 0 while in debt. */
  readonly remaining: number;
}

/**
 * What happens in this process's part of a budget.
 *
 * @category Policies
 */
export type RedisTokenBudgetEvent =
  | TokenBudgetEvent
  | (EventOf<'budget'> & Named & (AvailabilityEvent | MismatchEvent));

const names = ['key', 'limits', 'counts', 'maxTokensPerRequest', 'deadline', 'whenUnavailable', 'name', 'scheduler'];

/** Throws an error that names the option and shows the value. */
export function checkBudgetConfig(owner: string, config: RedisTokenBudgetConfig): void {
  const options = checkShared(owner, config, names, 'reserve', 'a budget')
    .required('limits')
    .oneOf('counts', ['tokens', 'cost']);
  checkMost(options, config.counts);
  const { counts = 'tokens', whenUnavailable } = config;
  const other = typeof whenUnavailable === 'object' ? (whenUnavailable.counts ?? 'tokens') : counts;
  if (other !== counts) {
    throw new TypeError(
      `${owner}: whenUnavailable must be a budget that counts ${counts} as well, got one of ${other}`,
    );
  }
}
