import { type asyncScheduler, interval, take, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { VirtualScheduler } from '../../src/testing';

describe('VirtualScheduler', () => {
  it('does what is due in order of time, and of scheduling where that is the same', () => {
    const scheduler = new VirtualScheduler();
    const done: string[] = [];
    const note = (what?: string) => done.push(`${what} at ${scheduler.now()}`);
    scheduler.schedule(note, 20, 'c');
    scheduler.schedule(note, 10, 'a');
    scheduler.schedule(note, 20, 'd');
    scheduler.schedule(note, 10, 'b');
    scheduler.schedule(() => scheduler.schedule(note, -5, 'e'), 20);
    scheduler.schedule(note, undefined, 'now');
    expect(done).toEqual([]);
    scheduler.flush();
    expect(done).toEqual(['now at 0', 'a at 10', 'b at 10', 'c at 20', 'd at 20', 'e at 20']);
  });

  it('goes on from a time until which it was flushed, and not back', () => {
    const scheduler = new VirtualScheduler();
    const done: number[] = [];
    timer(10, 10, scheduler).pipe(take(4)).subscribe((n) => done.push(n));
    scheduler.flush(25);
    expect([done, scheduler.now()]).toEqual([[0, 1], 25]);
    scheduler.flush(5);
    expect([done, scheduler.now()]).toEqual([[0, 1], 25]);
    scheduler.flush();
    expect([done, scheduler.now()]).toEqual([[0, 1, 2, 3], 40]);
  });

  it('does nothing that was unsubscribed, also not while it is at work', () => {
    const scheduler = new VirtualScheduler();
    const done: number[] = [];
    scheduler.schedule(() => done.push(1), 10).unsubscribe();
    const again = scheduler.schedule(function () {
      done.push(2);
      again.unsubscribe();
      this.schedule(undefined, 10);
    }, 10);
    scheduler.flush();
    expect(done).toEqual([2]);
    expect(again.closed).toBe(true);
  });

  it('moves what is scheduled again, and closes it when it is over', () => {
    const scheduler = new VirtualScheduler();
    const done: string[] = [];
    const action = scheduler.schedule<string>((state) => done.push(`${state} at ${scheduler.now()}`), 10, 'a');
    (action as unknown as typeof asyncScheduler & { schedule(state: string, delay?: number): void }).schedule('b', 30);
    scheduler.flush();
    expect(done).toEqual(['b at 30']);
    expect(action.closed).toBe(true);
  });

  it('lets what an action throws end the flush, and goes on at the next', () => {
    const scheduler = new VirtualScheduler();
    const done: number[] = [];
    scheduler.schedule(() => { throw new Error('a mistake'); }, 1);
    scheduler.schedule(() => done.push(scheduler.now()), 2);
    expect(() => scheduler.flush()).toThrow('a mistake');
    scheduler.flush();
    expect(done).toEqual([2]);
  });

  it('runs operators of RxJS, a million timers in seconds', () => {
    const scheduler = new VirtualScheduler();
    let fired = 0;
    for (let n = 0; n < 1_000; n += 1) {
      interval(1 + (n % 7), scheduler).pipe(take(100)).subscribe(() => { fired += 1; });
    }
    scheduler.flush();
    expect(fired).toBe(100_000);
  });
});
