/** Gives each item the lowest lane in which it does not overlap one that was placed before. */
export function laned<T>(
  items: readonly T[],
  spanOf: (item: T) => readonly [from: number, to: number],
): { readonly item: T; readonly lane: number }[] {
  const lanes: (readonly [from: number, to: number])[][] = [];
  return items.map((item) => {
    const [from, to] = spanOf(item);
    const isFree = (lane: (typeof lanes)[number]) => lane.every((taken) => to <= taken[0] || from >= taken[1]);
    const free = lanes.findIndex(isFree);
    const lane = free === -1 ? lanes.push([]) - 1 : free;
    lanes[lane]!.push([from, to]);
    return { item, lane };
  });
}
