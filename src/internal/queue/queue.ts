import { CountedTree, type Placed, precedes, type Standing } from './counted-tree';
import { Deadlines, type Due } from './deadlines';

/** Somebody who stands in a {@link Queue}. */
export interface Queued extends Placed, Partial<Due> {
  readonly priority: number;
  /** Stands before others of the same priority. */
  readonly retry: boolean;
  /** Absent, or Infinity, if it waits for as long as it takes. */
  readonly deadline?: number;
}

/**
 * A waiting line: higher priority first, retries before first attempts, first come first served within. Entering it,
 * leaving it from anywhere, and the count of those ahead cost O(log n).
 */
export class Queue<W extends Queued> {
  /** Made for the first who waits. */
  private order: CountedTree<W> | undefined = undefined;
  /** Made for the first who has one. */
  private deadlines: Deadlines<W & Due> | undefined = undefined;

  get length(): number {
    return this.order === undefined ? 0 : this.order.length;
  }

  get first(): W | undefined {
    return this.order?.first;
  }

  /** How many stand before a newcomer. */
  ahead(newcomer: Standing): number {
    return this.order === undefined ? 0 : this.order.ahead(newcomer);
  }

  /** Whether anybody stands before a newcomer. */
  isBehind(newcomer: Standing): boolean {
    const { first } = this;
    return first !== undefined && !precedes(newcomer, first);
  }

  /** Whether a newcomer would stand behind everybody else. */
  isLast(newcomer: Standing): boolean {
    const last = this.order?.last;
    return last === undefined || !precedes(newcomer, last);
  }

  /** The earliest deadline of anybody in the line; Infinity if there is none. */
  get nextDeadline(): number {
    return this.deadlines === undefined ? Number.POSITIVE_INFINITY : this.deadlines.next;
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.deadlines?.overdue(now);
    if (waiter !== undefined) {
      this.order!.remove(waiter);
    }
    return waiter;
  }

  add(waiter: W): void {
    if (this.order === undefined) {
      this.order = new CountedTree(waiter);
    } else {
      this.order.add(waiter);
    }
    const { deadline } = waiter;
    if (deadline !== undefined && deadline < Number.POSITIVE_INFINITY) {
      this.deadlines ??= new Deadlines();
      this.deadlines.add(waiter as W & Due);
    }
  }

  /** Takes somebody out of the line, from wherever they stand; false if they stand there no more. */
  remove(waiter: W): boolean {
    if (waiter.leaf === undefined) {
      return false;
    }
    this.order!.remove(waiter);
    this.deadlines?.remove(waiter as W & Due);
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
    if (this.order !== undefined) {
      yield* this.order;
    }
  }
}
