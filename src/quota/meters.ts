import { BucketMeter } from './bucket-meter';
import { CalendarMeter, type WallShift } from './calendar-meter';
import { limitsByDimension } from './check-limits';
import type { Limit, Limits } from './limit';
import { type LimitState, type Meter, tidy } from './meter';
import { TotalMeter } from './total-meter';
import { WindowMeter } from './window-meter';

/** The first of the meters of these limits: each knows the next one. */
export function metersOf(
  owner: string,
  limits: Limits,
  clock: WallShift,
  units: 'whole' | 'fractions',
): Meter | undefined {
  let first: Meter | undefined;
  for (const [dimension, list] of [...limitsByDimension(owner, limits, units)].reverse()) {
    for (const limit of [...list].reverse()) {
      first = meterOf(limit, dimension, first, clock);
    }
  }
  return first;
}

/** The same meters, of which nothing is taken. */
export function unusedOf(meter: Meter | undefined): Meter | undefined {
  return meter?.unused(unusedOf(meter.next));
}

/** A meter and all after it. */
export function listOf(first: Meter | undefined): Meter[] {
  const list: Meter[] = [];
  for (let meter = first; meter !== undefined; meter = meter.next) {
    list.push(meter);
  }
  return list;
}

/** The state of its limit; `shift` is added to every time. */
export function stateOf(meter: Meter, now: number, shift: number): LimitState {
  const used = meter.used(now);
  const resetAt = meter.resetAt(now);
  return {
    limit: meter.total,
    ...(meter.window === undefined ? {} : { window: meter.window }),
    used,
    remaining: tidy(meter.total - used),
    ...(resetAt === undefined ? {} : { resetAt: resetAt + shift }),
  };
}

function meterOf(limit: Limit, dimension: string, next: Meter | undefined, clock: WallShift): Meter {
  switch (limit.kind) {
    case 'window':
      return new WindowMeter(limit.limit, limit.window, dimension, next);
    case 'bucket':
      return new BucketMeter(limit, undefined, dimension, next);
    case 'calendar':
      return new CalendarMeter(limit, clock, dimension, next);
    default:
      return new TotalMeter(limit.limit, dimension, next);
  }
}
