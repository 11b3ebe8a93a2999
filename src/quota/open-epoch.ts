import { type Meter, type OpenMeter, tidy } from './meter';

/**
 * What open grants hold of a meter whose slots are epochs: only those of the last one count, and no more than is used,
 * because a bucket refills while grants are open.
 */
export class OpenEpoch implements OpenMeter {
  private epoch = Number.NaN;
  private sum = 0;

  constructor(private readonly meter: Pick<Meter, 'counts' | 'used'>) {}

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
