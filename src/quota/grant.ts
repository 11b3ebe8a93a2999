import type { BucketMeter } from './bucket-meter';
import type { Units } from './limit';

/** What a ledger gave: remembered so that it can be corrected. */
export interface Grant {
  /** What counts as taken now, by dimension. */
  units: Units;
  readonly slots: Slots;
}

/** Where a ledger counts a grant: the slot if it has one limit, else one for each limit. */
export type Slots = OwnSlots | SyncedSlots;
type OwnSlots = number | readonly number[];

/** The same if the provider's headers had set buckets at the time, or if the ledger's limits had been changed before. */
export interface SyncedSlots {
  readonly own: OwnSlots;
  readonly synced: readonly SyncedSlot[];
  /** How often the limits had been changed; 0 if it is absent. */
  readonly edition?: number;
}

export interface SyncedSlot {
  readonly meter: BucketMeter;
  readonly slot: number;
}

/** The slot in a ledger's limit of this number. */
export function slotOf(slots: Slots, index: number): number {
  if (typeof slots === 'number') {
    return slots;
  }
  return 'own' in slots ? slotOf(slots.own, index) : slots[index]!;
}

/** The slot in a bucket that headers had set; undefined if they did so later. */
export function syncedSlotOf(slots: Slots, meter: BucketMeter): number | undefined {
  return typeof slots === 'object' && 'own' in slots
    ? slots.synced.find((each) => each.meter === meter)?.slot
    : undefined;
}

/** What a cost takes of a dimension. A property by a name that stands here is found sooner than one by a variable. */
export function unitsOf(cost: Units, dimension: string): number {
  if (dimension === 'requests') {
    return cost.requests ?? 0;
  }
  return (dimension === 'tokens' ? cost.tokens : cost[dimension]) ?? 0;
}

/** What is actual if that is given: a dimension that is undefined is omitted. */
export function corrected(units: Units, actual: Units): Units {
  const all: Record<string, number> = { ...units };
  for (const dimension of Object.keys(actual)) {
    const amount: number | undefined = actual[dimension];
    if (amount !== undefined) {
      all[dimension] = amount;
    }
  }
  return all;
}

/** Nothing of each dimension. */
export function nothingOf(units: Units): Units {
  const nothing: Record<string, number> = {};
  for (const dimension of Object.keys(units)) {
    nothing[dimension] = 0;
  }
  return nothing;
}
