import { isObservable, Observable, type OperatorFunction, type Subscriber, type TeardownLogic } from 'rxjs';

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
