/** A policy's time as the rules say it: it goes on with the wall clock, and stands still where that is set back. */
export class NaiveClock {
  #now = 0;
  #since = 0;

  /** The wall clock goes on by so many ms, or is set back: below 0. */
  pass(ms: number): void {
    this.#since += ms;
  }

  /** The time since the first look. What passed unseen before the clock was set back is lost. */
  now(): number {
    this.#now += Math.max(0, this.#since);
    this.#since = 0;
    return this.#now;
  }
}
