import { Observable } from 'rxjs';

/** Whoever takes what is offered. */
export interface Taker {
  readonly closed: boolean;
}

/** An Observable of one thing that may be there at once: then it can be taken without being subscribed to. */
export abstract class Offer<T> extends Observable<T> {
  /**
   * What is offered, if it is there now. Nothing if it has to be waited for, or if `taker` was unsubscribed by whoever
   * heard that it was taken; then it has gone back.
   */
  abstract take(taker: Taker): T | undefined;
}
