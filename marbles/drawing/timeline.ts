/** A silence of more than so many ms is drawn as a gap. */
const longest = 30;
/** How many ms wide a gap is. */
const gapWidth = 4;
/** At most so many pixels a ms. */
const widest = 72;

/** Where a time is on the paper: in proportion, but for long silences, which are gaps of a fixed width. */
export class Timeline {
  readonly gaps: readonly { readonly from: number; readonly to: number }[];
  readonly end: number;
  readonly #left: number;
  readonly #perMs: number;

  /** @param times When something happens, in ms. */
  constructor(times: readonly number[], left: number, width: number) {
    const moments = [...new Set([0, ...times])].sort((one, other) => one - other);
    this.gaps = moments
      .map((to, index) => ({ from: moments[index - 1] ?? to, to }))
      .filter(({ from, to }) => to - from > longest)
      .map(({ from, to }) => ({ from: from + 1, to: to - 1 }));
    this.end = moments.at(-1)! + 2;
    this.#left = left;
    this.#perMs = Math.min(widest, width / this.#squeezed(this.end));
  }

  x(time: number): number {
    return this.#left + this.#squeezed(time) * this.#perMs;
  }

  /** The times that are worth a number: as many as there is room for. */
  get ticks(): readonly number[] {
    const step = [1, 2, 5, 10].find((ms) => ms * this.#perMs >= 44) ?? 20;
    const visible = (time: number) => !this.gaps.some(({ from, to }) => time > from - 1 && time < to + 1);
    const regular = Array.from({ length: Math.floor(this.end / step) + 1 }, (_, index) => index * step).filter(visible);
    return [...new Set([...regular, ...this.gaps.flatMap(({ from, to }) => [from - 1, to + 1])])];
  }

  #squeezed(time: number): number {
    return this.gaps.reduce((sum, { from, to }) => {
      const share = Math.min(1, Math.max(0, (time - from) / (to - from)));
      return sum - share * (to - from - gapWidth);
    }, time);
  }
}
