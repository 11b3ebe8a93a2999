import type { Seated } from './deque';

/** How many who left may stay in the heap before it is cleared of them. */
const slack = 64;

/** Somebody in a line who gives up at a certain time. */
export interface Due extends Seated {
  readonly deadline: number;
  /** Written by {@link Deadlines}: who came first is first among equal deadlines. */
  turn?: number | undefined;
}

/** The deadlines of those in a line, earliest first: one timer can then serve them all. A binary heap. */
export class Deadlines<W extends Due> {
  #heap: W[] = [];
  #left = 0;
  #turns = 0;

  /** The earliest deadline of somebody who still waits. */
  get next(): number {
    this.#dropLeft();
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  /** To be called only for those who have a deadline. */
  add(waiter: W): void {
    waiter.turn = this.#turns;
    this.#turns += 1;
    this.#heap.push(waiter);
    this.#rise(this.#heap.length - 1);
  }

  /** To be called when somebody has left the line before the deadline. */
  left(waiter: W): void {
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.#left += 1;
      if (this.#left > slack && this.#left * 2 > this.#heap.length) {
        const waiting = this.#heap.filter(stillWaits).sort((one, other) => (precedes(one, other) ? -1 : 1));
        this.#heap = waiting; // a sorted array is a heap
        this.#left = 0;
      }
    }
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    return this.next <= now ? this.#pop() : undefined;
  }

  #dropLeft(): void {
    while (this.#heap.length > 0 && !stillWaits(this.#heap[0]!)) {
      this.#pop();
      this.#left -= 1;
    }
  }

  #pop(): W {
    const first = this.#heap[0]!;
    const last = this.#heap.pop()!;
    if (last !== first) {
      this.#heap[0] = last;
      this.#sink(0);
    }
    return first;
  }

  #rise(index: number): void {
    const parent = (index - 1) >> 1;
    if (index > 0 && precedes(this.#heap[index]!, this.#heap[parent]!)) {
      this.#swap(index, parent);
      this.#rise(parent);
    }
  }

  #sink(index: number): void {
    const left = 2 * index + 1;
    const right = left + 1;
    const smaller = right < this.#heap.length && precedes(this.#heap[right]!, this.#heap[left]!) ? right : left;
    if (smaller < this.#heap.length && precedes(this.#heap[smaller]!, this.#heap[index]!)) {
      this.#swap(index, smaller);
      this.#sink(smaller);
    }
  }

  #swap(one: number, other: number): void {
    const kept = this.#heap[one]!;
    this.#heap[one] = this.#heap[other]!;
    this.#heap[other] = kept;
  }
}

function precedes(one: Due, other: Due): boolean {
  return one.deadline === other.deadline ? one.turn! < other.turn! : one.deadline < other.deadline;
}

function stillWaits(waiter: Seated): boolean {
  return waiter.seat !== undefined;
}
