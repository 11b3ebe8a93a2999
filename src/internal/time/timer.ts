import type { Subscription } from 'rxjs';
import type { Clock } from './clock';

/**
 * One timer for many reasons: it fires at the earliest time that was asked for. It may fire too early, when the reason
 * for which it was set has gone: the owner looks at what is due, and sets it again.
 */
export class Timer {
  #at = Number.POSITIVE_INFINITY;
  #action: Subscription | undefined;
  /** Counts the actions that were scheduled, and those that ran. */
  #generation = 0;

  /**
   * @param whenIsDue `first` fires as soon as its time has come, `last` after everything else that was due in the same
   * frame: for deadlines, which a grant or a value at exactly that time beats.
   */
  constructor(
    private readonly clock: Clock,
    private readonly whenIsDue: 'first' | 'last',
    private readonly work: () => void,
  ) {}

  /**
   * Fires at `at` or earlier; `Infinity` turns it off. A scheduler in which an action threw has cancelled others, which
   * may be this: then it is set anew.
   */
  set(at: number): void {
    const isOff = at === Number.POSITIVE_INFINITY;
    if (isOff || at < this.#at || this.#action?.closed) {
      this.#action?.unsubscribe();
      this.#at = at;
      this.#action = undefined;
      if (!isOff) {
        this.#after(Math.max(0, at - this.clock.now()), () => this.#due());
      }
    }
  }

  /** Some schedulers do at once what has no delay; by then another action may be scheduled. */
  #after(ms: number, work: () => void): void {
    this.#generation += 1;
    const generation = this.#generation;
    const action = this.clock.after(ms, work);
    if (generation === this.#generation) {
      this.#action = action;
    }
  }

  #due(): void {
    if (this.whenIsDue === 'last') {
      this.#after(0, () => this.#fire());
    } else {
      this.#fire();
    }
  }

  #fire(): void {
    this.#generation += 1;
    this.#action = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.work();
  }
}
