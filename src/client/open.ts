/**
 * What `open` is told of the attempt that it begins.
 *
 * @category Client
 */
export interface Attempt {
  /** 1, 2, … */
  readonly number: number;
  /** What was delivered already, where the call goes on from there; else empty. */
  readonly delivered: readonly unknown[];
  /** What made the last attempt fail. */
  readonly error?: unknown;
  /** Tells the limiter what the response's headers say of the provider's limits. */
  sync(headers: unknown): void;
}

/**
 * Makes one attempt of a call: hands the signal on, and returns a stream, a promise or a value; see `fromStream`.
 *
 * @category Client
 */
export type Open<X> = (signal: AbortSignal, attempt: Attempt) => X;
