/**
 * A value as its reader sees it: any name may be there and hold anything. Readers ask for each name in its own place of
 * the code (`shape.usage`), never by a shared function with the name as an argument: that is many times as fast.
 */
export interface Shape {
  readonly [name: string]: unknown;
}

/** So far a list is looked at: a proxy may claim any length, and lists may hold each other. */
const longestList = 1_000;

/** The value as something with names; undefined for texts, numbers, functions and nothing. */
export function shapeOf(value: unknown): Shape | undefined {
  return typeof value === 'object' && value !== null ? (value as Shape) : undefined;
}

/** How many items of a list are looked at; 0 for everything that is no list. */
export function lengthOf(value: unknown): number {
  return Array.isArray(value) ? Math.min(value.length, longestList) : 0;
}

/** Reads the objects of a list, one after the other. */
export function readEach<R>(list: unknown, read: (item: Shape, reading: R) => void, reading: R): void {
  const length = lengthOf(list);
  for (let index = 0; index < length; index++) {
    const item = shapeOf((list as readonly unknown[])[index]);
    if (item !== undefined) {
      read(item, reading);
    }
  }
}

/** The text itself; '' for everything else. */
export function textIn(value: unknown): string {
  return typeof value === 'string' ? value : '';
}

/** Whether this is the reason for which an answer ended. Protobuf enums have a zero that means "not set". */
export function isNamed(reason: unknown): reason is string {
  return typeof reason === 'string' && reason !== '' && !reason.endsWith('_UNSPECIFIED');
}
