import type { MonoTypeOperatorFunction } from 'rxjs';
import { budgetReaders } from '../provider';
import type { Budget } from './budget';
import { budgetedBy } from './budgeted-by';
import type { TokenBudgetOptions } from './token-budget-options';

export type { TokenBudgetOptions } from './token-budget-options';

/**
 * Reserves what a call is expected to cost, subscribes to the source if there is room, and settles what it did cost.
 *
 * ![Refuses a call for which the budget has no room, without making it](../../docs/marbles/token-budget-1.svg)
 *
 * The cost is what the provider reports; where it reports nothing, it is estimated from the text that came. A call that
 * the provider refused before its first value costs nothing.
 *
 * @param budget A `TokenBudget`, or anything that implements `Budget`; never a config, which would make a budget of its
 * own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `TokenBudgetExceededError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { perHour, TokenBudget, tokenBudget } from 'rxjs-resilience';
 *
 * const budget = new TokenBudget({ limits: perHour(50_000) });
 *
 * of('Hello', ' world').pipe(tokenBudget(budget, { estimate: { input: 12, output: 500 } })).subscribe(console.log);
 * // -> Hello
 * // ->  world
 * ```
 */
export function tokenBudget<T>(budget: Budget, options: TokenBudgetOptions<T>): MonoTypeOperatorFunction<T> {
  return budgetedBy(budget, options, budgetReaders);
}
