import {
  isObservable,
  Observable,
  type Observer,
  type OperatorFunction,
  Subscriber,
  type TeardownLogic,
  throwError,
} from 'rxjs';

/** How a guarded call ended. */
export type Ending = 'complete' | 'error' | 'unsubscribe';

/** What stands guard over one subscription to a source. */
export interface Guard<T> {
  /** Sees a value before it goes downstream. An error that it returns ends the call after that value. */
  value?(value: T): Error | undefined;
  /** Told once how the call ended, before anybody downstream is. */
  end(ending: Ending, error?: unknown): void;
}

/** Makes an operator of a function that is called for each subscription. */
export function operate<T, R>(
  subscribe: (source: Observable<T>, destination: Subscriber<R>) => TeardownLogic,
): OperatorFunction<T, R> {
  return (source) => {
    if (!isObservable(source)) {
      throw new TypeError('Unable to lift unknown Observable type');
    }
    return new Observable<R>((destination) => subscribe(source, destination));
  };
}

/**
 * Passes a source on under the eyes of a guard.
 *
 * A `Subscriber`, not an observer object: so a synchronous source sees at once that nobody wants more, and what a
 * callback throws goes down the error channel of this call.
 */
export class GuardedSubscriber<T> extends Subscriber<T> {
  /** Hears of every value and of the end. May be relieved by another on the way. */
  guard: Guard<T> | undefined;
  readonly #downstream: Observer<T>;
  #ended = false;

  /** @param downstream Receives what comes. If it is a Subscriber, unsubscribing it ends this. */
  constructor(downstream: Observer<T>, guard?: Guard<T>) {
    super();
    this.#downstream = downstream;
    this.guard = guard;
    if (downstream instanceof Subscriber) {
      downstream.add(this); // not by super(): one that is closed already ends this at once, which needs the guard
    }
  }

  protected override _next(value: T): void {
    let verdict: Error | undefined;
    try {
      verdict = this.guard?.value?.(value);
    } catch (thrown) {
      this.#cut(thrown);
      return;
    }
    if (this.closed) {
      return; // a callback of the guard's has ended it
    }
    this.#downstream.next(value);
    if (verdict !== undefined && !this.closed) {
      this.#cut(verdict);
    }
  }

  protected override _error(error: unknown): void {
    try {
      this.#downstream.error(this.#end('error', error));
    } finally {
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    const thrown = this.#end('complete');
    try {
      if (thrown === undefined) {
        this.#downstream.complete();
      } else {
        this.#downstream.error(thrown);
      }
    } finally {
      this.unsubscribe();
    }
  }

  override unsubscribe(): void {
    if (!this.closed) {
      try {
        super.unsubscribe();
      } finally {
        const thrown = this.#end('unsubscribe');
        if (thrown !== undefined) {
          throwError(() => thrown).subscribe(); // nobody is left to be told: rxjs reports it as unhandled
        }
      }
    }
  }

  /** Ends a call whose source still runs: the source is stopped first, then the guard and downstream hear of it. */
  #cut(error: unknown): void {
    try {
      super.unsubscribe();
    } finally {
      this.#downstream.error(this.#end('error', error));
    }
  }

  /** Returns what downstream is to be told: the error, or what a callback of the user's threw instead. */
  #end(ending: Ending, error?: unknown): unknown {
    if (this.#ended) {
      return error;
    }
    this.#ended = true;
    try {
      this.guard?.end(ending, error);
    } catch (thrown) {
      return thrown;
    }
    return error;
  }
}
