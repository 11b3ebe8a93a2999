import type { Observable, SchedulerLike } from 'rxjs';
import type { TokenBudgetExceededError } from './token-budget-exceeded-error';

/**
 * Tokens that are set aside for one call. The first of `settle` and `refund` counts, what comes later does nothing.
 *
 * @category Policies of your own
 */
export interface Reservation {
  /** How many are set aside now. */
  readonly tokens: number;
  /**
   * The call has come to `total` tokens so far: what that is beyond the reservation is set aside as well, at once.
   * False if there is no room for it; then nothing is.
   */
  report(total: number): boolean;
  /** The call has cost `actual` tokens: more than was set aside is a debt. */
  settle(actual: number): void;
  /** The call has cost nothing. */
  refund(): void;
}

/**
 * What `tokenBudget` asks of a budget; `TokenBudget` is one.
 *
 * @category Policies of your own
 */
export interface Budget {
  /** One reservation, then complete; or a `TokenBudgetExceededError`. Never waits for room. */
  reserve(tokens: number, call?: number): Observable<Reservation>;
  /** Whether a reservation of so many tokens would be given now. */
  check?(tokens: number): boolean;
  /** The error for a call that has come to `total` tokens, for which there is no room. */
  exceeded?(total: number): TokenBudgetExceededError;
  /** What it counts: amounts are in that. Default `'tokens'`. */
  readonly counts?: 'tokens' | 'cost';
  /** Whether a call costs nothing that failed with this error before its first value. Default: as in `TokenBudget`. */
  readonly refundOn?: (error: unknown) => boolean;
  /** The scheduler on which refusals are delivered. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}
