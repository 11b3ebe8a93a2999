import type { Subscriber, TeardownLogic } from 'rxjs';
import { Offer, type Taker } from '../internal/offer';
import type { Units } from '../quota/limits';
import type { AcquireOptions, Permit } from './limiter';

/** Where permits are asked for. */
export interface Counter {
  /** A free permit, if nobody stands before the taker. */
  take(cost: Units, options: AcquireOptions, taker: Taker): Permit | undefined;
  /** A permit as soon as there is one. */
  ask(cost: Units, options: AcquireOptions, subscriber: Subscriber<Permit>): TeardownLogic;
}

/** What `RateLimiter.acquire` returns. */
export class Asking extends Offer<Permit> {
  constructor(
    private readonly counter: Counter,
    private readonly cost: Units,
    private readonly options: AcquireOptions,
  ) {
    super((subscriber) => counter.ask(cost, options, subscriber));
  }

  take(taker: Taker): Permit | undefined {
    return this.counter.take(this.cost, this.options, taker);
  }
}
