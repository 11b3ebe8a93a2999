import { changeAfter, firstMomentOf, type Offset, offsetOf } from './time-zone';

/** What a calendar window can be. Weeks begin on Monday. */
export const spans = ['hour', 'day', 'week', 'month'] as const;

/** How long it lasts, in ms, unless the clock is changed; the longest month. */
export const usualLength = { hour: 3_600_000, day: 86_400_000, week: 604_800_000, month: 31 * 86_400_000 } as const;

export type CalendarSpan = (typeof spans)[number];

/** From `start` on, before `end`: ms of the wall clock. */
export interface CalendarPeriod {
  readonly start: number;
  readonly end: number;
}

/**
 * The hour, day, week or month in which a time of the wall clock lies, by the clocks of a zone. One period follows the
 * other without a gap: when a clock is set back over midnight, the new day goes on.
 */
export function periodAt(time: number, every: CalendarSpan, timeZone: string): CalendarPeriod {
  const wall = Math.floor(time);
  const offset = offsetOf(timeZone);
  if (every === 'hour') {
    return hourAt(wall, offset);
  }
  const local = wall + offset(wall);
  const next = firstMomentOf(dateAt(local, every, 1), offset);
  // Where the clock was set back over the boundary, the period that had begun goes on.
  const shift = next <= wall ? 1 : 0;
  return {
    start: firstMomentOf(dateAt(local, every, shift), offset),
    end: shift === 0 ? next : firstMomentOf(dateAt(local, every, 2), offset),
  };
}

/** When the span begins in which `local` lies, or the `ahead`th after that: at midnight, by the clocks of the zone. */
function dateAt(local: number, every: 'day' | 'week' | 'month', ahead: number): number {
  const date = new Date(local);
  if (every === 'month') {
    return Date.UTC(date.getUTCFullYear(), date.getUTCMonth() + ahead, 1);
  }
  const day = Math.floor(local / usualLength.day);
  const monday = day - modulo(day + 3, 7); // 1 January 1970 was a Thursday
  return (every === 'day' ? day + ahead : monday + 7 * ahead) * usualLength.day;
}

/**
 * Hours last an hour, also when the clock is set back by one: then the same hour comes twice. Only where it is changed
 * by a part of an hour, that change is a boundary as well.
 */
function hourAt(wall: number, offset: Offset): CalendarPeriod {
  const length = usualLength.hour;
  const minutes: Offset = (time) => modulo(offset(time), length);
  const start = wall - modulo(wall + offset(wall), length);
  const end = start + length;
  return {
    start: minutes(start) === minutes(wall) ? start : changeAfter(start, wall, minutes),
    end: minutes(end) === minutes(wall) ? end : changeAfter(wall, end, minutes),
  };
}

/** Also of what is negative. */
function modulo(value: number, divisor: number): number {
  return ((value % divisor) + divisor) % divisor;
}
