import type { Units } from '../quota/limits';

/** What has to be added to `before`, by dimension, to get `after`; undefined if they are the same. */
export function changesBetween(before: Units, after: Units): Units | undefined {
  if (before === after) {
    return undefined;
  }
  const changes = Object.keys({ ...before, ...after })
    .map((dimension) => [dimension, (after[dimension] ?? 0) - (before[dimension] ?? 0)] as const)
    .filter(([, change]) => change !== 0);
  return changes.length === 0 ? undefined : Object.fromEntries(changes);
}

export function isSame(one: Units, other: Units): boolean {
  return isWithin(one, other) && isWithin(other, one);
}

/** Whether `one` is no more than `other` in any dimension. */
export function isWithin(one: Units, other: Units): boolean {
  return one === other || Object.keys(one).every((dimension) => one[dimension]! <= (other[dimension] ?? 0));
}
