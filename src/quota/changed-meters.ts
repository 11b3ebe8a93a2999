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
  const meters = made.map((meter) => {
    const kept = keptFor(meter, before, made);
    if (kept === undefined) {
      loadFrom(saved[meter.dimension] ?? [], meter, now);
      return meter;
    }
    return kept;
  });
  meters.forEach((meter, index) => {
    if (meter !== made[index]) {
      meter.resize(made[index]!.limit, now);
    }
    meter.next = meters[index + 1];
  });
  return meters;
}

/** The meter that goes on for a new one: that with the same numbers, or the only one of its kind and time. */
function keptFor(meter: Meter, before: readonly Meter[], made: readonly Meter[]): Meter | undefined {
  const [old, others] = [before, made].map((meters) => meters.filter((each) => isAlike(each, meter)));
  const sameOf = (meters: readonly Meter[]) => meters.filter((each) => isSameLimit(each.limit, meter.limit));
  const same = sameOf(old!)[sameOf(others!).indexOf(meter)];
  return same ?? (old!.length === 1 && others!.length === 1 ? old![0] : undefined);
}

function isAlike(one: Meter, other: Meter): boolean {
  return one.dimension === other.dimension && identityOf(one.limit) === identityOf(other.limit);
}
