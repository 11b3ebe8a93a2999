import { type Limit, periodOf, totalOf } from './limits';

/** What a provider said of one dimension. */
export interface ReportedLimit {
  readonly limit?: number | undefined;
  readonly remaining?: number | undefined;
  readonly resetMs?: number | undefined;
}

/** The bucket that a report stands for: so much is missing from it, and has flowed back after `interval` ms. */
export interface ReportedBucket {
  readonly capacity: number;
  /** 0 or less where nothing is, or where the report makes no sense. */
  readonly missing: number;
  readonly interval: number;
}

/** A day in ms. No provider counts over longer, so a header that says more is believed no further. */
const longestReset = 86_400_000;

/** Undefined if it is not said what remains. What else is left out is taken from the own limits of the dimension. */
export function bucketOf(reported: ReportedLimit, own: readonly Limit[]): ReportedBucket | undefined {
  const { limit, remaining, resetMs } = reported;
  if (remaining === undefined) {
    return undefined;
  }
  const longest = own.reduce((most, each) => (periodOf(each) > periodOf(most) ? each : most));
  const period = periodOf(longest);
  const capacity = limit ?? totalOf(longest);
  const interval = Math.min(resetMs ?? period, Math.max(longestReset, period));
  const isSound = interval > 0 && Number.isFinite(resetMs ?? period);
  return { capacity, missing: isSound ? capacity - remaining : 0, interval };
}
