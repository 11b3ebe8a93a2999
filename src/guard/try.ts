/** What a retry tries: an attempt, or what stands for one. */
export interface Try {
  /** Begins it, or goes on after a wait. */
  start(): void;
  unsubscribe(): void;
  /** Ends it from outside, as if its source had failed. */
  fail(error: unknown): void;
  /** Whether the value that it delivers is content. */
  readonly isContent: boolean;
  /** See `Asking`. */
  readOnce<R>(error: unknown, read: (error: unknown) => R): R;
  /** A callback of the user's threw, which ends the call: the error is that. */
  readonly isBroken?: boolean | undefined;
}
