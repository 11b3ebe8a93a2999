import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';
import { Deadlines, type Due } from '../internal/queue/deadlines';

/**
 * Virtual time for simulations: what is scheduled waits in a heap, so that a million timers cost no more each than ten.
 * (RxJS's `VirtualTimeScheduler` sorts all of them whenever one is added.) Whatever is due at the same ms runs in the
 * order in which it was scheduled.
 *
 * @category Fakes
 *
 * @example
 * ```ts
 * import { timer } from 'rxjs';
 * import { VirtualScheduler } from 'rxjs-resilience/testing';
 *
 * const scheduler = new VirtualScheduler();
 * timer(3_600_000, scheduler).subscribe(() => console.log(`after ${scheduler.now()} ms`));
 * scheduler.flush(); // -> after 3600000 ms
 * ```
 */
export class VirtualScheduler implements SchedulerLike {
  readonly #due = new Deadlines<VirtualAction<unknown>>();
  #now = 0;

  /** ms since it was made. */
  now(): number {
    return this.#now;
  }

  /** When the next thing is due: ms since it was made, `Infinity` if nothing is scheduled. */
  get next(): number {
    return this.#due.next;
  }

  /** Lets work be done after a delay in virtual ms. Default: 0, which is the same ms, after what is due in it. */
  schedule<S>(work: (this: SchedulerAction<S>, state?: S) => void, delay = 0, state?: S): Subscription {
    return new VirtualAction(this.#due, this, work).schedule(state as S, delay);
  }

  /**
   * Lets time pass until nothing is scheduled any more, or until a time. What an action throws ends it.
   *
   * @param until ms since the scheduler was made: the last at which anything is done. Default `Infinity`.
   */
  flush(until = Number.POSITIVE_INFINITY): void {
    for (let next = this.#due.overdue(until); next !== undefined; next = this.#due.overdue(until)) {
      this.#now = next.deadline;
      next.execute();
    }
    if (until < Number.POSITIVE_INFINITY) {
      this.#now = Math.max(this.#now, until);
    }
  }
}

/** What is scheduled. It can be scheduled again while it is at work, as RxJS does it for intervals. */
class VirtualAction<S> extends Subscription implements SchedulerAction<S>, Due {
  deadline = 0;
  turn: number | undefined = undefined;
  place: number | undefined = undefined;
  #state: S | undefined = undefined;

  constructor(
    private readonly due: Deadlines<VirtualAction<unknown>>,
    private readonly scheduler: VirtualScheduler,
    private readonly work: (this: SchedulerAction<S>, state?: S) => void,
  ) {
    super();
  }

  schedule(state?: S, delay = 0): Subscription {
    if (!this.closed) {
      this.#state = state;
      this.due.remove(this as VirtualAction<unknown>);
      this.deadline = this.scheduler.now() + Math.max(0, delay);
      this.due.add(this as VirtualAction<unknown>);
    }
    return this;
  }

  /** Does the work; it is over unless that scheduled it again. */
  execute(): void {
    this.work(this.#state);
    if (this.place === undefined) {
      this.unsubscribe();
    }
  }

  override unsubscribe(): void {
    this.due.remove(this as VirtualAction<unknown>);
    super.unsubscribe();
  }
}
