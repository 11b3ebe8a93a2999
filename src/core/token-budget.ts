import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Budget } from '../budget/budget';
import { budgetedBy } from '../budget/budgeted-by';
import type { TokenBudgetOptions } from '../budget/token-budget-options';
import { bareReaders } from './bare-readers';

/**
 * `tokenBudget` of the main entry without its readers of chunks and errors: `usage` says what a value reports, `count`
 * how many tokens it has, where it is no text; else a call is charged what was estimated.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `TokenBudgetExceededError`.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { perMinute, TokenBudget, tokenBudget } from 'rxjs-resilience/core';
 *
 * const budget = new TokenBudget({ limits: perMinute(1_000) });
 * const answer = of({ text: 'hello', tokens: 12 });
 * answer.pipe(tokenBudget(budget, { estimate: 100, usage: ({ tokens }) => tokens })).subscribe();
 * console.log(budget.remaining); // -> 988
 * ```
 */
export function tokenBudget<T>(budget: Budget, options: TokenBudgetOptions<T>): MonoTypeOperatorFunction<T> {
  return budgetedBy(budget, options, bareReaders);
}
