import { Observable, type Subscriber, type Subscription, type TeardownLogic, type Unsubscribable } from 'rxjs';
import { brandProgrammingError } from '../provider';
import { isObject } from './opened';

/**
 * The Observable in what `open` returned: one of this RxJS as it is, one of another copy, version or library as one of
 * this RxJS. Those are known by `Symbol.observable`, which RxJS replaces by a text where it is missing.
 */
export function observableIn(opened: unknown): Observable<unknown> | undefined {
  if (opened instanceof Observable) {
    return opened;
  }
  if (!isObject(opened)) {
    return undefined;
  }
  const { observable = '@@observable' } = Symbol as { observable?: symbol };
  return adopted(opened, observable) ?? adopted(opened, '@@observable');
}

function adopted(opened: Record<PropertyKey, unknown>, key: PropertyKey): Observable<unknown> | undefined {
  if (typeof opened[key] !== 'function') {
    return undefined;
  }
  return new Observable((subscriber) => {
    const source = (opened as Record<PropertyKey, () => unknown>)[key]!();
    if (!isObject(source) || typeof source.subscribe !== 'function') {
      throw brandProgrammingError(new TypeError(`fromStream: ${String(key)} must return an object with subscribe()`));
    }
    return source.subscribe(outletTo(subscriber)) as TeardownLogic;
  });
}

/**
 * Hands on what a foreign Observable says. RxJS 7 and 8 take it for a subscriber, because it can `add` and `unsubscribe`:
 * so a synchronous source sees at once that nothing more is wanted. It is no `Subscriber` of ours, because RxJS 6 works
 * on an object made from it, whose fields it would write instead of ours.
 */
function outletTo(subscriber: Subscriber<unknown>) {
  return {
    get closed() {
      return subscriber.closed;
    },
    next(this: Unsubscribable | undefined, value: unknown) {
      subscriber.next(value);
      if (subscriber.closed) {
        this?.unsubscribe(); // RxJS 6 has put its own in this place
      }
    },
    error: (error: unknown) => subscriber.error(error),
    complete: () => subscriber.complete(),
    add: (teardown: TeardownLogic) => subscriber.add(teardown),
    remove: (teardown: Subscription) => subscriber.remove(teardown),
    unsubscribe: () => subscriber.unsubscribe(),
  };
}
