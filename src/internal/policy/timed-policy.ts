import { type EventOf, Policy } from './policy';

/** A policy whose state changes with time alone, too: those who watch it are told of that as well. */
export abstract class TimedPolicy<Name extends string, State, Event extends EventOf<Name>> extends Policy<
  Name,
  State,
  Event
> {
  /** When the state will change by itself, as far as those who watch have not been told. */
  #changeAt: number | undefined;

  /** The place to start or stop the timer for changes by time. */
  protected abstract override watch(): void;

  /** When the state will next change with time alone; `Infinity` when it will not. */
  protected abstract nextChange(now: number): number;

  /**
   * The time for which those who watch need a timer. They are told of what is due by now, for the timer that would have
   * done so is about to be set anew.
   */
  protected nextVisibleChange(now: number): number {
    this.tellWhatIsDue(now);
    this.#changeAt = this.isWatched ? this.nextChange(now) : undefined;
    return this.#changeAt ?? Number.POSITIVE_INFINITY;
  }

  protected tellWhatIsDue(now: number): void {
    if (this.#changeAt !== undefined && this.#changeAt <= now) {
      this.#changeAt = undefined;
      this.changed();
    }
  }
}
