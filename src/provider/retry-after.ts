import { classOf } from './classify-error';
import { durationInMessage, parseDuration, parseMilliseconds } from './duration';
import { type Fields, fieldsOf, fieldsOfLink } from './headers';
import { firstOf } from './links';
import { answeredAt, untilReset } from './moment';
import { longestReset } from './rate-limit';
import { amountAt, isAmount, read } from './read';
import { type ErrorReading, type Link, readError } from './read-error';

/** Reads what an error asks to wait, in ms. */
export type RetryAfter = (error: unknown) => number | undefined;

/** Longer headers are not read: there is no such hint. */
const longestValue = 1_000;

/**
 * How long the server asks to wait before the next try. Looks, in this order, at the `retryAfter` of the library's own
 * errors; the headers `retry-after-ms`, `x-ms-retry-after-ms` and `retry-after` (RFC 9110 §10.2.3); Gemini's `RetryInfo`
 * and `quotaResetDelay`; the message ("try again in 6m0s"); and, of throttled and overloaded servers (429, 503, 529),
 * the headers that say when what is used up is reset. The causes of an error are asked too; of several errors in one
 * (`AggregateError`, `RetryError`) the last that gives a hint.
 *
 * @param errorOrHeaders an error of any client, or response headers: a `Headers`, a Map or a plain object, in any case.
 * @param now ms since 1970: what a date is compared with, unless there is a `date` header.
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
  return hintOf(readError(errorOrHeaders), now);
}

/** The hint of an error that was read, see {@link retryAfterOf}. */
export function hintOf(reading: ErrorReading, now: number | undefined): number | undefined {
  const { links } = reading;
  return (
    firstOf(links, (link) => hintOfLink(link, now)) ??
    firstOf(links, ({ layers }) => firstOf(layers, (layer) => protoDuration(read(layer, 'retryDelay')))) ??
    firstOf(links, ({ layers }) => firstOf(layers, (layer) => protoDuration(read(layer, 'quotaResetDelay')))) ??
    firstOf(reading.gathered, (each) => hintOf(each, now)) ??
    firstOf(links, ({ texts }) => firstOf(texts, durationInMessage)) ??
    hintOfResets(reading, now)
  );
}

/** What an error itself says, or its headers; or these are headers. */
function hintOfLink(link: Link, now: number | undefined): number | undefined {
  const own = link.brand === undefined ? undefined : amountAt(link.error, 'retryAfter');
  return own ?? (link.layers.length === 0 ? undefined : hintOfFields(fieldsOfLink(link) ?? fieldsOf(link.error), now));
}

function hintOfFields(fields: Fields, now: number | undefined): number | undefined {
  return (
    largest(fields.get('retry-after-ms'), parseMilliseconds) ??
    largest(fields.get('x-ms-retry-after-ms'), parseMilliseconds) ??
    largest(fields.get('retry-after'), (text) => untilReset(text, answeredAt(fields, now)))
  );
}

/** Resets tell when all is full again, which matters only if something is used up. */
function hintOfResets(reading: ErrorReading, now: number | undefined): number | undefined {
  return firstOf(reading.links, (link) => {
    const fields = fieldsOfLink(link);
    const mayHelp = fields && (link.status === 503 || link.status === 529 || classOf(reading) === 'throttled');
    return mayHelp ? longestReset(fields, now) : undefined;
  });
}

/** A `google.protobuf.Duration`, as JSON (`34.4s`) or as an object (`{ seconds: '34', nanos: 4e8 }`). */
function protoDuration(duration: unknown): number | undefined {
  if (typeof duration === 'string') {
    return parseDuration(duration);
  }
  const [seconds, nanos] = [read(duration, 'seconds'), read(duration, 'nanos')];
  const ms = protoAmount(seconds) * 1_000 + protoAmount(nanos) / 1e6;
  return (seconds !== undefined || nanos !== undefined) && isAmount(ms) ? ms : undefined;
}

/** A field that is not set is 0; 64-bit integers are texts in JSON; everything else is NaN. */
function protoAmount(field: unknown = 0): number {
  if (typeof field === 'string') {
    return /^\d{1,12}$/.test(field) ? Number(field) : Number.NaN;
  }
  return isAmount(field) ? field : Number.NaN;
}

/** A header that was sent more than once arrives joined by commas; the longest wait suits all who sent one. */
function largest(value: string | undefined, parse: (text: string) => number | undefined): number | undefined {
  if (value === undefined || value.length > longestValue) {
    return undefined;
  }
  // Not at the comma that follows the weekday of a date.
  const hints = value
    .split(/(?<!(?:^|,)\s*[a-z]{3,9})\s*,\s*/i)
    .map((text) => parse(text.trim()))
    .filter((hint) => hint !== undefined);
  return hints.length > 0 ? Math.max(...hints) : undefined;
}
