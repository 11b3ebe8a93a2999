import type { Receiver } from '../guard/guard';

interface Waiting {
  readonly receiver: Receiver<never>;
  readonly decide: () => void;
}

/** Calls that wait for an answer of Redis, because what their process knows is too old to decide by it. */
export class Unsure {
  readonly #waiting = new Set<Waiting>();

  get size(): number {
    return this.#waiting.size;
  }

  /** @param decide Called when there is an answer, or it is known that there will be none. */
  add(receiver: Receiver<never>, decide: () => void): void {
    const waiting = { receiver, decide };
    this.#waiting.add(waiting);
    receiver.stands({ unsubscribe: () => this.#waiting.delete(waiting) });
  }

  resolve(): void {
    const all = [...this.#waiting];
    this.#waiting.clear();
    for (const { receiver, decide } of all) {
      if (!receiver.closed) {
        decide();
      }
    }
  }
}
