import type { WallShift } from './calendar-meter';
import { changedMeters } from './changed-meters';
import { Editions } from './editions';
import { ForeseenLedger } from './foreseen-ledger';
import { corrected, type Grant, nothingOf, type Slots, slotOf, unitsOf } from './grant';
import type { Limits, Units } from './limit';
import { type LimitState, type Meter, tidy } from './meter';
import { listOf, metersOf, stateOf, unusedOf } from './meters';
import { OpenGrants } from './open-grants';
import { bucketBeside, type ReportedLimit } from './reported-limit';
import { loadFrom, type SavedLimits, saveOf, shifted } from './saved';
import { SyncedBuckets } from './synced-buckets';

export type { Grant } from './grant';

/**
 * Several limits in several dimensions, taken all together or not at all. It is told the time, and grants nothing by
 * itself: ask with `fits`, then `take`. What it costs does not depend on how much was granted before.
 */
export class Ledger {
  /** Others hang on it. Another ledger may take them over. */
  first: Meter | undefined;
  /** Made for the first report; not even there before, as the next one: a million limiters may be idle. */
  declare private synced: SyncedBuckets | undefined;
  /** Made when the limits are changed. */
  declare private editions: Editions | undefined;

  constructor(first?: Meter) {
    this.first = first;
  }

  /**
   * @param clock Knows the difference to the wall clock, by which calendars go.
   * @param units Whether requests and tokens must be whole.
   */
  static of(owner: string, limits: Limits, clock: WallShift = noShift, units: 'whole' | 'fractions' = 'whole'): Ledger {
    return new Ledger(metersOf(owner, limits, clock, units));
  }

  /** One with the same limits, of which nothing is taken. */
  unused(): Ledger {
    return new Ledger(unusedOf(this.first));
  }

  get dimensions(): string[] {
    return [...new Set(listOf(this.first).map(({ dimension }) => dimension))];
  }

  /** The total of a limit that can never grant this cost, if there is one. */
  impossible(cost: Units): number | undefined {
    let meter = this.first;
    while (meter !== undefined && unitsOf(cost, meter.dimension) <= meter.total) {
      meter = meter.next;
    }
    return meter?.total;
  }

  /** Whether it needs more than what is left of a limit of which nothing ever comes back. */
  isUsedUp(cost: Units, now: number): boolean {
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      if (meter.isForGood && !meter.fits(unitsOf(cost, meter.dimension), now)) {
        return true;
      }
    }
    return false;
  }

  fits(cost: Units, now: number): boolean {
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      if (!meter.fits(unitsOf(cost, meter.dimension), now)) {
        return false;
      }
    }
    return this.synced === undefined || this.synced.fits(cost, now);
  }

  take(cost: Units, now: number): Grant {
    return { units: cost, slots: this.draw(cost, now) };
  }

  /** The same for an object that is a grant itself: with the cost as its `units`, and this as its `slots`. */
  draw(cost: Units, now: number): Slots {
    const { first } = this;
    const own =
      first !== undefined && first.next === undefined
        ? first.take(unitsOf(cost, first.dimension), now)
        : this.drawEach(cost, now);
    if (this.synced === undefined || this.synced.isEmpty(now)) {
      return this.editions === undefined ? own : { own, synced: [], edition: this.editions.current };
    }
    return { own, synced: this.synced.take(cost, now), edition: this.editions?.current ?? 0 };
  }

  /** Whether a settlement would change anything. */
  changes(grant: Grant, actual: Units): boolean {
    for (const dimension in actual) {
      if (actual[dimension] !== undefined && actual[dimension] !== grant.units[dimension]) {
        return true;
      }
    }
    return false;
  }

  /** Replaces what a grant took by `actual`, in each dimension; omitted dimensions keep what they have. */
  settle(grant: Grant, actual: Units, now: number): void {
    this.replace(grant, corrected(grant.units, actual), now);
  }

  refund(grant: Grant, now: number): void {
    this.replace(grant, nothingOf(grant.units), now);
  }

  /** When the cost will fit if nothing else is taken. A time in the past means now, `Infinity` never. */
  due(cost: Units, now: number): number {
    let due = this.synced?.due(cost) ?? Number.NEGATIVE_INFINITY;
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      due = Math.max(due, meter.due(unitsOf(cost, meter.dimension), now));
    }
    return due;
  }

  /** What it will be once those who wait are granted. */
  foresee(): ForeseenLedger {
    return new ForeseenLedger(this.first, this.synced?.foresee() ?? []);
  }

  /** A count of what open grants hold, of which there is none yet. */
  open(): OpenGrants {
    return new OpenGrants(this.first, (slots, index) => this.slotOf(slots, listOf(this.first)[index]!, index));
  }

  /** Sets a bucket beside the limits of a dimension: `remaining` now, full after `resetMs`. */
  sync(dimension: string, reported: ReportedLimit, now: number): void {
    const own = listOf(this.first).filter((meter) => meter.dimension === dimension);
    const bucket = own.length === 0 ? undefined : bucketBeside(reported, own);
    if (bucket !== undefined) {
      this.synced ??= new SyncedBuckets();
      this.synced.set(dimension, bucket, now);
    }
  }

  /** What is left of the tightest limit; below 0 while in debt. */
  remaining(now: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      least = Math.min(least, tidy(meter.total - meter.used(now)));
    }
    return least;
  }

  /** Whether nothing is used, by the own count and by what the provider said. */
  isUnused(now: number): boolean {
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      if (meter.used(now) !== 0) {
        return false;
      }
    }
    return this.synced === undefined || this.synced.isEmpty(now);
  }

  /** The states of a dimension's limits; `shift` turns the ledger's time into the time that is shown. */
  states(dimension: string, now: number, shift: number): LimitState[] {
    return listOf(this.first)
      .filter((meter) => meter.dimension === dimension)
      .map((meter) => stateOf(meter, now, shift));
  }

  /** When a count will next go down by itself. */
  nextChange(now: number): number | undefined {
    let next: number | undefined;
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      const change = meter.nextChange(now);
      next = change === undefined ? next : Math.min(next ?? change, change);
    }
    return next;
  }

  /** Gives back what was taken last, no more than that. */
  credit(cost: Units, now: number): void {
    for (const meter of listOf(this.first)) {
      meter.credit(unitsOf(cost, meter.dimension), now);
    }
  }

  /** Forgets what was taken, and what headers said. */
  reset(): void {
    this.first = unusedOf(this.first);
    this.synced = undefined;
    this.editions ??= new Editions();
    this.editions.forget();
  }

  /** Goes on with other limits of the same dimensions: what was counted stays counted, and grants are corrected as before. */
  update(limits: Ledger, now: number): void {
    const before = listOf(this.first);
    const meters = changedMeters(before, listOf(limits.first), this.save(0, now), now);
    this.first = meters[0];
    const places = meters.map((meter) => before.indexOf(meter));
    if (meters.length !== before.length || places.some((place, index) => place !== index)) {
      const times = before.findIndex(({ window }) => window !== undefined);
      this.editions ??= new Editions();
      this.editions.add(places, times);
    }
  }

  /** What is counted as plain JSON; `shift` is added to every time. */
  save(shift: number, now: number): SavedLimits {
    return saveOf(listOf(this.first), shift, now);
  }

  /** Takes over what `save` of a ledger gave, whatever its limits were. */
  load(saved: SavedLimits, shift: number, now: number): void {
    for (const meter of listOf(this.first)) {
      loadFrom(shifted(saved[meter.dimension] ?? [], shift, now), meter, now);
    }
  }

  private slotOf(slots: Slots, meter: Meter, index: number): number {
    return this.editions === undefined
      ? slotOf(slots, index)
      : this.editions.slotOf(slots, index, meter.window !== undefined);
  }

  private drawEach(cost: Units, now: number): number[] {
    const { first } = this;
    const second = first?.next;
    if (first !== undefined && second !== undefined && second.next === undefined) {
      return [first.take(unitsOf(cost, first.dimension), now), second.take(unitsOf(cost, second.dimension), now)];
    }
    return listOf(first).map((meter) => meter.take(unitsOf(cost, meter.dimension), now));
  }

  private replace(grant: Grant, after: Units, now: number): void {
    const before = grant.units;
    grant.units = after;
    let index = 0;
    for (let meter = this.first; meter !== undefined; meter = meter.next) {
      const change = unitsOf(after, meter.dimension) - unitsOf(before, meter.dimension);
      if (change !== 0) {
        meter.correct(this.slotOf(grant.slots, meter, index), change, now);
      }
      index += 1;
    }
    this.synced?.correct(grant.slots, before, after, now);
  }
}

const noShift: WallShift = { toWall: 0 };
