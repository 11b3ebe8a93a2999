import { Deque } from '../internal/queue/deque';

interface Place<T> {
  readonly item: T;
  seat?: number | undefined;
}

/** A set whose first element is found at once: a `Set` walks over the places of all that have left before it. */
export class OrderedSet<T> {
  #order = new Deque<Place<T>>();
  readonly #places = new Map<T, Place<T>>();

  get first(): T | undefined {
    return this.#order.first?.item;
  }

  /** Adds what is not in it yet, as the last. */
  add(item: T): void {
    const place: Place<T> = { item };
    this.#places.set(item, place);
    this.#order.push(place);
  }

  /** False if it was not in it. */
  delete(item: T): boolean {
    const place = this.#places.get(item);
    if (place === undefined) {
      return false;
    }
    this.#places.delete(item);
    this.#order.remove(place);
    return true;
  }

  clear(): void {
    this.#places.clear();
    this.#order = new Deque();
  }
}
