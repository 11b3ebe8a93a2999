import type { TextUnits } from './text-units';

/** When text that came must be out at the latest, and where it ends. */
interface Arrival {
  readonly due: number;
  end: number;
}

/**
 * The text that waits to be shown, and how much of it is shown when. Pure: it is told the time, in ms. Places are
 * counted from the beginning of the whole text.
 */
export class PacedText {
  #waiting = '';
  /** What came last: looking into what waits would cost as much as that is long. */
  #last = '';
  /** Where what waits begins. */
  #sent = 0;
  /** Where the complete units end that wait. */
  #ends: number[] = [];
  /** What came when, oldest first. */
  #arrivals: Arrival[] = [];
  /** Whether text has come in which units were not looked for. */
  #isFresh = false;
  /** When the next units may go. */
  #notBefore = Number.NEGATIVE_INFINITY;

  constructor(
    private readonly units: TextUnits,
    private readonly interval: number,
    private readonly maxLag: number,
  ) {}

  push(text: string, now: number): void {
    this.#isFresh ||= this.#ends.length > 0 || this.units.mayComplete(this.#last, text);
    this.#last = text;
    this.#waiting += text;
    const [end, due] = [this.#sent + this.#waiting.length, now + this.maxLag];
    const last = this.#arrivals.at(-1);
    if (last?.due === due) {
      last.end = end;
    } else {
      this.#arrivals.push({ due, end });
    }
  }

  /** When to ask again what is to be shown; Infinity while nothing waits. */
  get next(): number {
    const due = this.#arrivals[0]?.due ?? Number.POSITIVE_INFINITY;
    return this.#isFresh || this.#ends.length > 0 ? Math.min(this.#notBefore, due) : due;
  }

  /** What is to be shown now, if anything is. */
  take(now: number): string {
    if (now < this.next) {
      return '';
    }
    if (this.#isFresh) {
      this.#findUnits(false);
    }
    if (this.#isOverdue(now)) {
      this.#findUnits(true); // rather a word that is likely to be whole than a part of one
    }
    const end = this.#isOverdue(now) ? this.#sent + this.#waiting.length : this.#ends[this.#count(now) - 1];
    if (end === undefined) {
      return '';
    }
    this.#notBefore = now + this.interval;
    return this.#takeUntil(end);
  }

  /** Everything that still waits. */
  takeRest(): string {
    return this.#takeUntil(this.#sent + this.#waiting.length);
  }

  #findUnits(isLate: boolean): void {
    this.#isFresh = false;
    const begin = this.#ends.at(-1) ?? this.#sent;
    for (const end of this.units.endsIn(this.#waiting.slice(begin - this.#sent), isLate)) {
      this.#ends.push(begin + end);
    }
  }

  /** Does a part of a unit wait for too long? */
  #isOverdue(now: number): boolean {
    const last = this.#ends.at(-1) ?? this.#sent;
    return this.#arrivals.some(({ due, end }) => due <= now && end > last);
  }

  /** So many units that the rest can go at the same pace, and nothing is late. */
  #count(now: number): number {
    let count = Math.min(1, this.#ends.length);
    let units = 0;
    for (const { due, end } of this.#arrivals) {
      while (units < this.#ends.length && (this.#ends[units - 1] ?? this.#sent) < end) {
        units += 1;
      }
      const turns = Math.max(0, Math.floor((due - now) / this.interval)) + 1;
      count = Math.max(count, Math.ceil(units / turns));
    }
    return count;
  }

  #takeUntil(end: number): string {
    const text = this.#waiting.slice(0, end - this.#sent);
    this.#waiting = this.#waiting.slice(text.length);
    this.#sent = end;
    this.#ends = this.#ends.filter((each) => each > end);
    this.#arrivals = this.#arrivals.filter((each) => each.end > end);
    this.#isFresh &&= this.#waiting !== '';
    return text;
  }
}
