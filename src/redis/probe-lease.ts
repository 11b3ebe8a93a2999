import type { News } from './news';

/** A process that holds the probe renews its lease; else it is free again after so many ms, and the deadline of Redis. */
const short = 1_000;

/**
 * This process's hold on the one probe that there is among all processes. It believes in it for a deadline less than Redis
 * does, so that a verdict that it sends in time gets there in time.
 */
export class ProbeLease {
  /** Whether a call was refused because it is not held. */
  isWanted = false;
  #until = Number.NEGATIVE_INFINITY;
  #othersUntil = Number.NEGATIVE_INFINITY;
  #calledAt: number | undefined;
  /** The longest time between two calls since the breaker opened, in ms. */
  #gap = 0;

  /**
   * @param deadline How long Redis may take to answer, in ms.
   * @param longest For so many ms at most it is kept for a call that is still to come.
   */
  constructor(
    private readonly deadline: number,
    private readonly longest: number,
  ) {}

  holds(now: number): boolean {
    return now < this.#until;
  }

  /** Whether another process is known to hold it. */
  isTaken(now: number): boolean {
    return now < this.#othersUntil;
  }

  /** A call was let through or refused. */
  called(now: number, isClosed: boolean): void {
    this.#gap = isClosed ? 0 : Math.max(this.#gap, now - (this.#calledAt ?? now));
    this.#calledAt = now;
  }

  /** For how many ms it is asked for: while no probe is out, until the next call is likely to come. */
  lengthFor(isNeededNow: boolean): number {
    const length = isNeededNow ? short : Math.min(Math.max(short, 2 * this.#gap), Math.max(short, this.longest));
    return length + this.deadline;
  }

  heard({ isMine, askedAt, lease, heldFor }: News, now: number): void {
    this.#othersUntil = now + heldFor;
    if (!isMine) {
      this.#until = Number.NEGATIVE_INFINITY;
    } else if (lease !== undefined) {
      this.#until = askedAt + lease - this.deadline;
      this.isWanted = false;
    }
  }

  drop(): void {
    this.#until = Number.NEGATIVE_INFINITY;
    this.isWanted = false;
  }
}
