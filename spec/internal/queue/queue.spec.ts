import { describe, expect, it } from 'vitest';
import { Queue, type Queued } from '../../../src/internal/queue/queue';
import { seededRandom } from '../../../src/testing';
import { fc } from '../../support/property';

interface Named extends Queued {
  readonly name: string;
  readonly deadline: number;
}

function waiter(name: string, { priority = 0, retry = false, deadline = Number.POSITIVE_INFINITY } = {}): Named {
  return { name, priority, retry, deadline };
}

function lineOf(...waiters: Named[]): Queue<Named> {
  const line = new Queue<Named>();
  for (const each of waiters) {
    line.add(each);
  }
  return line;
}

const namesIn = (waiters: Iterable<Named>) => [...waiters].map(({ name }) => name).join('');

describe('Queue', () => {
  it('is empty at first', () => {
    const line = new Queue<Named>();
    expect(line.length).toBe(0);
    expect(line.first).toBeUndefined();
    expect(line.nextDeadline).toBe(Number.POSITIVE_INFINITY);
    expect(line.overdue(1e9)).toBeUndefined();
    expect(line.ahead({ priority: 0, retry: false })).toBe(0);
    expect(line.isLast({ priority: 0, retry: false })).toBe(true);
  });

  it('L1: first come, first served', () => {
    const line = lineOf(waiter('a'), waiter('b'), waiter('c'));
    expect(namesIn(line)).toBe('abc');
    expect(line.first!.name).toBe('a');
  });

  it('L1: higher priority goes first, and becomes the head at once', () => {
    const line = lineOf(waiter('a'), waiter('b', { priority: 2 }), waiter('c', { priority: 1 }), waiter('d', { priority: 2 }));
    expect(namesIn(line)).toBe('bdca');
    line.add(waiter('e', { priority: 9 }));
    expect(line.first!.name).toBe('e');
    line.add(waiter('f', { priority: -1 }));
    expect(namesIn(line)).toBe('ebdcaf');
  });

  it('S1: a retry stands before first attempts of its priority, behind earlier retries', () => {
    const retry = true;
    const line = lineOf(waiter('a'), waiter('b', { retry }), waiter('c'), waiter('d', { retry }), waiter('e', { priority: 1 }));
    expect(namesIn(line)).toBe('ebdac');
  });

  it('counts who stands before a newcomer', () => {
    const line = lineOf(waiter('a'), waiter('b', { priority: 1 }), waiter('c', { retry: true }));
    expect(line.ahead({ priority: 0, retry: false })).toBe(3);
    expect(line.ahead({ priority: 0, retry: true })).toBe(2);
    expect(line.ahead({ priority: 1, retry: false })).toBe(1);
    expect(line.ahead({ priority: 2, retry: false })).toBe(0);
    expect(line.isLast({ priority: 0, retry: false })).toBe(true);
    expect(line.isLast({ priority: 0, retry: true })).toBe(false);
  });

  it('shows the first so many', () => {
    const line = lineOf(waiter('a'), waiter('b'), waiter('c', { priority: 1 }));
    expect([0, 1, 2, 3, 4].map((count) => namesIn(line.firstOnes(count)))).toEqual(['', 'c', 'ca', 'cab', 'cab']);
  });

  it('lets anybody leave, once', () => {
    const [a, b, c] = [waiter('a'), waiter('b', { priority: 1 }), waiter('c')];
    const line = lineOf(a, b, c);
    expect([line.remove(b), line.remove(b), line.remove(a)]).toEqual([true, false, true]);
    expect(namesIn(line)).toBe('c');
    expect(line.length).toBe(1);
    expect(line.ahead({ priority: 0, retry: false })).toBe(1);
  });

  it('gives out whose deadline has come, from anywhere in the line', () => {
    const [a, b, c] = [waiter('a'), waiter('b', { deadline: 5 }), waiter('c', { deadline: 3, priority: 1 })];
    const line = lineOf(a, b, c);
    expect(line.nextDeadline).toBe(3);
    expect(line.overdue(4)).toBe(c);
    expect(line.overdue(4)).toBeUndefined();
    expect(line.nextDeadline).toBe(5);
    expect(line.remove(b)).toBe(true);
    expect(line.nextDeadline).toBe(Number.POSITIVE_INFINITY);
    expect(namesIn(line)).toBe('a');
  });

  it.each([
    ['rising', (index: number) => index],
    ['falling', (index: number) => -index],
    ['mixed', (index: number) => (index * 7_919) % 20_011],
  ])('C14: 20,000 of as many %s priorities enter and leave with a few looks each', (_, priorityOf) => {
    let looks = 0;
    const waiters = Array.from({ length: 20_000 }, (_, index): Named => {
      const priority = priorityOf(index);
      return {
        ...waiter(String(index), { retry: index % 3 === 0 }),
        get priority() {
          looks += 1;
          return priority;
        },
      };
    });
    const line = new Queue<Named>();
    for (const each of waiters) {
      line.ahead(each);
      line.isLast(each);
      line.add(each);
    }
    expect(line.ahead(waiters[10_000]!)).toBe(waiters.filter(({ priority }) => priority >= waiters[10_000]!.priority).length);
    looks = 0;
    for (const each of waiters) {
      line.remove(each);
    }
    expect(line.length).toBe(0);
    expect(looks / 20_000).toBeLessThan(100); // both ways at each of some 28 ranks; a walk over all ranks is 10,000
    looks = 0;
    for (const each of waiters) {
      line.ahead(each);
      line.add(each);
    }
    expect(looks / 20_000).toBeLessThan(250);
  });

  it('C14: keeps the order of 30,000 over all nodes of its tree, while others leave', () => {
    const random = seededRandom(7);
    const line = new Queue<Named>();
    const all = Array.from({ length: 30_000 }, (_, index) => {
      const priority = index < 10_000 ? 10_000 - index : Math.floor(random() * (index < 20_000 ? 1e6 : 3));
      return waiter(`${index};`, { priority, retry: random() < 0.3 });
    });
    const left = all.filter((each) => {
      line.add(each);
      return random() < 0.5 || !line.remove(each);
    });
    const sorted = [...left].sort((one, other) => other.priority - one.priority || Number(other.retry) - Number(one.retry));
    expect(namesIn(line)).toBe(namesIn(sorted));
    expect(line.length).toBe(sorted.length);
    for (let place = 0; place < sorted.length; place += 101) {
      const newcomer = waiter('', sorted[place]!);
      expect(line.ahead(newcomer)).toBe(sorted.filter((each) => !goesBefore(newcomer, each)).length);
    }
    for (const each of sorted.filter(() => random() < 0.95)) {
      line.remove(each);
    }
    const rest = sorted.filter(({ leaf }) => leaf !== undefined);
    expect(namesIn(line)).toBe(namesIn(rest));
    for (const each of rest) {
      expect(line.first).toBe(each);
      line.remove(each);
    }
    expect([line.length, line.first, line.isBehind(all[0]!)]).toEqual([0, undefined, false]);
  });

  it('does as a sorted list does', () => {
    const arbitrary = fc.record({
      priority: fc.oneof(fc.integer({ min: -2, max: 2 }), fc.double({ noNaN: true })),
      retry: fc.boolean(),
      deadline: fc.oneof(fc.nat({ max: 100 }), fc.constant(Number.POSITIVE_INFINITY)),
    });
    const action = fc.oneof(
      { weight: 4, arbitrary: arbitrary.map((add) => ({ add })) },
      { weight: 2, arbitrary: fc.nat().map((leave) => ({ leave })) },
      { weight: 1, arbitrary: fc.nat({ max: 100 }).map((now) => ({ now })) },
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 150, size: 'max' }), (actions) => {
        const line = new Queue<Named>();
        let model: Named[] = [];
        actions.forEach((each, index) => {
          if ('add' in each) {
            const added = waiter(`${index};`, each.add);
            const before = model.filter((other) => !goesBefore(added, other)).length;
            expect(line.ahead(added)).toBe(before);
            expect(line.isLast(added)).toBe(before === model.length);
            line.add(added);
            model = [...model.slice(0, before), added, ...model.slice(before)];
          } else if ('leave' in each) {
            const [left] = model.splice(each.leave % (model.length + 1), 1);
            expect(left === undefined || line.remove(left)).toBe(true);
          } else {
            for (let late = line.overdue(each.now); late !== undefined; late = line.overdue(each.now)) {
              expect(late.deadline).toBe(Math.min(...model.map(({ deadline }) => deadline)));
              model = model.filter((other) => other !== late);
            }
            expect(model.every(({ deadline }) => deadline > each.now)).toBe(true);
          }
          expect(namesIn(line)).toBe(namesIn(model));
          expect(line.length).toBe(model.length);
          expect(line.first).toBe(model[0]);
          expect(line.nextDeadline).toBe(Math.min(...model.map(({ deadline }) => deadline)));
        });
      }),
    );
  });
});

function goesBefore(one: Queued, other: Queued): boolean {
  return one.priority === other.priority ? one.retry && !other.retry : one.priority > other.priority;
}
