/** Something that is due at a certain time. */
export interface Due {
  readonly deadline: number;
  /** Written by {@link Deadlines}: who came first is first among equal deadlines. */
  turn?: number | undefined;
  /** Written by {@link Deadlines}: where in the heap it stands; undefined while it stands nowhere. */
  place?: number | undefined;
}

/** Those who wait for a time, earliest first: one timer can then serve them all. A binary heap. */
export class Deadlines<W extends Due> {
  protected readonly heap: W[] = [];
  private turns = 0;

  /** The earliest deadline of all; Infinity if there is none. */
  get next(): number {
    return this.heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** Who is due first. */
  get first(): W | undefined {
    return this.heap[0];
  }

  /** So many of them, the first one first, the others not quite in order. */
  some(count: number): readonly W[] {
    return this.heap.slice(0, count);
  }

  /** To be called only for those who have a deadline. */
  add(waiter: W): void {
    waiter.turn = this.turns;
    this.turns += 1;
    this.put(waiter, this.heap.length);
  }

  /** Takes somebody out, from wherever they stand; nothing happens to those who stand nowhere. */
  remove(waiter: W): void {
    const { place } = waiter;
    if (place !== undefined) {
      waiter.place = undefined;
      const last = this.heap.pop()!;
      if (last !== waiter) {
        this.put(last, place);
      }
    }
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const first = this.next <= now ? this.heap[0] : undefined;
    if (first !== undefined) {
      this.remove(first);
    }
    return first;
  }

  /** Puts somebody there, or as far above or below as order demands. */
  private put(waiter: W, from: number): void {
    let place = from;
    for (let other = this.outOfOrder(waiter, place); other !== undefined; other = this.outOfOrder(waiter, place)) {
      const next = other.place!;
      this.heap[place] = other;
      other.place = place;
      place = next;
    }
    this.heap[place] = waiter;
    waiter.place = place;
  }

  /** Who has to change places with somebody that comes to this one. */
  private outOfOrder(waiter: W, place: number): W | undefined {
    const above = place > 0 ? this.heap[(place - 1) >> 1] : undefined;
    if (above !== undefined && precedes(waiter, above)) {
      return above;
    }
    const left = this.heap[2 * place + 1];
    const right = this.heap[2 * place + 2];
    const below = right !== undefined && precedes(right, left!) ? right : left;
    return below !== undefined && precedes(below, waiter) ? below : undefined;
  }
}

function precedes(one: Due, other: Due): boolean {
  return one.deadline === other.deadline ? one.turn! < other.turn! : one.deadline < other.deadline;
}
