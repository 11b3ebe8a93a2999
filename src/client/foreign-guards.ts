import { BudgetGuard } from '../budget/budget-guard';
import { BreakerGuard } from '../circuit/breaker-guard';
import { guardOfCalls } from '../limiter/limiter-guard';
import type { ForeignGuards } from './call-parts';

/** The guards of policies of all kinds. */
export const foreignGuards: ForeignGuards = {
  limiter: guardOfCalls,
  budget: (budget, readers) => new BudgetGuard(budget, readers),
  breaker: (breaker, ...settings) => new BreakerGuard(breaker, ...settings),
};
