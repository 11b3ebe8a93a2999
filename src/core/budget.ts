import { LocalBudget } from '../budget/local-budget';
import type { TokenBudgetConfig } from '../budget/token-budget-config';
import { isUnreached } from '../provider';

/**
 * `TokenBudget` of the main entry without its readers of errors: unless `refundOn` says otherwise, a call that failed is
 * free of charge only if this library refused it before its source was subscribed.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Core
 *
 * @example
 * ```ts
 * import { perMinute, TokenBudget } from 'rxjs-resilience/core';
 *
 * const wasRejected = (error: unknown) => (error as { status?: number }).status === 429;
 * const budget = new TokenBudget({ limits: perMinute(1_000), refundOn: wasRejected });
 * console.log(budget.remaining); // -> 1000
 * ```
 */
export class TokenBudget extends LocalBudget {
  constructor(config: TokenBudgetConfig) {
    super(config, isUnreached);
  }
}
