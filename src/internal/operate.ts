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

/** What runs for a subscription. */
type Started = Unsubscribable & { start(): void };

export type Make<S, R> = (source: S, destination: Subscriber<R>) => Started;

/** Makes an operator of what runs for each subscription: it is started when unsubscribing would end it. */
export type Running = <T, R>(make: Make<Observable<T>, R>) => OperatorFunction<T, R>;

/** As `running`, which is faster, in fewer bytes. */
export const runningPlainly: Running = (make) =>
  operate((source, destination) => {
    const made = make(source, destination);
    destination.add(made);
    made.start();
  });

export function checkSource(source: unknown): void {
  if (!isObservable(source)) {
    throw new TypeError('Unable to lift unknown Observable type');
  }
}
