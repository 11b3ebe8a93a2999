import type { Budget } from '../budget/budget';
import type { BudgetGuard } from '../budget/budget-guard';
import type { Breaker } from '../circuit/breaker';
import { type Chain, noGuards } from '../guard/chain';
import { oneRequest } from '../limiter/cost';
import type { Limiter } from '../limiter/limiter';
import type { CallsGuard } from '../limiter/limiter-guard';
import type { RateLimitInfo, RetryAfter } from '../provider';
import type { Units } from '../quota/limits';
import type { Settings } from '../retry/retry-settings';
import type { CallParts } from './call-parts';
import { guardOf } from './guard-of';

/** The policies that a call asks: no configs, no keys. */
export interface CallPolicies extends Pick<CallParts, 'readers' | 'foreign'> {
  readonly limiters: readonly Limiter[];
  readonly budgets: readonly Budget[];
  readonly breaker?: Breaker | undefined;
  readonly whenOpen: 'error' | 'wait';
  /** Reads the hint of an error for all guards. Default: `retryAfterOf`. */
  readonly retryAfter?: RetryAfter | undefined;
}

/** How the calls of a client are retried. */
export interface CallRetries {
  /** A call without retries has settings that allow none. */
  readonly retry: Settings<never>;
  readonly isRetried: boolean;
}

/** The guards of calls: made once for the policies that they ask. */
export class Guards {
  readonly hasLimiter: boolean;
  readonly hasBudget: boolean;
  /** Whether a call must say how many tokens it expects. */
  readonly needsTokens: boolean;
  readonly chain: Chain;
  /** Makes what counts for budgets; absent without one. */
  readonly counterOf: BudgetGuard['counterOf'] | undefined;
  private readonly limiters: readonly CallsGuard[];

  constructor(private readonly policies: CallPolicies) {
    const { limiters, budgets, breaker, whenOpen, retryAfter, readers, foreign } = policies;
    this.hasLimiter = limiters.length > 0;
    this.hasBudget = budgets.length > 0;
    this.needsTokens =
      this.hasBudget || limiters.some(({ dimensions }) => dimensions?.some((each) => /tokens$/i.test(each)));
    const limits = limiters.map((limiter, place) => {
      const hears = hearsProvider(limiter, place, limiters) ? 'all' : 'nothing';
      return guardOf(limiter, foreign?.limiter, hears, readers, retryAfter);
    });
    const spending = budgets.map((budget) => guardOf(budget, foreign?.budget, readers));
    const breaking = breaker && guardOf(breaker, foreign?.breaker, whenOpen === 'wait', readers.read, retryAfter);
    const [any = breaking] = [...limits, ...spending];
    this.limiters = limits;
    this.counterOf = spending[0]?.counterOf;
    this.chain =
      any?.chainOf({ limiters: limits, budgets: spending, breaker: breaking, waitsAtBreaker: whenOpen === 'wait' }) ??
      noGuards;
  }

  /** What the first limiter takes, for an error that tells it. */
  costOf(cost: Units): Units {
    return (this.limiters[0]?.taking.costOf(cost) as Units | undefined) ?? oneRequest;
  }

  /** Tells what a response's headers said. */
  sync(info: RateLimitInfo): void {
    for (const limiter of this.policies.limiters.filter(hearsProvider)) {
      limiter.sync?.(info);
    }
  }
}

/** Of several limiters only the last is the provider's, unless one says otherwise. */
function hearsProvider(limiter: Limiter, place: number, all: readonly Limiter[]): boolean {
  return limiter.hearsProvider ?? place === all.length - 1;
}
