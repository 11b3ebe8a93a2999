import { Deadlines, type Due } from './deadlines';
import type { Seated } from './deque';
import { precedes, Ranks, type Standing } from './ranks';

/** Somebody who stands in a {@link Queue}. */
export interface Queued extends Due, Seated {
  readonly priority: number;
  /** Stands before others of the same priority. */
  readonly retry: boolean;
}

/**
 * A waiting line: higher priority first, retries before first attempts, first come first served within. Entering it,
 * leaving it from anywhere, and the count of those ahead cost O(log n).
 */
export class Queue<W extends Queued> {
  private readonly ranks = new Ranks<W>();
  /** Made for the first who has one. */
  private deadlines: Deadlines<W> | undefined = undefined;

  get length(): number {
    return this.ranks.waiting;
  }

  /** How many stand before a newcomer. */
  ahead(newcomer: Standing): number {
    return this.ranks.ahead(newcomer);
  }

  /** The earliest deadline of anybody in the line; Infinity if there is none. */
  get nextDeadline(): number {
    return this.deadlines?.next ?? Number.POSITIVE_INFINITY;
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.deadlines?.overdue(now);
    if (waiter !== undefined) {
      this.ranks.remove(waiter);
    }
    return waiter;
  }

  get first(): W | undefined {
    return this.ranks.first?.first;
  }

  /** Whether a newcomer would stand behind everybody else. */
  isLast(newcomer: Standing): boolean {
    const { last } = this.ranks;
    return last === undefined || !precedes(newcomer, last);
  }

  add(waiter: W): void {
    this.ranks.add(waiter);
    if (waiter.deadline < Number.POSITIVE_INFINITY) {
      this.deadlines ??= new Deadlines();
      this.deadlines.add(waiter);
    }
  }

  /** Takes somebody out of the line, from wherever they stand; false if they stand there no more. */
  remove(waiter: W): boolean {
    if (waiter.seat === undefined) {
      return false;
    }
    this.ranks.remove(waiter);
    this.deadlines?.remove(waiter);
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
    for (const rank of this.ranks) {
      yield* rank;
    }
  }
}
