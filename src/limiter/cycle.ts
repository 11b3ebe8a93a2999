import type { Units } from '../quota/limits';

/** So long a call must be in flight without being throttled to show that the provider takes it, in ms. */
const proofTime = 1_000;

/** A call that was granted since the limiter follows its calls. */
export interface Followed {
  /** The time between two reactions in which it was granted. */
  readonly cycle: Cycle;
  /** When it was granted. */
  readonly since: number;
  /** What it takes, by dimension. */
  readonly cost: Units;
}

/** The time from one reaction to the next, and the calls that were granted in it. */
export class Cycle {
  granted = 0;
  /** Whether the provider has taken one of its calls. */
  isProven = false;
  /** Its calls in flight that have proven nothing yet, the oldest first; empty once something is proven. */
  readonly unproven = new Set<Followed>();
  /** Until when the pause lasted that began with it. */
  pausedUntil: number;

  constructor(readonly begun: number) {
    this.pausedUntil = begun;
  }

  /** Whether a call of it has been in flight for long enough. */
  proves(now: number): boolean {
    if (!this.isProven && this.provenAt <= now) {
      this.prove();
    }
    return this.isProven;
  }

  /** When a call that is in flight will have been so for long enough. */
  get provenAt(): number {
    const [oldest] = this.unproven;
    return oldest === undefined ? Number.POSITIVE_INFINITY : oldest.since + proofTime;
  }

  prove(): void {
    this.isProven = true;
    this.unproven.clear();
  }
}
