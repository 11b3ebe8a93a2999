import { firstOf, linksOf } from './links';
import { isObject, itemsOf, read } from './read';

/** Reads a header by its lower-case name. Several values of one header are joined by `, ` (RFC 9110 §5.3). */
export type ReadHeader = (name: string) => string | undefined;

/**
 * The response headers that an error carries, as they are: its own `headers` or `responseHeaders`, those of its
 * `response`, or those of an `XMLHttpRequest` (`AjaxError` of RxJS); otherwise those of its causes.
 * Undefined when there are none, and for headers themselves.
 */
export function headersOf(error: unknown): unknown | undefined {
  return firstOf(linksOf(error), headersOfLink);
}

/** The headers of this very error, without its causes. */
export function headersOfLink(error: unknown): object | undefined {
  const response = read(error, 'response');
  return [
    read(error, 'headers'),
    read(error, 'responseHeaders'),
    read(response, 'headers'),
    headersOfXhr(read(error, 'xhr')),
  ].find(isObject);
}

/** Makes headers readable: a `Headers`, a Map or a plain object, in any case. Anything else has no headers. */
export function headerReader(headers: unknown): ReadHeader {
  if (!isObject(headers)) {
    return () => undefined;
  }
  const get = read(headers, 'get');
  const fields = new Map<string, string>();
  const add = (value: unknown, name: unknown) => {
    const text = textOfHeader(value);
    if (typeof name === 'string' && text !== undefined) {
      const key = name.toLowerCase();
      const before = fields.get(key);
      fields.set(key, before === undefined ? text : `${before}, ${text}`);
    }
  };
  // Only what has `get` too is a Headers or a Map: `forEach` of an Observable would subscribe it.
  if (typeof get === 'function' && typeof read(headers, 'forEach') !== 'function') {
    return (name) => textOfHeader(attempt(() => get.call(headers, name)));
  }
  attempt(() => {
    if (typeof get === 'function') {
      (headers as Headers).forEach(add);
    } else {
      for (const name of Object.keys(headers)) {
        add(read(headers, name), name);
      }
    }
  });
  return (name) => fields.get(name);
}

function textOfHeader(value: unknown): string | undefined {
  if (typeof value === 'string') {
    return value.trim();
  }
  if (typeof value === 'number') {
    return String(value);
  }
  // Node's `IncomingHttpHeaders` have lists.
  const texts = itemsOf(value).filter((item) => typeof item === 'string');
  return texts.length > 0 ? texts.join(', ') : undefined;
}

function headersOfXhr(xhr: unknown): Map<string, string> | undefined {
  const all = attempt(() => (xhr as XMLHttpRequest | undefined)?.getAllResponseHeaders?.());
  if (typeof all !== 'string' || all === '') {
    return undefined;
  }
  const lines = all.split('\n').map((line) => line.split(':'));
  return new Map(lines.map(([name = '', ...value]) => [name.trim().toLowerCase(), value.join(':').trim()]));
}

function attempt<R>(call: () => R): R | undefined {
  try {
    return call();
  } catch {
    return undefined;
  }
}
