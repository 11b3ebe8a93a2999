/** So long a time counts, in ms. */
const memory = 600_000;

/** The least of some times in the last ten minutes. Pure: it is told the time, in ms. */
export class Baseline {
  /** Those that may still become the least: each is larger than those before it. */
  private candidates: { readonly at: number; readonly value: number }[] = [];

  add(value: number, now: number): void {
    while (this.candidates.length > 0 && this.candidates.at(-1)!.value >= value) {
      this.candidates.pop();
    }
    this.candidates.push({ at: now, value });
  }

  /** To be asked only after something was added at this time, or less than ten minutes ago. */
  least(now: number): number {
    while (this.candidates.length > 1 && this.candidates[0]!.at <= now - memory) {
      this.candidates.shift();
    }
    return this.candidates[0]!.value;
  }
}
