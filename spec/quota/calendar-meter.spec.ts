import { describe, expect, it } from 'vitest';
import { CalendarMeter } from '../../src/quota/calendar-meter';
import { Ledger } from '../../src/quota/ledger';
import { calendarWindow, inTotal, perCalendarDay, perDay, perSecond } from '../../src/quota/limits';
import { fc, runs } from '../support/property';

const day = 86_400_000;
const midnight = Date.parse('2025-07-16T00:00:00Z');

/** 10 units a day, on a ledger whose time is 0 at `wall`; the wall clock can be set. */
function tenADay(wall = midnight + 9 * 3_600_000) {
  const clock = { wall };
  return { clock, meter: new CalendarMeter(perCalendarDay(10), { get toWall() { return clock.wall; } }), noon: midnight + day - wall };
}

describe('CalendarMeter', () => {
  it('Q7: everything is free again at the boundary, and not before', () => {
    const { meter, noon } = tenADay();
    meter.take(4, 0);
    meter.take(8, 5);
    expect([meter.used(noon - 1), meter.fits(1, noon - 1), meter.due(1)]).toEqual([12, false, noon]);
    expect([meter.resetAt(5), meter.nextChange(5)]).toEqual([noon, noon]);
    expect([meter.used(noon), meter.fits(10, noon), meter.fits(11, noon)]).toEqual([0, true, false]);
    expect([meter.resetAt(noon), meter.nextChange(noon), meter.due(10)]).toEqual([noon, undefined, Number.NEGATIVE_INFINITY]);
    expect(meter.due(11)).toBe(Number.POSITIVE_INFINITY);
    expect([meter.period, meter.limit]).toEqual([day, perCalendarDay(10)]);
  });

  it('Q7: a correction counts in the period of the grant; later a refund does nothing and an excess counts now', () => {
    const { meter, noon } = tenADay();
    const slot = meter.take(4, 0);
    meter.correct(slot, -1, 1);
    meter.correct(slot, 3, 2);
    expect(meter.used(2)).toBe(6);
    meter.correct(slot, -4, noon);
    meter.correct(slot, 2, noon);
    expect(meter.used(noon)).toBe(2);
    expect([meter.counts(slot, noon), meter.counts(slot + 1, noon)]).toEqual([false, true]);
  });

  it('C7: a clock that is set back keeps nothing for longer than a period, and gives nothing back', () => {
    const { meter, clock, noon } = tenADay();
    meter.take(9, 0);
    clock.wall -= 30 * day;
    expect(meter.used(1)).toBe(9);
    expect(meter.due(5)).toBe(noon);
    expect(meter.used(noon)).toBe(0);
  });

  it('C7: a clock that is set forward begins the period that it shows', () => {
    const { meter, clock } = tenADay();
    meter.take(9, 0);
    clock.wall += 40 * day;
    expect(meter.used(1)).toBe(0);
  });

  it('Q7: fractions that add up fit', () => {
    const meter = new CalendarMeter(calendarWindow({ limit: 0.3, every: 'hour' }), { toWall: 0 });
    meter.take(0.1, 0);
    meter.take(0.1, 0);
    expect([meter.fits(0.1, 1), meter.fits(0.100_002, 1), meter.used(1)]).toEqual([true, false, 0.2]);
  });

  it('T5: gives a credit back, and no more than was taken', () => {
    const { meter } = tenADay();
    meter.take(5, 0);
    meter.credit(2, 1);
    expect(meter.used(1)).toBe(3);
    meter.credit(9, 1);
    expect([meter.used(1), meter.fits(11, 1)]).toEqual([0, false]);
  });

  it('T5: is saved with its last moment, and counts again only in the same period', () => {
    const { meter, clock, noon } = tenADay();
    expect(meter.save(clock.wall, 0)).toEqual([]);
    meter.take(5, 0);
    meter.take(1, 7);
    const saved = meter.save(clock.wall, 9);
    expect(saved).toEqual([[clock.wall + 7, 6]]);
    const loadedAt = (now: number) => {
      const next = tenADay().meter;
      next.load([[7, 6]], now);
      return next.used(now);
    };
    expect([loadedAt(9), loadedAt(noon - 1), loadedAt(noon)]).toEqual([6, 6, 0]);
  });

  it('says how much of it open grants hold', () => {
    const { meter, noon } = tenADay();
    const open = meter.open();
    const slot = meter.take(4, 0);
    open.open(slot, 4, 0);
    expect(open.units(1)).toBe(4);
    open.close(slot, 1, 1);
    expect([open.units(1), open.units(noon)]).toEqual([3, 0]);
  });

  it('Q7, C14: those in line are foreseen to be granted in their periods', () => {
    const walls = fc.integer({ min: 0, max: 3_600_000 });
    const cost = fc.record({ requests: fc.integer({ min: 0, max: 4 }) });
    fc.assert(
      fc.property(walls, fc.array(cost, { maxLength: 30, size: 'max' }), fc.boolean(), (wall, line, isPaced) => {
        const limits = [calendarWindow({ limit: 5, every: 'hour' }), ...(isPaced ? [perSecond(4)] : [])];
        const [live, foreseen] = [Ledger.of('Test', limits, { toWall: wall }), Ledger.of('Test', limits, { toWall: wall })];
        live.take({ requests: 3 }, 0);
        foreseen.take({ requests: 3 }, 0);
        let now = 0;
        const grants = line.map((each) => {
          now = Math.max(now, live.due(each, now));
          live.take(each, now);
          return now;
        });
        const ahead = foreseen.foresee();
        let at = 0;
        for (const [index, each] of line.entries()) {
          at = Math.max(at, ahead.due(each));
          ahead.take(each, at);
          expect(at).toBe(grants[index]);
        }
        // And stays so while they are granted.
        for (const [index, each] of line.entries()) {
          foreseen.take(each, grants[index]!);
          ahead.granted(each);
          const next = { requests: 5 };
          expect(Math.max(at, ahead.due(next))).toBe(Math.max(at, live.due(next, at)));
        }
        expect(ahead.due({ requests: 6 })).toBe(Number.POSITIVE_INFINITY);
      }),
      { numRuns: runs(200) },
    );
  });
});

describe('inTotal in a ledger', () => {
  const ledgerOf = () => Ledger.of('Test', { tokens: [inTotal(10), perSecond(8)] });

  it('Q7: never comes back, and says so', () => {
    const ledger = ledgerOf();
    expect(ledger.states('tokens', 0, 100)[0]).toEqual({ limit: 10, used: 0, remaining: 10, resetAt: 100 });
    ledger.take({ tokens: 7 }, 0);
    expect(ledger.states('tokens', 5_000, 0)).toEqual([
      { limit: 10, used: 7, remaining: 3 },
      { limit: 8, window: 1_000, used: 0, remaining: 8, resetAt: 5_000 },
    ]);
    expect([ledger.isUsedUp({ tokens: 3 }, 5_000), ledger.isUsedUp({ tokens: 4 }, 5_000)]).toEqual([false, true]);
    expect([ledger.due({ tokens: 4 }, 5_000), ledger.nextChange(5_000), ledger.isUnused(5_000)]).toEqual([Number.POSITIVE_INFINITY, undefined, false]);
    expect(ledger.isUsedUp({ tokens: 11 }, 0)).toBe(true);
    expect(ledger.impossible({ tokens: 11 })).toBe(10);
  });

  it('Q7: what is given back can be taken again, however late', () => {
    const ledger = ledgerOf();
    const grant = ledger.take({ tokens: 7 }, 0);
    ledger.settle(grant, { tokens: 9 }, 50_000);
    expect(ledger.remaining(50_000)).toBe(-1 + 2);
    ledger.refund(grant, 90_000);
    expect(ledger.remaining(90_000)).toBe(8);
    ledger.take({ tokens: 4 }, 90_000);
    ledger.credit({ tokens: 100 }, 90_000);
    expect(ledger.remaining(91_000)).toBe(8);
  });

  it('Q7: says how much of it open grants hold', () => {
    const ledger = Ledger.of('Test', { tokens: inTotal(10) });
    const open = ledger.open();
    const grant = ledger.take({ tokens: 7 }, 0);
    open.add(grant, 0);
    expect(open.units(0)).toEqual([7]);
    open.remove(grant, 0);
    expect(open.units(0)).toEqual([0]);
    ledger.reset();
    open.add(grant, 0);
    expect(open.units(0)).toEqual([0]);
  });

  it('Q7: headers say nothing of it', () => {
    const ledger = Ledger.of('Test', { tokens: inTotal(10) });
    ledger.sync('tokens', { remaining: 5 }, 0);
    expect(ledger.fits({ tokens: 10 }, 0)).toBe(true);
    ledger.sync('tokens', { remaining: 5, resetMs: 1_000 }, 0);
    expect([ledger.fits({ tokens: 6 }, 0), ledger.fits({ tokens: 6 }, 1_000)]).toEqual([false, true]);
  });

  it('Q7: those in line are not foreseen to use it up: they may leave', () => {
    const ahead = Ledger.of('Test', { tokens: inTotal(10) }).foresee();
    ahead.take({ tokens: 10 }, 0);
    expect([ahead.due({ tokens: 10 }), ahead.due({ tokens: 11 })]).toEqual([Number.NEGATIVE_INFINITY, Number.POSITIVE_INFINITY]);
  });
});

describe('a ledger of every kind of limit', () => {
  it('is the same anew, of which nothing is taken', () => {
    const limits = { tokens: [perCalendarDay(10), inTotal(20), perSecond(5)] };
    const ledger = Ledger.of('Test', limits, { toWall: midnight });
    ledger.take({ tokens: 5 }, 0);
    const fresh = ledger.unused();
    expect(fresh.states('tokens', 0, midnight)).toEqual(Ledger.of('Test', limits, { toWall: midnight }).states('tokens', 0, midnight));
    expect(ledger.remaining(0)).toBe(0);
    ledger.reset();
    expect([ledger.isUnused(0), ledger.remaining(0)]).toEqual([true, 5]);
  });

  it('goes by its own time where there is no wall clock, and knows no end of a total', () => {
    const ledger = Ledger.of('Test', { tokens: [perCalendarDay(10), inTotal(20)] });
    ledger.take({ tokens: 5 }, 3_600_000);
    expect(ledger.states('tokens', 3_600_000, 0).map(({ resetAt }) => resetAt)).toEqual([day, undefined]);
    expect(ledger.nextChange(3_600_000)).toBe(day);
    const grant = ledger.take({ tokens: 5 }, 3_600_000);
    ledger.update(Ledger.of('Test', { tokens: [inTotal(20), perDay(30)] }), 3_600_000);
    ledger.reset();
    ledger.refund(grant, 3_600_000);
    ledger.settle(grant, { tokens: 3 }, 3_600_000);
    expect(ledger.remaining(3_600_000)).toBe(17);
  });

  it('L13: other numbers apply at once', () => {
    const ledger = Ledger.of('Test', { tokens: [perCalendarDay(10), inTotal(20)] }, { toWall: midnight });
    ledger.take({ tokens: 5 }, 0);
    ledger.update(Ledger.of('Test', { tokens: [perCalendarDay(7), inTotal(9)] }, { toWall: midnight }), 0);
    expect(ledger.states('tokens', 0, 0).map(({ limit, remaining }) => [limit, remaining])).toEqual([[7, 2], [9, 4]]);
  });
});
