import type { SchedulerAction, SchedulerLike, Subscription } from 'rxjs';

/** setTimeout fires at once for anything longer than this many ms. */
const longest = 2 ** 31 - 1;
/** Timers fire up to this many ms before their time. */
const earliest = 2;

/**
 * Calls `work` after `ms`, rounded up to whole ms, however long that is. A timer that fires early is armed once more;
 * for the rest the timer is believed, not the wall clock, which may have been set in the meantime.
 */
export function delay(scheduler: SchedulerLike, ms: number, work: () => void): Subscription {
  let rest = Math.ceil(Math.max(0, ms));
  const due = scheduler.now() + rest;
  let rearmed = rest === 0;

  const nextPiece = () => {
    const piece = Math.min(rest, longest);
    rest -= piece;
    return piece;
  };

  function fire(this: SchedulerAction<void>): void {
    if (rest > 0) {
      this.schedule(undefined, nextPiece());
      return;
    }
    const early = rearmed ? 0 : due - scheduler.now();
    if (early > 0 && early <= earliest) {
      rearmed = true;
      this.schedule(undefined, Math.ceil(early));
      return;
    }
    work();
  }

  return scheduler.schedule(fire, nextPiece());
}
