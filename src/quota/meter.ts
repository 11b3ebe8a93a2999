/**
 * The state of one limit. Every method is told the time; times never run backwards.
 *
 * `take` does not ask whether the units fit: that is the ledger's decision, which needs all meters to agree.
 */
export interface Meter {
  /** The most that can ever be granted at once. */
  readonly total: number;
  fits(units: number, now: number): boolean;
  /** Takes units, into debt if need be, and returns the slot under which they can be corrected. */
  take(units: number, now: number): number;
  /** Changes what was taken under a slot, up (an excess) or down (a refund). */
  correct(slot: number, change: number, now: number): void;
  /** When the units will fit if nothing else is taken; remembered in `due` until the next plan. */
  plan(units: number, now: number): number;
  /** What the last plan comes to after the corrections since; a time in the past means now. */
  readonly due: number;
  used(now: number): number;
  /** Whether what was taken under this slot still counts. */
  counts(slot: number, now: number): boolean;
  /** When everything will be free again. */
  resetAt(now: number): number;
  /** When `used` will next have gone down by a whole step by itself; undefined if nothing is used. */
  nextChange(now: number): number | undefined;
  copy(): Meter;
  /** The count as plain JSON; `shift` is added to every time. */
  save(shift: number): unknown;
  /** Takes over what `save` gave; throws a TypeError if that is something else. */
  load(saved: unknown, shift: number, now: number): void;
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
  /** ms; absent for a token bucket. */
  readonly window?: number;
  /** Units that were taken and still count. */
  readonly used: number;
  /** Units; below 0 while in debt. */
  readonly remaining: number;
  /** When everything will be free again: ms on the scheduler's clock. */
  readonly resetAt: number;
}
