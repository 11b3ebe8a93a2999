import type { SlidingWindow } from './limit';
import { type Entry, type ForeseenMeter, grain, type Meter, type OpenMeter, tidy } from './meter';
import { gridOf } from './slot-grid';
import { Slots } from './slots';
import { UnitsInLine } from './units-in-line';

const nobody = new UnitsInLine(0);

/**
 * Counts what was taken in the last `window` ms, exactly: what was taken at `t` is gone at `t + window`. What was taken
 * in the same ms is merged, and in windows over an hour what was taken in the same 86,400th of them: it is gone with the
 * last of it. So the memory is bounded by the number of these slots. A slot's name is the time of the grant.
 */
export class WindowMeter implements Meter {
  total: number;
  readonly window: number;
  readonly dimension: string;
  /** Not even there if there is none: a million limiters of one window may be idle. */
  declare next?: Meter | undefined;
  /** Made for the first grant. */
  private slots: Slots | undefined = undefined;

  constructor(limit: number, window: number, dimension = '', next?: Meter) {
    this.total = limit;
    this.window = window;
    this.dimension = dimension;
    if (next !== undefined) {
      this.next = next;
    }
  }

  get limit(): SlidingWindow {
    return { kind: 'window', limit: this.total, window: this.window };
  }

  get period(): number {
    return this.window;
  }

  fits(units: number, now: number): boolean {
    this.slots?.forget(now, this.window);
    return this.excess(units) <= 0;
  }

  take(units: number, now: number): number {
    this.slots ??= new Slots(gridOf(this.window));
    this.slots.forget(now, this.window);
    this.slots.take(units, now);
    return now;
  }

  correct(slot: number, change: number, now: number): void {
    const { slots } = this;
    slots?.forget(now, this.window);
    if (slots?.correct(slot, change) || change <= 0) {
      return;
    }
    if (slots !== undefined && slot + this.window > now) {
      slots.insert(slot, change);
    } else {
      this.take(change, now); // also if all was forgotten by a reset
    }
  }

  credit(units: number, now: number): void {
    this.slots?.forget(now, this.window);
    this.slots?.credit(units);
  }

  due(units: number): number {
    return this.dueBehind(units, nobody);
  }

  /** When the units will fit behind those that are in line. */
  dueBehind(units: number, line: UnitsInLine): number {
    if (units > this.total) {
      return Number.POSITIVE_INFINITY;
    }
    const missing = this.excess(units) + line.sum;
    if (missing <= 0) {
      return Number.NEGATIVE_INFINITY;
    }
    const used = this.slots?.used ?? 0;
    if (missing > used) {
      return line.timeOf(missing - used) + this.window;
    }
    return line.lastOf(this.slots!.timeOf(missing)) + this.window;
  }

  used(now: number): number {
    this.slots?.forget(now, this.window);
    return tidy(this.slots?.used ?? 0);
  }

  counts(slot: number, now: number): boolean {
    this.slots?.forget(now, this.window);
    return this.slots?.has(slot) === true;
  }

  resetAt(now: number): number {
    const used = this.used(now);
    return used === 0 ? now : this.slots!.timeOf(this.slots!.used - grain / 2) + this.window;
  }

  nextChange(now: number): number | undefined {
    return this.used(now) === 0 ? undefined : this.slots!.timeOf(grain / 2) + this.window;
  }

  foresee(): ForeseenMeter {
    return new ForeseenWindow(this);
  }

  open(): OpenMeter {
    return new OpenWindow(this);
  }

  unused(next: Meter | undefined): WindowMeter {
    return new WindowMeter(this.total, this.window, this.dimension, next);
  }

  resize({ limit }: SlidingWindow): void {
    this.total = limit;
  }

  save(shift: number, now: number): Entry[] {
    this.slots?.forget(now, this.window);
    return this.slots?.entries(shift, now, this.window) ?? [];
  }

  load(entries: readonly Entry[], now: number): void {
    for (const [time, units] of entries) {
      if (time + this.window > now) {
        this.slots ??= new Slots(gridOf(this.window));
        this.slots.take(units, time);
      }
    }
  }

  /** How far units would exceed the limit now. */
  private excess(units: number): number {
    return (this.slots?.used ?? 0) + units - this.total - grain;
  }
}

class ForeseenWindow implements ForeseenMeter {
  private readonly line: UnitsInLine;

  constructor(private readonly meter: WindowMeter) {
    this.line = new UnitsInLine(gridOf(meter.window));
  }

  due(units: number): number {
    return this.meter.dueBehind(units, this.line);
  }

  take(units: number, at: number): void {
    this.line.push(units, at);
  }

  granted(units: number): void {
    this.line.shift(units);
  }
}

/** The part of a window that is open, in the same slots. */
class OpenWindow implements OpenMeter {
  private readonly slots: Slots;

  constructor(private readonly meter: WindowMeter) {
    this.slots = new Slots(gridOf(meter.window));
  }

  open(slot: number, units: number, now: number): void {
    if (this.meter.counts(slot, now) && !this.slotsAt(now).correct(slot, units)) {
      this.slots.insert(slot, units);
    }
  }

  close(slot: number, units: number, now: number): void {
    this.slotsAt(now).correct(slot, -units);
  }

  units(now: number): number {
    return tidy(this.slotsAt(now).used);
  }

  private slotsAt(now: number): Slots {
    this.slots.forget(now, this.meter.window);
    return this.slots;
  }
}
