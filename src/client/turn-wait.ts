import type { Clock } from '../internal/time/clock';

/** How long a call has waited for an open breaker, in all its attempts. */
export class TurnWait {
  private since: number | undefined = undefined;
  private waited = 0;

  /** @param longest In ms. */
  constructor(
    private readonly clock: Clock,
    private readonly longest: number,
  ) {}

  /** How long it may still wait, in ms. */
  get rest(): number {
    return Math.max(0, this.longest - this.waited);
  }

  begins(): void {
    this.since = this.clock.now();
  }

  ends(): void {
    if (this.since !== undefined) {
      this.waited += this.clock.now() - this.since;
      this.since = undefined;
    }
  }
}
