import { asyncScheduler, VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../../src/internal/time/clock';
import { Timer } from '../../../src/internal/time/timer';
import { FakeScheduler } from '../../support/fake-scheduler';
import { run } from '../../support/run';

describe('Timer', () => {
  function alarm(whenIsDue: 'first' | 'last' = 'first') {
    const scheduler = new FakeScheduler();
    const rings: number[] = [];
    const it = new Timer(new Clock(scheduler), whenIsDue, () => rings.push(scheduler.elapsed));
    return { scheduler, rings, alarm: it };
  }

  it.each(['first', 'last'] as const)('rings once at the time it is set for (%s)', (whenIsDue) => {
    const { scheduler, rings, alarm: one } = alarm(whenIsDue);
    one.set(10);
    scheduler.run();
    expect(rings).toEqual([10]);
  });

  it.each(['first', 'last'] as const)('rings at the earliest of several times (%s)', (whenIsDue) => {
    const { scheduler, rings, alarm: one } = alarm(whenIsDue);
    one.set(20);
    one.set(10);
    one.set(30);
    scheduler.run();
    expect(rings).toEqual([10]);
  });

  it('rings now where the time has passed', () => {
    const { scheduler, rings, alarm: one } = alarm();
    scheduler.run(5);
    one.set(Number.NEGATIVE_INFINITY);
    scheduler.run();
    expect(rings).toEqual([5]);
  });

  it('can be set again once it has rung', () => {
    const { scheduler, rings, alarm: one } = alarm();
    one.set(10);
    scheduler.run();
    one.set(12);
    scheduler.run();
    expect(rings).toEqual([10, 12]);
  });

  it('can be set while it rings', () => {
    const scheduler = new FakeScheduler();
    const rings: number[] = [];
    const one = new Timer(new Clock(scheduler), 'first', () => {
      rings.push(scheduler.elapsed);
      if (rings.length < 3) {
        one.set(scheduler.elapsed + 4);
      }
    });
    one.set(4);
    scheduler.run();
    expect(rings).toEqual([4, 8, 12]);
  });

  it.each(['first', 'last'] as const)('C10: holds no timer once it is turned off, nor after it rang (%s)', (whenIsDue) => {
    const { scheduler, rings, alarm: one } = alarm(whenIsDue);
    one.set(Number.POSITIVE_INFINITY);
    expect(scheduler.pending).toBe(0);
    one.set(10);
    expect(scheduler.pending).toBe(1);
    one.set(Number.POSITIVE_INFINITY);
    expect(scheduler.pending).toBe(0);
    one.set(20);
    scheduler.run();
    expect(rings).toEqual([20]);
    expect(scheduler.pending).toBe(0);
  });

  it.each(['first', 'last'] as const)('is set anew where the scheduler has cancelled it, because some other action threw (%s)', (whenIsDue) => {
    const scheduler = new VirtualTimeScheduler();
    const rings: number[] = [];
    const one = new Timer(new Clock(scheduler), whenIsDue, () => rings.push(scheduler.now()));
    scheduler.schedule(() => {
      throw new Error('mine');
    }, 5);
    one.set(10);
    expect(() => scheduler.flush()).toThrow('mine');
    one.set(20);
    scheduler.flush();
    expect(rings).toEqual([20]);
  });

  it('C10: holds one timer for many reasons', () => {
    const { scheduler, alarm: one } = alarm();
    for (let at = 100; at > 50; at -= 1) {
      one.set(at);
    }
    expect(scheduler.pending).toBe(1);
  });

  it('rings first or last among what is due in the same frame', () => {
    run(({ flush }) => {
      const clock = new Clock();
      const heard: string[] = [];
      new Timer(clock, 'last', () => heard.push(`last ${clock.now()}`)).set(10);
      new Timer(clock, 'first', () => heard.push(`first ${clock.now()}`)).set(10);
      asyncScheduler.schedule(() => heard.push(`other ${clock.now()}`), 10);
      flush();
      expect(heard).toEqual(['first 10', 'other 10', 'last 10']);
    });
  });

  it('can be turned off between the time it is due and its turn', () => {
    run(({ flush }) => {
      const heard: string[] = [];
      const one = new Timer(new Clock(), 'last', () => heard.push('rang'));
      one.set(10);
      asyncScheduler.schedule(() => one.set(Number.POSITIVE_INFINITY), 10);
      flush();
      expect(heard).toEqual([]);
    });
  });
});
