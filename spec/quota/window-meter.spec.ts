import { describe, expect, it } from 'vitest';
import { WindowMeter } from '../../src/quota/window-meter';
import { fc } from '../support/property';

describe('WindowMeter', () => {
  it('Q1: a unit that is taken at t is free again at exactly t + window', () => {
    const meter = new WindowMeter(2, 10);
    meter.take(1, 3);
    meter.take(1, 7);
    expect([7, 12, 13, 16, 17].map((now) => meter.used(now))).toEqual([2, 2, 1, 1, 0]);
  });

  it('Q1: no double burst at the edge of a window', () => {
    const meter = new WindowMeter(5, 10);
    meter.take(5, 9);
    expect([9, 10, 11, 18, 19].map((now) => meter.fits(1, now))).toEqual([false, false, false, false, true]);
  });

  it('Q1: says the first ms at which units fit', () => {
    const meter = new WindowMeter(5, 10);
    meter.take(2, 0);
    meter.take(2, 4);
    meter.take(1, 6);
    expect([0, 1, 2, 3, 4, 5, 6].map((units) => meter.due(units))).toEqual([Number.NEGATIVE_INFINITY, 10, 10, 14, 14, 16, Number.POSITIVE_INFINITY]);
  });

  it('Q1: merges what is taken in the same ms', () => {
    const meter = new WindowMeter(1_000_000, 10);
    for (let index = 0; index < 100_000; index += 1) {
      meter.take(1, index % 2 === 0 ? 5 : 5);
    }
    meter.take(1, 6);
    expect(meter.save(0, 6)).toEqual([[5, 100_000], [6, 1]]);
  });

  it('Q1: memory grows with what is in the window, however long it is used', () => {
    const meter = new WindowMeter(50, 50);
    let refused = 0;
    for (let now = 0; now < 100_000; now += 1) {
      refused += meter.fits(1, now) ? 0 : 1;
      meter.take(1, now);
    }
    expect(refused).toBe(0);
    expect(meter.save(0, 99_999)).toHaveLength(50);
    expect(meter.used(100_000)).toBe(49);
  });

  it('Q6: a correction counts at the moment of the grant, while that is in the window', () => {
    const meter = new WindowMeter(10, 10);
    const slot = meter.take(4, 0);
    meter.take(1, 5);
    meter.correct(slot, 3, 9);
    expect([9, 10].map((now) => meter.used(now))).toEqual([8, 1]);
    const other = meter.take(4, 10);
    meter.correct(other, -3, 12);
    expect([12, 15, 19, 20].map((now) => meter.used(now))).toEqual([2, 1, 1, 0]);
  });

  it('Q6: later a refund does nothing, and an excess counts from now', () => {
    const meter = new WindowMeter(10, 10);
    const slot = meter.take(4, 0);
    meter.correct(slot, -4, 10);
    expect(meter.used(10)).toBe(0);
    meter.correct(slot, 6, 12);
    expect([12, 21, 22].map((now) => meter.used(now))).toEqual([6, 6, 0]);
  });

  it('Q6: finds the grant also after much has been forgotten since', () => {
    const meter = new WindowMeter(1e9, 1_000);
    const slots = Array.from({ length: 5_000 }, (_, now) => meter.take(2, now));
    expect(meter.used(4_999)).toBe(2_000);
    meter.correct(slots[4_500]!, -1, 4_999);
    expect([5_499, 5_500].map((now) => meter.used(now))).toEqual([2 * 500 - 1, 2 * 499]);
    expect(meter.counts(slots[4_500]!, 5_500)).toBe(false);
    expect(meter.counts(slots[4_501]!, 5_500)).toBe(true);
  });

  it('Q6: a grant of nothing is corrected at its own moment too', () => {
    const meter = new WindowMeter(10, 10);
    const slot = meter.take(0, 0);
    meter.take(1, 5);
    meter.correct(slot, 4, 7);
    expect([7, 10].map((now) => meter.used(now))).toEqual([5, 1]);
  });

  it('Q5: goes into debt, and waits until that is paid', () => {
    const meter = new WindowMeter(10_000, 100_000);
    const slots = Array.from({ length: 3_000 }, (_, at) => meter.take(1, at));
    for (const slot of slots) {
      meter.correct(slot, -1, 3_000);
    }
    meter.correct(slots[7]!, 3, 3_000);
    expect([3_000, 100_006, 100_007].map((now) => meter.used(now))).toEqual([3, 3, 0]);
  });

  it('Q5: what is corrected moves the time at which units will fit, at once', () => {
    const meter = new WindowMeter(10, 10);
    const slots = [0, 1, 2, 3, 4].map((now) => meter.take(2, now));
    expect(meter.due(7)).toBe(13);
    meter.correct(slots[4]!, -1, 5);
    expect(meter.due(7)).toBe(12);
    meter.correct(slots[0]!, -2, 5);
    expect(meter.due(7)).toBe(12);
    meter.correct(slots[3]!, -2, 5);
    expect(meter.due(7)).toBe(11);
    meter.correct(slots[3]!, 9, 5);
    expect([meter.due(7), meter.due(0)]).toEqual([13, 12]);
    meter.correct(slots[3]!, -9, 11);
    expect(meter.due(7)).toBe(Number.NEGATIVE_INFINITY);
  });

  it('Q5: finds the time after thousands of corrections, and after much has been forgotten', () => {
    const times = fc.array(fc.integer({ min: 0, max: 2 }), { minLength: 1_500, maxLength: 2_000, size: 'max' });
    const refunds = fc.array(fc.record({ which: fc.nat(), wait: fc.integer({ min: 0, max: 300 }), units: fc.integer({ min: 1, max: 1_000 }) }), { maxLength: 20, size: 'max' });
    fc.assert(
      fc.property(times, refunds, (gaps, refunds) => {
        const meter = new WindowMeter(1_000, 4_000);
        let now = 0;
        const slots = gaps.map((gap) => {
          now += gap;
          return meter.take(1, now);
        });
        const grants = slots.map((at) => ({ at, units: 1 }));
        for (const { which, wait, units } of refunds) {
          now += wait;
          const grant = grants[which % slots.length]!;
          meter.correct(grant.at, -grant.units, now);
          grant.units = 0;
          const used = grants.filter(({ at }) => at + 4_000 > now);
          let missing = used.reduce((sum, each) => sum + each.units, 0) + units - 1_000;
          let due = now;
          for (const { at, units } of used) {
            due = missing > 0 ? at + 4_000 : due;
            missing -= units;
          }
          expect(Math.max(now, meter.due(units))).toBe(due);
        }
      }),
      { numRuns: 50 },
    );
  });

  it('Q5: is amortised: 200,000 grants in a full window, each asked for, waited for, settled and refunded', () => {
    const meter = new WindowMeter(100_000, 100_000);
    const slots = Array.from({ length: 100_000 }, (_, now) => meter.take(1, now));
    let now = 100_000;
    let waited = 0;
    for (let index = 0; index < 200_000; index += 1) {
      meter.correct(slots[slots.length - 50_000]!, -1, now);
      const due = meter.due(3);
      waited += Math.max(0, due - now);
      now = Math.max(now, due);
      const slot = meter.take(1, now);
      meter.correct(slot, 2, now);
      meter.correct(slot, -1, now);
      slots.push(slot);
    }
    expect(meter.used(now)).toBeLessThanOrEqual(100_000);
    expect(waited).toBeGreaterThan(100_000);
  });

  it('fractions of a unit do not add up to a wait', () => {
    const meter = new WindowMeter(1, 1_000);
    for (const [now, units] of [0.1, 0.2, 0.3, 0.3].entries()) {
      meter.take(units, now);
    }
    expect(meter.used(5)).toBe(0.9);
    expect(meter.fits(0.1, 5)).toBe(true);
    expect(meter.due(0.1)).toBe(Number.NEGATIVE_INFINITY);
    const slot = meter.take(0.1, 5);
    expect(meter.fits(0.001, 6)).toBe(false);
    meter.correct(slot, -0.1, 6);
    expect(meter.used(6)).toBe(0.9);
    expect(meter.used(1_003)).toBe(0);
  });

  it('says when everything will be free again, which what was refunded is at once', () => {
    const meter = new WindowMeter(10, 10);
    expect(meter.resetAt(3)).toBe(3);
    meter.take(1, 3);
    const slots = [4, 5].map((now) => meter.take(1, now));
    expect(meter.resetAt(6)).toBe(15);
    for (const slot of slots) {
      meter.correct(slot, -1, 6);
    }
    expect(meter.resetAt(6)).toBe(13);
    expect(meter.resetAt(13)).toBe(13);
  });

  it('says when its count will next go down', () => {
    const meter = new WindowMeter(10, 10);
    expect(meter.nextChange(3)).toBeUndefined();
    const slot = meter.take(1, 3);
    meter.take(1, 5);
    expect(meter.nextChange(6)).toBe(13);
    meter.correct(slot, -1, 6);
    expect(meter.nextChange(6)).toBe(15);
    expect(meter.nextChange(15)).toBeUndefined();
  });

  describe('save and load', () => {
    it('T5: carries the count over to a clock that starts anew', () => {
      const meter = new WindowMeter(10, 100);
      meter.take(3, 10);
      meter.take(4, 50);
      expect(JSON.parse(JSON.stringify(meter.save(5_000, 50)))).toEqual([[5_010, 3], [5_050, 4]]);
      const next = new WindowMeter(10, 100);
      next.load([[-70, 3], [-30, 4]], 0);
      expect([0, 29, 30, 69, 70].map((now) => next.used(now))).toEqual([7, 7, 4, 4, 0]);
    });

    it('T5: forgets what is over', () => {
      const meter = new WindowMeter(10, 100);
      meter.load([[-500, 9], [20, 2]], 20);
      expect([20, 119, 120].map((now) => meter.used(now))).toEqual([2, 2, 0]);
    });

    it('T5: saves at most 1,000 entries, each unit at most a 1,000th of the window too late, and at once', () => {
      const meter = new WindowMeter(1e9, 3_600_000);
      for (let now = 0; now < 3_000_000; now += 3) {
        meter.take(1, now);
      }
      const saved = meter.save(0, 3_000_000);
      const times = Array.from({ length: 10 }, () => {
        const began = performance.now();
        meter.save(0, 3_000_000);
        return performance.now() - began;
      });
      expect(Math.min(...times)).toBeLessThan(25); // 1.2 ms where it is neither covered nor disturbed
      expect(saved.length).toBeLessThanOrEqual(1_000);
      const [next, late] = [new WindowMeter(1e9, 3_600_000), new WindowMeter(1e9, 3_600_000)];
      next.load(saved, 3_000_000);
      late.load(saved, 3_000_000);
      for (let now = 3_600_000; now < 6_600_000; now += 777) {
        expect(next.used(now)).toBeGreaterThanOrEqual(meter.used(now));
        expect(late.used(now + 3_600)).toBeLessThanOrEqual(meter.used(now));
      }
    });
  });

  it('T5: gives a credit back, the last grant first, and no more than was taken', () => {
    const meter = new WindowMeter(10, 100);
    meter.credit(5, 0);
    meter.take(3, 10);
    meter.take(4, 50);
    meter.credit(5, 60);
    expect(meter.save(0, 60)).toEqual([[10, 2]]);
    meter.credit(50, 60);
    expect([meter.used(60), meter.fits(10, 60), meter.fits(11, 60)]).toEqual([0, true, false]);
  });

  it('T5: a grant that was given back by a credit is settled as before', () => {
    const meter = new WindowMeter(1_000, 100);
    const slots = Array.from({ length: 100 }, (_, now) => meter.take(2, now));
    meter.credit(150, 99);
    meter.correct(slots[99]!, -2, 99);
    meter.correct(slots[98]!, 3, 99);
    expect(meter.used(99)).toBe(53);
  });

  it('C7: whatever the clock skips, no more than one window is forgotten at once', () => {
    const meter = new WindowMeter(2, 10);
    meter.take(2, 0);
    expect(meter.fits(2, 3_600_000)).toBe(true);
    meter.take(2, 3_600_000);
    expect(meter.fits(1, 3_600_009)).toBe(false);
    expect(meter.fits(1, 3_600_010)).toBe(true);
  });
});

describe('a slot that was refunded in full', () => {
  it('Q6: takes an excess at the moment of its grant, while that is in the window', () => {
    const meter = new WindowMeter(10, 10);
    const slot = meter.take(5, 0);
    meter.take(1, 1);
    meter.correct(slot, -5, 1);
    meter.correct(slot, 3, 2);
    expect([9, 10, 11].map((now) => meter.used(now))).toEqual([4, 1, 0]);
  });
});
