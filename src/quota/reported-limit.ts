import { periodOf, type RollingLimit, totalOf } from './limit';

/** What a provider said of one dimension. */
export interface ReportedLimit {
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly resetMs?: number | undefined;
}

/** The bucket that a report stands for: so much is missing from it, and has flowed back after `interval` ms. */
export interface ReportedBucket {
  readonly capacity: number;
  readonly missing: number;
  readonly interval: number;
}

/** An own limit of the dimension. */
export interface OwnLimit {
  readonly total: number;
  /** ms in which an empty one becomes full. */
  readonly period: number;
}

/** A day in ms. No provider counts over longer, so a header that says more is believed no further. */
const longestReset = 86_400_000;

/** Undefined if it is not said what remains. What else is left out is taken from the own limits of the dimension. */
export function bucketOf(reported: ReportedLimit, own: readonly RollingLimit[]): ReportedBucket | undefined {
  return bucketBeside(
    reported,
    own.map((limit) => ({ total: totalOf(limit), period: periodOf(limit) })),
  );
}

/** The same beside limits of which that is known. */
export function bucketBeside(reported: ReportedLimit, own: readonly OwnLimit[]): ReportedBucket | undefined {
  const remaining = sound(reported.remaining);
  if (remaining === undefined) {
    return undefined;
  }
  const longest = own.reduce((most, each) => (each.period > most.period ? each : most));
  const capacity = sound(reported.limit) ?? longest.total;
  const interval = Math.min(sound(reported.resetMs) ?? longest.period, Math.max(longestReset, longest.period));
  return { capacity, missing: interval > 0 ? Math.max(0, capacity - remaining) : 0, interval };
}

/** A field that makes no sense is ignored. */
function sound(value: number | undefined): number | undefined {
  return value !== undefined && value >= 0 && value < Number.POSITIVE_INFINITY ? value : undefined;
}
