import { BucketMeter } from './bucket-meter';
import { limitsByDimension } from './check-limits';
import type { Limit, Limits } from './limit';
import { type LimitState, type Meter, tidy } from './meter';
import { WindowMeter } from './window-meter';

/** The first of the meters of these limits: each knows the next one. */
export function metersOf(owner: string, limits: Limits): Meter | undefined {
  let first: Meter | undefined;
  for (const [dimension, list] of [...limitsByDimension(owner, limits)].reverse()) {
    for (const limit of [...list].reverse()) {
      first = meterOf(limit, dimension, first);
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
  return {
    limit: meter.total,
    ...(meter.window === undefined ? {} : { window: meter.window }),
    used,
    remaining: tidy(meter.total - used),
    resetAt: meter.resetAt(now) + shift,
  };
}

function meterOf(limit: Limit, dimension: string, next: Meter | undefined): Meter {
  return limit.kind === 'window'
    ? new WindowMeter(limit.limit, limit.window, dimension, next)
    : new BucketMeter(limit, undefined, dimension, next);
}
