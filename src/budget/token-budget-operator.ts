import type { MonoTypeOperatorFunction } from 'rxjs';
import { chainOfOne } from '../guard/chain';
import { guarded } from '../guard/guarded';
import { Options, show } from '../internal/options';
import type { Budget } from './budget';
import { BudgetGuard, type BudgetWants } from './budget-guard';
import { CostReader } from './cost-reader';
import { checkPrice, type Price } from './price';
import type { SpendingOptions } from './spending-options';
import { type TokenEstimate, totalOf } from './token-estimate';
import { UsageReading } from './usage-reading';

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
  checkBudget('tokenBudget', budget);
  new Options('tokenBudget', options, ['estimate', 'price', 'usage', 'count', 'overrun'])
    .required('estimate')
    .functions('usage', 'count')
    .oneOf('overrun', ['allow', 'error']);
  const { estimate, price, overrun = 'allow' } = options;
  if (price !== undefined) {
    checkPrice('tokenBudget: price', price);
  }
  const reader = new CostReader('tokenBudget', options);
  const wantsOf = (expected: TokenEstimate): BudgetWants => ({
    tokens: totalOf('tokenBudget', 'estimate', expected),
    estimate: expected,
    price,
    overrun,
  });
  const usual = typeof estimate === 'function' ? undefined : wantsOf(estimate);
  return guarded<T, BudgetWants>(
    chainOfOne(new BudgetGuard(budget)),
    usual === undefined ? () => wantsOf((estimate as () => TokenEstimate)()) : () => usual,
    (wants) => new UsageReading(reader, wants.estimate, overrun === 'error'),
  );
}

/** Throws unless this is a budget; for a config it says why that will not do. */
export function checkBudget(owner: string, budget: unknown): void {
  if (typeof (budget as Budget | undefined)?.reserve !== 'function') {
    throw new TypeError(
      `${owner}: budget must be a TokenBudget that many calls share, not a config: ` +
        `make it once, new TokenBudget({ limits: … }), outside of the pipe; got ${show(budget)}`,
    );
  }
}
