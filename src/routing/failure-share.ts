/** ms in which failures are forgotten by half. */
const halfLife = 30_000;
/** ms after which one that was away has its whole share of calls again. */
const forgiveness = 60_000;

/** Which share of a route's calls has failed lately: from 0 to 1. It is told the time, in ms. */
export class FailureShare {
  private failures = 0;
  /** Failures from before it was away, which count less and less once it is back. */
  private forgiven = 0;
  private calls = 0;
  /** When the last call ended: to that time the counts belong. */
  private at = 0;
  private backAt = 0;

  count(hasFailed: boolean, now: number): void {
    const rest = this.rest(now);
    this.failures = this.failures * rest + (hasFailed ? 1 : 0);
    this.forgiven *= rest;
    this.calls = this.calls * rest + 1;
    this.at = now;
  }

  /** It was away, and is back. */
  back(now: number): void {
    this.forgiven = this.forgivenAt(now) + this.failures;
    this.failures = 0;
    this.backAt = now;
  }

  /** Whether nothing has failed yet, so that the time does not matter. */
  get isSpotless(): boolean {
    return this.failures === 0 && this.forgiven === 0;
  }

  /** While no call ends, a share is forgotten by half every 30 s. */
  of(now: number): number {
    return this.isSpotless ? 0 : ((this.failures + this.forgivenAt(now)) * this.rest(now)) / this.calls;
  }

  private forgivenAt(now: number): number {
    return this.forgiven * Math.max(0, 1 - (now - this.backAt) / forgiveness);
  }

  private rest(now: number): number {
    return now === this.at ? 1 : 2 ** ((this.at - now) / halfLife);
  }
}
