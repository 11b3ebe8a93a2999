import type { MonoTypeOperatorFunction } from 'rxjs';
import { chainOfOne } from '../guard/guard-chain';
import { guarded } from '../guard/guarded';
import { Options } from '../internal/options';
import type { Budget } from './budget';
import { type BillReaders, BudgetGuard, type BudgetWants } from './budget-guard';
import { checkBudget } from './check-budget';
import { counterOf } from './counter';
import { checkPrice } from './price';
import type { TokenBudgetOptions } from './token-budget-options';
import { type TokenEstimate, totalOf } from './token-estimate';
import { UsageReader, type UsageReaders } from './usage-reader';
import { UsageReading } from './usage-reading';

/** The operator, with readers of errors and values. */
export function budgetedBy<T>(
  budget: Budget,
  options: TokenBudgetOptions<T>,
  readers: BillReaders & UsageReaders,
): MonoTypeOperatorFunction<T> {
  checkBudget('tokenBudget', budget);
  new Options('tokenBudget', options, ['estimate', 'price', 'usage', 'count', 'overrun'])
    .required('estimate')
    .functions('usage', 'count')
    .oneOf('overrun', ['allow', 'error']);
  const { estimate, price, overrun = 'allow' } = options;
  if (price !== undefined) {
    checkPrice('tokenBudget: price', price);
  }
  const reader = new UsageReader('tokenBudget', options, readers);
  const counter = counterOf('tokenBudget', options, readers);
  const wantsOf = (expected: TokenEstimate): BudgetWants => ({
    tokens: totalOf('tokenBudget', 'estimate', expected),
    estimate: expected,
    price,
    overrun,
  });
  const usual = typeof estimate === 'function' ? undefined : wantsOf(estimate);
  return guarded<T, BudgetWants>(
    chainOfOne(new BudgetGuard(budget, readers)),
    usual === undefined ? () => wantsOf((estimate as () => TokenEstimate)()) : () => usual,
    (wants) => new UsageReading(reader, wants.estimate, counter),
  );
}
