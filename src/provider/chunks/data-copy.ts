import type { Shape } from './shape';

/** So many values of a value that cannot be read are copied. */
const mostValues = 10_000;
const mostNames = 100;

/** The own data field of that name; a getter is not touched. */
export function dataAt(value: object, name: string): unknown {
  return Object.getOwnPropertyDescriptor(value, name)?.value;
}

/**
 * A plain copy of the data in a value, so deep; what is deeper is itself in it. Getters are not touched: those of a class
 * may start work, and promise its result. What cannot be copied is left out.
 */
export function dataOf(value: object, depth: number, left = { values: mostValues }): Shape | readonly unknown[] {
  const copy: { [name: string]: unknown } = Array.isArray(value) ? ([] as never) : Object.create(null);
  const names = ArrayBuffer.isView(value) ? [] : Object.getOwnPropertyNames(value);
  for (const name of names.slice(0, mostNames)) {
    if (left.values > 0) {
      left.values -= 1;
      copy[name] = copied(dataAt(value, name), depth - 1, left);
    }
  }
  return copy;
}

function copied(value: unknown, depth: number, left: { values: number }): unknown {
  if (typeof value !== 'object' || value === null || depth < 1) {
    return value;
  }
  try {
    return dataOf(value, depth, left);
  } catch {
    return undefined; // a proxy that refuses
  }
}
