import { checkUnits } from '../limiter/cost';
import type { Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';
import type { SharedGrant } from './corrections';
import { zero } from './units';

/** A permit of a `RedisRateLimiter`. */
export class RedisPermit implements Permit {
  #hasEnded = false;

  /** @param grant Undefined if the call was let through without Redis. */
  constructor(
    private readonly core: { ended(permit: RedisPermit, actual: Units): void },
    readonly cost: Units,
    readonly grant: SharedGrant | undefined,
    readonly call: number | undefined,
  ) {}

  settle(actual?: Units): void {
    this.#end({ ...this.cost, ...(actual && checkUnits('Permit.settle', 'actual', actual)) });
  }

  refund(): void {
    this.#end(zero(this.cost));
  }

  #end(actual: Units): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.core.ended(this, actual);
    }
  }
}
