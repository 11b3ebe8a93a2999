import { describe, expect, it } from 'vitest';
import { Deadlines, type Due } from '../../../src/internal/queue/deadlines';
import { fc } from '../../support/property';

const waiter = (deadline: number): Due => ({ deadline });

describe('Deadlines', () => {
  it('knows none at first', () => {
    expect(new Deadlines().next).toBe(Number.POSITIVE_INFINITY);
    expect(new Deadlines().overdue(1e9)).toBeUndefined();
  });

  it('gives out whose time has come, earliest first', () => {
    const deadlines = new Deadlines<Due>();
    const [three, one, two] = [waiter(3), waiter(1), waiter(2)];
    for (const each of [three, one, two]) {
      deadlines.add(each);
    }
    expect(deadlines.next).toBe(1);
    expect([deadlines.overdue(2), deadlines.overdue(2), deadlines.overdue(2)]).toEqual([one, two, undefined]);
    expect(deadlines.overdue(3)).toBe(three);
  });

  it('forgets whoever left', () => {
    const deadlines = new Deadlines<Due>();
    const [one, two] = [waiter(1), waiter(2)];
    deadlines.add(one);
    deadlines.add(two);
    deadlines.remove(one);
    expect(deadlines.next).toBe(2);
    expect(deadlines.overdue(5)).toBe(two);
  });

  it('takes no notice of those who wait for ever', () => {
    const deadlines = new Deadlines<Due>();
    const patient = waiter(Number.POSITIVE_INFINITY);
    deadlines.add(patient);
    deadlines.remove(patient);
    expect(deadlines.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('takes no notice of those who leave twice, or after their time', () => {
    const deadlines = new Deadlines<Due>();
    const [one, two, three] = [waiter(1), waiter(2), waiter(3)];
    for (const each of [one, two, three]) {
      deadlines.add(each);
    }
    deadlines.remove(two);
    deadlines.remove(two);
    deadlines.overdue(1);
    deadlines.remove(one);
    expect(deadlines.next).toBe(3);
  });

  it('keeps nobody who left', () => {
    const deadlines = new Deadlines<Due>();
    const waiters = [5, 1, 4, 2, 3].map(waiter);
    for (const each of waiters) {
      deadlines.add(each);
    }
    for (const each of waiters) {
      deadlines.remove(each);
      expect(each.place).toBeUndefined();
    }
    expect(deadlines.next).toBe(Number.POSITIVE_INFINITY);
  });

  it('goes on when a crowd has left', () => {
    const deadlines = new Deadlines<Due>();
    const waiters = Array.from({ length: 1_000 }, (_, index) => waiter((index * 7) % 1_000));
    for (const each of waiters) {
      deadlines.add(each);
    }
    const patient = waiters.filter(({ deadline }) => deadline % 50 === 0);
    for (const each of waiters) {
      if (!patient.includes(each)) {
        deadlines.remove(each);
      }
    }
    deadlines.add(waiter(475));
    const due: number[] = [];
    for (let each = deadlines.overdue(500); each !== undefined; each = deadlines.overdue(500)) {
      due.push(each.deadline);
    }
    expect(due).toEqual([0, 50, 100, 150, 200, 250, 300, 350, 400, 450, 475, 500]);
    expect(deadlines.next).toBe(550);
  });

  it('does as a sorted list does', () => {
    const action = fc.oneof(
      fc.record({ add: fc.array(fc.nat({ max: 500 }), { maxLength: 200 }) }),
      fc.record({ leave: fc.nat(), many: fc.nat({ max: 150 }) }),
      fc.record({ now: fc.nat({ max: 500 }) }),
    );
    fc.assert(
      fc.property(fc.array(action, { maxLength: 20 }), (actions) => {
        const deadlines = new Deadlines<Due>();
        let all: Due[] = [];
        for (const action of actions) {
          if ('add' in action) {
            for (const each of action.add.map(waiter)) {
              all.push(each);
              deadlines.add(each);
            }
          } else if ('now' in action) {
            const due = all.filter(({ deadline }) => deadline <= action.now);
            all = all.filter(({ deadline }) => deadline > action.now);
            const found: Due[] = [];
            for (let each = deadlines.overdue(action.now); each !== undefined; each = deadlines.overdue(action.now)) {
              found.push(each);
            }
            expect(new Set(found)).toEqual(new Set(due));
            expect(found.map(({ deadline }) => deadline)).toEqual(due.map(({ deadline }) => deadline).sort((a, b) => a - b));
          } else {
            for (const each of all.splice(action.leave % (all.length + 1), action.many)) {
              deadlines.remove(each);
            }
          }
          expect(deadlines.next).toBe(Math.min(...all.map(({ deadline }) => deadline)));
        }
      }),
    );
  });
});

describe('equal deadlines', () => {
  it('are given out in the order in which they were added, also after many have left', () => {
    const deadlines = new Deadlines<Due>();
    const waiters = Array.from({ length: 300 }, () => waiter(5));
    for (const each of waiters) {
      deadlines.add(each);
    }
    const stayed = waiters.filter((_, index) => index % 3 === 0);
    for (const each of waiters.filter((_, index) => index % 3 !== 0)) {
      deadlines.remove(each);
    }
    const refused = stayed.map(() => deadlines.overdue(5));
    expect(refused.map((each) => waiters.indexOf(each!))).toEqual(stayed.map((each) => waiters.indexOf(each)));
  });
});
