import { usualLength } from '../quota/calendar';
import { isRolling, type Limit, type Limits, limitsByDimension, periodOf } from '../quota/limits';

/** One of a policy's limits. */
export interface DimensionLimit {
  readonly dimension: string;
  readonly limit: Limit;
}

/** The limits as a list, in the order in which they were given. */
export function listOf(owner: string, limits: Limits, units: 'whole' | 'fractions'): DimensionLimit[] {
  return [...limitsByDimension(owner, limits, units)].flatMap(([dimension, list]) =>
    list.map((limit) => ({ dimension, limit })),
  );
}

/** In the order in which scripts are told of them: others may write the same limits in another one. */
export function inOrder(limits: readonly DimensionLimit[]): DimensionLimit[] {
  return [...limits].sort((one, other) => (shapeOf(one) < shapeOf(other) ? -1 : 1));
}

/** Limits of another shape are kept under other keys, because their state could not be read. */
export function shapeOf({ dimension, limit }: DimensionLimit): string {
  switch (limit.kind) {
    case 'window':
      return `${dimension}/${limit.window}`;
    case 'calendar':
      return `${dimension}/${limit.every}/${limit.timeZone}`;
    default:
      return `${dimension}/${limit.kind}`;
  }
}

/** As scripts are told of it: a window's ms, below 0 a bucket's ms for one unit, 0 for a period. */
export function spanOf(limit: Limit): number {
  if (!isRolling(limit)) {
    return 0;
  }
  return limit.kind === 'window' ? limit.window : -limit.interval / limit.refill;
}

/** ms in which an empty one becomes full; 0 if it never does. */
export function periodIn(limit: Limit): number {
  if (isRolling(limit)) {
    return periodOf(limit);
  }
  return limit.kind === 'calendar' ? usualLength[limit.every] : 0;
}
