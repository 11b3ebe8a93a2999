/**
 * A way to find out how many calls may be in flight: `aimd` or `gradient`. It has no state: given to two limiters, it
 * makes two limits.
 *
 * @category Limits
 */
export interface Adaptive {
  /** A limit of its own for one limiter. */
  create(): AdaptiveLimit;
}

/**
 * How many calls may be in flight, by what became of those before. It is told the time, in ms.
 *
 * @category Limits
 */
export interface AdaptiveLimit {
  /** The limit of now; the whole part of it counts. */
  readonly limit: number;
  /** The first value of a call has come, or it has completed. */
  accepted(sample: {
    /** ms from its grant until now. */
    readonly after: number;
    /** Calls in flight, this one among them. */
    readonly inFlight: number;
    /** ms on the limiter's clock. */
    readonly now: number;
    /** Its tokens of input, else its tokens, if the limiter knows them. */
    readonly tokens?: number;
  }): void;
  /** The provider has refused a call that was granted since this was told last. */
  throttled(sample: {
    /** Calls in flight, this one among them. */
    readonly inFlight: number;
    /** ms on the limiter's clock. */
    readonly now: number;
  }): void;
}

/**
 * Where an adaptive limit begins, and between which numbers it stays.
 *
 * @category Limits
 */
export interface AdaptiveOptions {
  /** Calls in flight at the beginning. Default 10. */
  readonly initial?: number | undefined;
  /** The least it goes down to. Default 1. */
  readonly min?: number | undefined;
  /** The most it goes up to. Default 1_000. */
  readonly max?: number | undefined;
}

export function isAdaptive(value: unknown): value is Adaptive {
  return typeof (value as Adaptive | null | undefined)?.create === 'function';
}
