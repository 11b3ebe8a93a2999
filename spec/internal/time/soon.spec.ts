import { queueScheduler, type Subscription, type Unsubscribable } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { Soon } from '../../../src/internal/time/soon';
import { FakeScheduler } from '../../support/fake-scheduler';

describe('Soon', () => {
  afterEach(() => {
    vi.useRealTimers();
  });

  it('C12: does the work of many in order, by one action of the scheduler', () => {
    const { scheduler, done, schedule } = setUp();
    schedule('a');
    schedule('b');
    expect(done).toEqual([]);
    expect(scheduler.delays).toEqual([0]);
    scheduler.run();
    expect(done).toEqual(['a', 'b']);
    schedule('c');
    expect(scheduler.delays).toEqual([0, 0]);
    scheduler.run();
    expect(done).toEqual(['a', 'b', 'c']);
  });

  it('C4: what was unsubscribed is not done, also in the middle of the others, and not twice', () => {
    const { scheduler, soon, done, schedule } = setUp();
    let last: Unsubscribable | undefined;
    soon.schedule(() => {
      done.push('first');
      last?.unsubscribe();
      last?.unsubscribe();
    });
    const middle = schedule('middle');
    last = schedule('last');
    schedule('end');
    middle.unsubscribe();
    middle.unsubscribe();
    scheduler.run();
    expect(done).toEqual(['first', 'end']);
  });

  it('C4: when nothing is left to do the action is cancelled in the same tick', () => {
    const { scheduler, done, schedule } = setUp();
    const both = [schedule('a'), schedule('b')];
    both[0]!.unsubscribe();
    expect(scheduler.pending).toBe(1);
    both[1]!.unsubscribe();
    expect(scheduler.pending).toBe(0);
    schedule('c');
    scheduler.run();
    expect(done).toEqual(['c']);
  });

  it('what the work schedules is done in the next turn', () => {
    const { scheduler, soon, done } = setUp();
    soon.schedule(() => soon.schedule(() => done.push('next')));
    soon.schedule(() => done.push('now'));
    scheduler.run();
    expect(done).toEqual(['now', 'next']);
    expect(scheduler.delays).toEqual([0, 0]);
  });

  it('what throws is reported, and the others have their turn', () => {
    vi.useFakeTimers();
    const { scheduler, soon, done, schedule } = setUp();
    soon.schedule(() => {
      throw new Error('thrown by the first');
    });
    schedule('second');
    scheduler.run();
    expect(done).toEqual(['second']);
    expect(() => vi.runAllTimers()).toThrow('thrown by the first');
  });

  it('a scheduler that does at once what has no delay does it at once', () => {
    const done: string[] = [];
    const soon = new Soon(queueScheduler);
    soon.schedule(() => done.push('a'));
    soon.schedule(() => done.push('b'));
    expect(done).toEqual(['a', 'b']);
  });

  it('what comes after the action was cancelled from outside has one of its own', () => {
    const { scheduler, done, schedule } = setUp();
    const scheduled = vi.spyOn(scheduler, 'schedule');
    schedule('lost');
    (scheduled.mock.results[0]!.value as Subscription).unsubscribe();
    schedule('told');
    scheduler.run();
    expect(done).toEqual(['told']);
  });
});

function setUp() {
  const scheduler = new FakeScheduler();
  const soon = new Soon(scheduler);
  const done: string[] = [];
  return { scheduler, soon, done, schedule: (name: string) => soon.schedule(() => done.push(name)) };
}
