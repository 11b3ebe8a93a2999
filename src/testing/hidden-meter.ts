import type { SlidingWindow, TokenBucket } from '../quota/limits';
import type { FakeLimit, FixedWindow } from './fake-limits';

/** What is used of one limit. Pure; `now` never runs backwards. */
export interface HiddenMeter {
  /** The share of the limit that there is at this time, from 0 to 1. */
  share: number;
  /** The most that can be free. */
  readonly total: number;
  /** What is free now. */
  left(now: number): number;
  /** Takes units, which must be free. */
  take(now: number, units: number): void;
  /** ms until so many units are free if nobody takes any; at the total everything. */
  freeIn(now: number, units: number): number;
}

export function meterOf(limit: FakeLimit): HiddenMeter {
  switch (limit.kind) {
    case 'bucket':
      return new Bucket(limit);
    case 'fixed':
      return new Fixed(limit);
    case 'window':
      return new Sliding(limit);
  }
}

class Bucket implements HiddenMeter {
  share = 1;
  readonly #capacity: number;
  readonly #perMs: number;
  #level: number;
  #at = 0;

  constructor({ capacity, refill, interval }: TokenBucket) {
    this.#capacity = capacity;
    this.#perMs = refill / interval;
    this.#level = capacity;
  }

  get total(): number {
    return wholeShare(this.#capacity, this.share);
  }

  left(now: number): number {
    this.#level = Math.min(this.total, this.#level + (now - this.#at) * this.#perMs * this.share);
    this.#at = now;
    return this.#level + 1e-9; // a unit that is refilled in three parts is a whole one
  }

  take(now: number, units: number): void {
    this.left(now);
    this.#level -= units;
  }

  freeIn(now: number, units: number): number {
    return Math.max(0, Math.min(units, this.total) - this.left(now)) / (this.#perMs * this.share || 1);
  }
}

class Fixed implements HiddenMeter {
  share = 1;
  readonly #limit: number;
  readonly #window: number;
  #used = 0;
  #period = 0;

  constructor({ limit, window }: FixedWindow) {
    this.#limit = limit;
    this.#window = window;
  }

  get total(): number {
    return wholeShare(this.#limit, this.share);
  }

  left(now: number): number {
    const period = Math.floor(now / this.#window);
    if (period !== this.#period) {
      this.#period = period;
      this.#used = 0;
    }
    return this.total - this.#used;
  }

  take(now: number, units: number): void {
    this.left(now);
    this.#used += units;
  }

  freeIn(now: number, units: number): number {
    return this.left(now) >= Math.min(units, this.total) ? 0 : (this.#period + 1) * this.#window - now;
  }
}

class Sliding implements HiddenMeter {
  share = 1;
  readonly #limit: number;
  readonly #window: number;
  /** What was taken and when, oldest first; those before `#first` have left the window. */
  #taken: { readonly at: number; readonly units: number }[] = [];
  #first = 0;
  #used = 0;

  constructor({ limit, window }: SlidingWindow) {
    this.#limit = limit;
    this.#window = window;
  }

  get total(): number {
    return wholeShare(this.#limit, this.share);
  }

  left(now: number): number {
    for (; this.#first < this.#taken.length; this.#first += 1) {
      const oldest = this.#taken[this.#first]!;
      if (oldest.at + this.#window > now) {
        break;
      }
      this.#used -= oldest.units;
    }
    if (this.#first > 1_000 && this.#first > this.#taken.length / 2) {
      this.#taken = this.#taken.slice(this.#first);
      this.#first = 0;
    }
    return this.total - this.#used;
  }

  take(now: number, units: number): void {
    this.left(now);
    this.#used += units;
    this.#taken.push({ at: now, units });
  }

  freeIn(now: number, units: number): number {
    let left = this.left(now);
    let ms = 0;
    for (let next = this.#first; left < Math.min(units, this.total); next += 1) {
      const oldest = this.#taken[next]!;
      left += oldest.units;
      ms = oldest.at + this.#window - now;
    }
    return ms;
  }
}

function wholeShare(limit: number, share: number): number {
  return share === 1 ? limit : Math.floor(limit * share + 1e-9);
}
