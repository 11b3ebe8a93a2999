import { checkUnits } from '../limiter/cost';
import type { Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** A permit of a `RedisRateLimiter`, which hears once how it ended. */
export class RedisPermit implements Permit {
  #end: ((actual: PermitEnd) => void) | undefined;

  constructor(
    readonly cost: Units,
    end: (actual: PermitEnd) => void,
  ) {
    this.#end = end;
  }

  settle(actual?: Units): void {
    this.#finish(actual && checkUnits('Permit.settle', 'actual', actual));
  }

  refund(): void {
    this.#finish('refund');
  }

  #finish(actual: PermitEnd): void {
    const end = this.#end;
    this.#end = undefined;
    end?.(actual);
  }
}
