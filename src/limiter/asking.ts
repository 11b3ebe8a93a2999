import { Offer, type Taker, type Waiting } from '../internal/offer';
import type { Units } from '../quota/limits';
import type { AcquireOptions, Permit } from './limiter';

/** Where permits are asked for. */
export interface Counter {
  /** A free permit, if nobody stands before the taker. */
  take(cost: Units, options: AcquireOptions, taker: Taker): Permit | undefined;
  /** Somebody for whom there was none stands in line. */
  wait(cost: Units, options: AcquireOptions, waiting: Waiting<Permit>): void;
}

/** What `RateLimiter.acquire` returns. */
export class Asking extends Offer<Permit> {
  constructor(
    private readonly counter: Counter,
    private readonly cost: Units,
    private readonly options: AcquireOptions,
  ) {
    super();
  }

  take(taker: Taker): Permit | undefined {
    return this.counter.take(this.cost, this.options, taker);
  }

  wait(waiting: Waiting<Permit>): void {
    this.counter.wait(this.cost, this.options, waiting);
  }
}
