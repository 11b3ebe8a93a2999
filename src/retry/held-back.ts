import type { Observer } from 'rxjs';

/** How many values before the first content value are held back. */
const mostHeld = 16;

/** What the values of an attempt are held back for. */
export interface Recipient<T> extends Observer<T> {
  /** Ends the call: a callback of the user's threw. */
  abort(thrown: unknown): void;
}

/** Holds the values of one attempt back until content comes; if the attempt fails before, they are dropped. */
export class HeldBack<T> implements Observer<T> {
  /** What waits for content, or for its turn; undefined once everything passes at once. */
  #held: T[] | undefined = [];
  #hasContent = false;

  constructor(
    private readonly recipient: Recipient<T>,
    private readonly isContent: (value: T) => boolean,
  ) {}

  next(value: T): void {
    if (this.#held === undefined) {
      this.recipient.next(value);
      return;
    }
    this.#held.push(value);
    if (this.#hasContent) {
      return; // it came from within `next`, while those before it are delivered: its turn comes
    }
    try {
      this.#hasContent = this.#held.length > mostHeld || this.isContent(value);
    } catch (thrown) {
      this.recipient.abort(thrown);
      return;
    }
    if (this.#hasContent) {
      this.#flush();
    }
  }

  error(error: unknown): void {
    if (this.#hasContent) {
      this.#flush();
    }
    this.recipient.error(error);
  }

  complete(): void {
    this.#flush();
    this.recipient.complete();
  }

  #flush(): void {
    const held = this.#held ?? [];
    while (held.length > 0) {
      this.recipient.next(held.shift()!);
    }
    this.#held = undefined;
  }
}
