import type { Observable } from 'rxjs';
import { Offer, type Taker } from '../internal/offer';
import type { Reservation } from './budget';

/** Where reservations are asked for. */
export interface Till {
  /** A reservation, if there is room for it. */
  take(tokens: number, call: number | undefined, taker: Taker): Reservation | undefined;
  refuse(tokens: number, call: number | undefined): Observable<never>;
}

/** What `TokenBudget.reserve` returns. */
export class Reserving extends Offer<Reservation> {
  constructor(
    private readonly till: Till,
    private readonly tokens: number,
    private readonly call: number | undefined,
  ) {
    super((subscriber) => {
      const reservation = this.take(subscriber);
      if (reservation !== undefined) {
        subscriber.next(reservation);
        subscriber.complete();
      } else if (!subscriber.closed) {
        return till.refuse(tokens, call).subscribe(subscriber);
      }
      return undefined;
    });
  }

  take(taker: Taker): Reservation | undefined {
    return this.till.take(this.tokens, this.call, taker);
  }
}
