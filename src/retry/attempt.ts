import { Subscriber } from 'rxjs';

/** How many values before the first content value are held back. */
const mostHeld = 16;

/** What an attempt needs of the subscription that it is made for. */
export interface Run<T> {
  readonly downstream: Subscriber<T>;
  /** Which values are content; undefined if all are. */
  readonly isContent: ((value: T) => boolean) | undefined;
  deliver(value: T): void;
  failed(error: unknown): void;
}

/** One attempt: passes values on, or holds them back until content comes. */
export class Attempt<T> extends Subscriber<T> {
  readonly #run: Run<T>;
  /** What waits for content, or for its turn; undefined once everything passes at once. */
  #held: T[] | undefined;
  #hasContent = false;

  constructor(run: Run<T>) {
    super(run.downstream);
    this.#run = run;
    this.#held = run.isContent && [];
  }

  protected override _next(value: T): void {
    if (this.#held === undefined) {
      this.#run.deliver(value);
    } else {
      this.#holdBack(value, this.#held);
    }
  }

  protected override _error(error: unknown): void {
    if (this.#hasContent) {
      this.#flush();
    }
    this.unsubscribe(); // a failed attempt is torn down before the next begins
    this.#run.failed(error);
  }

  protected override _complete(): void {
    this.#flush();
    this.#run.downstream.complete();
    this.unsubscribe();
  }

  #holdBack(value: T, held: T[]): void {
    held.push(value);
    if (this.#hasContent) {
      return; // it came from within `next`, while those before it are delivered: its turn comes
    }
    try {
      this.#hasContent = held.length > mostHeld || this.#run.isContent!(value);
    } catch (thrown) {
      this.unsubscribe();
      this.#run.downstream.error(thrown);
      return;
    }
    if (this.#hasContent) {
      this.#flush();
    }
  }

  #flush(): void {
    const held = this.#held ?? [];
    while (held.length > 0) {
      this.#run.deliver(held.shift()!);
    }
    this.#held = undefined;
  }
}
