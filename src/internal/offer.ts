import { Observable, type Unsubscribable } from 'rxjs';

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
  constructor() {
    super(receive); // one function for all of them
  }

  /**
   * What is offered, if it is there now. Nothing if it has to be waited for, or if `taker` was unsubscribed by whoever
   * heard that it was taken; then it has gone back.
   */
  abstract take(taker: Taker): T | undefined;

  /** Waits for what is not there yet: it, then complete; or an error. */
  abstract wait(waiting: Waiting<T>): void;
}

function receive<T>(this: Observable<T>, waiting: Waiting<T>): void {
  const offer = this as Offer<T>;
  const value = offer.take(waiting);
  if (value !== undefined) {
    waiting.next(value);
    waiting.complete();
  } else if (!waiting.closed) {
    offer.wait(waiting);
  }
}
