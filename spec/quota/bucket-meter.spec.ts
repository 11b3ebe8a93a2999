import { describe, expect, it } from 'vitest';
import { BucketMeter } from '../../src/quota/bucket-meter';
import { tokenBucket } from '../../src/quota/limits';
import { fc } from '../support/property';

/** 10 units, one every 5 ms. */
const ten = () => new BucketMeter({ capacity: 10, refill: 2, interval: 10 });

describe('BucketMeter', () => {
  it('Q2: starts full and refills continuously', () => {
    const meter = ten();
    expect(meter.used(0)).toBe(0);
    expect(meter.fits(10, 0)).toBe(true);
    meter.take(10, 0);
    expect([0, 5, 6, 50, 60].map((now) => meter.used(now))).toEqual([10, 9, 8.8, 0, 0]);
  });

  it('Q2: does not save up more than its capacity', () => {
    const meter = ten();
    meter.take(1, 0);
    meter.take(10, 100_000);
    expect([100_000, 100_004, 100_005].map((now) => meter.fits(1, now))).toEqual([false, false, true]);
  });

  it('Q4: what is more than the capacity never fits', () => {
    const meter = ten();
    expect([10, 10.5, 11].map((units) => meter.fits(units, 1e9))).toEqual([true, false, false]);
  });

  it('Q2: says the first ms at which units fit', () => {
    const meter = ten();
    meter.take(10, 0);
    expect([0, 0.5, 1, 10].map((units) => meter.due(units))).toEqual([0, 3, 5, 50]);
    expect(meter.due(1)).toBeLessThanOrEqual(20);
  });

  it('Q2: a rate whose ms are no whole numbers does not drift', () => {
    const meter = new BucketMeter({ capacity: 1, refill: 3, interval: 1_000 });
    const times: number[] = [];
    for (let now = 0; times.length < 7; now += 1) {
      if (meter.fits(1, now)) {
        meter.take(1, now);
        times.push(now);
      }
    }
    expect(times).toEqual([0, 334, 668, 1_002, 1_336, 1_670, 2_004]);
    const bursty = new BucketMeter({ capacity: 3, refill: 3, interval: 1_000 });
    bursty.take(3, 0);
    expect([1, 2, 3].map((units) => bursty.due(units))).toEqual([334, 667, 1_000]);
  });

  it('Q2: counts on a clock of fractions of a ms', () => {
    const meter = new BucketMeter({ capacity: 10, refill: 4, interval: 1 });
    meter.take(1, 0.1);
    expect(meter.used(0.3)).toBe(0.2);
    expect(meter.fits(10, 0.3)).toBe(false);
    expect(meter.used(0.4)).toBe(0);
    expect(meter.fits(10, 0.4)).toBe(true);
  });

  it('Q6: a correction moves the level now, capped at the capacity', () => {
    const meter = ten();
    const slot = meter.take(8, 0);
    meter.correct(slot, 2, 10);
    expect(meter.used(10)).toBe(8);
    meter.correct(slot, -3, 10);
    expect(meter.used(10)).toBe(5);
    const other = meter.take(1, 20);
    meter.correct(slot, -7, 20);
    expect(meter.used(20)).toBe(0);
    meter.correct(other, -1, 20);
    expect(meter.used(20)).toBe(0);
    meter.take(10, 20);
    expect(meter.fits(1, 24)).toBe(false);
  });

  it('Q6: the refund of a grant since which the bucket has been full does nothing', () => {
    const meter = ten();
    const slot = meter.take(2, 0);
    meter.take(5, 10);
    meter.correct(slot, -2, 10);
    expect(meter.used(10)).toBe(5);
    meter.correct(slot, 1, 10);
    expect(meter.used(10)).toBe(6);
  });

  it('Q6: an excess counts now, however long ago the grant was', () => {
    const meter = ten();
    const slot = meter.take(2, 0);
    meter.correct(slot, 4, 1_000);
    expect([1_000, 1_010, 1_020].map((now) => meter.used(now))).toEqual([4, 2, 0]);
  });

  it('Q5: goes into debt, and waits until that is paid', () => {
    const meter = ten();
    const slot = meter.take(10, 0);
    meter.correct(slot, 20, 0);
    expect(meter.used(0)).toBe(30);
    expect([0, 1, 10].map((units) => meter.due(units))).toEqual([100, 105, 150]);
    expect([99, 100].map((now) => meter.fits(0, now))).toEqual([false, true]);
  });

  it('Q5: refunds and debts move the time at which units will fit', () => {
    const meter = ten();
    const slot = meter.take(10, 0);
    expect(meter.due(4)).toBe(20);
    meter.correct(slot, -2, 0);
    expect(meter.due(4)).toBe(10);
    meter.correct(slot, 4, 0);
    expect(meter.due(4)).toBe(30);
  });

  it('says when it is full, and whether a grant still counts', () => {
    const meter = ten();
    expect([meter.resetAt(3), meter.nextChange(3), meter.isFull(3)]).toEqual([3, undefined, true]);
    const slot = meter.take(2, 3);
    expect([meter.resetAt(4), meter.nextChange(4), meter.isFull(4), meter.counts(slot, 4)]).toEqual([13, 13, false, true]);
    expect([meter.resetAt(13), meter.nextChange(13), meter.isFull(13), meter.counts(slot, 13)]).toEqual([13, undefined, true, false]);
    meter.take(1, 13);
    expect(meter.counts(slot, 13)).toBe(false);
  });

  it('foresees by another bucket, which goes on by itself', () => {
    const meter = ten();
    const slot = meter.take(5, 0);
    const foreseen = meter.foresee();
    foreseen.take(7, 0);
    meter.correct(slot, -2, 0);
    expect([foreseen.due(1), meter.due(8)]).toEqual([15, 5]);
    expect(foreseen.total).toBe(10);
  });

  it('Q2: one of the same limit begins full', () => {
    const meter = ten();
    meter.take(10, 0);
    const unused = meter.unused(undefined);
    expect([unused.used(0), unused.total, unused.period]).toEqual([0, 10, 50]);
    unused.take(10, 0);
    expect(unused.due(1)).toBe(5);
  });

  it('a time at which units are due is a time at which they fit, also after months', () => {
    const uptime = fc.integer({ min: 0, max: 5 * 365 * 86_400_000 });
    const rate = fc.double({ min: 0.001, max: 100_000, noNaN: true });
    const costs = fc.array(fc.double({ min: 0, max: 100, noNaN: true }), { minLength: 1, maxLength: 30 });
    fc.assert(
      fc.property(uptime, rate, rate, costs, (start, refill, interval, costs) => {
        const meter = new BucketMeter({ capacity: 100, refill, interval });
        let now = start;
        for (const units of costs) {
          const due = meter.due(units);
          expect(meter.fits(units, Math.max(due, now))).toBe(true);
          expect(due <= now || !meter.fits(units, due - 1)).toBe(true);
          now = Math.max(due, now);
          meter.take(units, now);
          expect(meter.isFull(meter.resetAt(now))).toBe(true);
        }
      }),
    );
  });

  describe('save and load', () => {
    it('T5: carries the level over to a clock that starts anew', () => {
      const meter = ten();
      expect(meter.save(1_000, 0)).toEqual([]);
      meter.take(10, 0);
      const saved = JSON.parse(JSON.stringify(meter.save(1_000, 10)));
      expect(saved).toEqual([[1_010, 8]]);
      const next = ten();
      next.load([[-10, 8]], 0, true);
      expect(next.used(0)).toBe(6);
      next.load([], 0, true);
      expect(next.used(0)).toBe(6);
    });

    it('T5: of what others counted, that within its refill time is missing, at most a whole bucket', () => {
      const usedAfter = (entries: [number, number][]) => {
        const meter = ten();
        meter.load(entries, 100, false);
        return meter.used(100);
      };
      expect(usedAfter([[50, 3], [51, 4], [100, 1]])).toBe(5);
      expect(usedAfter([[99, 30]])).toBe(10);
      expect(usedAfter([])).toBe(0);
    });
  });

  it('L13, T5: takes other numbers: what is missing stays missing', () => {
    const meter = ten();
    meter.resize(tokenBucket({ capacity: 20, refill: 1, interval: 10 }), 0);
    expect(meter.used(0)).toBe(0);
    meter.take(10, 0);
    meter.resize(tokenBucket({ capacity: 8, refill: 4, interval: 10 }), 20);
    expect([meter.total, meter.used(20), meter.used(30)]).toEqual([8, 8, 4]);
    expect(meter.limit).toEqual(tokenBucket({ capacity: 8, refill: 4, interval: 10 }));
  });

  it('T5: gives a credit back, and no more than was taken', () => {
    const meter = ten();
    meter.take(5, 0);
    meter.credit(2, 0);
    expect(meter.used(0)).toBe(3);
    meter.credit(9, 0);
    expect([meter.used(0), meter.fits(10, 0), meter.fits(11, 0)]).toEqual([0, true, false]);
  });
});
