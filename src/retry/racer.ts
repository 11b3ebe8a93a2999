import type { Observer, Unsubscribable } from 'rxjs';
import type { Try } from '../guard/try';
import { HeldBack, type Recipient } from './held-back';

/** Where sources race for the first content. */
export interface Race<T> extends Recipient<T> {
  /** A source has content. */
  won(racer: Racer<T>): void;
  completed(racer: Racer<T>): void;
  failed(racer: Racer<T>, error: unknown): void;
}

/** One source of a race: what it says is held back until it has won. */
export class Racer<T> implements Observer<T>, Unsubscribable {
  attempt!: Try;
  /** With what it failed while it was being started. */
  failure: { readonly error: unknown } | undefined = undefined;
  private isPassing = false;
  /** Made for its first value that is no content. */
  private held: HeldBack<T> | undefined = undefined;

  constructor(private readonly race: Race<T>) {}

  next(value: T): void {
    if (this.isPassing) {
      this.race.deliver(value);
      return;
    }
    const { isContent } = this.attempt;
    if (isContent && this.held?.hasContent !== true) {
      this.race.won(this); // first: the others are over before its content goes on
    }
    if (this.held === undefined && isContent) {
      this.isPassing = true;
      this.race.deliver(value);
    } else {
      this.held ??= new HeldBack(this.race, Number.POSITIVE_INFINITY);
      this.held.next(value, isContent);
      this.isPassing = this.held.isOver;
    }
  }

  error(error: unknown): void {
    if (this.held?.hasContent) {
      this.held.flush(); // their turn had come when it failed
    }
    this.race.failed(this, error);
  }

  complete(): void {
    this.race.completed(this);
  }

  /** Delivers what is held back. */
  flush(): void {
    this.held?.flush();
  }

  unsubscribe(): void {
    this.attempt.unsubscribe();
  }
}
