import { firstOf } from './links';

const months = 'janfebmaraprmayjunjulaugsepoctnovdec';

/** What a date form captures: year, month, day, hour, minute, second; of RFC 3339 also a fraction and an offset. */
type Captured = { readonly [name: string]: string | undefined };

const time = '(?<h>[01]\\d|2[0-3]):(?<m>[0-5]\\d):(?<s>[0-5]\\d|60)';

const forms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  `[a-z]{3}, (?<D>\\d\\d) (?<M>[a-z]{3}) (?<Y>\\d{4}) ${time} (?:gmt|utc)`,
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  `[a-z]{6,9}, (?<D>\\d\\d)-(?<M>[a-z]{3})-(?<Y>\\d\\d) ${time} (?:gmt|utc)`,
  // asctime: Sun Nov  6 08:49:37 1994, in GMT by definition; `Date.parse` takes it for local time
  `[a-z]{3} (?<M>[a-z]{3}) (?<D>[ \\d]\\d) ${time} (?<Y>\\d{4})`,
  // RFC 3339 §5.6, no HTTP date, but sent by some servers: 1994-11-06T08:49:37.5Z
  `(?<Y>\\d{4})-(?<M>\\d\\d)-(?<D>\\d\\d)[t ]${time}(?<F>\\.\\d{1,12})?(?:z|(?<O>[+-](?:[01]\\d|2[0-3]):[0-5]\\d))`,
].map((form) => new RegExp(`^${form}$`, 'i'));

const longestDate = 50;

/**
 * Reads a point in time in any of the three forms of RFC 9110 §5.6.7, or of RFC 3339.
 *
 * @param reference ms since 1970: two digits of a year mean the latest such year that is at most 50 years after it;
 * without it, a year of this century.
 * @returns ms since 1970, or undefined for everything else and for days that do not exist.
 */
export function parseHttpDate(text: string, reference?: number): number | undefined {
  const captured = text.length > longestDate ? undefined : firstOf(forms, (form) => form.exec(text)?.groups);
  if (captured === undefined) {
    return undefined;
  }
  return captured.Y!.length === 2 ? latestOf(captured, reference) : timeOf(captured, Number(captured.Y));
}

/** The 50-year rule: years end in the same two digits every century. */
function latestOf(captured: Captured, reference = Date.UTC(2049, 11, 31)): number | undefined {
  const limit = new Date(reference);
  limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  const year = Math.floor(limit.getUTCFullYear() / 100) * 100 + Number(captured.Y);
  const latest = timeOf(captured, year);
  return latest !== undefined && latest <= limit.getTime() ? latest : timeOf(captured, year - 100);
}

function timeOf({ M = '', D, h, m, s, F = '0', O = 'Z' }: Captured, year: number): number | undefined {
  const [month, day] = [/\d/.test(M) ? Number(M) - 1 : months.indexOf(M.toLowerCase()) / 3, Number(D)];
  // `Date.UTC` rolls over what does not exist, rightly so only for the leap second.
  const date = new Date(Date.UTC(year, month, day));
  return date.getUTCFullYear() === year && date.getUTCMonth() === month && date.getUTCDate() === day
    ? Date.UTC(year, month, day, Number(h), Number(m), Number(s), Number(F) * 1_000) +
        Date.parse(`1970-01-01T00:00${O}`)
    : undefined;
}
