import { describe, expect, it } from 'vitest';
import { Sums } from '../../src/quota/sums';
import { fc } from '../support/property';

describe('Sums', () => {
  const sumsOf = (amounts: readonly number[]) => {
    const sums = new Sums();
    for (const amount of amounts) {
      sums.push(amount);
    }
    return sums;
  };

  it('finds the first amount with which a sum is reached', () => {
    const sums = sumsOf([2, 0, 3, 1]);
    expect([0, 1, 2, 2.5, 3, 5, 6].map((sum) => sums.find(sum))).toEqual([0, 0, 0, 2, 2, 2, 3]);
    expect(sums.length).toBe(4);
  });

  it('finds the last amount if a sum is never reached', () => {
    expect([sumsOf([1, 2]).find(4), sumsOf([5]).find(6)]).toEqual([1, 0]);
  });

  it('knows what was changed since, and takes no notice of what it does not hold', () => {
    const sums = sumsOf([2, 2, 2]);
    sums.add(1, -2);
    sums.add(3, 100);
    expect([3, 4, 5].map((sum) => sums.find(sum))).toEqual([2, 2, 2]);
    sums.push(1);
    expect([4, 5].map((sum) => sums.find(sum))).toEqual([2, 3]);
  });

  it('does as a list does', () => {
    const amount = fc.integer({ min: 0, max: 9 });
    const act = fc.oneof(fc.record({ push: amount }), fc.record({ set: fc.nat(), to: amount }), fc.record({ find: fc.nat({ max: 300 }) }));
    fc.assert(
      fc.property(fc.array(act, { maxLength: 150, size: 'max' }), (acts) => {
        const [sums, list] = [new Sums(), [] as number[]];
        for (const each of acts) {
          if ('push' in each) {
            list.push(each.push);
            sums.push(each.push);
          } else if (list.length > 0 && 'set' in each) {
            const index = each.set % list.length;
            sums.add(index, each.to - list[index]!);
            list[index] = each.to;
          } else if (list.length > 0 && 'find' in each) {
            let sum = 0;
            const reached = list.findIndex((amount) => {
              sum += amount;
              return sum >= each.find;
            });
            expect(sums.find(each.find)).toBe(reached < 0 ? list.length - 1 : reached);
          }
        }
      }),
    );
  });
});
