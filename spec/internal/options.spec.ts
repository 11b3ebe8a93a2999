import { asyncScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { aShare, checkAmount, checkNumber, Options, show } from '../../src/internal/options';
import { checkWaitOptions } from '../../src/internal/wait-options';

const options = (values: object) => new Options('Thing', values, ['size', 'other']);
const size = (value: unknown) => options({ size: value });

describe('Options', () => {
  it.each([undefined, null, 5, 'text', true])('C2: refuses %s for options', (values) => {
    expect(() => new Options('Thing', values as never, [])).toThrow(TypeError);
    expect(() => new Options('Thing', values as never, [])).toThrow(`Thing: options must be an object, got ${values}`.replace('text', '"text"'));
  });

  it('C2: refuses names that it does not know, and shows those that it knows', () => {
    expect(() => options({ size: 1, sise: 2 })).toThrow(TypeError);
    expect(() => options({ size: 1, sise: 2 })).toThrow('Thing: unknown option sise: 2; known are size, other');
    expect(() => options({ sise: undefined })).toThrow('unknown option sise');
    expect(() => options([])).not.toThrow();
    expect(() => options([1])).toThrow('unknown option 0: 1');
  });

  it.each([
    ['sise', 'size'],
    ['SIZE', 'size'],
    ['othr', 'other'],
    ['maxRetry', 'maxRetries'],
    ['retries', 'maxRetries'],
    ['maxretrys', 'maxRetries'],
    ['x', undefined],
    ['timeout', undefined],
    ['', undefined],
    ['size'.repeat(10_000), undefined],
  ])('says for %.20s which name was meant: %s', (name, meant) => {
    const thrown = () => new Options('Thing', { [name]: 1 }, ['size', 'other', 'maxRetries']);
    const end = meant === undefined ? /known are size, other, maxRetries$/ : new RegExp(`maxRetries; did you mean ${meant}\\?$`);
    expect(thrown).toThrow(end);
  });

  it('C2: takes undefined for not given, except where something must be given', () => {
    const given = size(undefined);
    expect(() =>
      given
        .whole('size', 1)
        .amount('size')
        .number('size')
        .positive('size')
        .number('size', ...aShare)
        .oneOf('size', ['small'])
        .functions('size', 'other')
        .booleans('size', 'other')
        .scheduler('size')
        .having('size', 'measure', 'a measure'),
    ).not.toThrow();
    expect(() => given.required('other', 'size')).toThrow(TypeError);
    expect(() => given.required('size')).toThrow('Thing: size must be given, got undefined');
    expect(() => size(null).required('size')).not.toThrow();
  });

  describe.each([
    ['whole', (value: unknown) => size(value).whole('size', 2), [2, 3, 1e15], [1, 0, -1, 2.5, Number.NaN, Number.POSITIVE_INFINITY]],
    ['whole or Infinity', (value: unknown) => size(value).whole('size', 0, 'or Infinity'), [0, 7, Number.POSITIVE_INFINITY], [-1, 0.5, Number.NaN, Number.NEGATIVE_INFINITY]],
    ['amount', (value: unknown) => size(value).amount('size'), [0, 0.5, 1e9], [-0.1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['amount or Infinity', (value: unknown) => size(value).amount('size', 'or Infinity'), [0, 0.5, Number.POSITIVE_INFINITY], [-1, Number.NaN]],
    ['number', (value: unknown) => size(value).number('size'), [0, -7, 0.5], [Number.NaN, Number.POSITIVE_INFINITY]],
    ['positive', (value: unknown) => size(value).positive('size'), [0.1, 7], [0, -1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['share', (value: unknown) => size(value).number('size', ...aShare), [0.01, 1], [0, 1.01, -0.5, Number.NaN]],
    ['checkAmount', (value: unknown) => checkAmount('Thing', 'size', value), [0, 0.5], [-1, Number.NaN, Number.POSITIVE_INFINITY]],
    ['checkNumber', (value: unknown) => checkNumber('Thing', 'size', value, (each) => each < 5, 'below 5'), [4], [5, Number.NaN]],
  ])('%s', (_name, check, good, bad) => {
    it.each(good)('C2: accepts %d', (value) => {
      expect(() => check(value)).not.toThrow();
    });

    it.each(bad)('C2: a RangeError names the option and shows %d', (value) => {
      expect(() => check(value)).toThrow(RangeError);
      expect(() => check(value)).toThrow(/^Thing: size must be /);
      expect(() => check(value)).toThrow(`, got ${value}`);
    });

    it.each([['5', '"5"'], [null, 'null'], [true, 'true'], [[5], '[5]'], [5n, '5']])('C2: a TypeError shows %s', (value, shown) => {
      expect(() => check(value)).toThrow(TypeError);
      expect(() => check(value)).toThrow('Thing: size must be a number, got ');
      expect(() => check(value)).toThrow(shown);
    });
  });

  it('C2: words', () => {
    expect(() => size('small').oneOf('size', ['small', 'large'])).not.toThrow();
    expect(() => size('tiny').oneOf('size', ['small', 'large'])).toThrow(TypeError);
    expect(() => size('tiny').oneOf('size', ['small', 'large'])).toThrow(`Thing: size must be one of 'small', 'large', got "tiny"`);
    expect(() => size(() => 1).oneOf('size', ['small'])).toThrow(TypeError);
    expect(() => size(() => 1).oneOf('size', ['small'], true)).not.toThrow();
    expect(() => size(1).oneOf('size', ['small'], true)).toThrow(`must be one of 'small', or a function, got 1`);
  });

  it('C2: functions and booleans', () => {
    expect(() => size(() => 1).functions('size')).not.toThrow();
    expect(() => size(null).functions('size')).toThrow('Thing: size must be a function, got null');
    expect(() => size(null).functions('other', 'size')).toThrow(TypeError);
    expect(() => size(false).booleans('size')).not.toThrow();
    expect(() => size('yes').booleans('size')).toThrow('Thing: size must be a boolean, got "yes"');
  });

  it('C2: schedulers and other objects with methods', () => {
    expect(() => size(asyncScheduler).scheduler('size')).not.toThrow();
    const expected = 'must be a scheduler with now() and schedule(), got';
    expect(() => new Options('Thing', { scheduler: {} }, ['scheduler']).scheduler()).toThrow(`Thing: scheduler ${expected} {}`);
    expect(() => size({ now: () => 0 }).scheduler('size')).toThrow(TypeError);
    expect(() => size({ schedule: () => 0 }).scheduler('size')).toThrow(expected);
    expect(() => size(null).scheduler('size')).toThrow(`${expected} null`);
    expect(() => size('async').having('size', 'measure', 'a measure')).toThrow('Thing: size must be a measure, got "async"');
  });
});

describe('what is expected of a number', () => {
  it.each<[string, () => unknown, string]>([
    ['whole', () => size(-1).whole('size', 2), 'a whole number of at least 2, got -1'],
    ['whole or Infinity', () => size(-1).whole('size', 2, 'or Infinity'), 'a whole number of at least 2, or Infinity, got -1'],
    ['amount', () => size(-1).amount('size'), 'a number of at least 0, got -1'],
    ['amount or Infinity', () => size(-1).amount('size', 'or Infinity'), 'a number of at least 0, or Infinity, got -1'],
    ['number', () => size(Number.NaN).number('size'), 'a finite number, got NaN'],
    ['positive', () => size(0).positive('size'), 'a finite number above 0, got 0'],
    ['share', () => size(2).number('size', ...aShare), 'above 0 and at most 1, got 2'],
    ['checkAmount', () => checkAmount('Thing', 'size', -1), 'a finite number of at least 0, got -1'],
  ])('C2: is said in full (%s)', (_name, check, expected) => {
    expect(check).toThrow(new RangeError(`Thing: size must be ${expected}`));
  });
});

describe('checkWaitOptions', () => {
  it('C2: takes every way to stand in a line', () => {
    const onWait = () => undefined;
    expect(() => checkWaitOptions('Thing', {})).not.toThrow();
    expect(() => checkWaitOptions('Thing', { maxWait: 5, priority: -1, retry: true, onWait, call: 7 })).not.toThrow();
    expect(() => checkWaitOptions('Thing', { maxWait: Number.POSITIVE_INFINITY })).not.toThrow();
  });

  it.each<[object, string]>([
    [{ maxWait: -1 }, 'Thing: maxWait must be a number of at least 0, or Infinity, got -1'],
    [{ priority: Number.NaN }, 'Thing: priority must be a finite number, got NaN'],
    [{ retry: 'yes' }, 'Thing: retry must be a boolean, got "yes"'],
    [{ onWait: 5 }, 'Thing: onWait must be a function, got 5'],
    [{ prio: 5 }, 'Thing: unknown option prio: 5'],
  ])('C2: refuses %o', (options, message) => {
    expect(() => checkWaitOptions('Thing', options)).toThrow(message);
  });
});

describe('show', () => {
  const cyclic: { self?: unknown } = {};
  cyclic.self = cyclic;

  it.each([
    [5, '5'],
    [Number.NaN, '"NaN"'],
    [[Number.POSITIVE_INFINITY], '["Infinity"]'],
    [10n, '"10"'],
    ['text', '"text"'],
    [undefined, 'undefined'],
    [null, 'null'],
    [{ a: [1] }, '{"a":[1]}'],
    [Symbol('here'), 'Symbol(here)'],
    [function named() {}, 'function named'],
    [class Named {}, 'function Named'],
    [cyclic, '[object Object]'],
  ])('C2: shows %o', (value, shown) => {
    expect(show(value)).toBe(shown);
  });

  it('C2: shows the beginning of what is long', () => {
    expect(show('x'.repeat(5_000))).toHaveLength(200);
  });
});

describe('a misspelt option', () => {
  it('is told the nearest of several that are near', () => {
    expect(() => new Options('it', { maxWat: 1 }, ['maxWatch', 'maxWait'])).toThrow(/maxWait/);
  });
});
