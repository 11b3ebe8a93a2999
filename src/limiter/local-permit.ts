import type { Grant, Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';
import { checkUnits } from './cost';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** Where a permit reports how it ended. */
export interface PermitDesk {
  ended(permit: LocalPermit, actual: PermitEnd): void;
}

/** A permit of a `RateLimiter`, which hears once how it ended. */
export class LocalPermit implements Permit {
  #hasEnded = false;

  constructor(
    private readonly desk: PermitDesk,
    readonly cost: Units,
    /** The ledger that gave the grant: a limiter that was reset has another since. */
    readonly ledger: Ledger,
    readonly grant: Grant,
    readonly call: number | undefined,
  ) {}

  settle(actual?: Units): void {
    this.#finish(actual && checkUnits('Permit.settle', 'actual', actual));
  }

  refund(): void {
    this.#finish('refund');
  }

  #finish(actual: PermitEnd): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.desk.ended(this, actual);
    }
  }
}
