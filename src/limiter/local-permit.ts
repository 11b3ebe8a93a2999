import type { Grant, Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';
import { EndingPermit, type PermitEnd } from './ending-permit';

/** Where a permit reports how it ended. */
export interface PermitDesk {
  ended(permit: LocalPermit, actual: PermitEnd): void;
}

/** A permit of a `RateLimiter`, which hears once how it ended. */
export class LocalPermit extends EndingPermit {
  constructor(
    private readonly desk: PermitDesk,
    readonly cost: Units,
    /** The ledger that gave the grant: a limiter that was reset has another since. */
    readonly ledger: Ledger,
    readonly grant: Grant,
    readonly call: number | undefined,
  ) {
    super();
  }

  protected override ended(actual: PermitEnd): void {
    this.desk.ended(this, actual);
  }
}
