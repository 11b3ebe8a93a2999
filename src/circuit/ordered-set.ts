import { Deque } from '../internal/queue/deque';

interface Place<T> {
  readonly item: T;
  seat?: number | undefined;
}

/** A set that finds its first element at once. A `Set` first walks over the places of all that were deleted before it. */
export class OrderedSet<T> {
  #order = new Deque<Place<T>>();
  readonly #places = new Map<T, Place<T>>();

  get first(): T | undefined {
    return this.#order.first?.item;
  }

  /** Adds an item as the last one. It must not be in the set yet. */
  add(item: T): void {
    const place: Place<T> = { item };
    this.#places.set(item, place);
    this.#order.push(place);
  }

  /** Returns false if the item was not in the set. */
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
