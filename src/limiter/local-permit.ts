import { checkAmount } from '../internal/options';
import type { Grant, Slots } from '../quota/grant';
import type { Ledger } from '../quota/ledger';
import type { Units, UnitsOf } from '../quota/limits';
import { checkUnits } from './cost';
import type { Cycle, Followed } from './cycle';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** Where a permit ends. */
export interface PermitCore {
  ended(permit: LocalPermit, actual: PermitEnd): void;
  accepted(permit: FollowedPermit): void;
  throttled(permit: LocalPermit, hint: number | undefined): void;
}

/** A permit of a `RateLimiter`, which is what its ledger remembers of the grant. The first of `settle` and `refund` counts. */
export class LocalPermit implements Permit, Grant {
  units: Units;
  /** Where tenants share the limiter; set only then, because a field costs something for every call. */
  declare tenant?: string;
  protected hasEnded = false;

  constructor(
    protected readonly core: PermitCore,
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

  /** Nothing follows a call that was granted before the first one was throttled. */
  accepted(): void {}

  throttled(hint?: number): void {
    const ms = hint === undefined ? undefined : checkAmount('Permit.throttled', 'hint', hint);
    if (!this.hasEnded) {
      this.core.throttled(this, ms);
    }
  }

  private end(actual: PermitEnd): void {
    if (!this.hasEnded) {
      this.hasEnded = true;
      this.core.ended(this, actual);
    }
  }
}

/** A permit of a limiter that was throttled, or that finds out how many calls may be in flight: its call is followed. */
export class FollowedPermit extends LocalPermit implements Followed {
  private isAccepted = false;

  constructor(
    core: PermitCore,
    cost: Units,
    ledger: Ledger,
    slots: Slots,
    call: number | undefined,
    readonly cycle: Cycle,
    readonly since: number,
  ) {
    super(core, cost, ledger, slots, call);
  }

  override accepted(): void {
    if (!this.hasEnded && !this.isAccepted) {
      this.isAccepted = true;
      this.core.accepted(this);
    }
  }
}
