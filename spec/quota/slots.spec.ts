import { describe, expect, it } from 'vitest';
import { gridOf } from '../../src/quota/slot-grid';
import { Slots } from '../../src/quota/slots';

const filled = (grid: number, ...entries: [time: number, units: number][]) => {
  const slots = new Slots(grid);
  for (const [time, units] of entries) {
    slots.take(units, time);
  }
  return slots;
};

describe('Slots', () => {
  it('Q1: a window of up to an hour is counted by the ms, a longer one in 86,400 slots', () => {
    expect([1, 3_600_000, 3_600_001, 86_400_000, 30 * 86_400_000].map(gridOf)).toEqual([0, 0, 3_600_001 / 86_400, 1_000, 30_000]);
  });

  it('Q1: merges what is taken in the same ms, and nothing else', () => {
    const slots = filled(0, [5, 1], [5, 2], [6, 1], [6.5, 1]);
    expect([slots.entries(0, 0, 100), slots.used]).toEqual([[[5, 3], [6, 1], [6.5, 1]], 5]);
  });

  it('Q1: a slot counts from its last grant', () => {
    const slots = filled(10, [10, 1], [13, 2], [19, 1], [20, 1]);
    expect(slots.entries(1_000, 0, 100)).toEqual([[1_019, 4], [1_020, 1]]);
    slots.forget(118, 100);
    expect(slots.used).toBe(5);
    slots.forget(119, 100);
    expect(slots.used).toBe(1);
  });

  it('Q1: what takes nothing does not keep a slot for longer', () => {
    const slots = filled(10, [10, 1], [15, 0]);
    expect(slots.entries(0, 0, 100)).toEqual([[10, 1]]);
    slots.correct(15, 2);
    expect(slots.entries(0, 0, 100)).toEqual([[15, 3]]);
  });

  it('Q6: finds the slot of a time wherever it stands', () => {
    const slots = filled(10, ...Array.from({ length: 1_000 }, (_, index): [number, number] => [index * 20, 1]));
    slots.forget(5_000, 1_000);
    for (let time = 4_001; time < 20_000; time += 1) {
      expect(slots.has(time)).toBe(time % 20 < 10 && time >= 4_020);
    }
    expect([slots.correct(4_025, 3), slots.correct(4_030, 3), slots.correct(4_005, 3)]).toEqual([true, false, false]);
    expect(slots.entries(0, 0, 100)[0]).toEqual([4_025, 4]);
  });

  it('says with which slot so many units will be gone', () => {
    const slots = filled(0, [1, 2], [2, 0], [3, 3], [4, 1]);
    expect([1, 2, 3, 5, 6].map((units) => slots.timeOf(units))).toEqual([1, 1, 3, 3, 4]);
    slots.forget(11, 10);
    expect([1, 3, 4].map((units) => slots.timeOf(units))).toEqual([3, 3, 4]);
    slots.take(5, 6);
    slots.correct(3, -2);
    expect([1, 2, 3, 7].map((units) => slots.timeOf(units))).toEqual([3, 4, 6, 6]);
  });

  it('C14: packs slots away of which everything was given back', () => {
    const slots = new Slots(0);
    for (let now = 0; now < 10_000; now += 1) {
      slots.take(1, now);
      slots.correct(now, -1);
    }
    expect(slots.used).toBe(0);
    expect(slots.has(0)).toBe(false);
    expect(Array.from({ length: 10_000 }, (_, now) => slots.has(now)).filter(Boolean).length).toBeLessThan(100);
  });

  it('keeps slots that were taken with nothing: they may still grow', () => {
    const slots = new Slots(0);
    for (let now = 0; now < 1_000; now += 1) {
      slots.take(now % 10 === 0 ? 0 : 1, now);
    }
    for (let now = 0; now < 1_000; now += 1) {
      if (now % 10 !== 0) {
        slots.correct(now, -1);
      }
    }
    expect(slots.has(1)).toBe(false);
    expect(Array.from({ length: 100 }, (_, index) => slots.has(10 * index))).not.toContain(false);
    slots.correct(500, 7);
    expect([slots.entries(0, 0, 100), slots.used, slots.timeOf(1)]).toEqual([[[500, 7]], 7, 500]);
  });

  it('keeps an empty slot in which something else is taken, be it nothing', () => {
    const slots = new Slots(0);
    for (let now = 0; now < 1_000; now += 1) {
      slots.take(1, now);
      slots.correct(now, -1);
      slots.take(now % 2, now);
    }
    expect(Array.from({ length: 1_000 }, (_, now) => slots.has(now))).not.toContain(false);
    expect(slots.used).toBe(500);
  });

  it('makes a slot anew for what was given back, packed away and taken again', () => {
    const slots = new Slots(0);
    for (let now = 0; now < 100; now += 1) {
      slots.take(1, now);
      slots.correct(now, now === 50 ? 0 : -1);
    }
    expect(slots.correct(20, 5)).toBe(false);
    slots.insert(20, 5);
    slots.insert(70, 2);
    expect([slots.entries(0, 0, 100), slots.used, slots.timeOf(6), slots.timeOf(7)]).toEqual([[[20, 5], [50, 1], [70, 2]], 8, 50, 70]);
  });
});
