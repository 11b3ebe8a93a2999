import { describe, expect, it } from 'vitest';
import { Deque, type Seated } from '../../../src/internal/queue/deque';
import { fc } from '../../support/property';

interface Numbered extends Seated {
  readonly number: number;
}

function filled(count: number): { deque: Deque<Numbered>; items: Numbered[] } {
  const deque = new Deque<Numbered>();
  const items = Array.from({ length: count }, (_, number): Numbered => ({ number }));
  for (const item of items) {
    deque.push(item);
  }
  return { deque, items };
}

const numbersIn = (deque: Deque<Numbered>) => [...deque].map((item) => item.number);

describe('Deque', () => {
  it('is empty at first', () => {
    const deque = new Deque<Numbered>();
    expect(deque.length).toBe(0);
    expect(deque.first).toBeUndefined();
    expect(deque.shift()).toBeUndefined();
    expect([...deque]).toEqual([]);
  });

  it('gives back what came first', () => {
    const { deque, items } = filled(3);
    expect(deque.first).toBe(items[0]);
    expect([deque.shift(), deque.shift(), deque.shift(), deque.shift()]).toEqual([...items, undefined]);
  });

  it('lets anybody leave', () => {
    const { deque, items } = filled(5);
    deque.remove(items[2]!);
    deque.remove(items[0]!);
    deque.remove(items[4]!);
    expect(numbersIn(deque)).toEqual([1, 3]);
    expect(deque.first).toBe(items[1]);
    expect(deque.length).toBe(2);
  });

  it('tells who has no seat', () => {
    const { deque, items } = filled(2);
    deque.shift();
    expect(items.map((item) => item.seat !== undefined)).toEqual([false, true]);
  });

  it('can be filled again', () => {
    const { deque, items } = filled(2);
    deque.shift();
    deque.shift();
    deque.push(items[1]!);
    expect(numbersIn(deque)).toEqual([1]);
  });

  it('keeps order and seats when empty places are packed away', () => {
    const { deque, items } = filled(5_000);
    for (const item of items) {
      if (item.number % 10 !== 0) {
        deque.remove(item);
      }
    }
    expect(numbersIn(deque)).toEqual(items.filter(({ number }) => number % 10 === 0).map(({ number }) => number));
    deque.remove(items[2_500]!);
    expect(deque.length).toBe(499);
    expect(deque.shift()).toBe(items[0]);
    expect(deque.shift()).toBe(items[10]);
  });

  it('C6: takes 1,000,000 in and lets them out in linear time', () => {
    const deque = new Deque<Seated>();
    for (let index = 0; index < 1_000_000; index += 1) {
      deque.push({});
    }
    let count = 0;
    while (deque.shift() !== undefined) {
      count += 1;
    }
    expect(count).toBe(1_000_000);
  });

  it('does as an array does', () => {
    const action = fc.oneof(fc.constant('push' as const), fc.constant('shift' as const), fc.nat());
    fc.assert(
      fc.property(fc.nat({ max: 3_000 }), fc.array(action, { maxLength: 60 }), (count, actions) => {
        const { deque, items } = filled(count);
        for (const action of actions) {
          if (action === 'push') {
            const item = { number: items.length + 10_000 };
            items.push(item);
            deque.push(item);
          } else if (action === 'shift') {
            expect(deque.shift()).toBe(items.shift());
          } else if (items.length > 0) {
            const from = action % items.length;
            for (const item of items.splice(from, 100)) {
              deque.remove(item);
            }
          }
          expect(deque.length).toBe(items.length);
          expect(deque.first).toBe(items[0]);
        }
        expect(numbersIn(deque)).toEqual(items.map((item) => item.number));
      }),
    );
  });
});
