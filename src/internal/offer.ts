import { Observable, type Subscriber, type TeardownLogic, type Unsubscribable } from 'rxjs';

/** Whoever takes what is offered. */
export interface Taker {
  readonly closed: boolean;
}

/** Whoever waits for what is offered: a Subscriber, or something lighter. */
export interface Waiting<T> extends Taker {
  next(value: T): void;
  error(error: unknown): void;
  complete(): void;
  /** What ends the wait when nobody wants its end any more. */
  add(teardown: Unsubscribable): void;
}

/**
 * An Observable of one thing that may be there at once: then it can be taken without being subscribed to; and waited
 * for without a Subscriber, of which a million weigh a lot.
 */
export abstract class Offer<T> extends Observable<T> {
  /**
   * What is offered, if it is there now. Nothing if it has to be waited for, or if `taker` was unsubscribed by whoever
   * heard that it was taken; then it has gone back.
   */
  abstract take(taker: Taker): T | undefined;

  /** Waits for what is not there yet: it, then complete; or an error. */
  abstract wait(waiting: Waiting<T>): void;

  /** What every Observable does when it is subscribed to; no function of its own for each of many offers. */
  protected _subscribe(waiting: Subscriber<T>): TeardownLogic {
    const value = this.take(waiting);
    if (value !== undefined) {
      waiting.next(value);
      waiting.complete();
    } else if (!waiting.closed) {
      this.wait(waiting);
    }
  }
}
