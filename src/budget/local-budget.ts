import type { Observable } from 'rxjs';
import { grantsOf } from '../guard/grants';
import { checkAmount } from '../internal/options';
import { PolicyFacade } from '../internal/policy/facade';
import { Clock } from '../internal/time/clock';
import type { Budget, Reservation } from './budget';
import { BudgetCore } from './budget-core';
import { type BillReaders, BudgetGuard } from './budget-guard';
import {
  checkBudgetConfig,
  checkBudgetUpdate,
  type TokenBudgetConfig,
  type TokenBudgetEvent,
  type TokenBudgetState,
  type TokenBudgetUpdate,
} from './token-budget-config';
import type { TokenBudgetExceededError } from './token-budget-exceeded-error';

/** A budget of this process. What is free of charge by default, it is told. */
export abstract class LocalBudget extends PolicyFacade<TokenBudgetState, TokenBudgetEvent> implements Budget {
  /** @internal */
  readonly core: BudgetCore;
  /** Whether a call costs nothing that failed with this error before its first value. */
  readonly refundOn: (error: unknown) => boolean;

  constructor(config: TokenBudgetConfig, billedNothing: (error: unknown) => boolean) {
    super();
    checkBudgetConfig(config);
    this.refundOn = config.refundOn ?? billedNothing;
    this.core = new BudgetCore(config, new Clock(config.scheduler));
    if (config.initial !== undefined && config.initial !== null) {
      this.core.restore(config.initial);
    }
  }

  /**
   * Whether no subclass has put other methods in the place of those by which a call asks.
   *
   * @internal
   */
  get isOwn(): boolean {
    return this.check === LocalBudget.prototype.check && this.reserve === LocalBudget.prototype.reserve;
  }

  /**
   * What calls of a client pass at this budget.
   *
   * @internal
   */
  guardFor(readers: BillReaders): BudgetGuard {
    return new BudgetGuard(this, readers);
  }

  /** What it counts: tokens, or what they cost by the price of the call. */
  get counts(): 'tokens' | 'cost' {
    return this.core.counts;
  }

  /** What is left of the tightest limit, in what it counts; below 0 while in debt. */
  get remaining(): number {
    return this.core.remaining;
  }

  /** Whether nothing is used and nothing is reserved. */
  get isIdle(): boolean {
    return this.core.isIdle;
  }

  /** Whether a reservation of so many tokens would be given now. Changes nothing. */
  check(tokens: number): boolean {
    return this.core.admits(checkAmount('TokenBudget.check', 'tokens', tokens));
  }

  /**
   * Sets tokens aside: one reservation, then complete. It must be settled or refunded. `call` is repeated in events.
   *
   * @returns An Observable that errors with `TokenBudgetExceededError` if there is no room.
   */
  reserve(tokens: number, call?: number): Observable<Reservation> {
    checkAmount('TokenBudget.reserve', 'tokens', tokens);
    return grantsOf<Reservation>((receiver) => this.core.ask(tokens, call, receiver), refund);
  }

  /** Sets tokens aside if there is room now, else returns undefined. */
  tryReserve(tokens: number): Reservation | undefined {
    return this.core.take(checkAmount('TokenBudget.tryReserve', 'tokens', tokens), undefined);
  }

  /** Counts tokens that were used elsewhere; may go into debt. */
  record(tokens: number): void {
    this.core.record(checkAmount('TokenBudget.record', 'tokens', tokens));
  }

  /** Gives some back, as after a complaint: what was taken last goes first, and no more than was taken. */
  credit(tokens: number): void {
    this.core.credit(checkAmount('TokenBudget.credit', 'tokens', tokens));
  }

  /** Forgets all that was taken. Of calls in flight only what they cost beyond their reservation counts. */
  reset(): void {
    this.core.reset();
  }

  /**
   * Other numbers from now on, as when a customer changes to another tier. What was counted stays counted.
   *
   * @throws RangeError or TypeError that names the option and shows the value.
   */
  update(update: TokenBudgetUpdate): void {
    checkBudgetUpdate('TokenBudget.update', update, this.counts);
    this.core.update(update);
  }

  /** The error for a call that has come to `total` tokens, for which there is no room. */
  exceeded(total: number): TokenBudgetExceededError {
    return this.core.exceeded(total);
  }

  /** The state as plain JSON, for `initial` of another budget. What is reserved counts as used. */
  snapshot(): unknown {
    return this.core.snapshot();
  }
}

function refund(reservation: Reservation): void {
  reservation.refund();
}
