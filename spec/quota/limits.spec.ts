import { describe, expect, expectTypeOf, it } from 'vitest';
import { checkLimit } from '../../src/quota/check-limits';
import {
  type CalendarWindow,
  type Cost,
  calendarWindow,
  type InTotal,
  inTotal,
  type Limit,
  type Limits,
  leastOf,
  limitsByDimension,
  perCalendarDay,
  perCalendarMonth,
  perDay,
  perHour,
  periodOf,
  perMinute,
  perSecond,
  type SlidingWindow,
  slidingWindow,
  type TokenBucket,
  tokenBucket,
  totalOf,
  type UnitsOf,
} from '../../src/quota/limits';

const bad = [Number.NaN, 0, -1, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('slidingWindow', () => {
  it('describes a limit, as plain data that nobody can change', () => {
    const limit = slidingWindow({ limit: 5, window: 1_000 });
    expect(limit).toEqual({ kind: 'window', limit: 5, window: 1_000 });
    expect(Object.isFrozen(limit)).toBe(true);
    expectTypeOf(limit).toEqualTypeOf<SlidingWindow>();
  });

  it.each(bad)('C2: refuses a limit of %d', (limit) => {
    expect(() => slidingWindow({ limit, window: 1_000 })).toThrow(RangeError);
    expect(() => slidingWindow({ limit, window: 1_000 })).toThrow(`slidingWindow: limit must be a finite number above 0, got ${limit}`);
  });

  it.each(bad)('C2: refuses a window of %d', (window) => {
    expect(() => slidingWindow({ limit: 5, window })).toThrow(RangeError);
    expect(() => slidingWindow({ limit: 5, window })).toThrow(`slidingWindow: window must be a finite number above 0, got ${window}`);
  });

  it.each([undefined, null, '5', {}, 5n])('C2: refuses a limit of %s', (limit) => {
    expect(() => slidingWindow({ limit, window: 1 } as never)).toThrow(TypeError);
    expect(() => slidingWindow({ limit, window: 1 } as never)).toThrow('slidingWindow: limit must be a number, got ');
  });

  it('C2: refuses what it does not know', () => {
    expect(() => slidingWindow({ limit: 5, window: 1_000, burst: 2 } as never)).toThrow(TypeError);
    expect(() => slidingWindow({ limit: 5, window: 1_000, burst: 2 } as never)).toThrow('slidingWindow: unknown option burst: 2');
    expect(() => slidingWindow(tokenBucket({ capacity: 1, refill: 1, interval: 1 }) as never)).toThrow('unknown option capacity: 1');
    expect(() => slidingWindow(undefined as never)).toThrow('slidingWindow: limit must be a number, got undefined');
    expect(() => slidingWindow(50 as never)).toThrow(TypeError);
  });
});

describe('tokenBucket', () => {
  it('describes a limit, as plain data that nobody can change', () => {
    const limit = tokenBucket({ capacity: 10, refill: 0.5, interval: 100 });
    expect(limit).toEqual({ kind: 'bucket', capacity: 10, refill: 0.5, interval: 100 });
    expect(Object.isFrozen(limit)).toBe(true);
    expectTypeOf(limit).toEqualTypeOf<TokenBucket>();
  });

  it.each(['capacity', 'refill', 'interval'])('C2: refuses what is no positive number for %s', (name) => {
    const good = { capacity: 10, refill: 1, interval: 100 };
    for (const value of bad) {
      expect(() => tokenBucket({ ...good, [name]: value })).toThrow(RangeError);
      expect(() => tokenBucket({ ...good, [name]: value })).toThrow(new RegExp(`^tokenBucket: ${name} must be .*, got ${value}$`));
    }
    expect(() => tokenBucket({ ...good, [name]: '5' })).toThrow(`tokenBucket: ${name} must be a number, got "5"`);
  });

  it('C2: refuses what it does not know', () => {
    expect(() => tokenBucket({ capacity: 1, refill: 1, interval: 1, window: 5 } as never)).toThrow('unknown option window: 5');
  });
});

describe('numbers that can never work', () => {
  it.each([[1e-300, 1_000], [1e-16, 1], [1, 2 ** 53 * 1.1]])('Q8: refuses a refill of %d units every %d ms: nobody waits so long for a unit', (refill, interval) => {
    const bucket = () => tokenBucket({ capacity: 1, refill, interval });
    expect(bucket).toThrow(RangeError);
    expect(bucket).toThrow(`tokenBucket: refill must bring a unit back within 2 ** 53 ms, got ${refill} units every ${interval} ms`);
  });

  it('Q8: takes a refill that brings a unit back just in time', () => {
    expect(tokenBucket({ capacity: 1, refill: 1, interval: 2 ** 53 }).interval).toBe(2 ** 53);
    expect(slidingWindow({ limit: 1, window: 2 ** 53 }).window).toBe(2 ** 53);
  });

  it('Q8: refuses a window that never ends', () => {
    const window = 1e300;
    expect(() => slidingWindow({ limit: 1, window })).toThrow(new RangeError(`slidingWindow: window must be at most 2 ** 53 ms, got ${window}`));
  });

  it('Q8: shows a BigInt with its value', () => {
    expect(() => slidingWindow({ limit: 5n, window: 1 } as never)).toThrow(new TypeError('slidingWindow: limit must be a number, got 5n'));
    expect(() => perDay(9_007_199_254_740_993n as never)).toThrow('perDay: limit must be a number, got 9007199254740993n');
  });
});

describe('shorthands', () => {
  it.each([
    ['perSecond', perSecond, 1_000],
    ['perMinute', perMinute, 60_000],
    ['perHour', perHour, 3_600_000],
    ['perDay', perDay, 86_400_000],
  ])('%s is a sliding window', (name, shorthand, window) => {
    expect(shorthand(7)).toEqual(slidingWindow({ limit: 7, window }));
    expect(() => shorthand(0)).toThrow(RangeError);
    expect(() => shorthand(-2.5)).toThrow(`${name}: limit must be a finite number above 0, got -2.5`);
    expect(() => shorthand(undefined as never)).toThrow(TypeError);
  });
});

describe('calendarWindow', () => {
  it('Q7: describes a limit, in UTC unless a time zone is given', () => {
    const limit = calendarWindow({ limit: 0.5, every: 'week' });
    expect(limit).toEqual({ kind: 'calendar', limit: 0.5, every: 'week', timeZone: 'UTC' });
    expect(Object.isFrozen(limit)).toBe(true);
    expectTypeOf(limit).toEqualTypeOf<CalendarWindow>();
    expect(perCalendarDay(5, 'Asia/Tokyo')).toEqual(calendarWindow({ limit: 5, every: 'day', timeZone: 'Asia/Tokyo' }));
    expect(perCalendarMonth(7)).toEqual(calendarWindow({ limit: 7, every: 'month' }));
    expect(checkLimit('Thing', JSON.parse(JSON.stringify(limit)))).toEqual(limit);
  });

  it.each([
    [{ limit: 5, every: 'year' }, TypeError, "calendarWindow: every must be one of 'hour', 'day', 'week', 'month', got \"year\""],
    [{ limit: 5 }, TypeError, "calendarWindow: every must be one of 'hour', 'day', 'week', 'month', got undefined"],
    [{ limit: 0, every: 'day' }, RangeError, 'calendarWindow: limit must be a finite number above 0, got 0'],
    [{ limit: '5', every: 'day' }, TypeError, 'calendarWindow: limit must be a number, got "5"'],
    [{ limit: 5, every: 'day', timeZone: 'Berlin' }, RangeError, "calendarWindow: timeZone must be 'UTC' or a name of the IANA database such as 'Europe/Berlin', got \"Berlin\""],
    [{ limit: 5, every: 'day', timeZone: '' }, RangeError, 'timeZone must be'],
    [{ limit: 5, every: 'day', timeZone: 5 }, TypeError, "calendarWindow: timeZone must be a string, 'UTC' or such as 'Europe/Berlin', got 5"],
    [{ limit: 5, every: 'day', window: 5 }, TypeError, 'calendarWindow: unknown option window: 5'],
    [undefined, TypeError, 'calendarWindow: limit must be a number, got undefined'],
    [null, TypeError, 'calendarWindow: limit must be a number, got undefined'],
  ])('C2, Q7: refuses %j', (options, type, message) => {
    expect(() => calendarWindow(options as never)).toThrow(type);
    expect(() => calendarWindow(options as never)).toThrow(message);
  });

  it('C2: the shorthands refuse by their own names', () => {
    expect(() => perCalendarDay(-1)).toThrow('perCalendarDay: limit must be a finite number above 0, got -1');
    expect(() => perCalendarMonth(1, 'Mars/Base')).toThrow(/^perCalendarMonth: timeZone must be .*, got "Mars\/Base"$/);
  });
});

describe('inTotal', () => {
  it('Q7: describes a limit that never comes back', () => {
    expect(inTotal(2.5)).toEqual({ kind: 'total', limit: 2.5 });
    expectTypeOf(inTotal(1)).toEqualTypeOf<InTotal>();
    expect(() => inTotal(0)).toThrow('inTotal: limit must be a finite number above 0, got 0');
    expect(() => inTotal(10n as never)).toThrow('inTotal: limit must be a number, got 10n');
  });
});

describe('fractions', () => {
  it.each(['requests', 'tokens', 'inputTokens', 'projectTokens'])('Q7: %s are whole', (dimension) => {
    expect(() => limitsByDimension('Thing', { [dimension]: [perDay(1), perDay(1.5)] })).toThrow(
      new RangeError(`Thing: limits.${dimension}: limit must be a whole number of at least 1, got 1.5`),
    );
    expect(() => limitsByDimension('Thing', { [dimension]: tokenBucket({ capacity: 0.5, refill: 1, interval: 1 }) })).toThrow(
      `Thing: limits.${dimension}: capacity must be a whole number of at least 1, got 0.5`,
    );
    expect(limitsByDimension('Thing', { [dimension]: perDay(1.5) }, 'fractions').size).toBe(1);
  });

  it('Q7: other dimensions may be fractions', () => {
    expect(limitsByDimension('Thing', { dollars: perDay(1.5) }).size).toBe(1);
  });
});

describe('checkLimit', () => {
  it('takes a limit that went through JSON', () => {
    const limit = perSecond(5);
    expect(checkLimit('Thing', JSON.parse(JSON.stringify(limit)))).toEqual(limit);
  });

  it.each([[undefined], [null], [5], ['5'], [Number.NaN], [{}], [{ kind: 'toString' }], [{ kind: 'month', limit: 5 }], [{ limit: 5, window: 1_000 }], [[]], [5n]])(
    'C2: refuses %o',
    (limit) => {
      expect(() => checkLimit('Thing', limit)).toThrow(TypeError);
      expect(() => checkLimit('Thing', limit)).toThrow(/^Thing: a limit is made by slidingWindow\(\), .* got /);
    },
  );

  it('C2: shows the value', () => {
    expect(() => checkLimit('Thing', Number.NaN)).toThrow('got NaN');
    expect(() => checkLimit('Thing', { limit: 5 })).toThrow('got {"limit":5}');
    expect(() => checkLimit('Thing', 5n)).toThrow('got 5n');
    expect(() => checkLimit('Thing', { limit: 5n })).toThrow('got {"limit":"5n"}');
    expect(() => checkLimit('Thing', undefined)).toThrow('got undefined');
  });
});

describe('limitsByDimension', () => {
  const [second, minute] = [perSecond(5), perMinute(50)];

  it.each([
    ['a bare limit', second, [['requests', [second]]]],
    ['bare limits', [second, minute], [['requests', [second, minute]]]],
    ['a limit for each dimension', { requests: second, tokens: minute }, [['requests', [second]], ['tokens', [minute]]]],
    ['several for a dimension', { tokens: [second, minute] }, [['tokens', [second, minute]]]],
  ] as [string, Limits, unknown][])('takes %s', (_name, limits, expected) => {
    expect([...limitsByDimension('Thing', limits)]).toEqual(expected);
  });

  it.each([
    ['no limits at all', {}, 'Thing: limits must hold at least one limit, got {}'],
    ['nothing', undefined, 'Thing: limits must hold at least one limit, got undefined'],
    ['a number', 5, 'Thing: limits must hold at least one limit, got 5'],
    ['an empty list', [], 'Thing: limits.requests must hold at least one limit, got []'],
    ['an empty list for a dimension', { requests: second, tokens: [] }, 'Thing: limits.tokens must hold at least one limit, got []'],
    ['a number for a dimension', { tokens: 5 }, 'Thing: limits.tokens: a limit is made by'],
    ['a dimension without a limit', { tokens: undefined }, 'Thing: limits.tokens: a limit is made by'],
    ['a limit that nobody checked', { tokens: { kind: 'window', limit: 0, window: 5 } }, 'Thing: limits.tokens: limit must be a finite number above 0, got 0'],
    ['a bare limit that nobody checked', { kind: 'bucket', capacity: 1, refill: 1 }, 'Thing: limits.requests: interval must be a number, got undefined'],
    ['a list in a list', [[second]], 'Thing: limits.requests: a limit is made by'],
  ])('C2: refuses %s', (_name, limits, message) => {
    expect(() => limitsByDimension('Thing', limits as never)).toThrow(message);
  });
});

describe('types', () => {
  it('a typo in a dimension does not compile, a bare number is no amount by dimension', () => {
    const cost = (_cost: Cost<'tokens'>) => undefined;
    cost(1);
    cost({ tokens: 5 });
    cost({ requests: 2, tokens: 5 });
    // @ts-expect-error: a typo
    cost({ tokenz: 5 });
    const units = (_units: UnitsOf<'tokens'>) => undefined;
    units({ tokens: 1 });
    // @ts-expect-error: a number
    units(5);
    const limits = (_limits: Limits<'requests' | 'tokens'>) => undefined;
    limits({ requests: perSecond(1), tokens: [perMinute(1), perDay(1)] });
    // @ts-expect-error: a number is no limit
    limits({ requests: 5, tokens: perDay(1) });
    expectTypeOf(perSecond(1)).toExtend<Limit>();
  });
});

describe('what a limit comes to', () => {
  const bucket = (refill: number, interval: number) => tokenBucket({ capacity: 10, refill, interval });

  it('is its total and its period', () => {
    expect([totalOf(perSecond(5)), totalOf(bucket(2, 100))]).toEqual([5, 10]);
    expect([periodOf(perSecond(5)), periodOf(bucket(2, 100))]).toEqual([1_000, 500]);
  });

  it('the least that is asked for grows with the fastest refill only, from one unit a ms on', () => {
    const least = leastOf([perSecond(5)]);
    expect(leastOf([bucket(2, 100)])).toBe(least);
    expect(leastOf([bucket(40, 10), bucket(1, 100)])).toBe(4 * least);
  });

  it.each(['toString', '__proto__', 'constructor'])('C2: no dimension is called %s', (dimension) => {
    const limits = Object.fromEntries([[dimension, perSecond(1)]]);
    expect(() => limitsByDimension('Thing', limits as never)).toThrow(
      new TypeError(`Thing: limits.${dimension}: a dimension must not have the name of a member of Object.prototype`),
    );
  });
});

describe('a limit that can not be shown', () => {
  it('C2: is refused with what can be said of it', () => {
    const circle: { self?: unknown } = {};
    circle.self = circle;
    expect(() => slidingWindow({ limit: circle as never, window: 10 })).toThrow('[object Object]');
  });
});
