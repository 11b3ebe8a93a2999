import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs';

/** setTimeout fires at once for anything longer than this many ms. */
const longest = 2 ** 31 - 1;
/** Timers fire up to this many ms before their time. */
const earliest = 2;

/**
 * Calls `work` after `ms`, rounded up to whole ms, however long that is: in pieces that setTimeout can take. A piece
 * that ends early is armed again for what is missing; for the rest the timer is believed, not the wall clock, which may
 * have been set in the meantime.
 */
export function delay(scheduler: SchedulerLike, ms: number, work: () => void): Subscription {
  let rest = Math.ceil(Math.max(0, ms));
  let due = 0;
  let tolerance = 0;

  const nextPiece = () => {
    const piece = Math.min(rest, longest);
    rest -= piece;
    due = scheduler.now() + piece;
    tolerance = piece === 0 ? 0 : earliest;
    return piece;
  };

  function fire(this: SchedulerAction<void>): void {
    const early = due - scheduler.now();
    if (early > 0 && early <= tolerance) {
      const missing = Math.ceil(early);
      tolerance = missing - 1; // each time it must be nearer by a ms: a clock that stands still makes no loop
      this.schedule(undefined, missing);
    } else if (rest > 0) {
      this.schedule(undefined, nextPiece());
    } else {
      work();
    }
  }

  return scheduler.schedule(fire, nextPiece());
}
