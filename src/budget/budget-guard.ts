import { firstGrant } from '../guard/grants';
import type { Asking, Ending, Guard, Wants } from '../guard/guard';
import { chainOf } from '../guard/guard-chain';
import { PolicyFacade } from '../internal/policy/facade';
import { brandProgrammingError, type ErrorReaders, markReached } from '../provider';
import type { Budget, Reservation } from './budget';
import type { BudgetCore } from './budget-core';
import { estimatedCost } from './cost-of';
import { counterOf } from './counter';
import type { Price } from './price';
import { TokenBudgetExceededError } from './token-budget-exceeded-error';
import type { TokenEstimate } from './token-estimate';
import { costWithoutReport, costWithoutReportAt, reportedAt, totalAt, totalOf } from './usage-cost';
import type { UsageReading } from './usage-reading';

/** What a call wants of a budget. */
export interface BudgetWants extends Wants {
  /** Tokens to set aside. */
  readonly tokens: number;
  /** The same, as it was estimated. */
  readonly estimate: TokenEstimate;
  /** What tokens cost: for budgets that count that. */
  readonly price?: Price | undefined;
  readonly overrun: 'allow' | 'error';
}

export type BudgetAsking = Asking<BudgetWants, Pick<UsageReading<never>, keyof UsageReading<never>>>;

/** How a budget finds out whether a call that failed is free of charge. */
export type BillReaders = Pick<ErrorReaders, 'read' | 'billedNothing' | 'billsNothing'>;

/** Lets an attempt in if the budget has room for it, and settles its reservation with what it has cost. */
export class BudgetGuard implements Guard<Reservation, BudgetAsking> {
  readonly chainOf = chainOf;
  readonly counterOf = counterOf;
  /** The core, if it can be asked: another budget, or a subclass that has methods of its own, is asked by these. */
  private readonly core: BudgetCore | undefined;

  private readonly countsCost: boolean;

  constructor(
    private readonly budget: Budget,
    private readonly readers: BillReaders,
  ) {
    this.countsCost = budget.counts === 'cost';
    this.core = ownCoreOf(budget);
  }

  check({ wants }: BudgetAsking): boolean {
    if (this.countsCost && wants.price === undefined) {
      return false; // then it is asked, and says why
    }
    const amount = this.amountOf(wants);
    return this.core === undefined ? this.budget.check?.(amount) !== false : this.core.admits(amount);
  }

  enter(attempt: BudgetAsking, held: Reservation | undefined): Reservation | undefined {
    if (held !== undefined) {
      return held;
    }
    const { wants, call } = attempt;
    const amount = this.amountOf(wants);
    if (this.core !== undefined) {
      return this.core.ask(amount, call, attempt);
    }
    firstGrant(call === undefined ? this.budget.reserve(amount) : this.budget.reserve(amount, call), attempt);
    return undefined;
  }

  /** Sets aside what the call has come to beyond its reservation; an error if there is no room for it. */
  value(reservation: Reservation, { wants, reading }: BudgetAsking): Error | undefined {
    if (wants.overrun === 'allow' || isOver(reading) || !reading.hasGrown) {
      return undefined;
    }
    const total = this.countsCost ? totalAt(reading, wants.price!) : totalOf(reading);
    return reservation.report(total) ? undefined : this.exceeded(total, reservation);
  }

  hearsOn(_: Reservation, { wants }: BudgetAsking): boolean {
    return wants.overrun === 'error';
  }

  end(reservation: Reservation, ending: Ending, error: unknown, attempt: BudgetAsking): void {
    const { hasValue, wants, reading } = attempt;
    const reported = this.countsCost ? reportedAt(reading, wants.price!) : reading.reported;
    if (reported !== undefined) {
      reservation.settle(reported);
      return;
    }
    let costsNothing = false;
    try {
      costsNothing = ending === 'error' && !hasValue && reading.usage === undefined && this.isFree(error, attempt);
    } finally {
      if (costsNothing) {
        reservation.refund();
      } else {
        reservation.settle(
          this.countsCost ? costWithoutReportAt(reading, ending, wants.price!) : costWithoutReport(reading, ending),
        );
      }
    }
  }

  private isFree(error: unknown, attempt: BudgetAsking): boolean {
    const { read, billedNothing, billsNothing } = this.readers;
    const { refundOn = billedNothing } = this.budget;
    return refundOn === billedNothing ? billsNothing(error, () => attempt.readOnce(error, read)) : refundOn(error);
  }

  release(reservation: Reservation): void {
    reservation.refund();
  }

  /** What to set aside, in what the budget counts. */
  private amountOf({ tokens, estimate, price }: BudgetWants): number {
    if (!this.countsCost) {
      return tokens;
    }
    if (price === undefined) {
      throw brandProgrammingError(
        new TypeError('The call must have a price, because its budget counts cost: give price: { input, output }'),
      );
    }
    return estimatedCost(estimate, price);
  }

  private exceeded(total: number, { tokens }: Reservation): Error {
    const { counts } = this.budget;
    const unknown = { remaining: 0, limit: tokens, reason: 'budget', counts } as const;
    const error = this.budget.exceeded?.(total) ?? new TokenBudgetExceededError({ requested: total, ...unknown });
    markReached(error);
    return error;
  }
}

/** Nothing is left to stop: what comes after the last chunk adds nothing, and must not stop an answer that is complete. */
function isOver({ isLast, usage }: BudgetAsking['reading']): boolean {
  return isLast || usage?.final === true;
}

/** A budget of ours, as its guard sees it. */
interface OwnBudget {
  readonly core: BudgetCore;
  /** Whether no subclass has put other methods in the place of those by which a call asks. */
  readonly isOwn: boolean;
}

/** Without the class, which nobody shall bundle who has no budget. One of another copy of this package is asked as any other. */
function ownCoreOf(budget: object): BudgetCore | undefined {
  const own: Partial<OwnBudget> = budget instanceof PolicyFacade ? (budget as object) : {};
  return own.isOwn ? own.core : undefined;
}
