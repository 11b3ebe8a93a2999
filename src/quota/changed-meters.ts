import { identityOf } from './limit';
import type { Meter } from './meter';
import { isSameLimit, loadFrom, type SavedLimits } from './saved';

/**
 * The meters of a ledger whose limits are changed, chained: each of the same kind and time goes on with its new numbers; the
 * others are new, and count what the ledger knew.
 *
 * @param made Those of the new limits, of which nothing was taken.
 * @param saved What the ledger had counted.
 */
export function changedMeters(
  before: readonly Meter[],
  made: readonly Meter[],
  saved: SavedLimits,
  now: number,
): Meter[] {
  const free = [...before];
  const meters = made.map((meter) => {
    const kept = takeFrom(free, meter);
    if (kept === undefined) {
      loadFrom(saved[meter.dimension] ?? [], meter, now);
      return meter;
    }
    kept.resize(meter.limit, now);
    return kept;
  });
  meters.forEach((meter, index) => {
    meter.next = meters[index + 1];
  });
  return meters;
}

/** Of several of the same kind and time the one with the same numbers. */
function takeFrom(free: Meter[], { dimension, limit }: Meter): Meter | undefined {
  const alike = free.filter((each) => each.dimension === dimension && identityOf(each.limit) === identityOf(limit));
  const kept = alike.find((each) => isSameLimit(each.limit, limit)) ?? alike[0];
  if (kept !== undefined) {
    free.splice(free.indexOf(kept), 1);
  }
  return kept;
}
