import { asyncScheduler, type SchedulerLike, type Subscription, type Unsubscribable } from 'rxjs';
import { Deadlines, type Due } from '../queue/deadlines';
import { reportUnhandled } from '../unhandled';
import { delay } from './delay';
import type { Sleeper, Timers, TimersOf } from './timers';

export type { Sleeper } from './timers';

/** A timer that rings later than this many ms by the wall clock was not late: the wall clock was set. */
const latest = 1_000;

/** The sleep of one, which goes on until its deadline or until it is unsubscribed. */
class Sleep implements Due, Unsubscribable {
  turn: number | undefined = undefined;
  place: number | undefined = undefined;

  constructor(
    private readonly timer: SharedTimer,
    readonly sleeper: Sleeper,
    /** ms after it fell asleep. */
    readonly deadline: number,
  ) {}

  unsubscribe(): void {
    this.timer.remove(this);
  }
}

/** One timer for all who fell asleep at the same moment, each until a time of their own. */
class SharedTimer {
  readonly #sleeps = new Deadlines<Sleep>();
  #timer: Subscription | undefined;
  /** For which deadline the timer is set. */
  #due = Number.POSITIVE_INFINITY;
  /** How long they have slept, as far as it is known: since the timer last rang. */
  #slept = 0;

  constructor(
    private readonly scheduler: SchedulerLike,
    /** When they fell asleep. */
    readonly since: number,
  ) {}

  /** Whether others can still join: nobody was woken, and the timer was not cancelled, as by an action that threw. */
  get isNew(): boolean {
    return this.#slept === 0 && this.#timer?.closed !== true;
  }

  /** Wakes somebody after `ms`; among those who are due at the same time, the last. */
  after(ms: number, sleeper: Sleeper): Sleep {
    const sleep = new Sleep(this, sleeper, ms);
    this.#sleeps.add(sleep);
    if (this.#sleeps.next < this.#due) {
      this.#timer?.unsubscribe();
      this.#set();
    }
    return sleep;
  }

  remove(sleep: Sleep): void {
    this.#sleeps.remove(sleep);
    if (this.#sleeps.next === Number.POSITIVE_INFINITY) {
      this.#timer?.unsubscribe();
      this.#due = Number.POSITIVE_INFINITY;
    }
  }

  #set(): void {
    this.#due = this.#sleeps.next;
    if (this.#due < Number.POSITIVE_INFINITY) {
      const ms = this.#due - this.#slept;
      const ringsAt = this.scheduler.now() + ms;
      this.#timer = delay(this.scheduler, ms, () => this.#ring(ringsAt));
    }
  }

  #ring(ringsAt: number): void {
    this.#slept = this.#sleptBy(ringsAt);
    for (let due = this.#sleeps.overdue(this.#slept); due !== undefined; due = this.#sleeps.overdue(this.#slept)) {
      try {
        due.sleeper.wake();
      } catch (thrown) {
        reportUnhandled(thrown); // the others have their turn
      }
    }
    this.#slept = this.#sleptBy(ringsAt); // those who were woken may have taken their time
    this.#set();
  }

  /** The timer was due at `ringsAt`; what has passed since is believed unless it is so much that the wall clock was set. */
  #sleptBy(ringsAt: number): number {
    const late = this.scheduler.now() - ringsAt;
    return this.#due + (late > 0 && late <= latest ? late : 0);
  }
}

/**
 * Lets many sleep on few timers, to the ms: those who fall asleep at the same moment share one. How long a timer runs is
 * known when it rings, and at no time before, for the wall clock may be set meanwhile; so nobody joins those who have
 * slept for a while, as far as the clock tells.
 */
export class SharedTimers implements Timers {
  readonly #scheduler: SchedulerLike;
  #timer: SharedTimer | undefined;

  constructor(scheduler: SchedulerLike = asyncScheduler) {
    this.#scheduler = scheduler;
  }

  /** Wakes somebody after `ms`, unless that is unsubscribed before. */
  after(ms: number, sleeper: Sleeper): Unsubscribable {
    const now = this.#scheduler.now();
    if (this.#timer?.since !== now || !this.#timer.isNew) {
      this.#timer = new SharedTimer(this.#scheduler, now);
    }
    return this.#timer.after(ms, sleeper);
  }
}

/** Few timers for many who sleep: for servers, where thousands wait in an outage. */
export const sharedTimers: TimersOf = (scheduler) => new SharedTimers(scheduler);
