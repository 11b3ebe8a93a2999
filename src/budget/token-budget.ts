import { billedNothing } from '../provider';
import { LocalBudget } from './local-budget';
import type { TokenBudgetConfig } from './token-budget-config';

/**
 * Says no to calls for which no tokens are left.
 *
 * A call's tokens are reserved before it begins and settled to what it really cost, so concurrent calls cannot all
 * pass the same check. It never waits.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { perDay, perHour, TokenBudget } from 'rxjs-resilience';
 *
 * const budget = new TokenBudget({ limits: [perHour(100_000), perDay(1_000_000)], maxTokensPerRequest: 20_000 });
 * ```
 */
export class TokenBudget extends LocalBudget {
  constructor(config: TokenBudgetConfig) {
    super(config, billedNothing);
  }
}
