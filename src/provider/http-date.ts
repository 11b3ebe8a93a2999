import { firstOf } from './links';

const months = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];

/** What a date form captures, by name. */
type Captured = { readonly [name: string]: string | undefined };

const forms = [
  // Sun, 06 Nov 1994 08:49:37 GMT
  /^[a-z]{3}, (?<day>\d\d) (?<month>[a-z]{3}) (?<year>\d{4}) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?:gmt|utc)$/i,
  // RFC 850: Sunday, 06-Nov-94 08:49:37 GMT
  /^[a-z]{6,9}, (?<day>\d\d)-(?<month>[a-z]{3})-(?<year>\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?:gmt|utc)$/i,
  // asctime: Sun Nov  6 08:49:37 1994, in GMT by definition; `Date.parse` takes it for local time
  /^[a-z]{3} (?<month>[a-z]{3}) (?<day> \d|\d\d) (?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d) (?<year>\d{4})$/i,
  // RFC 3339 §5.6, no HTTP date, but sent by some servers: 1994-11-06T08:49:37.5Z
  /^(?<year>\d{4})-(?<month>\d\d)-(?<day>\d\d)[t ](?<hour>\d\d):(?<minute>\d\d):(?<second>\d\d)(?<fraction>\.\d{1,12})?(?:z|(?<sign>[+-])(?<offsetHour>[01]\d|2[0-3]):(?<offsetMinute>[0-5]\d))$/i,
];

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
  return captured.year?.length === 2 ? latestOf(captured, reference) : timeOf(captured, Number(captured.year));
}

/** The 50-year rule: years end in the same two digits every century. */
function latestOf(captured: Captured, reference: number | undefined): number | undefined {
  const limit = new Date(reference ?? Date.UTC(2099, 11, 31));
  if (reference !== undefined) {
    limit.setUTCFullYear(limit.getUTCFullYear() + 50);
  }
  const year = Math.floor(limit.getUTCFullYear() / 100) * 100 + Number(captured.year);
  const latest = timeOf(captured, year);
  return latest !== undefined && latest <= limit.getTime() ? latest : timeOf(captured, year - 100);
}

function timeOf(captured: Captured, year: number): number | undefined {
  const { month = '', fraction = '0', sign, offsetHour = '0', offsetMinute = '0' } = captured;
  const monthIndex = months.includes(month.toLowerCase()) ? months.indexOf(month.toLowerCase()) : Number(month) - 1;
  const [day, hour, minute, second] = [captured.day, captured.hour, captured.minute, captured.second].map(Number) as [
    number,
    number,
    number,
    number,
  ];
  // `Date.UTC` rolls over what does not exist, rightly so only for the leap second.
  const date = new Date(Date.UTC(year, monthIndex, day, hour, minute, Math.min(second, 59)));
  const exists = date.getUTCFullYear() === year && date.getUTCMonth() === monthIndex && date.getUTCDate() === day;
  if (!exists || hour > 23 || minute > 59 || second > 60) {
    return undefined;
  }
  const offset = (Number(offsetHour) * 60 + Number(offsetMinute)) * 60_000 * (sign === '-' ? -1 : 1);
  return date.getTime() + (second === 60 ? 1_000 : 0) + Math.floor(Number(fraction) * 1_000) - offset;
}
