import type { ForeseenLedger } from './foreseen-ledger';
import type { Ledger } from './ledger';
import type { Units } from './limit';

/** A line that is no longer than this is walked whenever it has to be. */
const shortWalk = 256;
/** How many steps each change pays towards a longer walk. */
const gain = 16;
/** As many steps can be saved up at most: the longest walk. */
const longestWalk = 2 ** 18;

/** Somebody in line: what they ask for, and when it is foreseen to be granted. */
export interface Foreseen {
  readonly cost: Units;
  until?: number;
}

/**
 * Foresees when a newcomer will be granted, by trying out what the ledger will grant to everybody before it. That is kept
 * while the line only grows at its end and its first ones are granted as foreseen, so that a long line costs one step for
 * each newcomer. Once it is wrong the line has to be walked again, which a long one is only now and then.
 */
export class Forecast {
  private ledger: ForeseenLedger | undefined = undefined;
  /** When the last one in line will be granted. */
  private at = 0;
  private savedSteps = longestWalk;

  /** Whether the line is known, so that one more newcomer at its end costs one step. */
  get isKept(): boolean {
    return this.ledger !== undefined;
  }

  /** To be called whenever it may be wrong: somebody left, jumped the line, paid back, … */
  forget(): void {
    this.ledger = undefined;
    this.savedSteps = Math.min(this.savedSteps + gain, longestWalk);
  }

  /**
   * When `cost` will be granted behind `line`, from the time `from` on. Where walking the line again would cost too
   * much, a time at which it will not have been granted yet.
   */
  of(cost: Units, line: Iterable<Foreseen>, length: number, live: Ledger, from: number): number {
    if (this.ledger === undefined && !this.mayWalk(length)) {
      return from;
    }
    if (this.ledger === undefined) {
      this.ledger = live.foresee();
      this.at = from;
      for (const waiter of line) {
        this.join(waiter.cost, from);
        waiter.until = this.at;
      }
    }
    return this.dueFor(cost, this.ledger, from);
  }

  /** When `cost` will be granted if it jumps the line behind the waiters `before`. */
  between(cost: Units, before: Iterable<Foreseen>, length: number, live: Ledger, from: number): number {
    return this.mayWalk(length) ? new Forecast().of(cost, before, length, live, from) : from;
  }

  /** To be called when somebody took the last place in line. */
  join(cost: Units, from: number): void {
    if (this.ledger !== undefined) {
      this.at = this.dueFor(cost, this.ledger, from);
      this.ledger.take(cost, this.at);
    }
  }

  /** To be called when the first in line is granted at the time that was foreseen. */
  granted(cost: Units): void {
    this.ledger?.granted(cost);
  }

  /** Timers fire at whole ms. */
  private dueFor(cost: Units, ledger: ForeseenLedger, from: number): number {
    return Math.ceil(Math.max(this.at, from, ledger.due(cost)));
  }

  private mayWalk(length: number): boolean {
    if (length <= shortWalk) {
      return true;
    }
    if (length > this.savedSteps) {
      return false;
    }
    this.savedSteps -= length;
    return true;
  }
}
