import { describe, expect, it } from 'vitest';
import { type CalendarSpan, periodAt } from '../../src/quota/calendar';
import { fc, runs } from '../support/property';

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];
const lasts = (time: string, every: CalendarSpan, timeZone: string) => {
  const { start, end } = periodAt(Date.parse(time), every, timeZone);
  return [new Date(start).toISOString(), new Date(end).toISOString()];
};

describe('periodAt', () => {
  it.each<[string, CalendarSpan, string, string, string]>([
    ['2025-07-16T09:15:00Z', 'hour', 'UTC', '2025-07-16T09:00:00.000Z', '2025-07-16T10:00:00.000Z'],
    ['2025-07-16T00:00:00Z', 'day', 'UTC', '2025-07-16T00:00:00.000Z', '2025-07-17T00:00:00.000Z'],
    ['2025-07-13T23:59:59.999Z', 'week', 'UTC', '2025-07-07T00:00:00.000Z', '2025-07-14T00:00:00.000Z'],
    ['2025-07-14T00:00:00Z', 'week', 'UTC', '2025-07-14T00:00:00.000Z', '2025-07-21T00:00:00.000Z'],
    ['2024-02-29T12:00:00Z', 'month', 'UTC', '2024-02-01T00:00:00.000Z', '2024-03-01T00:00:00.000Z'],
    ['2025-12-31T23:30:00Z', 'month', 'Europe/Berlin', '2025-12-31T23:00:00.000Z', '2026-01-31T23:00:00.000Z'],
    ['1969-12-31T23:30:00Z', 'week', 'UTC', '1969-12-29T00:00:00.000Z', '1970-01-05T00:00:00.000Z'],
  ])('Q7: %s lies in the %s by %s', (time, every, timeZone, start, end) => {
    expect(lasts(time, every, timeZone)).toEqual([start, end]);
  });

  it.each<[string, string, string, string, number]>([
    ['23 hours in Berlin', '2025-03-30T09:00:00Z', 'Europe/Berlin', '2025-03-29T23:00:00.000Z', 23],
    ['25 hours in Berlin', '2025-10-26T09:00:00Z', 'Europe/Berlin', '2025-10-25T22:00:00.000Z', 25],
    ['a day that begins at 1 o’clock', '2018-11-04T12:00:00Z', 'America/Sao_Paulo', '2018-11-04T03:00:00.000Z', 23],
    ['a day whose last hour comes twice', '2018-02-17T12:00:00Z', 'America/Sao_Paulo', '2018-02-17T02:00:00.000Z', 25],
    ['a day whose first hour comes twice', '2024-11-03T12:00:00Z', 'America/Havana', '2024-11-03T04:00:00.000Z', 25],
    ['the day before one that never was', '2011-12-29T22:00:00Z', 'Pacific/Apia', '2011-12-29T10:00:00.000Z', 24],
    ['the day after one that never was', '2011-12-30T12:00:00Z', 'Pacific/Apia', '2011-12-30T10:00:00.000Z', 24],
    ['a clock set back from 0:01 to 23:01', '2006-10-29T12:00:00Z', 'America/St_Johns', '2006-10-29T02:30:00.000Z', 25],
    ['the hour before that, once more', '2006-10-29T03:00:00Z', 'America/St_Johns', '2006-10-29T02:30:00.000Z', 25],
  ])('Q7: %s', (_, time, timeZone, start, hours) => {
    const from = Date.parse(start);
    expect(lasts(time, 'day', timeZone)).toEqual([start, new Date(from + hours * hour).toISOString()]);
    expect(periodAt(from, 'day', timeZone).start).toBe(from);
    expect(periodAt(from - 1, 'day', timeZone).end).toBe(from);
  });

  it('Q7: an hour that comes twice is two hours; half an hour by which a clock is set is a boundary', () => {
    expect(lasts('2025-10-26T00:30:00Z', 'hour', 'Europe/Berlin')).toEqual(['2025-10-26T00:00:00.000Z', '2025-10-26T01:00:00.000Z']);
    expect(lasts('2025-10-26T01:30:00Z', 'hour', 'Europe/Berlin')).toEqual(['2025-10-26T01:00:00.000Z', '2025-10-26T02:00:00.000Z']);
    expect(lasts('2025-01-01T10:10:00Z', 'hour', 'Asia/Kolkata')).toEqual(['2025-01-01T09:30:00.000Z', '2025-01-01T10:30:00.000Z']);
    // Lord Howe: at 2:00 back to 1:30, at 2:00 on to 2:30.
    expect(lasts('2025-04-05T14:45:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(['2025-04-05T14:00:00.000Z', '2025-04-05T15:00:00.000Z']);
    expect(lasts('2025-04-05T15:10:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(['2025-04-05T15:00:00.000Z', '2025-04-05T15:30:00.000Z']);
    expect(lasts('2025-10-04T15:15:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(['2025-10-04T14:30:00.000Z', '2025-10-04T15:30:00.000Z']);
    expect(lasts('2025-10-04T15:45:00Z', 'hour', 'Australia/Lord_Howe')).toEqual(['2025-10-04T15:30:00.000Z', '2025-10-04T16:00:00.000Z']);
  });

  const zones = [
    'UTC', 'Europe/Berlin', 'America/New_York', 'America/Sao_Paulo', 'America/Havana', 'America/St_Johns', 'America/Scoresbysund', 'Asia/Beirut', 'Asia/Kathmandu',
    'Africa/Cairo', 'Africa/Casablanca', 'Australia/Lord_Howe', 'Pacific/Apia', 'Pacific/Chatham', 'Pacific/Kiritimati',
  ];

  it('Q7: is what the dates of an independent calendar say, whenever and wherever', () => {
    /** A number that grows with the days, weeks or months of a zone: from its dates as they are written. */
    const numberAt = (format: Intl.DateTimeFormat, every: CalendarSpan, time: number) => {
      const date = format.format(time); // 2025-07-16
      const days = Date.parse(date) / day;
      return every === 'month' ? Number(date.slice(0, 7).replace('-', '')) : every === 'week' ? Math.floor((days + 3) / 7) : days;
    };
    const time = fc.integer({ min: Date.parse('1975-01-01') / minute, max: Date.parse('2035-01-01') / minute }).map((each) => each * minute);
    fc.assert(
      fc.property(time, fc.integer({ min: 0, max: minute - 1 }), fc.constantFrom(...zones), fc.constantFrom('day', 'week', 'month'), (minutes, ms, timeZone, every) => {
        const format = new Intl.DateTimeFormat('sv-SE', { timeZone });
        const { start, end } = periodAt(minutes + ms, every, timeZone);
        expect(start).toBeLessThanOrEqual(minutes + ms);
        expect(end).toBeGreaterThan(minutes + ms);
        const own = numberAt(format, every, start);
        for (let before = 1; before < 26 * hour; before += 10 * minute) {
          expect(numberAt(format, every, start - before)).toBeLessThan(own);
        }
        for (let at = start; at < end; at += (end - start) / 40) {
          expect(numberAt(format, every, at)).toBeLessThanOrEqual(own);
        }
        expect(numberAt(format, every, end - 1)).toBeLessThanOrEqual(own);
        expect(numberAt(format, every, end)).toBeGreaterThan(own);
        expect(periodAt(end, every, timeZone).start).toBe(end);
        expect(periodAt(start - 1, every, timeZone).end).toBe(start);
      }),
      { numRuns: runs(150) },
    );
  });
});
