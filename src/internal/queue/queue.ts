import { Deadlines, type Due } from './deadlines';
import { Deque, type Seated } from './deque';

/** Somebody who stands in a {@link Queue}. */
export interface Queued extends Due, Seated {
  readonly priority: number;
  /** Stands before others of the same priority. */
  readonly retry: boolean;
}

type Place = Pick<Queued, 'priority' | 'retry'>;

interface Rank<W extends Queued> {
  readonly priority: number;
  readonly retry: boolean;
  readonly waiters: Deque<W>;
}

/** A waiting line: higher priority first, retries before first attempts, first come first served within. */
export class Queue<W extends Queued> {
  /** The ranks that have somebody waiting, highest first. */
  readonly #ranks: Rank<W>[] = [];
  /** Made for the first who has one. */
  #deadlines: Deadlines<W> | undefined;
  #length = 0;

  get length(): number {
    return this.#length;
  }

  /** How many stand before a newcomer. Counted by ranks, never by walking the line. */
  ahead(newcomer: Place): number {
    let ahead = 0;
    for (const rank of this.#ranks) {
      if (!precedes(newcomer, rank)) {
        ahead += rank.waiters.length;
      }
    }
    return ahead;
  }

  /** The earliest deadline of anybody in the line; Infinity if there is none. */
  get nextDeadline(): number {
    return this.#deadlines?.next ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.#deadlines?.overdue(now);
    if (waiter !== undefined) {
      this.#leave(waiter);
    }
    return waiter;
  }

  get first(): W | undefined {
    return this.#ranks[0]?.waiters.first;
  }

  /** Whether a newcomer would stand behind everybody else. */
  isLast(newcomer: Place): boolean {
    const last = this.#ranks.at(-1);
    return last === undefined || !precedes(newcomer, last);
  }

  add(waiter: W): void {
    let index = 0;
    while (index < this.#ranks.length && precedes(this.#ranks[index]!, waiter)) {
      index += 1;
    }
    let rank = this.#ranks[index];
    if (rank === undefined || precedes(waiter, rank)) {
      rank = { priority: waiter.priority, retry: waiter.retry, waiters: new Deque() };
      this.#ranks.splice(index, 0, rank);
    }
    rank.waiters.push(waiter);
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.#deadlines ??= new Deadlines();
      this.#deadlines.add(waiter);
    }
    this.#length += 1;
  }

  /** Takes somebody out of the line, from wherever they stand; false if they stand there no more. */
  remove(waiter: W): boolean {
    if (waiter.seat === undefined) {
      return false;
    }
    this.#leave(waiter);
    this.#deadlines?.remove(waiter);
    return true;
  }

  /** The first so many, in order. */
  *firstOnes(count: number): IterableIterator<W> {
    let rest = count;
    for (const waiter of this) {
      if (rest === 0) {
        return;
      }
      rest -= 1;
      yield waiter;
    }
  }

  *[Symbol.iterator](): IterableIterator<W> {
    for (const rank of this.#ranks) {
      yield* rank.waiters;
    }
  }

  #leave(waiter: W): void {
    const index = this.#ranks.findIndex((rank) => rank.priority === waiter.priority && rank.retry === waiter.retry);
    const { waiters } = this.#ranks[index]!;
    waiters.remove(waiter);
    this.#length -= 1;
    if (waiters.length === 0) {
      this.#ranks.splice(index, 1);
    }
  }
}

function precedes(one: Place, other: Place): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}
