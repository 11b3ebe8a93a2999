import { parseDuration, parseSeconds } from './duration';
import type { Fields } from './headers';
import { parseHttpDate } from './http-date';

/** Above this a bare number is no number of seconds to wait (31 years), but a time since 1970. */
const lastSeconds = 1e9;
/** And above this one in ms. */
const lastEpochSecond = 1e12;

/** The latest time that a Date can hold. */
const latestTime = 8.64e15;

/** When the server answered: by its `date` header, else `now`. Undefined when neither is known. */
export function answeredAt(fields: Fields, now: number | undefined): number | undefined {
  const reference = typeof now === 'number' && Math.abs(now) <= latestTime ? now : undefined;
  return parseHttpDate(fields.get('date') ?? '', reference) ?? reference;
}

/**
 * ms until a limit is reset, in any of the ways of providers: a Go duration (`parseFloat` would take `1m30s` for one
 * second), seconds, a date, seconds or milliseconds since 1970. 0 for a date that has passed.
 */
export function untilReset(text: string, answered: number | undefined): number | undefined {
  const ms = parseSeconds(text);
  if (ms !== undefined && ms <= lastSeconds * 1_000) {
    return ms;
  }
  const time = ms === undefined ? parseHttpDate(text, answered) : ms > lastEpochSecond * 1_000 ? Number(text) : ms;
  return (
    parseDuration(text) ?? (time === undefined || answered === undefined ? undefined : Math.max(0, time - answered))
  );
}
