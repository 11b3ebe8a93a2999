import { ForeseenLedger } from './foreseen-ledger';
import { corrected, type Grant, nothingOf, type Slots, slotOf, unitsOf } from './grant';
import type { Limits, Units } from './limit';
import { type LimitState, type Meter, tidy } from './meter';
import { listOf, metersOf, stateOf, unusedOf } from './meters';
import { OpenGrants } from './open-grants';
import { bucketBeside, type ReportedLimit } from './reported-limit';
import { SyncedBuckets } from './synced-buckets';

export type { Grant } from './grant';

/**
 * Several limits in several dimensions, taken all together or not at all. It is told the time, and grants nothing by
 * itself: ask with `fits`, then `take`. What it costs does not depend on how much was granted before.
 */
export class Ledger {
  private readonly first: Meter | undefined;
  /** Made for the first report. */
  private synced: SyncedBuckets | undefined = undefined;

  constructor(first?: Meter) {
    this.first = first;
  }

  static of(owner: string, limits: Limits): Ledger {
    return new Ledger(metersOf(owner, limits));
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
      return own;
    }
    return { own, synced: this.synced.take(cost, now) };
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
    return new OpenGrants(this.first);
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

  /** The counts as plain JSON; `shift` is added to every time. */
  save(shift: number): unknown[] {
    return listOf(this.first).map((meter) => meter.save(shift));
  }

  /** Takes over what `save` gave; throws a TypeError if that was saved from other kinds of limits. */
  load(saved: readonly unknown[], shift: number, now: number): void {
    const meters = listOf(this.first);
    if (saved.length !== meters.length) {
      throw new TypeError(`initial: it holds ${saved.length} limits, here are ${meters.length}`);
    }
    meters.forEach((meter, index) => {
      meter.load(saved[index], shift, now);
    });
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
        meter.correct(slotOf(grant.slots, index), change, now);
      }
      index += 1;
    }
    this.synced?.correct(grant.slots, before, after, now);
  }
}
