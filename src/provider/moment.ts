import { parseDuration, parseSeconds } from './duration';
import type { ReadHeader } from './headers';
import { parseHttpDate } from './http-date';

/** From here on a bare number is no number of seconds to wait (31 years), but a time since 1970. */
const firstEpochSecond = 1e9;
/** And from here on one in ms. */
const firstEpochMillisecond = 1e11;

/** The latest time that a Date can hold. */
const latestTime = 8.64e15;

/** When the server answered: by its `date` header, else `now`. Undefined when neither is known. */
export function answeredAt(header: ReadHeader, now: number | undefined): number | undefined {
  const reference = typeof now === 'number' && Math.abs(now) <= latestTime ? now : undefined;
  return parseHttpDate(header('date') ?? '', reference) ?? reference;
}

/** ms from `answered` until the date; 0 for one that has passed. */
export function untilDate(text: string, answered: number | undefined): number | undefined {
  return until(parseHttpDate(text, answered), answered);
}

/**
 * ms until a limit is reset, in any of the ways of providers: a Go duration, seconds, a date, seconds or milliseconds
 * since 1970.
 */
export function untilReset(text: string | undefined, answered: number | undefined): number | undefined {
  if (text === undefined) {
    return undefined;
  }
  const seconds = parseSeconds(text);
  if (seconds === undefined) {
    return parseDuration(text) ?? untilDate(text, answered);
  }
  const isEpoch = seconds >= firstEpochSecond * 1_000;
  const isInMs = seconds >= firstEpochMillisecond * 1_000;
  return isEpoch ? until(isInMs ? Number(text) : seconds, answered) : seconds;
}

function until(time: number | undefined, answered: number | undefined): number | undefined {
  return time === undefined || answered === undefined ? undefined : Math.max(0, time - answered);
}
