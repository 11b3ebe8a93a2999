/** A provider's rate limit: so many requests in any `window` ms. */
export class Quota {
  #recent: number[] = [];

  constructor(
    private readonly requests: number,
    private readonly window: number,
  ) {}

  /** Whether a request that comes now is within the limit; if so it counts. */
  take(): boolean {
    const now = Date.now();
    this.#recent = this.#recent.filter((at) => at > now - this.window);
    if (this.#recent.length >= this.requests) {
      return false;
    }
    this.#recent.push(now);
    return true;
  }
}
