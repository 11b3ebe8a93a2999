import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { delay } from '../../../src/internal/time/delay';
import { FakeScheduler } from '../../support/fake-scheduler';
import { fc } from '../../support/property';
import { run } from '../../support/run';

const longest = 2 ** 31 - 1;
const thirtyDays = 30 * 86_400_000;

/** When the work was done, in ms that really passed. */
function timesOf(scheduler: FakeScheduler, ms: number): number[] {
  const times: number[] = [];
  delay(scheduler, ms, () => times.push(scheduler.elapsed));
  scheduler.run();
  return times;
}

describe('delay', () => {
  it('C3: works after the delay, once', () => {
    run(({ cold, expectObservable }) => {
      const times: number[] = [];
      delay(asyncScheduler, 5, () => times.push(asyncScheduler.now()));
      expectObservable(cold('--------a|', { a: times })).toBe('--------a|', { a: [5] });
    });
  });

  it.each([
    [0, 0],
    [0.2, 1],
    [7, 7],
    [7.000001, 8],
    [-5, 0],
    [longest, longest],
    [longest + 1, longest + 1],
    [thirtyDays, thirtyDays],
    [365 * 86_400_000, 365 * 86_400_000],
  ])('C3: %d ms end after %d whole ms', (ms, expected) => {
    expect(timesOf(new FakeScheduler(), ms)).toEqual([expected]);
  });

  it('C3: waits in pieces that setTimeout can take, none of them negative', () => {
    const scheduler = new FakeScheduler();
    timesOf(scheduler, thirtyDays);
    expect(scheduler.delays).toEqual([longest, thirtyDays - longest]);
  });

  it('C3: waits for ever where the delay is endless', () => {
    const scheduler = new FakeScheduler();
    let isDone = false;
    const waiting = delay(scheduler, Number.POSITIVE_INFINITY, () => {
      isDone = true;
    });
    scheduler.run(10 * longest);
    expect(isDone).toBe(false);
    expect(scheduler.pending).toBe(1);
    waiting.unsubscribe();
    expect(scheduler.pending).toBe(0);
  });

  it.each([0.4, 1, 1.5, 2])('C3: arms a timer again that fires %d ms early', (early) => {
    const scheduler = new FakeScheduler(undefined, (ms) => (ms > 2 ? early : 0));
    const [time] = timesOf(scheduler, 100);
    expect(time).toBeGreaterThanOrEqual(100);
    expect(time).toBeLessThan(101);
    expect(scheduler.delays).toEqual([100, Math.ceil(early)]);
  });

  it('C3: arms it once more where that one is early too, as long as it comes nearer', () => {
    const scheduler = new FakeScheduler(undefined, (ms) => (ms > 1 ? Math.min(2, ms - 1) : 0));
    expect(timesOf(scheduler, 100)).toEqual([100]);
    expect(scheduler.delays).toEqual([100, 2, 1]);
  });

  it('C3: every piece of a long wait may be early without the whole being so', () => {
    const scheduler = new FakeScheduler(undefined, (ms) => (ms > 2 ? 2 : 0));
    expect(timesOf(scheduler, 3 * longest)).toEqual([3 * longest]);
  });

  it('C3: believes a timer that fires earlier than timers do: the wall clock was set back', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed - 3_600_000));
    expect(timesOf(scheduler, 100)).toEqual([100]);
    expect(scheduler.delays).toEqual([100]);
  });

  it('C3: waits for the timer where the wall clock was set forward', () => {
    const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed + 3_600_000));
    expect(timesOf(scheduler, 100)).toEqual([100]);
  });

  it('C3: does not wait longer because the wall clock stands still', () => {
    expect(timesOf(new FakeScheduler(() => 42), thirtyDays)).toEqual([thirtyDays]);
    expect(timesOf(new FakeScheduler(() => 42), 3)).toEqual([3]);
  });

  it('C3: arms a short timer at most twice where the wall clock stands still', () => {
    const scheduler = new FakeScheduler(() => 42);
    timesOf(scheduler, 2);
    expect(scheduler.delays).toEqual([2, 2]);
  });

  it('C3: a delay of 0 is not armed again, whatever the wall clock does', () => {
    const scheduler = new FakeScheduler((elapsed) => -elapsed);
    expect(timesOf(scheduler, 0)).toEqual([0]);
    expect(scheduler.delays).toEqual([0]);
  });

  it('C3: is never early and at most 3 ms late for each piece, whatever timers and wall clock do', () => {
    const step = fc.record({ after: fc.integer({ min: 0, max: 5_000 }), by: fc.integer({ min: -4_000, max: 4_000 }) });
    const delays = fc.oneof(fc.integer({ min: 0, max: 5_000 }), fc.integer({ min: longest - 5, max: 4 * longest }));
    const earliness = fc.infiniteStream(fc.constantFrom(0, 0, 0.5, 1, 2));
    fc.assert(
      fc.property(delays, fc.array(step, { maxLength: 3 }), earliness, fc.boolean(), (ms, steps, early, isFrozen) => {
        const wall = (elapsed: number) =>
          isFrozen ? 0 : steps.reduce((time, { after, by }) => (elapsed >= after ? time + by : time), elapsed);
        const scheduler = new FakeScheduler(wall, () => early.next().value);
        const pieces = Math.max(1, Math.ceil(ms / longest));
        const [time, ...others] = timesOf(scheduler, ms);
        expect(others).toEqual([]);
        expect(time).toBeGreaterThanOrEqual(ms - 2 * pieces);
        expect(time).toBeLessThanOrEqual(ms + 3 * pieces);
        expect(scheduler.delays.length).toBeLessThanOrEqual(3 * pieces);
        expect(scheduler.delays.every((each) => each >= 0 && each <= longest && Number.isInteger(each))).toBe(true);
      }),
    );
  });

  it('C3: with an honest wall clock it is never early, and never late by a whole ms', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 3 * longest }), fc.infiniteStream(fc.constantFrom(0, 0.5, 1, 1.9, 2)), (ms, early) => {
        const scheduler = new FakeScheduler(undefined, (each) => (each > 2 ? early.next().value : 0));
        const [time] = timesOf(scheduler, ms);
        expect(time).toBeGreaterThanOrEqual(ms);
        expect(time).toBeLessThan(ms + Math.max(1, Math.ceil(ms / longest)));
      }),
    );
  });

  it('C4: is cancelled in the same tick, in whatever piece it is', () => {
    const scheduler = new FakeScheduler();
    let isDone = false;
    const waiting = delay(scheduler, thirtyDays, () => {
      isDone = true;
    });
    scheduler.run(longest + 1);
    waiting.unsubscribe();
    expect(scheduler.pending).toBe(0);
    scheduler.run();
    expect(isDone).toBe(false);
  });
});
