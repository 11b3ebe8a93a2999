import { distinctUntilChanged, type MonoTypeOperatorFunction, Observable } from 'rxjs';

/** Leaves out states that say what the last one said. */
export function whenDifferent<State>(): MonoTypeOperatorFunction<State> {
  return distinctUntilChanged((one, other) => JSON.stringify(one) === JSON.stringify(other));
}

/** The state of what has several parts: at once, then after every change. Parts that replay their state first are one change. */
export function statesOf<State>(read: () => State, changes: Observable<unknown>): Observable<State> {
  return new Observable<State>((subscriber) => {
    let isReady = false;
    const tell = () => isReady && subscriber.next(read());
    subscriber.add(changes.subscribe(tell));
    isReady = true;
    tell();
  }).pipe(whenDifferent());
}
