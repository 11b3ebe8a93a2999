import { type CalendarPeriod, periodAt, usualLength } from './calendar';
import { ForeseenCalendar } from './foreseen-calendar';
import type { CalendarWindow } from './limit';
import { type Entry, type ForeseenMeter, grain, type Meter, type OpenMeter, tidy } from './meter';
import { OpenEpoch } from './open-epoch';

/**
 * What to add to the ledger's time to get that of the wall clock; it changes where that was set back. Mostly a clock: a
 * function for each ledger would hold 90 bytes.
 */
export interface WallShift {
  readonly toWall: number;
}

const never: CalendarPeriod = { start: Number.NEGATIVE_INFINITY, end: Number.NEGATIVE_INFINITY };

/**
 * Counts what was taken in the hour, day, week or month of now; at its end everything is free again. A slot's name is
 * the number of the period, of those that the meter has seen.
 */
export class CalendarMeter implements Meter {
  total: number;
  readonly dimension: string;
  next: Meter | undefined;
  private taken = 0;
  /** When something was taken last. */
  private last = 0;
  /** On the wall clock. */
  private current = never;
  private epoch = 0;

  constructor(
    private readonly given: CalendarWindow,
    private readonly clock: WallShift,
    dimension = '',
    next?: Meter,
  ) {
    this.total = given.limit;
    this.dimension = dimension;
    this.next = next;
  }

  get limit(): CalendarWindow {
    return { ...this.given, limit: this.total };
  }

  get period(): number {
    return usualLength[this.given.every];
  }

  /** When everything is free again, on the wall clock. */
  get end(): number {
    return this.current.end;
  }

  get shift(): number {
    return this.clock.toWall;
  }

  fits(units: number, now: number): boolean {
    this.advance(now);
    return this.hasRoom(this.taken + units);
  }

  take(units: number, now: number): number {
    this.advance(now);
    this.taken += units;
    this.last = now;
    return this.epoch;
  }

  correct(slot: number, change: number, now: number): void {
    this.advance(now);
    if (change > 0 || slot === this.epoch) {
      this.taken = Math.max(0, this.taken + change);
    }
  }

  credit(units: number, now: number): void {
    this.correct(this.epoch, -Math.min(units, this.used(now)), now);
  }

  due(units: number): number {
    if (units > this.total) {
      return Number.POSITIVE_INFINITY;
    }
    return this.hasRoom(this.taken + units) ? Number.NEGATIVE_INFINITY : this.current.end - this.clock.toWall;
  }

  used(now: number): number {
    this.advance(now);
    return tidy(this.taken);
  }

  counts(slot: number, now: number): boolean {
    this.advance(now);
    return slot === this.epoch;
  }

  resetAt(now: number): number {
    return this.used(now) === 0 ? now : this.current.end - this.clock.toWall;
  }

  nextChange(now: number): number | undefined {
    return this.used(now) === 0 ? undefined : this.resetAt(now);
  }

  foresee(): ForeseenMeter {
    return new ForeseenCalendar(this);
  }

  open(): OpenMeter {
    return new OpenEpoch(this);
  }

  unused(next: Meter | undefined): CalendarMeter {
    return new CalendarMeter(this.limit, this.clock, this.dimension, next);
  }

  resize({ limit }: CalendarWindow): void {
    this.total = limit;
  }

  save(shift: number, now: number): Entry[] {
    const used = this.used(now);
    return used > 0 ? [[this.last + shift, used]] : [];
  }

  load(entries: readonly Entry[], now: number): void {
    this.advance(now);
    for (const [time, units] of entries) {
      if (time + this.clock.toWall >= this.current.start) {
        this.taken += units;
        this.last = time;
      }
    }
  }

  /** What was taken in the period that ends then. */
  usedUntil(end: number): number {
    return end === this.current.end ? this.taken : 0;
  }

  hasRoom(units: number): boolean {
    return units <= this.total + grain;
  }

  /** The end of the period in which a time lies, on the wall clock. */
  endAt(time: number): number {
    const wall = time + this.clock.toWall;
    return wall < this.current.end ? this.current.end : periodAt(wall, this.given.every, this.given.timeZone).end;
  }

  /**
   * A new period begins when the wall clock has passed the end of the last one. Where that clock was set back before its
   * start, what was taken counts in the period of now: nobody waits for longer than that.
   */
  private advance(now: number): void {
    const wall = now + this.clock.toWall;
    const { start, end } = this.current;
    if (wall >= start && wall < end) {
      return;
    }
    if (wall >= end) {
      this.taken = 0;
      this.epoch += 1;
    }
    this.current = periodAt(wall, this.given.every, this.given.timeZone);
  }
}
