import { type SchedulerLike, throwError, type Unsubscribable } from 'rxjs';
import { Alarm } from './alarm';
import { Clock } from './clock';
import { Deadlines, type Due } from './deadlines';

/** By so many ms may a timer be late before newcomers doubt that it will ever ring, or that the wall clock is right. */
const latest = 1_000;

/** Whoever sleeps. */
export interface Sleeper {
  /** Called when the time has come. */
  wake(): void;
}

/** The sleep of one, which goes on until its deadline or until it is unsubscribed. */
class Sleep implements Due, Unsubscribable {
  turn: number | undefined = undefined;
  place: number | undefined = undefined;

  constructor(
    private readonly timer: SharedTimer,
    readonly sleeper: Sleeper,
    readonly deadline: number,
  ) {}

  unsubscribe(): void {
    this.timer.remove(this);
  }
}

/** One timer for all who sleep, each until a time of their own. */
class SharedTimer {
  readonly #clock: Clock;
  readonly #toWall: number;
  readonly #sleeps = new Deadlines<Sleep>();
  readonly #alarm: Alarm;
  #isWaking = false;

  constructor(scheduler: SchedulerLike | undefined) {
    this.#clock = new Clock(scheduler);
    this.#toWall = this.#clock.toWall;
    this.#alarm = new Alarm(this.#clock, 'first', () => this.#wake());
  }

  /**
   * Whether a newcomer's time can be measured with that of those who sleep already. When the wall clock was set back, what
   * passed unseen before that is missing in this clock's time until the timer rings, and a newcomer would be woken early.
   */
  get isInTime(): boolean {
    return this.#clock.now() <= this.#sleeps.next + latest && this.#clock.toWall === this.#toWall;
  }

  /** Wakes somebody after `ms`; among those who are due at the same time, the last. */
  after(ms: number, sleeper: Sleeper): Sleep {
    const sleep = new Sleep(this, sleeper, this.#clock.now() + ms);
    this.#sleeps.add(sleep);
    if (!this.#isWaking) {
      this.#alarm.set(this.#sleeps.next);
    }
    return sleep;
  }

  remove(sleep: Sleep): void {
    this.#sleeps.remove(sleep);
    if (this.#sleeps.next === Number.POSITIVE_INFINITY) {
      this.#alarm.set(Number.POSITIVE_INFINITY);
    }
  }

  #wake(): void {
    const now = this.#clock.now(); // only once: who falls asleep again must not keep everybody else from their turn
    this.#isWaking = true;
    for (let due = this.#sleeps.overdue(now); due !== undefined; due = this.#sleeps.overdue(now)) {
      try {
        due.sleeper.wake();
      } catch (thrown) {
        throwError(() => thrown).subscribe(); // rxjs reports it as unhandled; the others have their turn
      }
    }
    this.#isWaking = false;
    this.#alarm.set(this.#sleeps.next);
  }
}

/**
 * Lets many sleep on one timer, to the ms: as long as the wall clock goes on. Where it was set, how far that timer has run
 * is not known, and newcomers share another one. A timer that rings is believed if the wall clock says that it is
 * early, and the wall clock if it says that it is late: then those are woken whose time has passed as well.
 */
export class SharedTimers {
  #timer: SharedTimer | undefined;

  constructor(private readonly scheduler: SchedulerLike | undefined) {}

  /** Wakes somebody after `ms`, unless that is unsubscribed before. */
  after(ms: number, sleeper: Sleeper): Unsubscribable {
    if (this.#timer?.isInTime !== true) {
      this.#timer = new SharedTimer(this.scheduler);
    }
    return this.#timer.after(ms, sleeper);
  }
}
