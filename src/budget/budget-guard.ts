import { firstGrant } from '../guard/grants';
import type { Asking, Ending, Guard, Wants } from '../guard/guard';
import { billedNothing, billsNothing, readError } from '../provider';
import type { Budget, Reservation } from './budget';
import type { BudgetCore } from './budget-core';
import { TokenBudget } from './token-budget';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';
import type { UsageReading } from './usage-reading';

/** What a call wants of a budget. */
export interface BudgetWants extends Wants {
  /** Tokens to set aside. */
  readonly tokens: number;
  readonly overrun: 'allow' | 'error';
}

export type BudgetAsking = Asking<BudgetWants, Pick<UsageReading<never>, keyof UsageReading<never>>>;

const { check, reserve } = TokenBudget.prototype;

/** Lets an attempt in if the budget has room for it, and settles its reservation with what it has cost. */
export class BudgetGuard implements Guard<Reservation, BudgetAsking> {
  /** The core, if it can be asked: another budget, or a subclass that has methods of its own, is asked by these. */
  private readonly core: BudgetCore | undefined;

  constructor(private readonly budget: Budget) {
    const isOurs = budget instanceof TokenBudget && budget.check === check && budget.reserve === reserve;
    this.core = isOurs ? budget.core : undefined;
  }

  check({ wants: { tokens } }: BudgetAsking): boolean {
    return this.core === undefined ? this.budget.check?.(tokens) !== false : this.core.admits(tokens);
  }

  enter(attempt: BudgetAsking, held: Reservation | undefined): Reservation | undefined {
    if (held !== undefined) {
      return held;
    }
    const { wants, call } = attempt;
    if (this.core !== undefined) {
      return this.core.ask(wants.tokens, call, attempt);
    }
    firstGrant(
      call === undefined ? this.budget.reserve(wants.tokens) : this.budget.reserve(wants.tokens, call),
      attempt,
    );
    return undefined;
  }

  /** Sets aside what the call has come to beyond its reservation; an error if there is no room for it. */
  value(reservation: Reservation, { wants, reading }: BudgetAsking): Error | undefined {
    if (wants.overrun === 'allow' || reading.isOver || !reading.hasGrown || reservation.report(reading.total)) {
      return undefined;
    }
    const unknown = { remaining: 0, limit: reservation.tokens, reason: 'budget' } as const;
    return (
      this.budget.exceeded?.(reading.total) ?? new TokenBudgetExceededError({ requested: reading.total, ...unknown })
    );
  }

  end(reservation: Reservation, ending: Ending, error: unknown, attempt: BudgetAsking): void {
    const { hasValue, reading } = attempt;
    if (reading.reported !== undefined) {
      reservation.settle(reading.reported);
      return;
    }
    let costsNothing = false;
    try {
      costsNothing = ending === 'error' && !hasValue && reading.usage === undefined && this.isFree(error, attempt);
    } finally {
      if (costsNothing) {
        reservation.refund();
      } else {
        reservation.settle(reading.costWithoutReport(ending));
      }
    }
  }

  private isFree(error: unknown, attempt: BudgetAsking): boolean {
    const { refundOn = billedNothing } = this.budget;
    return refundOn === billedNothing ? billsNothing(attempt.readOnce(error, readError)) : refundOn(error);
  }

  release(reservation: Reservation): void {
    reservation.refund();
  }
}
