import { Offer, type Taker, type Waiting } from '../internal/offer';
import type { Reservation } from './budget';

/** Where reservations are asked for. */
export interface Till {
  /** A reservation, if there is room for it. */
  take(tokens: number, call: number | undefined, taker: Taker): Reservation | undefined;
  /** There was no room. */
  refuse(tokens: number, call: number | undefined, waiting: Waiting<Reservation>): void;
}

/** What `TokenBudget.reserve` returns. */
export class Reserving extends Offer<Reservation> {
  constructor(
    private readonly till: Till,
    private readonly tokens: number,
    private readonly call: number | undefined,
  ) {
    super();
  }

  take(taker: Taker): Reservation | undefined {
    return this.till.take(this.tokens, this.call, taker);
  }

  /** A budget never waits for room. */
  wait(waiting: Waiting<Reservation>): void {
    this.till.refuse(this.tokens, this.call, waiting);
  }
}
