import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { Clock } from '../../../src/internal/time/clock';
import { FakeScheduler } from '../../support/fake-scheduler';
import { fc } from '../../support/property';
import { run } from '../../support/run';

describe('Clock', () => {
  it('uses the asyncScheduler unless it is given another', () => {
    expect(new Clock().scheduler).toBe(asyncScheduler);
    const scheduler = new FakeScheduler();
    expect(new Clock(scheduler).scheduler).toBe(scheduler);
  });

  it('starts at 0 with the first look', () => {
    const scheduler = new FakeScheduler((elapsed) => 1_700_000_000_000 + elapsed);
    const clock = new Clock(scheduler);
    scheduler.run(50);
    expect(clock.now()).toBe(0);
    scheduler.run(7);
    expect(clock.now()).toBe(7);
  });

  it('tells what to add for the time of the scheduler', () => {
    const scheduler = new FakeScheduler((elapsed) => 1_000 + elapsed);
    const clock = new Clock(scheduler);
    expect(clock.toWall).toBe(1_000);
    scheduler.run(5);
    expect(clock.now() + clock.toWall).toBe(1_005);
  });

  it('shows no negative zero at the start of virtual time', () => {
    run(() => {
      expect(Object.is(new Clock().toWall, 0)).toBe(true);
      expect(Object.is(new Clock().now(), 0)).toBe(true);
    });
  });

  it('calls back after a while', () => {
    run(({ flush }) => {
      const clock = new Clock();
      const times: number[] = [];
      clock.after(10, () => times.push(clock.now()));
      clock.after(0, () => times.push(clock.now()));
      flush();
      expect(times).toEqual([0, 10]);
    });
  });

  it('C7: never runs backwards, and goes on from where it stood', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed - 1_000));
    const clock = new Clock(scheduler);
    const looks = [0, 40, 5, 10, 10].map((ms) => {
      scheduler.run(ms);
      return clock.now();
    });
    expect(looks).toEqual([0, 40, 45, 45, 55]);
    expect(clock.now() + clock.toWall).toBe(scheduler.now());
  });

  it('C7: what to add for the time of the scheduler changes only where that was set back, as seen or told by a timer', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed + 30 : elapsed < 80 ? elapsed - 10 : elapsed + 500));
    const [looking, waiting, late] = [new Clock(scheduler), new Clock(scheduler), new Clock(scheduler)];
    expect([looking.toWall, waiting.toWall]).toEqual([30, 30]);
    waiting.after(70, () => {});
    scheduler.run(45);
    expect([looking.toWall, late.toWall]).toEqual([30, 75]);
    scheduler.run(6);
    expect([looking.toWall, late.toWall]).toEqual([-4, 41]);
    scheduler.run(24);
    expect([looking.toWall, waiting.toWall, late.toWall]).toEqual([-4, -10, 41]);
    scheduler.run(50);
    expect([looking.toWall, waiting.toWall, late.toWall]).toEqual([-4, -10, 41]);
  });

  it('C7: follows a step forwards', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed + 1_000));
    const clock = new Clock(scheduler);
    clock.now();
    scheduler.run(60);
    expect(clock.now()).toBe(1_060);
  });

  it('C7: believes a timer more than a wall clock that was set back', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed - 1_000));
    const clock = new Clock(scheduler);
    const times: number[] = [];
    clock.after(100, () => times.push(clock.now(), scheduler.elapsed));
    scheduler.run();
    expect(times).toEqual([100, 100]);
    scheduler.run(5);
    expect(clock.now()).toBe(105);
  });

  it('C7: goes on from a timer that it believed, also when nobody looked at the time just then', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed - 1_000));
    const clock = new Clock(scheduler);
    clock.after(100, () => {});
    scheduler.run(107);
    expect(clock.now()).toBe(107);
  });

  it('C7: adds to its time only what a timer says beyond it', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 150 ? elapsed : elapsed - 1_000));
    const clock = new Clock(scheduler);
    clock.now();
    scheduler.run(40);
    clock.now();
    clock.after(160, () => undefined);
    scheduler.run();
    expect(clock.now()).toBe(200);
    expect(clock.now() + clock.toWall).toBe(scheduler.now());
    scheduler.run(5);
    expect(clock.now()).toBe(205);
  });

  it('C7: is not set back by a timer that is late', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed + 1_000));
    const clock = new Clock(scheduler);
    const times: number[] = [];
    clock.after(100, () => times.push(clock.now()));
    scheduler.run();
    expect(times).toEqual([1_100]);
  });

  it('C7: whatever the wall clock does, time never goes back and a timer is due when it fires', () => {
    const step = fc.record({ after: fc.integer({ min: 0, max: 500 }), by: fc.integer({ min: -1_000, max: 1_000 }) });
    const delays = fc.array(fc.integer({ min: 0, max: 600 }), { minLength: 1, maxLength: 5 });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 4 }), delays, fc.boolean(), (steps, waits, isFrozen) => {
        const wall = (elapsed: number) =>
          isFrozen ? 7 : steps.reduce((time, { after, by }) => (elapsed >= after ? time + by : time), elapsed);
        const scheduler = new FakeScheduler(wall);
        const clock = new Clock(scheduler);
        const looks = [clock.now()];
        for (const ms of waits) {
          const due = clock.now() + ms;
          clock.after(ms, () => {
            looks.push(clock.now());
            expect(clock.now()).toBeGreaterThanOrEqual(due);
            expect(scheduler.elapsed).toBeLessThanOrEqual(ms + 3);
            expect(clock.now() + clock.toWall).toBe(scheduler.now());
          });
        }
        scheduler.run();
        expect(looks).toEqual([...looks].sort((one, other) => one - other));
        expect(looks).toHaveLength(waits.length + 1);
      }),
    );
  });
});
