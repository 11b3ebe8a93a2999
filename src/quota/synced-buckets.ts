import { BucketMeter } from './bucket-meter';
import { type Slots, type SyncedSlot, syncedSlotOf, unitsOf } from './grant';
import type { Units } from './limit';
import type { ReportedBucket } from './reported-limit';

/** What the provider's headers said, by dimension: buckets beside the own limits, each until it is full. */
export class SyncedBuckets {
  private meters: readonly BucketMeter[] = [];

  set(dimension: string, { capacity, missing, interval }: ReportedBucket, now: number): void {
    const others = this.meters.filter((meter) => meter.dimension !== dimension);
    const refill = { capacity, refill: missing, interval };
    this.meters = missing > 0 ? [...others, new BucketMeter(refill, now + interval, dimension)] : others;
  }

  isEmpty(now: number): boolean {
    return this.at(now).length === 0;
  }

  fits(cost: Units, now: number): boolean {
    return this.at(now).every((meter) => meter.fits(unitsOf(cost, meter.dimension), now));
  }

  take(cost: Units, now: number): SyncedSlot[] {
    return this.at(now).map((meter) => ({ meter, slot: meter.take(unitsOf(cost, meter.dimension), now) }));
  }

  correct(slots: Slots, before: Units, after: Units, now: number): void {
    for (const meter of this.at(now)) {
      const change = unitsOf(after, meter.dimension) - unitsOf(before, meter.dimension);
      // A bucket that was set after the grant never gave these units: it takes an excess, but has nothing to give back.
      meter.correct(syncedSlotOf(slots, meter) ?? Number.NaN, change, now);
    }
  }

  due(cost: Units): number {
    return this.meters.reduce(
      (due, meter) => Math.max(due, meter.due(unitsOf(cost, meter.dimension))),
      Number.NEGATIVE_INFINITY,
    );
  }

  /** What they will be once those who wait are granted: each stands for itself, for a bucket is one number. */
  foresee(): readonly BucketMeter[] {
    return this.meters.map((meter) => meter.foresee());
  }

  /** Those that are not full yet. */
  private at(now: number): readonly BucketMeter[] {
    if (this.meters.some((meter) => meter.isFull(now))) {
      this.meters = this.meters.filter((meter) => !meter.isFull(now));
    }
    return this.meters;
  }
}
