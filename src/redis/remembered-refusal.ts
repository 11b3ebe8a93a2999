import type { Clock } from '../internal/time/clock';

/** Other processes may have given something back: after so many ms Redis is asked again. */
const longest = 1_000;

/** What was refused last, so that a user over budget does not keep Redis busy: as much or more is refused until then. */
export class RememberedRefusal {
  #tokens = Number.POSITIVE_INFINITY;
  #until = 0;
  #asksAgain = 0;

  constructor(private readonly clock: Clock) {}

  /** @param wait After how many ms there may be room for so many tokens. */
  remember(tokens: number, wait: number): void {
    const now = this.clock.now();
    this.#tokens = tokens;
    this.#until = now + wait;
    this.#asksAgain = now + Math.min(wait, longest);
  }

  /** Something was given back. */
  forget(): void {
    this.#asksAgain = 0;
  }

  holds(tokens: number): boolean {
    return tokens >= this.#tokens && this.clock.now() < this.#asksAgain;
  }

  /** In how many ms there may be room for what was refused. */
  get rest(): number {
    return this.#until - this.clock.now();
  }
}
