import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/provider';
import { amountOf, durationInMessage, parseMilliseconds, parseSeconds } from '../../src/provider/duration';

describe('parseDuration', () => {
  it.each([
    ['0', 0], ['+0', 0], ['0s', 0], ['1h', 3_600_000], ['1h30m', 5_400_000], ['1m30s', 90_000], ['17ms', 17],
    ['500us', 0.5], ['500\u00b5s', 0.5], ['500\u03bcs', 0.5], ['1000000ns', 1], ['+5s', 5_000], ['1.5h', 5_400_000],
    ['.5s', 500], ['.55s', 550], [`${'0'.repeat(999)}s`, 0], ['9223372036854.775ms', 9_223_372_036_854.775], ['1.s', 1_000], ['1s1h', 3_601_000], ['1s1s', 2_000], ['1.001s', 1_001], ['007s', 7_000],
    ['2540400h', 2_540_400 * 3_600_000],
  ])('reads %s as Go does', (text, ms) => {
    expect(parseDuration(text)).toBe(ms);
  });

  it.each([
    '', ' ', '-1s', '-0', '5', '00', '+', '.', '.s', 's', '1', '1S', '1 s', ' 1s', '1s ', '1d', '1sec', '1e3s', '0x1s',
    'Infinity', 'NaN', 'NaNs', '1,5s', '1..5s', '1s-1s', '1constructor', '1__proto__', '9999999999h', `${'9'.repeat(400)}s`,
    `1s${'0'.repeat(1_000)}1s`,
  ])('refuses %s', (text) => {
    expect(parseDuration(text)).toBeUndefined();
  });

  it('refuses what is no text', () => {
    for (const value of [undefined, null, 5, 5n, Symbol('5s'), {}, ['5s']]) {
      expect(parseDuration(value as string)).toBeUndefined();
    }
  });
});

describe('parseMilliseconds', () => {
  it('reads numbers with nothing before or after them', () => {
    expect(parseMilliseconds('5.25')).toBe(5.25);
    expect(parseMilliseconds('5x')).toBeUndefined();
    expect(parseMilliseconds('5e1')).toBeUndefined();
    expect(parseMilliseconds('x5')).toBeUndefined();
  });
});

describe('durationInMessage', () => {
  const units = {
    d: ['day', 'days', 'd'], h: ['hour', 'hours', 'hr', 'hrs', 'h'], m: ['minute', 'minutes', 'min', 'mins', 'm'], s: ['second', 'seconds', 'sec', 'secs', 's'],
    ms: ['millisecond', 'milliseconds', 'millis', 'ms'], us: ['us'],
  };
  const ms = { d: 86_400_000, h: 3_600_000, m: 60_000, s: 1_000, ms: 1, us: 1e-3 };

  it.each(Object.entries(units).flatMap(([unit, words]) => words.map((word) => [word, ms[unit as keyof typeof ms]] as const)))('reads units of one %s', (word, each) => {
    expect(durationInMessage(`Wait 2 ${word}.`)).toBe(2 * each);
    expect(durationInMessage(`Wait 2${word.toUpperCase()}, please`)).toBe(2 * each);
    expect(durationInMessage(`Wait 2  ${word}`)).toBeUndefined();
    expect(durationInMessage(`Wait 2 x${word}`)).toBeUndefined();
    expect(durationInMessage(`Wait 2 ${word}x`)).toBeUndefined();
  });

  it.each(['da', 'dayss', 'ho', 'hourss', 'mi', 'minut', 'se', 'secon', 'milli', 'milliss', 'week', 'tokens'])('does not read a unit of one %s', (word) => {
    expect(durationInMessage(`Wait 2 ${word}`)).toBeUndefined();
  });

  it.each([
    ...['try again', 'retry', 'retrying', 'retry your request', 'retry the request', 'retrying the request', 'available', 'reset', 'resets'].flatMap((phrase) => [`${phrase} in`, `${phrase}  after`]),
    ...['', ' for'].flatMap((what) => ['', ' about', ' approximately', ' around', ' at least', ' another'].map((how) => `wait${what}${how}`)),
  ])('reads what stands after "%s"', (phrase) => {
    expect(durationInMessage(`Please ${phrase} 5s.`)).toBe(5_000);
    expect(durationInMessage(`${phrase}  5 s`)).toBe(5_000);
    expect(durationInMessage(`${phrase}5s`)).toBeUndefined();
    expect(durationInMessage(`re${phrase} 5s`)).toBeUndefined();
    expect(durationInMessage(`${phrase} the 5s`)).toBeUndefined();
  });

  it.each([
    ['wait 1h 2m', 3_720_000], ['wait 1h2m', 3_720_000], ['wait 1h, 2m', 3_720_000], ['wait 1h and 2m', 3_720_000], ['wait 1h  and  2m', 3_720_000],
    ['wait 1h or 2m', 3_600_000], ['wait 1h,2m', 3_600_000], ['wait 1h and2m', 3_600_000], ['wait 1.5h', 5_400_000], ['wait 1.h', undefined], ['wait 12.25s', 12_250], ['wait 2 \u00b5s', 2e-3], ['wait 1 and 2s', undefined],
  ])('reads the parts of "%s"', (message, expected) => {
    expect(durationInMessage(message)).toBe(expected);
  });
});

describe('numbers', () => {
  it.each([['0', 0], ['5', 5_000], ['0.25', 250], ['12.345', 12_345]])('of seconds are read: %s', (text, ms) => {
    expect(parseSeconds(text)).toBe(ms);
    expect(parseMilliseconds(text)).toBe(Number(text));
  });

  it.each(['', ' 5', '5 ', '5.', '.5', '5.x', '5,5', '-5', '+5', 'x', `${'9'.repeat(301)}`, `5.${'9'.repeat(301)}`, `${'9'.repeat(300)}.5x`])('of seconds are not read: %j', (text) => {
    expect(parseSeconds(text)).toBeUndefined();
    expect(parseMilliseconds(text)).toBeUndefined();
  });

  it('are read up to 300 digits', () => {
    expect(parseMilliseconds('9'.repeat(300))).toBe(1e300);
    expect(parseMilliseconds(`1.${'9'.repeat(300)}`)).toBe(2);
  });

  it.each([
    ['0', 0], ['123456789012345', 123_456_789_012_345], ['1,000', 1_000], ['12,000', 12_000], ['123,000', 123_000], ['1,000,000,000,000', 1e12], ['1.5', 1.5], ['1,000.25', 1_000.25], ['1.123456789012345', 1.123456789012345],
  ])('of units are read: %s', (text, amount) => {
    expect(amountOf(text)).toBe(amount);
  });

  it.each([
    undefined, '', ' 5', '5 ', 'x5', '5x', '1234567890123456', '1,00', '1,0000', '1234,000', ',000', '1,000,000,000,000,000', '1.', '.5', '1.1234567890123456', '-5', '1,000x',
  ])('of units are not read: %s', (text) => {
    expect(amountOf(text)).toBeUndefined();
  });
});
