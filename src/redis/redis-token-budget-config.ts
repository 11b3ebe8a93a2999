import type { Budget } from '../budget/budget';
import type { TokenBudgetEvent } from '../budget/token-budget-config';
import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import type { Limit } from '../quota/limits';
import type { MismatchEvent } from './mismatch';
import { checkShared, type SharedConfig } from './shared-config';
import type { SharedLimitState } from './shared-quota';

/**
 * Options of a `RedisTokenBudget`.
 *
 * @category Policies
 */
export interface RedisTokenBudgetConfig extends SharedConfig {
  /** How many tokens may be used in which time, input and output together, in all processes together. */
  readonly limits: Limit | readonly Limit[];
  /** The most tokens that one call may come to. Default `Infinity`. */
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
  /** How many tokens are set aside for calls of this process. */
  readonly reserved: number;
  /** Whether Redis answered when it was last asked. */
  readonly isAvailable: boolean;
}

/**
 * What Redis knows of a budget, in tokens. What is reserved counts as used.
 *
 * @category Policies
 */
export interface SharedBudgetState {
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
export type RedisTokenBudgetEvent = TokenBudgetEvent | (EventOf<'budget'> & (AvailabilityEvent | MismatchEvent));

const names = ['key', 'limits', 'maxTokensPerRequest', 'deadline', 'whenUnavailable', 'scheduler'];

/** Throws an error that names the option and shows the value. */
export function checkBudgetConfig(owner: string, config: RedisTokenBudgetConfig): void {
  checkShared(owner, config, names, 'reserve', 'a budget').whole('maxTokensPerRequest', 1, 'or Infinity');
}
