import { checkAmount } from '../internal/options';
import { checkUnits } from '../limiter/cost';
import type { Followed } from '../limiter/cycle';
import type { Permit } from '../limiter/limiter';
import { nothingOf } from '../quota/grant';
import type { Units } from '../quota/limits';
import type { SharedGrant } from './corrections';

/** Where a permit ends. */
interface PermitCore {
  ended(permit: RedisPermit, actual: Units): void;
  accepted(permit: RedisPermit): void;
  throttled(permit: RedisPermit, hint: number | undefined): void;
}

/** A permit of a `RedisRateLimiter`. */
export class RedisPermit implements Permit {
  #hasEnded = false;
  #isAccepted = false;

  /** @param grant Undefined if the call was let through without Redis. */
  constructor(
    private readonly core: PermitCore,
    readonly cost: Units,
    readonly grant: SharedGrant | undefined,
    readonly call: number | undefined,
    /** Set once calls of this process are followed, because one was throttled. */
    readonly followed: Followed | undefined,
  ) {}

  settle(actual?: Units): void {
    this.#end(actual ? { ...this.cost, ...checkUnits('Permit.settle', 'actual', actual) } : this.cost);
  }

  refund(): void {
    this.#end(nothingOf(this.cost));
  }

  accepted(): void {
    if (!this.#hasEnded && !this.#isAccepted) {
      this.#isAccepted = true;
      this.core.accepted(this);
    }
  }

  throttled(hint?: number): void {
    const ms = hint === undefined ? undefined : checkAmount('Permit.throttled', 'hint', hint);
    if (!this.#hasEnded) {
      this.core.throttled(this, ms);
    }
  }

  #end(actual: Units): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.core.ended(this, actual);
    }
  }
}
