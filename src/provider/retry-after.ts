import { brandOf } from './branded-error';
import { parseDuration, parseMilliseconds, parseSeconds } from './duration';
import { googleRetryDelay } from './google-details';
import { headerReader, headersOfLink, type ReadHeader } from './headers';
import { layersOf, messagesOf } from './layers';
import { firstOf, linksOf } from './links';
import { durationInMessage } from './message-hint';
import { answeredAt, untilDate } from './moment';
import { amountAt } from './read';

/** Longer headers are not read: there is no such hint. */
const longestValue = 1_000;

/**
 * How long the server asks to wait before the next try. Looks, in this order, at the `retryAfter` of the library's own
 * errors; the headers `retry-after-ms`, `x-ms-retry-after-ms` and `retry-after` (RFC 9110 §10.2.3); Gemini's `RetryInfo`
 * and `quotaResetDelay`; and the message ("try again in 6m0s"). The causes of an error are asked too.
 *
 * @param errorOrHeaders an error of any client, or response headers: a `Headers`, a Map or a plain object, in any case.
 * @param now ms since 1970: what a date in `retry-after` is compared with, unless there is a `date` header.
 * Without either, a date is no hint.
 * @returns ms, 0 for a date that has passed; undefined when there is no hint, or none that can be read. Never throws.
 * @category What providers say
 *
 * @example
 * ```ts
 * import { retryAfterOf } from 'rxjs-resilience';
 *
 * retryAfterOf({ 'Retry-After': '5' }); // 5_000
 * retryAfterOf(new Error('Rate limit reached. Please try again in 20s.')); // 20_000
 * retryAfterOf(new Error('no idea')); // undefined
 * ```
 */
export function retryAfterOf(errorOrHeaders: unknown, now?: number): number | undefined {
  if (brandOf(errorOrHeaders) !== undefined) {
    return amountAt(errorOrHeaders, 'retryAfter');
  }
  const links = linksOf(errorOrHeaders);
  return firstOf(links, (link) => hintOfLink(link, now)) ?? hintOfBodies(links);
}

function hintOfBodies(links: readonly unknown[]): number | undefined {
  const bodies = links.map((link) => ({ link, layers: layersOf(link) }));
  return (
    firstOf(bodies, ({ layers }) => googleRetryDelay(layers)) ??
    firstOf(bodies, ({ link, layers }) => firstOf(messagesOf(link, layers), durationInMessage))
  );
}

/** What an error itself says, or its headers; or these are headers. */
function hintOfLink(link: unknown, now: number | undefined): number | undefined {
  if (brandOf(link) !== undefined) {
    return amountAt(link, 'retryAfter');
  }
  return firstOf([headersOfLink(link), link], (headers) => hintOfHeaders(headerReader(headers), now));
}

function hintOfHeaders(header: ReadHeader, now: number | undefined): number | undefined {
  return (
    largest(header('retry-after-ms'), parseMilliseconds) ??
    largest(header('x-ms-retry-after-ms'), parseMilliseconds) ??
    delayOfHeader(header('retry-after'), header, now)
  );
}

function delayOfHeader(value: string | undefined, header: ReadHeader, now: number | undefined): number | undefined {
  const answered = value === undefined ? undefined : answeredAt(header, now);
  return largest(value, (text) => delayOf(text, answered));
}

/** Go durations are not HTTP, but are sent: `parseFloat` would take `1m30s` for one second. */
function delayOf(text: string, answered: number | undefined): number | undefined {
  return parseSeconds(text) ?? parseDuration(text) ?? untilDate(text, answered);
}

/** A header that was sent more than once arrives joined by commas; the longest wait suits all who sent one. */
function largest(value: string | undefined, parse: (text: string) => number | undefined): number | undefined {
  if (value === undefined || value.length > longestValue) {
    return undefined;
  }
  const hints = membersOf(value)
    .map(parse)
    .filter((hint) => hint !== undefined);
  return hints.length > 0 ? hints.reduce((a, b) => Math.max(a, b)) : undefined;
}

/** Splits at commas, but not at the one that follows the weekday of a date. */
function membersOf(value: string): string[] {
  const members: string[] = [];
  for (const part of value.split(',')) {
    const last = members.at(-1);
    if (last !== undefined && /^[a-z]{3,9}$/i.test(last)) {
      members[members.length - 1] = `${last}, ${part.trim()}`;
    } else {
      members.push(part.trim());
    }
  }
  return members;
}
