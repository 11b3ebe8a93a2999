/** Somebody for whom something happens at a certain time. */
export interface Due {
  readonly deadline: number;
  /** Written by {@link Deadlines}: who came first is first among equal deadlines. */
  turn?: number | undefined;
  /** Written by {@link Deadlines}: where in the heap it stands; undefined while it stands nowhere. */
  place?: number | undefined;
}

/** Those who wait for a time, earliest first: one timer can then serve them all. A binary heap. */
export class Deadlines<W extends Due> {
  readonly #heap: W[] = [];
  #turns = 0;

  /** The earliest deadline of all; Infinity if there is none. */
  get next(): number {
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** To be called only for those who have a deadline. */
  add(waiter: W): void {
    waiter.turn = this.#turns;
    this.#turns += 1;
    this.#heap.push(waiter);
    this.#rise(waiter, this.#heap.length - 1);
  }

  /** Takes somebody out, from wherever they stand; nothing happens to those who stand nowhere. */
  remove(waiter: W): void {
    const { place } = waiter;
    if (place === undefined) {
      return;
    }
    waiter.place = undefined;
    const last = this.#heap.pop()!;
    if (last !== waiter) {
      this.#sink(last, place);
      this.#rise(last, last.place!);
    }
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const first = this.#heap[0];
    if (first === undefined || first.deadline > now) {
      return undefined;
    }
    this.remove(first);
    return first;
  }

  /** Puts somebody there, or where those above are not later. */
  #rise(waiter: W, from: number): void {
    let place = from;
    while (place > 0) {
      const above = this.#heap[(place - 1) >> 1]!;
      if (!precedes(waiter, above)) {
        break;
      }
      this.#put(above, place);
      place = (place - 1) >> 1;
    }
    this.#put(waiter, place);
  }

  /** Puts somebody there, or where those below are not earlier. */
  #sink(waiter: W, from: number): void {
    let place = from;
    for (let below = this.#earlierBelow(place); below !== undefined; below = this.#earlierBelow(place)) {
      const { place: next } = below;
      if (!precedes(below, waiter)) {
        break;
      }
      this.#put(below, place);
      place = next!;
    }
    this.#put(waiter, place);
  }

  #earlierBelow(place: number): W | undefined {
    const left = this.#heap[2 * place + 1];
    const right = this.#heap[2 * place + 2];
    return right !== undefined && precedes(right, left!) ? right : left;
  }

  #put(waiter: W, place: number): void {
    this.#heap[place] = waiter;
    waiter.place = place;
  }
}

function precedes(one: Due, other: Due): boolean {
  return one.deadline === other.deadline ? one.turn! < other.turn! : one.deadline < other.deadline;
}
