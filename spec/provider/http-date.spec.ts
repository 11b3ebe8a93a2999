import { describe, expect, it, vi } from 'vitest';
import { parseHttpDate } from '../../src/provider/http-date';

const now = Date.parse('2026-08-01T00:00:00Z');
const iso = (text: string, reference?: number) => {
  const time = parseHttpDate(text, reference);
  return time === undefined ? undefined : new Date(time).toISOString();
};

describe('parseHttpDate', () => {
  it.each([
    ['Sun, 06 Nov 1994 08:49:37 GMT',   '1994-11-06T08:49:37.000Z'],
    ['sun, 06 nov 1994 08:49:37 gmt',   '1994-11-06T08:49:37.000Z'],
    ['Sun, 06 Nov 1994 08:49:37 UTC',   '1994-11-06T08:49:37.000Z'],
    ['Sunday, 06-Nov-94 08:49:37 GMT',  '1994-11-06T08:49:37.000Z'],
    ['Wednesday, 01-Jan-30 00:00:00 GMT', '2030-01-01T00:00:00.000Z'],
    ['Sun Nov  6 08:49:37 1994',        '1994-11-06T08:49:37.000Z'],
    ['Sun Nov 16 08:49:37 1994',        '1994-11-16T08:49:37.000Z'],
    ['1994-11-06T08:49:37Z',            '1994-11-06T08:49:37.000Z'],
    ['1994-11-06t08:49:37.25z',         '1994-11-06T08:49:37.250Z'],
    ['1994-11-06 08:49:37.123456789Z',  '1994-11-06T08:49:37.123Z'],
    ['1994-11-06T08:49:37+01:30',       '1994-11-06T07:19:37.000Z'],
    ['1994-11-06T08:49:37-08:00',       '1994-11-06T16:49:37.000Z'],
    ['Sat, 31 Dec 2016 23:59:60 GMT',   '2017-01-01T00:00:00.000Z'],
    ['Thu, 29 Feb 2024 00:00:00 GMT',   '2024-02-29T00:00:00.000Z'],
  ])('reads %s', (text, expected) => {
    expect(iso(text, now)).toBe(expected);
  });

  it.each([
    '', 'soon', '2026', 'Sun, 6 Nov 1994 08:49:37 GMT', 'Sun, 06 Nov 1994 08:49:37', 'Sun, 06 Nov 1994 08:49:37 PST',
    'Sun, 31 Feb 2026 00:00:00 GMT', 'Sun, 01 Foo 2026 00:00:00 GMT', 'Sun, 01 Jan 2026 24:00:00 GMT',
    'Sun, 01 Jan 2026 00:60:00 GMT', 'Sun, 01 Jan 2026 00:00:61 GMT', 'Sun, 00 Jan 2026 00:00:00 GMT',
    'Sunday, 31-Feb-26 00:00:00 GMT', 'Sun Nov 31 08:49:37 1994', '2026-13-01T00:00:00Z', '2026-00-01T00:00:00Z',
    '2026-01-01T00:00:00', '2026-01-01T00:00:00+24:00', '2026-01-01', 'Sun, 06 Nov 0050 08:49:37 GMT',
    ` ${'Sun, 06 Nov 1994 08:49:37 GMT'.repeat(100)}`,
  ])('refuses %s', (text) => {
    expect(iso(text, now)).toBeUndefined();
  });

  it('takes asctime for GMT in every time zone', () => {
    vi.stubEnv('TZ', 'America/New_York');
    expect(new Date(0).getTimezoneOffset()).toBe(300);
    expect(iso('Sat Aug  1 00:00:30 2026')).toBe('2026-08-01T00:00:30.000Z');
    vi.unstubAllEnvs();
  });

  it('takes two digits of a year for the latest that is at most 50 years ahead', () => {
    const yearOf = (yy: string, reference?: string) =>
      iso(`Monday, 01-Aug-${yy} 00:00:00 GMT`, reference === undefined ? undefined : Date.parse(reference))?.slice(0, 4);
    expect(yearOf('26', '2026-08-01T00:00:00Z')).toBe('2026');
    expect(yearOf('75', '2026-08-01T00:00:00Z')).toBe('2075');
    expect(yearOf('76', '2026-08-01T00:00:00Z')).toBe('2076');
    expect(yearOf('76', '2026-07-31T23:59:59Z')).toBe('1976');
    expect(yearOf('77', '2026-08-01T00:00:00Z')).toBe('1977');
    expect(yearOf('01', '2099-01-01T00:00:00Z')).toBe('2101');
    expect(yearOf('94')).toBe('2094');
    expect(yearOf('00')).toBe('2000');
  });

  it('skips centuries in which the day does not exist', () => {
    expect(iso('Tuesday, 29-Feb-00 00:00:00 GMT', Date.parse('2060-01-01T00:00:00Z'))).toBe('2000-02-29T00:00:00.000Z');
  });
});
