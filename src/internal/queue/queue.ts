import { CountedTree, type Placed } from './counted-tree';
import { Deadlines, type Due } from './deadlines';

/** Somebody who stands in a {@link Queue}. */
export interface Queued extends Placed, Partial<Due> {
  readonly priority: number;
  /** Stands before others of the same priority. */
  readonly retry: boolean;
  /** Absent, or Infinity, if it waits for as long as it takes. */
  readonly deadline?: number;
}

/** A waiting line: higher priority first, retries before first attempts, first come first served within. */
export class Queue<W extends Queued> extends CountedTree<W> {
  /** Made for the first who has one. */
  private deadlines: Deadlines<W & Due> | undefined = undefined;

  /** The earliest deadline of anybody in the line; Infinity if there is none. */
  get nextDeadline(): number {
    return this.deadlines === undefined ? Number.POSITIVE_INFINITY : this.deadlines.next;
  }

  /** Takes out somebody whose deadline has come, if there is one. */
  overdue(now: number): W | undefined {
    const waiter = this.deadlines?.overdue(now);
    if (waiter !== undefined) {
      this.takeOut(waiter);
    }
    return waiter;
  }

  /** Returns whether it stands behind everybody else. */
  add(waiter: W): boolean {
    const isLast = this.put(waiter);
    const { deadline } = waiter;
    if (deadline !== undefined && deadline < Number.POSITIVE_INFINITY) {
      this.deadlines ??= new Deadlines();
      this.deadlines.add(waiter as W & Due);
    }
    return isLast;
  }

  /** Takes somebody out of the line, from wherever they stand; false if they stand there no more. */
  remove(waiter: W): boolean {
    if (waiter.leaf === undefined) {
      return false;
    }
    this.takeOut(waiter);
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
}
