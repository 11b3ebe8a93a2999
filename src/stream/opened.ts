import type { Observable } from 'rxjs';

/**
 * An Observable as every version and copy of RxJS has it.
 *
 * @category Operators
 */
export interface ForeignObservable<T> {
  /** Begins the call. */
  subscribe(next: (value: T) => void): unknown;
  /** Tells it from other things that can be subscribed to. */
  forEach: unknown;
  /** As above. */
  pipe(): unknown;
}

/**
 * What `fromStream` emits for what `open` returns.
 *
 * @category Operators
 */
export type Opened<X> =
  X extends PromiseLike<infer Y>
    ? Opened<Y>
    : X extends Observable<infer T>
      ? T
      : X extends ForeignObservable<infer T>
        ? T
        : X extends AsyncIterable<infer T>
          ? T
          : X extends ReadableStream<infer T>
            ? T
            : X;

export function isPromiseLike(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}

export function isObject(value: unknown): value is Record<PropertyKey, unknown> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** The data property of that name, an object's own or inherited. A getter may start work, and is not touched. */
export function dataOf(value: unknown, name: string): unknown {
  for (let owner = value; isObject(owner); owner = Object.getPrototypeOf(owner)) {
    const property = Object.getOwnPropertyDescriptor(owner, name);
    if (property !== undefined) {
      return property.value;
    }
  }
  return undefined;
}
