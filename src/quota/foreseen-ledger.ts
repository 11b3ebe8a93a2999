import type { BucketMeter } from './bucket-meter';
import { unitsOf } from './grant';
import type { Units } from './limit';
import type { ForeseenMeter, Meter } from './meter';

interface Entry {
  readonly dimension: string;
  readonly meter: ForeseenMeter;
}

/**
 * What a ledger will be once those who wait are granted, in order. It holds only what they will take: what was granted
 * before is asked of the ledger's own meters, so it has to be made anew when these change in any other way.
 */
export class ForeseenLedger {
  private readonly entries: Entry[] = [];

  constructor(
    first: Meter | undefined,
    /** What headers said: a bucket that is full is none any more. */
    private readonly synced: readonly BucketMeter[],
  ) {
    for (let meter = first; meter !== undefined; meter = meter.next) {
      this.entries.push({ dimension: meter.dimension, meter: meter.foresee() });
    }
  }

  /** When a cost will fit behind all that were taken. A time in the past means now, `Infinity` never. */
  due(cost: Units): number {
    let due = Number.NEGATIVE_INFINITY;
    for (const { dimension, meter } of this.entries) {
      due = Math.max(due, meter.due(unitsOf(cost, dimension)));
    }
    for (const meter of this.synced) {
      due = Math.max(due, meter.due(unitsOf(cost, meter.dimension)));
    }
    return due;
  }

  take(cost: Units, at: number): void {
    for (const { dimension, meter } of this.entries) {
      meter.take(unitsOf(cost, dimension), at);
    }
    for (const meter of this.synced) {
      if (!meter.isFull(at)) {
        meter.take(unitsOf(cost, meter.dimension), at);
      }
    }
  }

  /** The cost that was taken first is being granted, at the time for which it was taken. */
  granted(cost: Units): void {
    for (const { dimension, meter } of this.entries) {
      meter.granted?.(unitsOf(cost, dimension));
    }
  }
}
