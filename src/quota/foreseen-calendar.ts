import type { ForeseenMeter } from './meter';

/** What those in line will take of a calendar window in one period. */
interface PeriodInLine {
  /** On the wall clock. */
  readonly end: number;
  units: number;
}

/** The calendar window of which this is foreseen. */
interface Counted {
  readonly total: number;
  /** The end of its period, on the wall clock. */
  readonly end: number;
  /** What to add to the ledger's time to get that of the wall clock. */
  readonly shift: number;
  usedUntil(end: number): number;
  hasRoom(units: number): boolean;
  endAt(time: number): number;
}

/** What sums of fractions leave over. */
const dust = 1e-7;

/** A calendar window of which those in line will have taken something: of this period, and of later ones. */
export class ForeseenCalendar implements ForeseenMeter {
  private readonly line: PeriodInLine[] = [];
  private head = 0;

  constructor(private readonly meter: Counted) {}

  due(units: number): number {
    if (units > this.meter.total) {
      return Number.POSITIVE_INFINITY;
    }
    const last = this.last;
    const used =
      last === undefined ? this.meter.usedUntil(this.meter.end) : last.units + this.meter.usedUntil(last.end);
    return this.meter.hasRoom(used + units)
      ? Number.NEGATIVE_INFINITY
      : (last?.end ?? this.meter.end) - this.meter.shift;
  }

  take(units: number, at: number): void {
    if (units === 0) {
      return; // it is no part of any period
    }
    const end = this.meter.endAt(at);
    if (this.last?.end === end) {
      this.last.units += units;
    } else {
      this.line.push({ end, units });
    }
  }

  granted(units: number): void {
    const first = this.line[this.head];
    if (first === undefined || units === 0) {
      return;
    }
    first.units -= units;
    if (first.units < dust && first !== this.last) {
      this.head += 1;
    }
  }

  private get last(): PeriodInLine | undefined {
    return this.line.at(-1);
  }
}
