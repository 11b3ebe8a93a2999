import type { Subscription } from 'rxjs';
import type { Clock } from './clock';

/**
 * One timer for many reasons: it rings at the earliest time that was asked for. A ring may come too early (what it was
 * set for has gone); whoever is called looks at what is due, and sets it again.
 */
export class Alarm {
  #at = Number.POSITIVE_INFINITY;
  #timer: Subscription | undefined;

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
      this.#timer = isOff ? undefined : this.clock.after(Math.max(0, at - this.clock.now()), () => this.#due());
    }
  }

  #due(): void {
    if (this.whenIsDue === 'last') {
      this.#timer = this.clock.after(0, () => this.#fire());
    } else {
      this.#fire();
    }
  }

  #fire(): void {
    this.#timer = undefined;
    this.#at = Number.POSITIVE_INFINITY;
    this.ring();
  }
}
