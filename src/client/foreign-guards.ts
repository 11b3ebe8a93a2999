import { BudgetGuard } from '../budget/budget-guard';
import { BreakerGuard } from '../circuit/breaker-guard';
import { LimiterGuard } from '../limiter/limiter-guard';
import type { ForeignGuards } from './client-parts';

/** The guards of policies of all kinds. */
export const foreignGuards: ForeignGuards = {
  limiter: (limiter, ...settings) => new LimiterGuard(limiter, ...settings),
  budget: (budget, readers) => new BudgetGuard(budget, readers),
  breaker: (breaker, ...settings) => new BreakerGuard(breaker, ...settings),
};
