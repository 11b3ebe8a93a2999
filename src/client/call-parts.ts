import type { Budget } from '../budget/budget';
import type { BillReaders, BudgetGuard } from '../budget/budget-guard';
import type { Breaker } from '../circuit/breaker';
import type { BreakerGuard, BreakerGuardSettings } from '../circuit/breaker-guard';
import type { Runtime } from '../internal/runtime';
import type { Limiter } from '../limiter/limiter';
import type { CallsGuard, LimiterGuardSettings } from '../limiter/limiter-guard';
import type { Readers } from '../provider';

/** Makes the guards of policies that do not make their own: those of users. */
export interface ForeignGuards {
  limiter(limiter: Limiter, ...settings: LimiterGuardSettings): CallsGuard;
  budget(budget: Budget, readers: BillReaders): BudgetGuard;
  breaker(breaker: Breaker, ...settings: BreakerGuardSettings): BreakerGuard;
}

/** What calls are guarded by, how they are read, and how they run. */
export interface CallParts extends Runtime {
  readonly readers: Readers;
  /** Absent where only policies of ours are taken. */
  readonly foreign?: ForeignGuards | undefined;
}
