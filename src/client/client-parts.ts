import type { OperatorFunction } from 'rxjs';
import type { Budget } from '../budget/budget';
import type { BillReaders, BudgetGuard } from '../budget/budget-guard';
import type { Breaker } from '../circuit/breaker';
import type { BreakerGuard, BreakerGuardSettings } from '../circuit/breaker-guard';
import type { TimersOf } from '../internal/time/timers';
import type { Limiter } from '../limiter/limiter';
import type { LimiterGuard, LimiterGuardSettings } from '../limiter/limiter-guard';
import type { Readers } from '../provider';
import type { SmoothTextConfig } from '../stream/smooth-text';
import type { hedgesOf } from './hedges';
import type { Kind } from './policy-keys';

/** Makes the guards of policies that do not make their own: those of users. */
export interface ForeignGuards {
  limiter(limiter: Limiter, ...settings: LimiterGuardSettings): LimiterGuard;
  budget(budget: Budget, readers: BillReaders): BudgetGuard;
  breaker(breaker: Breaker, ...settings: BreakerGuardSettings): BreakerGuard;
}

/** What calls are guarded by, and how they are read. */
export interface CallParts {
  readonly readers: Readers;
  /** On what calls wait for their next attempt. */
  readonly timersOf: TimersOf;
  /** Absent where only policies of ours are taken. */
  readonly foreign?: ForeignGuards | undefined;
}

/** What a client is made of beside its config: who leaves something out need not bundle it. */
export interface ClientParts extends CallParts {
  /** Makes a policy of a config, or says that none is wanted here. */
  policyOf(kind: Kind, name: string, config: object): object;
  /** Absent where nothing is hedged. */
  readonly hedgesOf?: typeof hedgesOf;
  /** Makes what paces the text of answers, of its config. */
  readonly smooth?: (config: SmoothTextConfig) => OperatorFunction<string, string>;
}
