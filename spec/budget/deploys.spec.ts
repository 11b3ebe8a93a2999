import { describe, expect, it } from 'vitest';
import { TokenBudget } from '../../src/budget/token-budget';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import {
  calendarWindow, inTotal, type Limit, perCalendarDay, perCalendarMonth, perDay, perHour, perMinute, slidingWindow, tokenBucket,
} from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc, runs } from '../support/property';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const json = (value: unknown) => JSON.parse(JSON.stringify(value));
/** Noon of a Wednesday, in UTC. */
const noon = Date.parse('2025-07-16T12:00:00Z');
const clockAt = (wall: number) => new FakeScheduler((elapsed) => wall + elapsed);

/** Each kind, twice with other numbers. */
const kinds: Record<string, (total: number) => Limit> = {
  minute: perMinute,
  hour: perHour,
  day: perDay,
  month: (total) => slidingWindow({ limit: total, window: 30 * day }),
  bucket: (total) => tokenBucket({ capacity: total, refill: 10, interval: minute }),
  slowBucket: (total) => tokenBucket({ capacity: total, refill: 1, interval: hour }),
  calendarHour: (total) => calendarWindow({ limit: total, every: 'hour' }),
  calendarDay: perCalendarDay,
  berlinDay: (total) => perCalendarDay(total, 'Europe/Berlin'),
  calendarMonth: perCalendarMonth,
  total: inTotal,
};
const names = Object.keys(kinds);
const lists = [
  ...names.map((name) => [name]),
  ...[['minute', 'day'], ['day', 'minute'], ['hour', 'day'], ['calendarDay', 'minute'], ['bucket', 'calendarMonth'], ['total', 'hour'], ['day', 'calendarDay', 'bucket', 'total', 'month']],
];
const limitsOf = (list: readonly string[], total: number) => list.map((name) => kinds[name]!(total));

/** How long everything is kept that a limit counts; `Infinity` if for good. Of a calendar, how long this period has lasted. */
function reachOf(name: string, total: number): number {
  const spans: Record<string, number> = {
    minute, hour, day, month: 30 * day, bucket: (total / 10) * minute, slowBucket: total * hour,
    calendarHour: 0, calendarDay: 12 * hour, berlinDay: 14 * hour, calendarMonth: 15.5 * day, total: Number.POSITIVE_INFINITY,
  };
  return spans[name]!;
}

describe('limits that change with a deploy', () => {
  const pairs = lists.flatMap((before) => lists.map((after) => [before.join(' + '), after.join(' + '), before, after] as const));

  it.each(pairs)('T5: from %s to %s gives nothing back, and nothing is kept for ever', (_before, _after, before, after) => {
    for (const [oldTotal, newTotal] of [[1_000, 1_000], [1_000, 600], [600, 1_000]] as const) {
      const scheduler = clockAt(noon - 3 * hour);
      const old = new TokenBudget({ limits: limitsOf(before, oldTotal), scheduler });
      const grants: (readonly [at: number, units: number])[] = [];
      for (const [wait, units] of [[0, 40], [2 * hour, 30], [58 * minute, 20], [110_000, 10]] as const) {
        scheduler.run(wait);
        old.record(units);
        grants.push([scheduler.now(), units]);
      }
      scheduler.run(10_000);
      expect(scheduler.now()).toBe(noon);
      const snapshot = json(old.snapshot());
      const time = clockAt(noon);
      const next = new TokenBudget({ limits: limitsOf(after, newTotal), scheduler: time, initial: snapshot });
      const spent = next.state.limits.map(({ used }) => used);
      for (const [index, name] of after.entries()) {
        if (before.includes(name)) {
          expect(spent[index]).toBeCloseTo(old.state.limits[before.indexOf(name)]!.used, 5);
          continue;
        }
        // What lies within both the new limit and the one that knew the most.
        const timed = before.filter((each) => each !== 'total');
        const known = Math.max(...(timed.length === 0 ? before : timed).map((each) => reachOf(each, oldTotal)));
        const since = noon - Math.min(reachOf(name, newTotal), known);
        const truth = grants.filter(([at]) => at > since).reduce((sum, [, units]) => sum + units, 0);
        const flowed = before.every((each) => /ucket/.test(each)) ? 100 : 0;
        expect(spent[index]).toBeGreaterThanOrEqual(Math.max(0, truth - flowed));
      }
      time.run(200_000 * hour);
      const left = next.state.limits.map(({ remaining }) => remaining);
      expect(left).toEqual(after.map((name, index) => (name === 'total' ? newTotal - spent[index]! : newTotal)));
    }
  });

  it('T5, L13: an update is worth a deploy: the same counts, while calls are in flight', () => {
    const list = fc.subarray(names, { minLength: 1 });
    const step = fc.record({ wait: fc.integer({ min: 0, max: 2 * hour }), tokens: fc.integer({ min: 1, max: 50 }), actual: fc.integer({ min: 0, max: 60 }) });
    fc.assert(
      fc.property(fc.array(list, { minLength: 2, maxLength: 4 }), fc.array(step, { minLength: 1, maxLength: 6 }), fc.integer({ min: 1, max: 3 }), (editions, steps, factor) => {
        const scheduler = clockAt(noon);
        const budget = new TokenBudget({ limits: limitsOf(editions[0]!, 10_000), scheduler });
        const open = steps.map(({ wait, tokens }) => {
          scheduler.run(wait);
          return budget.tryReserve(tokens)!;
        });
        for (const [index, edition] of editions.slice(1).entries()) {
          const total = 10_000 * factor;
          const snapshot = json(budget.snapshot());
          const before = new Map(budget.state.limits.map(({ used, reserved }, place) => [editions[index]![place], used + reserved]));
          const deployed = new TokenBudget({ limits: limitsOf(edition, total), scheduler, initial: snapshot });
          budget.update({ limits: limitsOf(edition, total) });
          const usedOf = (one: TokenBudget) => one.state.limits.map(({ used, reserved }) => used + reserved);
          edition.forEach((name, place) => {
            expect(usedOf(budget)[place]).toBeCloseTo(before.get(name) ?? usedOf(deployed)[place]!, 4);
          });
          expect(usedOf(deployed).map((used, place) => Math.abs(used - usedOf(budget)[place]!) < 1e-4)).toEqual(edition.map(() => true));
        }
        for (const [index, reservation] of open.entries()) {
          reservation.settle(steps[index]!.actual);
        }
        expect(budget.state.limits.every(({ reserved }) => reserved === 0)).toBe(true);
        expect(budget.state.limits.every(({ used }) => used >= 0)).toBe(true);
      }),
      { numRuns: runs(200) },
    );
  });

  it('T5: what was reserved before an update is settled in all that it knew', () => {
    const scheduler = clockAt(noon);
    const budget = new TokenBudget({ limits: [perHour(1_000), inTotal(5_000)], scheduler });
    const [first, second] = [budget.tryReserve(100)!, budget.tryReserve(200)!];
    expect(budget.state.limits.map(({ reserved }) => reserved)).toEqual([300, 300]);
    budget.update({ limits: [inTotal(4_000), perDay(800), perHour(500)] });
    const third = budget.tryReserve(50)!;
    expect(budget.state.limits.map(({ used, reserved, remaining }) => [used, reserved, remaining])).toEqual([[0, 350, 3_650], [0, 350, 450], [0, 350, 150]]);
    first.settle(10);
    second.refund();
    third.settle(60);
    expect(budget.state.limits.map(({ used, reserved }) => [used, reserved])).toEqual([[70, 0], [70, 0], [70, 0]]);
    scheduler.run(hour);
    expect(budget.state.limits.map(({ used }) => used)).toEqual([70, 70, 0]);
  });

  it('T5: two limits of the same kind and time keep their own counts, wherever they stand', () => {
    const [small, large] = [tokenBucket({ capacity: 10, refill: 10, interval: minute }), tokenBucket({ capacity: 100, refill: 1, interval: minute })];
    const scheduler = clockAt(noon);
    const budget = new TokenBudget({ limits: [small, large], scheduler });
    budget.record(10);
    scheduler.run(minute);
    expect(budget.state.limits.map(({ used }) => used)).toEqual([0, 9]);
    const restored = new TokenBudget({ limits: [large, small], scheduler, initial: json(budget.snapshot()) });
    expect(restored.state.limits.map(({ used }) => used)).toEqual([9, 0]);
    const third = tokenBucket({ capacity: 50, refill: 3, interval: minute });
    expect(new TokenBudget({ limits: third, scheduler, initial: json(budget.snapshot()) }).state.limits[0]!.used).toBe(9);
    budget.update({ limits: [large, third, small] });
    expect(budget.state.limits.map(({ used }) => used)).toEqual([9, 9, 0]);
  });

  it('T5: a window that is new counts at most a whole of itself of what has no times', () => {
    const old = new TokenBudget({ limits: inTotal(100_000), scheduler: clockAt(noon) });
    old.record(50_000);
    const restored = new TokenBudget({ limits: [inTotal(100_000), perHour(1_000)], scheduler: clockAt(noon + 1_000), initial: json(old.snapshot()) });
    expect(restored.state.limits.map(({ used }) => used)).toEqual([50_000, 1_000]);
    const later = new TokenBudget({ limits: [inTotal(100_000), perHour(1_000)], scheduler: clockAt(noon + hour), initial: json(old.snapshot()) });
    expect(later.state.limits.map(({ used }) => used)).toEqual([50_000, 0]);
  });
});

describe('TokenBudget', () => {
  const budgetOf = (config: object = {}) => new TokenBudget({ limits: perHour(100), scheduler: clockAt(noon), ...config });

  it('T5: credit gives back what was taken last, and no more', () => {
    const budget = budgetOf({ limits: [perHour(100), perDay(500)] });
    budget.record(60);
    budget.credit(25);
    expect(budget.state.limits.map(({ used }) => used)).toEqual([35, 35]);
    budget.credit(1_000);
    expect([budget.remaining, budget.isIdle]).toEqual([100, true]);
    expect(() => budget.credit(-1)).toThrow(new RangeError('TokenBudget.credit: tokens must be a finite number of at least 0, got -1'));
  });

  it('T5: reset forgets all; of calls in flight only what they cost beyond their reservation counts', () => {
    const budget = budgetOf();
    budget.record(20);
    const [first, second] = [budget.tryReserve(30)!, budget.tryReserve(40)!];
    expect(budget.state.limits[0]).toMatchObject({ used: 20, reserved: 70 });
    budget.reset();
    expect([budget.remaining, budget.state.limits[0]!.reserved, budget.isIdle]).toEqual([100, 0, false]);
    first.settle(10);
    second.settle(45);
    expect(budget.remaining).toBe(95);
    budget.reset();
    expect([budget.remaining, budget.isIdle]).toEqual([100, true]);
  });

  it('C9: watchers hear of credit, reset and update', () => {
    const budget = budgetOf();
    const seen: number[] = [];
    budget.record(50);
    budget.state$.subscribe(({ remaining }) => seen.push(remaining));
    budget.credit(10);
    budget.update({ limits: perHour(200) });
    budget.reset();
    expect(seen).toEqual([50, 60, 160, 200]);
  });

  it('T5: update changes what one call may come to', () => {
    const budget = budgetOf({ maxTokensPerRequest: 10 });
    budget.update({ maxTokensPerRequest: 60 });
    expect([budget.check(60), budget.check(61)]).toEqual([true, false]);
    budget.update({});
    expect([budget.check(60), budget.check(61)]).toEqual([true, false]);
  });

  it.each<[object, string]>([
    [{ limits: [] }, 'TokenBudget.update: limits.tokens must hold at least one limit, got []'],
    [{ limits: { tokens: perHour(5) } }, 'TokenBudget.update: limits.tokens: a limit is made by'],
    [{ limits: perHour(0.5) }, 'TokenBudget.update: limits.tokens: limit must be a whole number of at least 1, got 0.5'],
    [{ maxTokensPerRequest: 0 }, 'TokenBudget.update: maxTokensPerRequest must be a whole number of at least 1, or Infinity, got 0'],
    [{ counts: 'cost' }, 'TokenBudget.update: unknown option counts: "cost"; known are limits, maxTokensPerRequest'],
  ])('C2: update refuses %j', (update, message) => {
    expect(() => budgetOf().update(update as never)).toThrow(message);
  });

  it('T5: refuses the snapshot of another policy, or of a budget that counts something else', () => {
    const limiter = new RateLimiter({ limits: perHour(5), scheduler: clockAt(noon) });
    expect(() => budgetOf({ initial: limiter.snapshot() })).toThrow(/^TokenBudget: initial must be what snapshot\(\) returned, got {"policy":"limiter"/);
    const cost = new TokenBudget({ limits: perHour(5), counts: 'cost', scheduler: clockAt(noon) });
    expect(() => budgetOf({ initial: cost.snapshot() })).toThrow(new TypeError('TokenBudget: initial must be of a budget that counts tokens, got one that counts cost'));
    expect(() => budgetOf({ initial: { policy: 'budget', counts: 'tokens', at: 1, limits: { tokens: [{ limit: { kind: 'window', limit: 0 }, entries: [] }] } } })).toThrow(TypeError);
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => budgetOf({ initial: circle })).toThrow('got [object Object]');
    expect(() => budgetOf({ initial: () => 1 })).toThrow(TypeError);
  });

  it('T5: snapshots of snapshots stay at most 1,000 entries, and lose nothing', () => {
    const scheduler = clockAt(noon);
    let budget = budgetOf({ limits: perHour(1e6), scheduler });
    for (let second = 0; second < 3_000; second += 1) {
      scheduler.run(1_000);
      budget.record(1);
      if (second % 500 === 499) {
        const snapshot = json(budget.snapshot());
        expect(snapshot.limits.tokens[0].entries.length).toBeLessThanOrEqual(1_000);
        budget = budgetOf({ limits: perHour(1e6), scheduler, initial: snapshot });
      }
    }
    expect(1e6 - budget.remaining).toBe(3_000);
    scheduler.run(700_000 - 3_600);
    expect(1e6 - budget.remaining).toBeGreaterThanOrEqual(2_900);
    scheduler.run(3_600 * 6);
    expect(1e6 - budget.remaining).toBeLessThanOrEqual(2_900);
  });
});
