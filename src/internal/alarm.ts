import type { Subscription } from 'rxjs';
import type { Clock } from './clock';

/**
 * One timer for many reasons: it rings at the earliest time that was asked for. A ring may come too early (what it was
 * set for has gone); whoever is called looks at what is due, and sets it again.
 */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;
  #timer: Subscription | undefined;
  /** Counts the timers that were set, and the rings. */
  #turn = 0;

  /**
   * @param whenIsDue `first` rings as soon as its time has come, `last` after everything else that was due in the same
   * frame: for deadlines, which a grant or a value at exactly that time beats.
   */
  constructor(
    private readonly clock: Clock,
    private readonly whenIsDue: 'first' | 'last',
    private readonly ring: () => void,
  ) {}

  /**
   * Rings at `at` or earlier; `Infinity` turns it off. A scheduler in which an action threw has cancelled others, which
   * may be this: then it is set anew.
   */
  set(at: number): void {
    const isOff = at === Number.POSITIVE_INFINITY;
    if (isOff || at < this.#at || this.#timer?.closed) {
      this.#timer?.unsubscribe();
      this.#at = at;
      this.#timer = undefined;
      if (!isOff) {
        this.#after(Math.max(0, at - this.clock.now()), () => this.#due());
      }
    }
  }

  /** Some schedulers do at once what has no delay; by then another timer may be set. */
  #after(ms: number, work: () => void): void {
    this.#turn += 1;
    const turn = this.#turn;
    const timer = this.clock.after(ms, work);
    if (turn === this.#turn) {
      this.#timer = timer;
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
    this.#turn += 1;
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.ring();
  }
}
