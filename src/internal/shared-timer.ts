import { type SchedulerLike, throwError } from 'rxjs';
import { Alarm } from './alarm';
import { Clock } from './clock';
import { Deadlines, type Due } from './deadlines';

/** By so many ms may a timer be late before newcomers doubt that it will ever ring, or that the wall clock was not set. */
const latest = 1_000;

/** Somebody who sleeps until a time. */
export interface Sleeper extends Due {
  /** Written by {@link SharedTimer}. */
  deadline: number;
  /** Called once, when the time has come. */
  wake(): void;
}

/** One timer for all who sleep, each until a time of their own. */
export class SharedTimer {
  readonly #clock: Clock;
  readonly #sleepers = new Deadlines<Sleeper>();
  readonly #alarm: Alarm;
  #isWaking = false;

  constructor(scheduler: SchedulerLike | undefined) {
    this.#clock = new Clock(scheduler);
    this.#alarm = new Alarm(this.#clock, 'first', () => this.#wake());
  }

  /** Whether a newcomer's time can be measured with that of those who sleep already. */
  get isInTime(): boolean {
    const now = this.#clock.now();
    return (this.#isWaking || now <= this.#sleepers.next + latest) && !this.#clock.wasSetBack;
  }

  /** Wakes a newcomer after `ms`; among those who are due at the same time, the last. */
  add(sleeper: Sleeper, ms: number): void {
    sleeper.deadline = this.#clock.now() + ms;
    this.#sleepers.add(sleeper);
    if (!this.#isWaking) {
      this.#alarm.set(this.#sleepers.next);
    }
  }

  /** Somebody does not want to be woken any more. */
  remove(sleeper: Sleeper): void {
    this.#sleepers.remove(sleeper);
    if (this.#sleepers.next === Number.POSITIVE_INFINITY) {
      this.#alarm.set(Number.POSITIVE_INFINITY);
    }
  }

  #wake(): void {
    const now = this.#clock.now(); // only once: who falls asleep again must not keep everybody else from their turn
    this.#isWaking = true;
    for (let due = this.#sleepers.overdue(now); due !== undefined; due = this.#sleepers.overdue(now)) {
      try {
        due.wake();
      } catch (thrown) {
        throwError(() => thrown).subscribe(); // rxjs reports it as unhandled; the others have their turn
      }
    }
    this.#isWaking = false;
    this.#alarm.set(this.#sleepers.next);
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

  /** Wakes somebody after `ms`; returns the timer on which they sleep. */
  sleep(sleeper: Sleeper, ms: number): SharedTimer {
    if (this.#timer?.isInTime !== true) {
      this.#timer = new SharedTimer(this.scheduler);
    }
    this.#timer.add(sleeper, ms);
    return this.#timer;
  }
}
