import type { Seated } from './deque';

/** How many who left may stay in the heap before it is cleared of them. */
const slack = 64;

/** Somebody in a line who gives up at a certain time. */
export interface Due extends Seated {
  readonly deadline: number;
}

/** The deadlines of those in a line, earliest first: one timer can then serve them all. A binary heap. */
export class Deadlines<W extends Due> {
  #heap: W[] = [];
  #left = 0;

  /** The earliest deadline of somebody who still waits. */
  get next(): number {
    this.#dropLeft();
    return this.#heap[0]?.deadline ?? Number.POSITIVE_INFINITY;
  }

  add(waiter: W): void {
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.#heap.push(waiter);
      this.#rise(this.#heap.length - 1);
    }
  }

  /** To be called when somebody has left the line before the deadline. */
  left(waiter: W): void {
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.#left += 1;
      if (this.#left > slack && this.#left * 2 > this.#heap.length) {
        const waiting = this.#heap.filter(stillWaits).sort((one, other) => one.deadline - other.deadline);
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
    if (index > 0 && this.#heap[parent]!.deadline > this.#heap[index]!.deadline) {
      this.#swap(index, parent);
      this.#rise(parent);
    }
  }

  #sink(index: number): void {
    const left = 2 * index + 1;
    const right = left + 1;
    const smaller =
      right < this.#heap.length && this.#heap[right]!.deadline < this.#heap[left]!.deadline ? right : left;
    if (smaller < this.#heap.length && this.#heap[smaller]!.deadline < this.#heap[index]!.deadline) {
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

function stillWaits(waiter: Seated): boolean {
  return waiter.seat !== undefined;
}
