import type { InTotal } from './limit';
import { type Entry, type ForeseenMeter, grain, type Meter, type OpenMeter, tidy } from './meter';
import { OpenEpoch } from './open-epoch';

/** The only slot there is. */
const slot = 0;

/** Counts what was ever taken: nothing comes back but by a correction. */
export class TotalMeter implements Meter {
  total: number;
  readonly dimension: string;
  next: Meter | undefined;
  readonly isForGood = true;
  /** What headers say of a dimension needs the time in which a limit becomes free: this one never does. */
  readonly period = 0;
  private taken = 0;
  /** When something was taken last. */
  private last = 0;

  constructor(total: number, dimension = '', next?: Meter) {
    this.total = total;
    this.dimension = dimension;
    this.next = next;
  }

  get limit(): InTotal {
    return { kind: 'total', limit: this.total };
  }

  fits(units: number): boolean {
    return this.taken + units <= this.total + grain;
  }

  take(units: number, now: number): number {
    this.taken += units;
    this.last = now;
    return slot;
  }

  correct(at: number, change: number): void {
    if (change > 0 || at === slot) {
      this.taken = Math.max(0, this.taken + change);
    }
  }

  credit(units: number): void {
    this.correct(slot, -units);
  }

  due(units: number): number {
    return this.fits(units) ? Number.NEGATIVE_INFINITY : Number.POSITIVE_INFINITY;
  }

  used(): number {
    return tidy(this.taken);
  }

  counts(at: number): boolean {
    return at === slot;
  }

  resetAt(now: number): number | undefined {
    return this.used() === 0 ? now : undefined;
  }

  nextChange(): undefined {
    return undefined;
  }

  /** Those in line are not foreseen to take anything: they may leave, and every waiter must get a time. */
  foresee(): ForeseenMeter {
    return { due: (units) => this.due(units), take: () => undefined };
  }

  open(): OpenMeter {
    return new OpenEpoch(this);
  }

  unused(next: Meter | undefined): TotalMeter {
    return new TotalMeter(this.total, this.dimension, next);
  }

  resize({ limit }: InTotal): void {
    this.total = limit;
  }

  save(shift: number): Entry[] {
    return this.used() > 0 ? [[this.last + shift, this.used()]] : [];
  }

  load(entries: readonly Entry[]): void {
    for (const [time, units] of entries) {
      this.take(units, time);
    }
  }
}
