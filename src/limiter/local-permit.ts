import type { Grant, Slots } from '../quota/grant';
import type { Ledger } from '../quota/ledger';
import type { Units, UnitsOf } from '../quota/limits';
import { checkUnits } from './cost';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** Where a permit ends. */
export interface PermitCore {
  ended(permit: LocalPermit, actual: PermitEnd): void;
}

/** A permit of a `RateLimiter`, which is what its ledger remembers of the grant. The first of `settle` and `refund` counts. */
export class LocalPermit implements Permit, Grant {
  units: Units;
  private hasEnded = false;

  constructor(
    private readonly core: PermitCore,
    readonly cost: Units,
    /** The ledger that gave the grant: a limiter that was reset has another since. */
    readonly ledger: Ledger,
    readonly slots: Slots,
    readonly call: number | undefined,
  ) {
    this.units = cost;
  }

  settle(actual?: UnitsOf<string>): void {
    this.end(actual && checkUnits('Permit.settle', 'actual', actual));
  }

  refund(): void {
    this.end('refund');
  }

  private end(actual: PermitEnd): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.core.ended(this, actual);
    }
  }
}
