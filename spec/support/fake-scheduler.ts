import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

interface Timer {
  readonly at: number;
  readonly action: Action<unknown>;
}

/**
 * A scheduler like setTimeout and Date.now on a bad day: `elapsed` is the time that really passes, while its timers may
 * fire early and its wall clock may be set. Timers longer than 2^31 - 1 ms fire at once.
 */
export class FakeScheduler implements SchedulerLike {
  /** The ms that have really passed. */
  elapsed = 0;
  /** What every timer was asked for. */
  readonly delays: number[] = [];
  readonly #timers = new Set<Timer>();

  /**
   * @param wall what the wall clock shows after so many ms.
   * @param early by how many ms a timer fires before its time.
   */
  constructor(
    public wall: (elapsed: number) => number = (elapsed) => elapsed,
    private readonly early: (delay: number) => number = () => 0,
  ) {}

  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return this.wall(this.elapsed);
  }

  schedule<S>(work: (this: SchedulerAction<S>, state?: S) => void, delay = 0, state?: S): Subscription {
    return new Action<S>(this, work).schedule(state, delay);
  }

  /** Sets a timer; returns how to cancel it. */
  start(action: Action<unknown>, delay: number): () => void {
    this.delays.push(delay);
    const real = delay > 2 ** 31 - 1 ? 1 : Math.max(0, delay - this.early(delay));
    const timer = { at: this.elapsed + real, action };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  /** Lets time pass. A loop of timers without any delay fails after a while. */
  run(ms = Number.POSITIVE_INFINITY): void {
    const end = this.elapsed + ms;
    for (let fired = 0; fired < 10_000; fired += 1) {
      const [next] = [...this.#timers].sort((one, other) => one.at - other.at);
      if (next === undefined || next.at > end) {
        this.elapsed = Number.isFinite(end) ? end : this.elapsed;
        return;
      }
      this.#timers.delete(next);
      this.elapsed = next.at;
      next.action.execute();
    }
    throw new Error('A loop of timers');
  }
}

class Action<S> extends Subscription implements SchedulerAction<S> {
  #state: S | undefined;
  #cancel: (() => void) | undefined;

  constructor(
    private readonly scheduler: FakeScheduler,
    private readonly work: (this: SchedulerAction<S>, state?: S) => void,
  ) {
    super(() => this.#cancel?.());
  }

  schedule(state?: S, delay = 0): Subscription {
    if (!this.closed) {
      this.#state = state;
      this.#cancel?.();
      this.#cancel = this.scheduler.start(this as Action<unknown>, delay);
    }
    return this;
  }

  execute(): void {
    this.work(this.#state);
  }
}
