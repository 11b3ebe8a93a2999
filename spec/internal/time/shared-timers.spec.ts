import { animationFrameScheduler, asapScheduler, asyncScheduler, config, queueScheduler, type SchedulerLike, VirtualTimeScheduler } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import { SharedTimers } from '../../../src/internal/time/shared-timers';
import { VirtualTime } from '../../circuit/virtual-time';
import { FakeScheduler } from '../../support/fake-scheduler';
import { fc } from '../../support/property';
import { run } from '../../support/run';

/** Sleepers with names on one scheduler, and who was woken when. */
function dormitory<S extends SchedulerLike>(scheduler: S, now: () => number = () => scheduler.now()) {
  const timers = new SharedTimers(scheduler);
  const woken: string[] = [];
  const sleep = (name: string, ms: number, then: () => void = () => {}) => {
    const wake = () => {
      woken.push(`${name} ${now()}`);
      then();
    };
    const sleep = timers.after(ms, { wake });
    return { leave: () => sleep.unsubscribe() };
  };
  return { scheduler, timers, woken, sleep };
}

function fake(wall?: (elapsed: number) => number, early?: (delay: number) => number) {
  const scheduler = new FakeScheduler(wall, early);
  return dormitory(scheduler, () => scheduler.elapsed);
}

describe('SharedTimers', () => {
  it('wakes each at its time, whoever came first', () => {
    run(({ flush }) => {
      const { sleep, woken } = dormitory(asyncScheduler);
      sleep('a', 20);
      sleep('b', 5);
      sleep('c', 30);
      asyncScheduler.schedule(() => sleep('d', 5), 10);
      flush();
      expect(woken).toEqual(['b 5', 'd 15', 'a 20', 'c 30']);
    });
  });

  it('wakes those who are due at the same time in the order in which they fell asleep', () => {
    run(({ flush }) => {
      const { sleep, woken } = dormitory(asyncScheduler);
      sleep('a', 20);
      sleep('b', 20);
      asyncScheduler.schedule(() => sleep('d', 10), 10);
      sleep('c', 20);
      flush();
      expect(woken).toEqual(['a 20', 'b 20', 'c 20', 'd 20']);
    });
  });

  it('wakes one that sleeps alone among other actions of the frame as a timer of its own would', () => {
    run(({ flush }) => {
      const { sleep, woken } = dormitory(asyncScheduler);
      asyncScheduler.schedule(() => woken.push('before'), 10);
      sleep('a', 10);
      asyncScheduler.schedule(() => woken.push('after'), 10);
      flush();
      expect(woken).toEqual(['before', 'a 10', 'after']);
    });
  });

  it.each([
    ['async', asyncScheduler],
    ['asap', asapScheduler],
    ['queue', queueScheduler],
    ['animationFrame', animationFrameScheduler],
  ])('wakes each at its time on the %s scheduler, also who falls asleep again', (_, scheduler) => {
    run(({ flush }) => {
      const { sleep, woken } = dormitory(scheduler, () => asyncScheduler.now());
      sleep('a', 7, () => sleep('a again', 3));
      sleep('b', 7, () => sleep('b again', 1));
      sleep('c', 9);
      flush();
      expect(woken).toEqual(['a 7', 'b 7', 'b again 8', 'c 9', 'a again 10']);
    });
  });

  it('wakes each at its time on a VirtualTimeScheduler', () => {
    const { sleep, woken, scheduler } = dormitory(new VirtualTimeScheduler());
    sleep('a', 7, () => sleep('a again', 3));
    sleep('b', 3);
    scheduler.flush();
    expect(woken).toEqual(['b 3', 'a 7', 'a again 10']);
  });

  it('C10: holds one timer for many, and none once nobody sleeps', () => {
    const { scheduler, sleep } = fake();
    for (let ms = 100; ms > 0; ms -= 1) {
      sleep('one', ms);
    }
    expect(scheduler.pending).toBe(1);
    scheduler.run(99);
    expect(scheduler.pending).toBe(1);
    scheduler.run();
    expect(scheduler.pending).toBe(0);
  });

  it('C4, C10: who leaves is not woken, and the last one takes the timer along', () => {
    const { scheduler, sleep, woken } = fake();
    const [a, b, c] = [sleep('a', 10), sleep('b', 20), sleep('c', 30)];
    a.leave();
    expect(scheduler.pending).toBe(1);
    c.leave();
    scheduler.run(15);
    b.leave();
    expect(scheduler.pending).toBe(0);
    scheduler.run();
    b.leave();
    expect([woken, scheduler.pending]).toEqual([[], 0]);
  });

  it('C4: who is due may send away others who are due in the same moment, and those who are not', () => {
    const { scheduler, sleep, woken } = fake();
    sleep('a', 10, () => [b, d].map(({ leave }) => leave()));
    const b = sleep('b', 10);
    sleep('c', 10, () => c.leave());
    const d = sleep('d', 20);
    const c = sleep('e', 30);
    scheduler.run();
    expect([woken, scheduler.pending]).toEqual([['a 10', 'c 10'], 0]);
  });

  it('C6: 100,000 who are due at once and fall asleep again do not overflow the stack, and keep nobody from their turn', () => {
    run(({ flush }) => {
      const { sleep, woken } = dormitory(asyncScheduler);
      for (let each = 0; each < 100_000; each += 1) {
        sleep('a', 10, () => sleep('again', 1));
      }
      sleep('last', 10);
      flush();
      expect([woken.length, woken[100_000], woken[100_001], woken.at(-1)]).toEqual([200_001, 'last 10', 'again 11', 'again 11']);
    });
  });

  it('takes who is due by the time it rings, but not those who fall asleep meanwhile, however long that takes', () => {
    let time = 0;
    const { scheduler, sleep, woken } = fake((elapsed) => elapsed + time);
    const again = () => {
      if (woken.length < 5) {
        sleep('again', 10, again);
      }
      time += 50; // it keeps the thread busy
    };
    sleep('a', 10, again);
    sleep('b', 30);
    sleep('c', 10, again);
    scheduler.run(10);
    expect(woken).toEqual(['a 10', 'c 10', 'b 10']);
    expect(scheduler.delays).toEqual([10, 10, 10, 0]);
    scheduler.run(10);
    expect(woken.slice(3)).toEqual(['again 20', 'again 20']);
  });

  describe('when somebody throws', () => {
    afterEach(() => {
      config.onUnhandledError = null;
    });

    it('wakes the others, and rxjs reports what was thrown', () => {
      run(({ flush }) => {
        const unhandled: unknown[] = [];
        config.onUnhandledError = (error) => unhandled.push(error);
        const { sleep, woken } = dormitory(asyncScheduler);
        const boom = (thrown: string) => () => {
          throw thrown;
        };
        sleep('a', 10, boom('one'));
        sleep('b', 10, boom('two'));
        sleep('c', 10);
        sleep('d', 20);
        flush();
        expect(woken).toEqual(['a 10', 'b 10', 'c 10', 'd 20']);
        expect(unhandled).toEqual(['one', 'two']);
      });
    });

    it('wakes new ones when what somebody else threw has cancelled all timers', () => {
      const { scheduler, sleep, woken } = dormitory(new VirtualTimeScheduler());
      scheduler.schedule(() => {
        throw new Error('mine');
      }, 5);
      sleep('a', 10);
      expect(() => scheduler.flush()).toThrow('mine');
      sleep('b', 10);
      scheduler.flush();
      expect(woken).toEqual(['b 15']);
    });
  });

  describe('and the wall clock', () => {
    it('C3: wakes after more ms than setTimeout can take', () => {
      const { scheduler, sleep, woken } = fake();
      sleep('a', 2 ** 33);
      sleep('b', 2 ** 32 + 5);
      scheduler.run(10);
      sleep('c', 10);
      scheduler.run();
      expect(woken).toEqual(['c 20', `b ${2 ** 32 + 5}`, `a ${2 ** 33}`]);
    });

    it.each([0.5, 1, 2])('C3: wakes nobody early when timers are, by %d ms', (early) => {
      const { scheduler, sleep, woken } = fake(undefined, (ms) => (ms > 2 ? early : 0));
      sleep('a', 100);
      sleep('b', 200);
      scheduler.run();
      const times = woken.map((each) => Number(each.split(' ')[1]));
      expect([times[0]! >= 100, times[0]! < 101, times[1]! >= 200, times[1]! <= 201]).toEqual([true, true, true, true]);
    });

    it('C3: believes the timer when it was set back; those who came before and after wait no longer and no shorter', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 50 ? elapsed : elapsed - 3_600_000));
      sleep('a', 100);
      sleep('b', 200);
      scheduler.run(60);
      sleep('c', 100);
      sleep('d', 30);
      expect(scheduler.pending).toBe(2);
      scheduler.run(45);
      sleep('e', 20);
      scheduler.run();
      expect(woken).toEqual(['d 90', 'a 100', 'e 125', 'c 160', 'b 200']);
      expect(scheduler.pending).toBe(0);
    });

    it('C3: new ones come right also when nobody had looked before the timer rang', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 50 ? elapsed : elapsed - 40));
      sleep('a', 100);
      sleep('b', 300);
      scheduler.run(100);
      sleep('c', 100);
      scheduler.run();
      expect(woken).toEqual(['a 100', 'c 200', 'b 300']);
    });

    it('believes the wall clock when a timer rings late: whose time has passed is woken too, in order', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 50 ? elapsed : elapsed + 70));
      sleep('a', 100);
      sleep('c', 160);
      sleep('b', 150);
      sleep('d', 200);
      scheduler.run();
      expect(woken).toEqual(['a 100', 'b 100', 'c 100', 'd 130']);
    });

    it('new ones do not depend on a timer that is long overdue', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 50 ? elapsed : elapsed + 3_600_000));
      sleep('a', 100);
      scheduler.run(60);
      sleep('b', 20);
      sleep('c', 90);
      expect(scheduler.pending).toBe(2);
      scheduler.run();
      expect(woken).toEqual(['b 80', 'a 100', 'c 150']);
    });

    it('C3: set back by less than has passed: those who sleep wait no longer, and new ones no shorter', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 30_000 ? elapsed : elapsed - 25_000));
      sleep('a', 60_000);
      sleep('b', 70_000);
      scheduler.run(30_000);
      sleep('c', 1_000);
      sleep('d', 60_000);
      scheduler.run();
      expect(woken).toEqual(['c 31000', 'a 60000', 'b 70000', 'd 90000']);
    });

    it('R4: set forward by hours: nobody is woken early', () => {
      const { scheduler, sleep, woken } = fake((elapsed) => (elapsed < 50 ? elapsed : elapsed + 3_600_000));
      sleep('a', 100);
      sleep('b', 60_000);
      scheduler.run();
      expect(woken).toEqual(['a 100', 'b 60000']);
    });

    it('C3, R4: however often it is set, each wakes when it was told', () => {
      const step = fc.record({ at: fc.integer({ min: 1, max: 300_000 }), by: fc.integer({ min: -200_000, max: 200_000 }) });
      const sleeper = fc.record({ at: fc.nat({ max: 100_000 }), ms: fc.integer({ min: 1, max: 200_000 }) });
      fc.assert(
        fc.property(fc.array(step, { maxLength: 3 }), fc.array(sleeper, { minLength: 1, maxLength: 12 }), (steps, sleepers) => {
          const wall = (elapsed: number) => 1e9 + elapsed + steps.reduce((sum, { at, by }) => sum + (elapsed >= at && Math.abs(by) > 1_000 ? by : 0), 0);
          const { scheduler, sleep, woken } = fake(wall);
          const sorted = [...sleepers].sort((one, other) => one.at - other.at);
          for (const { at, ms } of sorted) {
            scheduler.run(at - scheduler.elapsed);
            sleep(`${at + ms}`, ms);
          }
          scheduler.run();
          expect(woken.map((each) => each.split(' ')[1])).toEqual(woken.map((each) => each.split(' ')[0]));
          expect(woken.length).toBe(sleepers.length);
        }),
      );
    });
  });

  it('does as timers of their own would, with whoever falls asleep and leaves', () => {
    const action = fc.record({ at: fc.nat({ max: 60 }), ms: fc.integer({ min: 1, max: 40 }), stays: fc.option(fc.nat({ max: 40 })), again: fc.nat({ max: 2 }) });
    fc.assert(
      fc.property(fc.array(action, { maxLength: 40 }), (actions) => {
        const trace = (isShared: boolean) => {
          const time = new VirtualTime();
          const timers = new SharedTimers(time);
          const woken: (readonly [number, number, number])[] = [];
          let began = 0;
          const sleep = (index: number, ms: number, again: number): (() => void) => {
            began += 1;
            const number = began;
            let leave = () => {};
            const wake = () => {
              woken.push([time.frame, index, number]);
              if (again > 0) {
                leave = sleep(index, ms, again - 1);
              }
            };
            const timer = isShared ? timers.after(ms, { wake }) : time.schedule(wake, ms);
            leave = () => timer.unsubscribe();
            return () => leave();
          };
          actions.forEach(({ at, ms, stays, again }, index) => {
            time.schedule(() => {
              const leave = sleep(index, ms, again);
              if (stays !== null) {
                time.schedule(leave, stays + 0.5); // never in the frame in which somebody is due
              }
            }, at);
          });
          time.pass(1_000);
          return { woken: woken.map(([frame, index]) => [frame, index]), timers: time.timers };
        };
        const [shared, own] = [trace(true), trace(false)];
        const sorted = (woken: number[][]) => woken.map((each) => each.join(' ')).sort();
        expect(sorted(shared.woken)).toEqual(sorted(own.woken));
        expect(shared.woken.map(([frame]) => frame)).toEqual(own.woken.map(([frame]) => frame));
        expect(shared.timers).toBe(0);
      }),
    );
  });
});
