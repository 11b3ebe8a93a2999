import { compact } from './compact';
import type { TokenBucket } from './limit';
import { type Entry, type Meter, type OpenMeter, tidy } from './meter';
import { OpenEpoch } from './open-epoch';

/** Sums of fractions of a ms that miss a whole ms by less than this count as equal to it. */
const grainOfMs = 1e-6;

/**
 * A token bucket as one number, the time at which it will be full again: the generic cell rate algorithm
 * (ITU-T I.371), whose theoretical arrival time that is.
 */
export class BucketMeter implements Meter {
  total: number;
  readonly dimension: string;
  /** Not even there if there is none: a million limiters of one bucket may be idle. */
  declare next?: Meter | undefined;
  /** ms in which one unit flows back. */
  private perUnit: number;
  private readonly interval: number;
  private fullAt: number;
  /** Counts the times at which the bucket was found full: a grant of an earlier epoch has nothing left to refund. */
  private epoch = 0;

  constructor({ capacity, refill, interval }: Omit<TokenBucket, 'kind'>, fullAt = 0, dimension = '', next?: Meter) {
    this.total = capacity;
    this.perUnit = interval / refill;
    this.interval = interval;
    this.fullAt = fullAt;
    this.dimension = dimension;
    if (next !== undefined) {
      this.next = next;
    }
  }

  get limit(): TokenBucket {
    return { kind: 'bucket', capacity: this.total, refill: this.interval / this.perUnit, interval: this.interval };
  }

  get period(): number {
    return this.total * this.perUnit;
  }

  fits(units: number, now: number): boolean {
    return units <= this.total && isReached(this.timeFor(units), now);
  }

  take(units: number, now: number): number {
    this.level(now);
    this.fullAt = compact(this.fullAt + units * this.perUnit);
    return this.epoch;
  }

  correct(slot: number, change: number, now: number): void {
    this.level(now);
    if (change > 0 || slot === this.epoch) {
      this.fullAt += change * this.perUnit;
    }
  }

  credit(units: number, now: number): void {
    this.correct(this.epoch, -units, now);
  }

  due(units: number): number {
    return wholeMs(this.timeFor(units));
  }

  used(now: number): number {
    return tidy(this.missing(now));
  }

  isFull(now: number): boolean {
    return isReached(this.fullAt, now);
  }

  counts(slot: number, now: number): boolean {
    return slot === this.epoch && !this.isFull(now);
  }

  resetAt(now: number): number {
    return Math.max(now, wholeMs(this.fullAt));
  }

  nextChange(now: number): number | undefined {
    return this.isFull(now) ? undefined : this.resetAt(now);
  }

  /** A bucket is one number: another one stands for what it will be. */
  foresee(): BucketMeter {
    const { total, perUnit, fullAt, dimension } = this;
    return new BucketMeter({ capacity: total, refill: 1, interval: perUnit }, fullAt, dimension);
  }

  open(): OpenMeter {
    return new OpenEpoch(this);
  }

  unused(next: Meter | undefined): BucketMeter {
    return new BucketMeter(this.limit, undefined, this.dimension, next);
  }

  resize({ capacity, refill, interval }: TokenBucket, now: number): void {
    const missing = this.missing(now);
    this.total = capacity;
    this.perUnit = interval / refill;
    this.fullAt = missing === 0 ? this.fullAt : now + missing * this.perUnit;
  }

  save(shift: number, now: number): Entry[] {
    const missing = this.missing(now);
    return missing > 0 ? [[now + shift, missing]] : [];
  }

  /** What another kind of limit has counted while this one would have refilled is missing from it. */
  load(entries: readonly Entry[], now: number, isSame: boolean): void {
    const from = isSame ? Number.NEGATIVE_INFINITY : now - this.period;
    const counted = entries.filter(([time]) => time > from);
    const units = counted.reduce((sum, [, each]) => sum + each, 0);
    if (units > 0) {
      const time = isSame ? counted.at(-1)![0] : now;
      this.fullAt = time + (isSame ? units : Math.min(units, this.total)) * this.perUnit;
    }
  }

  private missing(now: number): number {
    return this.isFull(now) ? 0 : (this.fullAt - now) / this.perUnit;
  }

  /** A cost above the capacity is due when the bucket is full: only a synced bucket, which then goes, is ever asked. */
  private timeFor(units: number): number {
    return this.fullAt + Math.min(0, units - this.total) * this.perUnit;
  }

  private level(now: number): void {
    if (this.isFull(now)) {
      this.fullAt = compact(Math.max(this.fullAt, now));
      this.epoch += 1;
    }
  }
}

/** The first whole ms that is not before `time`. */
function wholeMs(time: number): number {
  return Math.ceil(time - grainOfMs) + 0; // no negative zero
}

/** True from the first whole ms on, computed like that: or else somebody would be woken in vain again and again. */
function isReached(time: number, now: number): boolean {
  return time <= now || wholeMs(time) <= now;
}
