import type { TokenBucket } from './limit';
import { type Meter, type OpenMeter, tidy } from './meter';

/** Sums of fractions of a ms that miss a whole ms by less than this count as equal to it. */
const grain = 1e-6;

/**
 * A token bucket as one number, the time at which it will be full again: the generic cell rate algorithm
 * (ITU-T I.371), whose theoretical arrival time that is.
 */
export class BucketMeter implements Meter {
  readonly total: number;
  readonly dimension: string;
  readonly next: Meter | undefined;
  /** ms in which one unit flows back. */
  private readonly perUnit: number;
  private fullAt: number;
  /** Counts the times at which the bucket was found full: a grant of an earlier epoch has nothing left to refund. */
  private epoch = 0;

  constructor(
    { capacity, refill, interval }: Omit<TokenBucket, 'kind'>,
    fullAt = Number.NEGATIVE_INFINITY,
    dimension = '',
    next?: Meter,
  ) {
    this.total = capacity;
    this.perUnit = interval / refill;
    this.fullAt = fullAt;
    this.dimension = dimension;
    this.next = next;
  }

  get period(): number {
    return this.total * this.perUnit;
  }

  fits(units: number, now: number): boolean {
    return units <= this.total && isReached(this.timeFor(units), now);
  }

  take(units: number, now: number): number {
    this.level(now);
    this.fullAt += units * this.perUnit;
    return this.epoch;
  }

  correct(slot: number, change: number, now: number): void {
    this.level(now);
    if (change > 0 || slot === this.epoch) {
      this.fullAt += change * this.perUnit;
    }
  }

  due(units: number): number {
    return wholeMs(this.timeFor(units));
  }

  used(now: number): number {
    return this.isFull(now) ? 0 : tidy((this.fullAt - now) / this.perUnit);
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
    return new OpenBucket(this);
  }

  unused(next: Meter | undefined): BucketMeter {
    const { total, perUnit, dimension } = this;
    return new BucketMeter({ capacity: total, refill: 1, interval: perUnit }, undefined, dimension, next);
  }

  /** The time at which it is full; null if nothing was ever taken. */
  save(shift: number): number | null {
    return Number.isFinite(this.fullAt) ? this.fullAt + shift : null;
  }

  load(saved: unknown, shift: number): void {
    if (saved !== null && !Number.isFinite(saved)) {
      throw new TypeError(`initial: the time at which a bucket is full was expected, got ${JSON.stringify(saved)}`);
    }
    this.fullAt = saved === null ? Number.NEGATIVE_INFINITY : (saved as number) + shift;
  }

  /** A cost above the capacity is due when the bucket is full: only a synced bucket, which then goes, is ever asked. */
  private timeFor(units: number): number {
    return this.fullAt + Math.min(0, units - this.total) * this.perUnit;
  }

  private level(now: number): void {
    if (this.isFull(now)) {
      this.fullAt = Math.max(this.fullAt, now);
      this.epoch += 1;
    }
  }
}

/** A bucket refills while grants are open: of what they hold, no more than is missing from it. */
class OpenBucket implements OpenMeter {
  private epoch = Number.NaN;
  private sum = 0;

  constructor(private readonly meter: BucketMeter) {}

  open(slot: number, units: number, now: number): void {
    if (!this.meter.counts(slot, now)) {
      return;
    }
    if (slot !== this.epoch) {
      this.epoch = slot;
      this.sum = 0;
    }
    this.sum += units;
  }

  close(slot: number, units: number): void {
    if (slot === this.epoch) {
      this.sum -= units;
    }
  }

  units(now: number): number {
    return this.meter.counts(this.epoch, now) ? Math.min(tidy(this.sum), this.meter.used(now)) : 0;
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
