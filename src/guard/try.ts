/** What a retry tries: an attempt, or what stands for one. */
export interface Try {
  /** Begins it, or goes on after a wait. */
  start(): void;
  unsubscribe(): void;
  /** Ends it from outside, as if its source had failed. */
  cut(error: unknown): void;
}
