import { isSameSlot } from './slot-grid';

/** How many entries may stand before the arrays are cut. */
const slack = 512;
/** What fractions leave over of something that was taken back in full. */
const dust = 1e-7;

/** What those in line will take of a window, and when: in order, so that it is enough to know the sums. */
export class UnitsInLine {
  private times: number[] = [];
  /** What all take up to this one, and with it. */
  private sums: number[] = [];
  private head = 0;
  /** What those have taken who are no more in line. */
  private gone = 0;
  private taken = 0;

  constructor(private readonly grid: number) {}

  /** Units of all in line. */
  get sum(): number {
    return this.taken - this.gone;
  }

  push(units: number, at: number): void {
    if (units === 0) {
      return; // what takes nothing does not keep a slot for longer
    }
    this.taken += units;
    const last = this.times.length - 1;
    if (last >= this.head && isSameSlot(this.grid, this.times[last]!, at)) {
      this.times[last] = at;
      this.sums[last] = this.taken;
    } else {
      this.times.push(at);
      this.sums.push(this.taken);
    }
  }

  /** The first in line, who takes so many, has left it. */
  shift(units: number): void {
    this.gone += units;
    while (this.head < this.sums.length && this.sums[this.head]! < this.gone + dust) {
      this.head += 1;
    }
    if (this.head === this.sums.length || (this.head > slack && 2 * this.head > this.sums.length)) {
      this.cut();
    }
  }

  /** When so many units will have been taken by those in line. */
  timeOf(units: number): number {
    const { sums, times } = this;
    let [from, to] = [this.head, sums.length - 1];
    while (from < to) {
      const middle = (from + to) >> 1;
      if (sums[middle]! < this.gone + units) {
        from = middle + 1;
      } else {
        to = middle;
      }
    }
    return times[from]!;
  }

  /** The time until which a slot lasts that begins at `time`: the first in line may take their units in the same one. */
  lastOf(time: number): number {
    const first = this.times[this.head];
    return first !== undefined && isSameSlot(this.grid, first, time) ? first : time;
  }

  private cut(): void {
    this.times = this.times.slice(this.head);
    this.sums = this.sums.slice(this.head).map((sum) => sum - this.gone);
    this.taken -= this.gone;
    this.gone = 0;
    this.head = 0;
  }
}
