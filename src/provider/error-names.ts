import { isObject, read } from './read';

/** How an error's class can be named: `transient` for what a connection, a timeout or the other side did. */
export type NameClass = 'aborted' | 'transient' | 'programming';

const mostAncestors = 8;

const classes: ReadonlyMap<string, NameClass> = new Map([
  ['AbortError', 'aborted'],
  ['APIUserAbortError', 'aborted'],
  ['CanceledError', 'aborted'],
  ['TimeoutError', 'transient'],
  ['AjaxTimeoutError', 'transient'],
  ['APIConnectionError', 'transient'],
  ['APIConnectionTimeoutError', 'transient'],
  ['ConnectTimeoutError', 'transient'],
  ['HeadersTimeoutError', 'transient'],
  ['BodyTimeoutError', 'transient'],
  ['SocketError', 'transient'],
  ['NetworkError', 'transient'],
  ['RetryableError', 'transient'],
  ['TypeError', 'programming'],
  ['RangeError', 'programming'],
  ['ReferenceError', 'programming'],
  ['SyntaxError', 'programming'],
]);

/**
 * What the names of an error say: its `name`, then those of its class and of the classes above. The errors of the
 * openai package have only the latter.
 */
export function classOfNames(error: unknown): NameClass | undefined {
  const own = read(error, 'name');
  const ownClass = typeof own === 'string' ? classes.get(own) : undefined;
  let ancestor = prototypeOf(error);
  for (let count = 0; ownClass === undefined && ancestor !== undefined && count < mostAncestors; count++) {
    const name = read(read(ancestor, 'constructor'), 'name');
    const found = typeof name === 'string' ? classes.get(name) : undefined;
    if (found !== undefined) {
      return found;
    }
    ancestor = prototypeOf(ancestor);
  }
  return ownClass;
}

function prototypeOf(value: unknown): object | undefined {
  try {
    return isObject(value) ? (Object.getPrototypeOf(value) ?? undefined) : undefined;
  } catch {
    return undefined;
  }
}
