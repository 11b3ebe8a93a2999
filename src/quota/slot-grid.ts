/** ms in which a longer window is counted in slots. */
const hour = 3_600_000;
const slotsPerWindow = 86_400;

/** Grants in as many ms share a slot of a window; 0: only those of the same ms do. */
export function gridOf(window: number): number {
  return window > hour ? window / slotsPerWindow : 0;
}

/** Whether grants at these times share a slot. */
export function isSameSlot(grid: number, one: number, other: number): boolean {
  return one === other || (grid !== 0 && cellOf(grid, one) === cellOf(grid, other));
}

/** The number of the slot in which a time lies. */
export function cellOf(grid: number, time: number): number {
  return grid === 0 ? time : Math.floor(time / grid);
}
