import type { Price } from './price';
import type { SpendingOptions } from './spending-options';
import type { TokenEstimate } from './token-estimate';

/**
 * Options of {@link tokenBudget}.
 *
 * @category Operators
 */
export interface TokenBudgetOptions<T> extends SpendingOptions<T> {
  /** What a call is expected to cost, in tokens: a total, or input and output apart; a function is asked for each subscription. */
  readonly estimate: TokenEstimate | (() => TokenEstimate);
  /** What tokens cost: for a budget that counts cost, which refuses calls without it. */
  readonly price?: Price | undefined;
}
