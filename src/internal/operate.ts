import {
  isObservable,
  Observable,
  type OperatorFunction,
  type Subscriber,
  type TeardownLogic,
  type Unsubscribable,
} from 'rxjs';

/** Makes an operator of a function that is called for each subscription. */
export function operate<T, R>(
  subscribe: (source: Observable<T>, destination: Subscriber<R>) => TeardownLogic,
): OperatorFunction<T, R> {
  return (source) => {
    checkSource(source);
    return new Observable<R>((destination) => subscribe(source, destination));
  };
}

/**
 * Makes an operator of what runs for each subscription: it is started when unsubscribing would end it. Written out, because
 * each function more on the way of a call costs some 5 ns, up to 10 where V8 inlines no further.
 */
export function running<T, R>(
  make: (source: Observable<T>, destination: Subscriber<R>) => Unsubscribable & { start(): void },
): OperatorFunction<T, R> {
  return (source) => {
    checkSource(source);
    return new Observable<R>((destination) => {
      const made = make(source, destination);
      destination.add(made);
      made.start();
    });
  };
}

function checkSource(source: unknown): void {
  if (!isObservable(source)) {
    throw new TypeError('Unable to lift unknown Observable type');
  }
}
