import { type Grant, type Slots, unitsOf } from './grant';
import type { Meter, OpenMeter } from './meter';
import { listOf } from './meters';

interface Entry {
  readonly dimension: string;
  readonly meter: OpenMeter;
}

/** How much of what a ledger counts belongs to grants that are still open: for those who want to show that. */
export class OpenGrants {
  private readonly entries: readonly Entry[];

  /** @param slotOf Where a grant counts in the limit of this number. */
  constructor(
    first: Meter | undefined,
    private readonly slotOf: (slots: Slots, index: number) => number,
  ) {
    this.entries = listOf(first).map((meter) => ({ dimension: meter.dimension, meter: meter.open() }));
  }

  /** To be called after the ledger's `take`, at once or later: a grant counts at its own time. */
  add(grant: Grant, now: number): void {
    this.entries.forEach(({ dimension, meter }, index) => {
      meter.open(this.slotOf(grant.slots, index), unitsOf(grant.units, dimension), now);
    });
  }

  /** To be called right before the ledger settles or refunds the grant for good. */
  remove(grant: Grant, now: number): void {
    this.entries.forEach(({ dimension, meter }, index) => {
      meter.close(this.slotOf(grant.slots, index), unitsOf(grant.units, dimension), now);
    });
  }

  /** What open grants hold now, of each limit in turn; what has left a window, or has flowed back, does not count. */
  units(now: number): number[] {
    return this.entries.map(({ meter }) => meter.units(now));
  }
}
