import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';

/** A line longer than this is not walked again after somebody left it. */
const longestWalk = 256;

/**
 * Foresees when a newcomer will be granted, by letting a copy of the ledger grant everybody before it. The copy is kept
 * while the line only grows at its end, so that a long line costs one step for each newcomer.
 */
export class Forecast {
  #ledger: Ledger | undefined;
  /** When the last one in line will be granted. */
  #at = 0;

  /** To be called whenever the copy may be wrong: somebody left, jumped the line, paid back, … */
  forget(): void {
    this.#ledger = undefined;
  }

  /**
   * When `cost` will be granted behind `line`, from the time `from` on. In a line that is too long to be walked again,
   * a time at which it will not have been granted yet.
   */
  of(cost: Units, line: Iterable<{ readonly cost: Units }>, length: number, live: Ledger, from: number): number {
    if (this.#ledger === undefined) {
      if (length > longestWalk) {
        return from;
      }
      this.#ledger = live.copy();
      this.#at = from;
      for (const waiter of line) {
        this.join(waiter.cost, from);
      }
    }
    return Math.max(this.#at, from, this.#ledger.plan(cost, this.#at));
  }

  /** To be called when somebody took the last place in line. */
  join(cost: Units, from: number): void {
    if (this.#ledger !== undefined) {
      this.#at = Math.max(this.#at, from, this.#ledger.plan(cost, this.#at));
      this.#ledger.take(cost, this.#at);
    }
  }
}
