/**
 * Reads of values that somebody else made: errors, bodies, chunks. A getter or a proxy that throws reads as undefined,
 * so that nothing in this room ever throws.
 */

/** So far a list is looked at: a proxy may claim any length, and lists may hold each other. */
const longestList = 1_000;

/** Is it something that can have properties? */
export function isObject(value: unknown): value is object {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The property of that name; undefined when there is none or it cannot be read. */
export function read(value: unknown, key: PropertyKey): unknown {
  if (!isObject(value)) {
    return undefined;
  }
  try {
    return (value as { readonly [key: PropertyKey]: unknown })[key];
  } catch {
    return undefined;
  }
}

/** Whether it is what `fetch` gives, of whatever library: not all of them name it. No getter is touched. */
export function isResponse(value: unknown): value is Response {
  try {
    return isObject(value) && 'clone' in value && 'ok' in value && 'text' in value;
  } catch {
    return false;
  }
}

/** The property of that name, if it is a string. */
export function textAt(value: unknown, key: PropertyKey): string | undefined {
  const text = read(value, key);
  return typeof text === 'string' ? text : undefined;
}

/** The property of that name, if it is an amount. */
export function amountAt(value: unknown, key: PropertyKey): number | undefined {
  const amount = read(value, key);
  return isAmount(amount) ? amount + 0 : undefined; // no negative zero
}

/** A number from 0 on, and not so large that sums of it would be inexact. */
export function isAmount(value: unknown): value is number {
  return typeof value === 'number' && value >= 0 && value <= Number.MAX_SAFE_INTEGER;
}

/** An HTTP status that tells a failure, as a number or as a text. */
export function statusIn(value: unknown): number | undefined {
  const status = typeof value === 'string' && /^\d{3}$/.test(value) ? Number(value) : value;
  return typeof status === 'number' && status >= 400 && status <= 599 && status % 1 === 0 ? status : undefined;
}

/** Whether another try may succeed after this status, unless the server says otherwise. */
export function mayHelpLater(status: number): boolean {
  return status === 408 || status === 409 || status === 429 || status >= 500;
}

/** The items of a list, as a plain array; empty for everything that is no list. */
export function itemsOf(value: unknown, most = longestList): unknown[] {
  try {
    return Array.isArray(value)
      ? Array.from({ length: Math.min(value.length, most) }, (_, index) => read(value, index))
      : [];
  } catch {
    return []; // a proxy that refuses
  }
}

/** How many values may still be looked into: far more than any request or answer has. */
export class Allowance {
  values = 100_000;
}

/** The value as JSON, or '' for what has none: circles, bigints, a `toJSON` that throws, what has no end. */
export function jsonOf(value: unknown, left = new Allowance()): string {
  const spend = (_key: string, node: unknown) => {
    left.values -= 1;
    if (left.values < 0) {
      throw new RangeError('Too large');
    }
    return node;
  };
  try {
    return JSON.stringify(value, spend) ?? '';
  } catch {
    return '';
  }
}
