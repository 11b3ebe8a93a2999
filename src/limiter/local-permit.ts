import type { Units } from '../quota/limits';
import { checkUnits } from './cost';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** A permit of a `RateLimiter`, which hears once how it ended. */
export class LocalPermit implements Permit {
  readonly cost: Units;
  #end: ((actual: PermitEnd) => void) | undefined;

  constructor(cost: Units, end: (actual: PermitEnd) => void) {
    this.cost = cost;
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
