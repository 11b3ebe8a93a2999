import type { Limit } from './limit';

/** What was taken, and when: pairs in order of time. */
export type Entry = readonly [time: number, units: number];

/** Sums of fractions of a unit that miss a limit by less than this count as equal to it. */
export const grain = 1e-6;

/**
 * The state of one limit of a ledger. Every method is told the time; times never run backwards.
 *
 * `take` does not ask whether the units fit: that is the ledger's decision, which needs all meters to agree. Meters are
 * chained, so that a ledger with one limit is two small objects: there may be a million of them.
 */
export interface Meter {
  readonly dimension: string;
  /** The ledger's next meter. */
  next?: Meter | undefined;
  /** The most that can ever be granted at once. */
  readonly total: number;
  /** What it counts by. */
  readonly limit: Limit;
  /** ms in which an empty one becomes full; 0 if it never does. */
  readonly period: number;
  /** Nothing comes back with time. */
  readonly isForGood?: boolean;
  /** ms; only for what is shown as a window. */
  readonly window?: number;
  fits(units: number, now: number): boolean;
  /** Takes units, into debt if need be, and returns the slot under which they can be corrected. */
  take(units: number, now: number): number;
  /** Changes what was taken under a slot, up (an excess) or down (a refund). */
  correct(slot: number, change: number, now: number): void;
  /** Gives back what was taken last, no more than that. */
  credit(units: number, now: number): void;
  /** When the units will fit if nothing else is taken. A time in the past means now, `Infinity` never. */
  due(units: number, now: number): number;
  used(now: number): number;
  /** Whether what was taken under this slot still counts. */
  counts(slot: number, now: number): boolean;
  /** When everything will be free again; undefined if it never will. */
  resetAt(now: number): number | undefined;
  /** When `used` will next have gone down by a whole step by itself; undefined if it will not. */
  nextChange(now: number): number | undefined;
  /** What it will be once those who wait are granted. It costs nothing of what was granted before. */
  foresee(): ForeseenMeter;
  /** How much of what it counts belongs to grants that are open. */
  open(): OpenMeter;
  /** One with the same limit, of which nothing is taken. */
  unused(next: Meter | undefined): Meter;
  /** From now on the numbers of a limit of the same kind; what was taken stays. */
  resize(limit: Limit, now: number): void;
  /** What counts, in at most 1,000 entries; `shift` is added to every time. */
  save(shift: number, now: number): Entry[];
  /**
   * Counts what was saved, in order, not later than `now`.
   *
   * @param isSame Whether a limit of the same kind has saved it.
   */
  load(entries: readonly Entry[], now: number, isSame: boolean): void;
}

/** What a meter will be once those who wait are granted, in order, each when all meters let it. */
export interface ForeseenMeter {
  /** When the units will fit behind all that were taken. */
  due(units: number): number;
  take(units: number, at: number): unknown;
  /** What was taken first is being granted: the meter itself counts it now. */
  granted?(units: number): void;
}

/** How much of what a meter counts belongs to grants that are open. */
export interface OpenMeter {
  /** To be called after the meter's `take`, at once or later, with the slot that it gave. */
  open(slot: number, units: number, now: number): void;
  /** To be called before what was taken is corrected. */
  close(slot: number, units: number, now: number): void;
  /** No more than what is used. */
  units(now: number): number;
}

/** Rounds away what floating point added: amounts are exact to a millionth of a unit. */
export function tidy(units: number): number {
  return Math.round(units * 1e6) / 1e6;
}

/**
 * What is known of one limit at one moment.
 *
 * @category Limits
 */
export interface LimitState {
  /** Units; the capacity of a token bucket. */
  readonly limit: number;
  /** ms; only of a sliding window. */
  readonly window?: number;
  /** Units that were taken and still count. */
  readonly used: number;
  /** Units; below 0 while in debt. */
  readonly remaining: number;
  /** When everything will be free again: ms on the scheduler's clock. Absent if that will never be (`inTotal`). */
  readonly resetAt?: number;
}
