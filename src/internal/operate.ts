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

/** An Observable of which each subscription runs what is made of this origin: it is started when unsubscribing would end it. */
export type RunningOf = <S, R>(origin: S, make: Make<S, R>) => Observable<R>;

/** In fewer bytes than `runningOf`, which is faster. */
export const plainlyRunning: RunningOf = (origin, make) =>
  new Observable((destination) => {
    const made = make(origin, destination);
    destination.add(made);
    made.start();
  });

/** Makes an operator of what runs for each subscription. */
export function operateBy<T, R>(runningOf: RunningOf, make: Make<Observable<T>, R>): OperatorFunction<T, R> {
  return (source) => {
    checkSource(source);
    return runningOf(source, make);
  };
}

export function checkSource(source: unknown): void {
  if (!isObservable(source)) {
    throw new TypeError('Unable to lift unknown Observable type');
  }
}
