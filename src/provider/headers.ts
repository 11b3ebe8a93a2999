import { firstOf } from './links';
import { isObject, itemsOf, read } from './read';
import { type ErrorReading, type Link, readError } from './read-error';

/** Headers by their lower-case names. Several values of one header are joined by `, ` (RFC 9110 §5.3). */
export type Fields = ReadonlyMap<string, string>;

/** So many headers are read. */
const mostFields = 10_000;
/** Servers and clients do not take longer ones. */
export const longestField = 65_536;

/** What is asked of headers that do not say which there are. */
const usualNames = ['limit', 'remaining', 'reset']
  .flatMap((field) => [`x-ratelimit-${field}-requests`, `x-ratelimit-${field}-tokens`])
  .concat('date', 'x-should-retry', 'retry-after-ms', 'x-ms-retry-after-ms', 'retry-after');

/**
 * The response headers that an error carries, as they are: its own `headers` or `responseHeaders`, those of its
 * `response`, or those of an `XMLHttpRequest` (`AjaxError` of RxJS); otherwise those of its causes.
 * Undefined when there are none, and for headers themselves.
 */
export function headersOf(error: unknown): unknown | undefined {
  return headersOfReading(readError(error));
}

/** See {@link headersOf}. */
export function headersOfReading(reading: ErrorReading): object | undefined {
  return firstOf(reading.links, headersOfLink) ?? firstOf(reading.gathered, headersOfReading);
}

/** The headers of this very error, without its causes. */
export function headersOfLink(link: Link): object | undefined {
  return allHeadersOf(link)[0];
}

/** Routers put the headers of the provider into their body, so that there may be several. The outermost stand first. */
function allHeadersOf({ error, layers }: Link): object[] {
  const all = layers.flatMap((layer) => [read(layer, 'headers'), read(layer, 'responseHeaders')]);
  return [...all, headersOfXhr(read(error, 'xhr'))].filter(isObject);
}

/** Headers that say something of waiting. */
const telling = /retry|rate-?limit/;

/** The fields of an error that was read, or of its causes. */
export function fieldsOfReading(reading: ErrorReading): Fields | undefined {
  return firstOf(reading.links, fieldsOfLink) ?? firstOf(reading.gathered, fieldsOfReading);
}

/** The fields of this very error. They are read once, for all that is asked of them. */
export function fieldsOfLink(link: Link): Fields | undefined {
  if (link.fields === undefined) {
    const all = allHeadersOf(link).map(fieldsOf);
    link.fields = all.find((fields) => [...fields.keys()].some((name) => telling.test(name))) ?? all[0] ?? null;
  }
  return link.fields ?? undefined;
}

/** Reads headers: a `Headers`, a Map, Angular's `HttpHeaders` or a plain object, in any case. Anything else has none. */
export function fieldsOf(headers: unknown): Fields {
  const fields = new Map<string, string>();
  if (!isObject(headers)) {
    return fields;
  }
  const add = (name: unknown, value: unknown) => {
    const text = textOfHeader(value);
    if (typeof name === 'string' && text !== undefined) {
      const key = name.toLowerCase();
      fields.set(key, fields.has(key) ? `${fields.get(key)}, ${text}` : text);
    }
  };
  attempt(() => {
    const [get, keys] = [read(headers, 'get'), read(headers, 'keys')];
    const isAsked = typeof get === 'function';
    // Not `forEach`: that of Angular has its arguments the other way round, that of an Observable subscribes.
    const names =
      isAsked && typeof keys === 'function' ? keys.call(headers) : isAsked ? usualNames : Object.keys(headers);
    let count = 0;
    for (const name of names) {
      add(name, isAsked ? get.call(headers, name) : read(headers, name));
      count += 1;
      if (count === mostFields) {
        break;
      }
    }
  });
  return fields;
}

function textOfHeader(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value.length > longestField ? undefined : value.trim();
  }
  if (typeof value === 'number') {
    return String(value);
  }
  // Node's `IncomingHttpHeaders` have lists.
  const texts = itemsOf(value).filter((item) => typeof item === 'string');
  return texts.length > 0 ? texts.join(', ') : undefined;
}

function headersOfXhr(xhr: unknown): object | undefined {
  const all = attempt(() => (xhr as XMLHttpRequest | undefined)?.getAllResponseHeaders?.());
  if (typeof all === 'string' && all !== '') {
    return new Map(
      [...all.matchAll(/^(.*?):(.*)/gm)].map(([, name = '', value = '']) => [name.trim().toLowerCase(), value.trim()]),
    );
  }
  const get = read(xhr, 'getResponseHeader');
  return typeof get === 'function' ? { get: (name: string) => get.call(xhr, name) } : undefined;
}

function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
