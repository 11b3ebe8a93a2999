import type { TokenBucket } from './limits';
import { type Meter, tidy } from './meter';

/** Sums of fractions of a ms that miss a whole ms by less than this count as equal to it. */
const grain = 1e-6;

/**
 * A token bucket as one number, the time at which it will be full again: the generic cell rate algorithm
 * (ITU-T I.371), whose theoretical arrival time that is.
 */
export class BucketMeter implements Meter {
  readonly total: number;
  /** ms in which one unit flows back. */
  readonly #perUnit: number;
  #fullAt: number;
  /** Counts the times at which the bucket was found full: a grant of an earlier epoch has nothing left to refund. */
  #epoch = 0;
  #planned = 0;

  constructor({ capacity, refill, interval }: Omit<TokenBucket, 'kind'>, fullAt = Number.NEGATIVE_INFINITY) {
    this.total = capacity;
    this.#perUnit = interval / refill;
    this.#fullAt = fullAt;
  }

  fits(units: number, now: number): boolean {
    return units <= this.total && isReached(this.#dueFor(units), now);
  }

  take(units: number, now: number): number {
    this.#level(now);
    this.#fullAt += units * this.#perUnit;
    return this.#epoch;
  }

  correct(slot: number, change: number, now: number): void {
    this.#level(now);
    if (change > 0 || slot === this.#epoch) {
      this.#fullAt += change * this.#perUnit;
    }
  }

  plan(units: number, now: number): number {
    this.#level(now);
    this.#planned = units;
    return this.due;
  }

  get due(): number {
    return wholeMs(this.#dueFor(this.#planned));
  }

  used(now: number): number {
    return this.isFull(now) ? 0 : tidy((this.#fullAt - now) / this.#perUnit);
  }

  isFull(now: number): boolean {
    return isReached(this.#fullAt, now);
  }

  counts(slot: number, now: number): boolean {
    return slot === this.#epoch && !this.isFull(now);
  }

  resetAt(now: number): number {
    return Math.max(now, wholeMs(this.#fullAt));
  }

  nextChange(now: number): number | undefined {
    return this.isFull(now) ? undefined : this.resetAt(now);
  }

  copy(): BucketMeter {
    const copy = new BucketMeter({ capacity: this.total, refill: 1, interval: this.#perUnit }, this.#fullAt);
    copy.#epoch = this.#epoch;
    return copy;
  }

  /** The time at which it is full; null if nothing was ever taken. */
  save(shift: number): number | null {
    return Number.isFinite(this.#fullAt) ? this.#fullAt + shift : null;
  }

  load(saved: unknown, shift: number): void {
    if (saved !== null && !Number.isFinite(saved)) {
      throw new TypeError(`initial: the time at which a bucket is full was expected, got ${JSON.stringify(saved)}`);
    }
    this.#fullAt = saved === null ? Number.NEGATIVE_INFINITY : (saved as number) + shift;
  }

  /** A cost above the capacity is due when the bucket is full: only a synced bucket, which then goes, is ever asked. */
  #dueFor(units: number): number {
    return this.#fullAt + Math.min(0, units - this.total) * this.#perUnit;
  }

  #level(now: number): void {
    if (this.isFull(now)) {
      this.#fullAt = Math.max(this.#fullAt, now);
      this.#epoch += 1;
    }
  }
}

/** The first whole ms that is not before `time`. */
function wholeMs(time: number): number {
  return Math.ceil(time - grain) + 0; // no negative zero
}

/** True from the first whole ms on, computed like that: or else somebody would be woken in vain again and again. */
function isReached(time: number, now: number): boolean {
  return time <= now || wholeMs(time) <= now;
}
