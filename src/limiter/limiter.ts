import type { Observable, SchedulerLike } from 'rxjs';
import type { RateLimitInfo } from '../provider';
import type { Cost, Units, UnitsOf } from '../quota/limits';

/**
 * Leave to begin one call.
 *
 * @category Policies of your own
 */
export interface Permit<D extends string = string> {
  /** What was taken, by dimension. */
  readonly cost: Units;
  /**
   * The call has ended; dimensions named in `actual` are corrected to that, the others keep what was taken.
   * The first of `settle` and `refund` counts, what comes later does nothing.
   */
  settle(actual?: UnitsOf<D>): void;
  /** The call never began: everything that was taken goes back. */
  refund(): void;
  /** The first value of the call has come, or it has completed: the provider takes calls. */
  accepted?(): void;
  /**
   * The provider said that there are too many calls (429). To be told before `settle`.
   *
   * @param hint How long it asks to wait, in ms.
   */
  throttled?(hint?: number): void;
}

/**
 * Where a call stands in the queue.
 *
 * @category Policies of your own
 */
export interface Wait {
  /** How many stand before it. */
  readonly ahead: number;
  /** When it can be granted at the earliest, by what is known now: ms on the scheduler's clock. */
  readonly until: number;
}

/**
 * How a call waits for its permit.
 *
 * @category Policies of your own
 */
export interface AcquireOptions {
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined;
  /** ms; 0 never waits. Default: the limiter's own. */
  readonly maxWait?: number | undefined;
  /** Stands before first attempts of its priority. Default false. */
  readonly retry?: boolean | undefined;
  /** Called when the call enters the queue. */
  readonly onWait?: ((wait: Wait) => void) | undefined;
  /** The tenant that it belongs to, in a limiter that is `fair`. Default `''`. */
  readonly tenant?: string | undefined;
  /** The number of the call, repeated in the limiter's events. */
  readonly call?: number | undefined;
}

/**
 * What `rateLimit` asks of a limiter; `RateLimiter` is one.
 *
 * @category Policies of your own
 */
export interface Limiter<D extends string = string> {
  /** One permit, then complete; or a `PermitRefusedError`. Unsubscribing leaves the queue. */
  acquire(cost?: Cost<D>, options?: AcquireOptions): Observable<Permit<D>>;
  /**
   * What a call would have to wait now, in ms; 0 if it would not, `Infinity` if it can never be granted, undefined if that
   * depends on calls in flight. Changes nothing.
   */
  waitFor?(cost?: Cost<D>, options?: Pick<AcquireOptions, 'priority' | 'retry'>): number | undefined;
  /** Grants no permit for so many ms from now. */
  pause?(ms: number): void;
  /** Ends a pause now. */
  resume?(): void;
  /** Learns what the provider's headers said. */
  sync?(info: RateLimitInfo): void;
  /** The dimensions it limits; costs in others are refused as typing errors where this is known. */
  readonly dimensions?: readonly string[];
  /** The longest pause, in ms, that a server's hint may cause. Default 60_000. */
  readonly maxPause?: number;
  /** Whether a client tells it what the provider says, also where others stand behind it. Default: the last of a list. */
  readonly hearsProvider?: boolean | undefined;
  /** The scheduler that tells `rateLimit` the time of an error. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}
