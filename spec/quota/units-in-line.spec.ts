import { describe, expect, it } from 'vitest';
import { UnitsInLine } from '../../src/quota/units-in-line';
import { fc } from '../support/property';

const lineOf = (grid: number, ...entries: [time: number, units: number][]) => {
  const line = new UnitsInLine(grid);
  for (const [time, units] of entries) {
    line.push(units, time);
  }
  return line;
};

describe('UnitsInLine', () => {
  it('knows with whom so many units are reached', () => {
    const line = lineOf(0, [1, 2], [1, 1], [4, 5], [9, 0]);
    expect([line.sum, ...[1, 3, 3.5, 8].map((units) => line.timeOf(units))]).toEqual([8, 1, 1, 4, 4]);
  });

  it('knows it also when the first ones have left', () => {
    const line = lineOf(0, [1, 2], [1, 1], [4, 5], [6, 1]);
    line.shift(2);
    expect([line.sum, line.timeOf(1), line.timeOf(2)]).toEqual([7, 1, 4]);
    line.shift(1);
    expect([line.sum, line.timeOf(1), line.timeOf(6)]).toEqual([6, 4, 6]);
    line.shift(5);
    line.shift(1);
    expect(line.sum).toBe(0);
    line.push(3, 7);
    expect([line.sum, line.timeOf(1)]).toEqual([3, 7]);
  });

  it('Q1: those who share a slot are free again with the last of them', () => {
    const line = lineOf(10, [11, 1], [19, 1], [20, 1]);
    expect([line.timeOf(1), line.timeOf(2), line.timeOf(3)]).toEqual([19, 19, 20]);
    expect([line.lastOf(10), line.lastOf(9), lineOf(0, [11, 1]).lastOf(10), new UnitsInLine(10).lastOf(5)]).toEqual([19, 9, 10, 5]);
  });

  it('is exactly empty after fractions have come and gone', () => {
    const line = lineOf(0, [1, 0.1], [2, 0.2], [3, 0.3]);
    for (const units of [0.1, 0.2, 0.3]) {
      line.shift(units);
    }
    line.push(1, 4);
    expect(line.timeOf(1e-6)).toBe(4);
  });

  it('does as a list does, however long', () => {
    const act = fc.oneof(fc.record({ wait: fc.nat({ max: 2 }), units: fc.nat({ max: 3 }) }), fc.constant('shift' as const));
    fc.assert(
      fc.property(fc.nat({ max: 1_500 }), fc.array(act, { maxLength: 1_000, size: 'max' }), (count, acts) => {
        let now = 0;
        const line = new UnitsInLine(0);
        const list: { at: number; units: number }[] = [];
        const push = (wait: number, units: number) => {
          now += wait;
          line.push(units, now);
          list.push({ at: now, units });
        };
        for (let index = 0; index < count; index += 1) {
          push(1, index % 3);
        }
        for (const each of acts) {
          if (each !== 'shift') {
            push(each.wait, each.units);
          } else if (list.length > 0) {
            line.shift(list.shift()!.units);
          }
          const sum = list.reduce((total, { units }) => total + units, 0);
          const half = Math.ceil(sum / 2);
          let reached = 0;
          const expected = list.find(({ units }) => {
            reached += units;
            return reached >= half;
          });
          expect(line.sum).toBe(sum);
          expect(half === 0 || line.timeOf(half) === expected?.at).toBe(true);
        }
      }),
      { numRuns: 20 },
    );
  });

  it('knows when units are taken, also after many have left the line', () => {
    const line = lineOf(0, ...Array.from({ length: 2_000 }, (_, at): [number, number] => [at, 2]));
    for (let left = 0; left < 1_500; left += 1) {
      line.shift(2);
    }
    expect([line.sum, line.timeOf(1), line.timeOf(3), line.timeOf(1_000)]).toEqual([1_000, 1_500, 1_501, 1_999]);
  });
});
