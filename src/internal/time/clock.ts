import { asyncScheduler, type SchedulerLike, type Subscription } from 'rxjs';
import { delay } from './delay';
import type { Frame } from './frame';
import { readTime } from './step';

/**
 * A scheduler's time as a policy wants it: it starts at 0 with the first look and never runs backwards.
 *
 * When the wall clock is set back, time stands still for that moment and goes on from there, so nobody waits out the
 * step; and a timer that has fired is believed, whatever the wall clock says by then.
 */
export class Clock {
  /** There only if it is not the usual one: a million clocks may be idle. */
  declare private readonly other?: SchedulerLike;
  #shift: number | undefined;
  #last = 0;
  /** See {@link soon}. Not there before it is needed: a million clocks may be idle. */
  declare frame?: Frame;

  constructor(scheduler: SchedulerLike = asyncScheduler) {
    if (scheduler !== asyncScheduler) {
      this.other = scheduler;
    }
  }

  get scheduler(): SchedulerLike {
    return this.other ?? asyncScheduler;
  }

  /** ms since the first look. */
  now(): number {
    const wall = readTime(this.scheduler);
    this.#shift ??= -wall;
    const ms = wall + this.#shift;
    if (ms < this.#last) {
      this.#shift = this.#last - wall;
    } else {
      this.#last = (ms | 0) === ms ? ms | 0 : ms; // V8 keeps such an integer in the field itself, any other number in 16 bytes
    }
    return this.#last;
  }

  /** What to add to this clock's time to get the scheduler's. It changes only where the wall clock was set back. */
  get toWall(): number {
    this.now();
    return this.onWall(0);
  }

  /** A time of this clock on the scheduler's, by the last look. */
  onWall(time: number): number {
    return time - this.#shift!;
  }

  /** Calls `work` after `ms`; by then at least so much time has passed on this clock. */
  after(ms: number, work: () => void): Subscription {
    const due = this.now() + ms;
    return delay(this.scheduler, ms, () => {
      if (this.now() < due) {
        this.#shift! += due - this.#last;
        this.#last = due;
      }
      work();
    });
  }
}
