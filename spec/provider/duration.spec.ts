import { describe, expect, it } from 'vitest';
import { parseDuration } from '../../src/provider';
import { parseMilliseconds } from '../../src/provider/duration';

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
