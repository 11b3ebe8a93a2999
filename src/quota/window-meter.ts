import { type Meter, tidy } from './meter';

/** How many expired entries may stand before the arrays are cut. */
const slack = 512;
/** Sums of fractions of a unit that miss a limit by less than this count as equal to it. */
const grain = 1e-6;

/**
 * Counts what was taken in the last `window` ms, exactly: an entry that was made at `t` is gone at `t + window`.
 * Entries of the same instant are merged, so memory grows with the distinct instants in the window.
 *
 * It remembers the plan of one cost that does not fit yet: how many of the oldest entries must expire first. A refund
 * moves that plan back entry by entry, which costs no more in all than making the plan did.
 */
export class WindowMeter implements Meter {
  readonly total: number;
  readonly window: number;
  #times: number[] = [];
  #units: number[] = [];
  #head = 0;
  /** How many entries were cut from the front of the arrays: an entry's slot is its index plus this. */
  #cut = 0;
  #used = 0;

  #missing = 0;
  #cursor = 0;
  #freed = 0;

  constructor(limit: number, window: number) {
    this.total = limit;
    this.window = window;
  }

  fits(units: number, now: number): boolean {
    this.#forget(now);
    return this.#excess(units) <= 0;
  }

  take(units: number, now: number): number {
    this.#forget(now);
    const last = this.#times.length - 1;
    this.#used += units;
    if (last >= this.#head && this.#times[last] === now) {
      this.#units[last] = this.#units[last]! + units;
      return last + this.#cut;
    }
    this.#times.push(now);
    this.#units.push(units);
    return last + 1 + this.#cut;
  }

  correct(slot: number, change: number, now: number): void {
    this.#forget(now);
    const index = slot - this.#cut;
    if (index < this.#head) {
      if (change > 0) {
        this.take(change, now);
      }
      return;
    }
    this.#units[index] = this.#units[index]! + change;
    this.#used += change;
    this.#missing += change;
    if (index < this.#cursor) {
      this.#freed += change;
    }
    this.#stepBack();
  }

  plan(units: number, now: number): number {
    this.#forget(now);
    this.#missing = this.#excess(units);
    this.#cursor = this.#head;
    this.#freed = 0;
    while (this.#freed < this.#missing && this.#cursor < this.#times.length) {
      this.#freed += this.#units[this.#cursor]!;
      this.#cursor += 1;
    }
    return this.due;
  }

  get due(): number {
    return this.#cursor === this.#head ? Number.NEGATIVE_INFINITY : this.#times[this.#cursor - 1]! + this.window;
  }

  used(now: number): number {
    this.#forget(now);
    return tidy(this.#used);
  }

  /** Whether the entry of this slot still counts. */
  counts(slot: number, now: number): boolean {
    this.#forget(now);
    return slot - this.#cut >= this.#head;
  }

  /** When everything that is used now will be free again. */
  resetAt(now: number): number {
    this.#forget(now);
    let last = this.#times.length - 1;
    while (last >= this.#head && this.#units[last] === 0) {
      last -= 1; // what was refunded has been free since
    }
    return last < this.#head ? now : this.#times[last]! + this.window;
  }

  /** When the count will next go down by itself, if it will. */
  nextChange(now: number): number | undefined {
    this.#forget(now);
    let first = this.#head;
    while (this.#units[first] === 0) {
      first += 1;
    }
    return first === this.#times.length ? undefined : this.#times[first]! + this.window;
  }

  copy(): WindowMeter {
    const copy = new WindowMeter(this.total, this.window);
    copy.#times = this.#times.slice(this.#head);
    copy.#units = this.#units.slice(this.#head);
    copy.#cut = this.#cut + this.#head;
    copy.#used = this.#used;
    return copy;
  }

  /** The entries as plain pairs of time and units; `shift` is added to every time. */
  save(shift: number): [time: number, units: number][] {
    return this.#times.slice(this.#head).map((time, index) => [time + shift, this.#units[this.#head + index]!]);
  }

  load(saved: unknown, shift: number, now: number): void {
    if (!isEntries(saved)) {
      throw new TypeError(`initial: a list of [time, units] was expected, got ${JSON.stringify(saved)}`);
    }
    for (const [time, units] of saved) {
      this.#times.push(Math.min(time + shift, now));
      this.#units.push(units);
      this.#used += units;
    }
    this.#forget(now);
  }

  /** How far units would exceed the limit now. */
  #excess(units: number): number {
    return this.#used + units - this.total - grain;
  }

  #forget(now: number): void {
    while (this.#head < this.#times.length && this.#times[this.#head]! + this.window <= now) {
      const gone = this.#units[this.#head]!;
      this.#used -= gone;
      this.#missing -= gone;
      this.#freed -= gone;
      this.#head += 1;
    }
    if (this.#cursor <= this.#head) {
      this.#cursor = this.#head;
      this.#freed = 0;
    }
    if (this.#head === this.#times.length) {
      this.#used = 0; // sums of fractions drift; an empty window is exactly empty
    }
    if (this.#head > slack && this.#head * 2 > this.#times.length) {
      this.#trim();
    }
  }

  #trim(): void {
    this.#times = this.#times.slice(this.#head);
    this.#units = this.#units.slice(this.#head);
    this.#cut += this.#head;
    this.#cursor -= this.#head;
    this.#head = 0;
  }

  #stepBack(): void {
    while (this.#cursor > this.#head && this.#freed - this.#units[this.#cursor - 1]! >= this.#missing) {
      this.#cursor -= 1;
      this.#freed -= this.#units[this.#cursor]!;
    }
  }
}

function isEntries(saved: unknown): saved is [time: number, units: number][] {
  return (
    Array.isArray(saved) &&
    saved.every((pair) => Array.isArray(pair) && Number.isFinite(pair[0]) && Number.isFinite(pair[1]))
  );
}
