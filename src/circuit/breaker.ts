import type { Observable, SchedulerLike } from 'rxjs';
import type { CircuitOpenError } from './circuit-open-error';

/**
 * Leave to make one call; the first verdict on it counts, later ones do nothing.
 *
 * @category Policies of your own
 */
export interface Admission {
  /**
   * The call begins only now: what is timed is timed from here. Needed only for one that `turn` gave; false if the
   * breaker has opened or closed since, so that it is worth nothing any more.
   */
  begin?(): boolean;
  /** The call delivered content: a value that says something. */
  value(): void;
  /** The call succeeded. */
  succeed(): void;
  /** The call failed; whether that counts as a failure is for the breaker to say, by the error. */
  fail(error?: unknown): void;
  /** No verdict: the call was given up, or failed in a way that says nothing of the provider. */
  ignore(): void;
}

/**
 * How a call waits for its turn at an open breaker.
 *
 * @category Policies of your own
 */
export interface TurnOptions {
  /** ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /** Higher goes first. Default 0. */
  readonly priority?: number | undefined;
  /** Stands before first attempts of its priority. Default false. */
  readonly retry?: boolean | undefined;
  /** Called when the call enters the line; `until` is when the breaker will let a probe through, if that is known. */
  readonly onWait?: ((wait: { readonly ahead: number; readonly until?: number | undefined }) => void) | undefined;
  /** The number of the call, repeated in the breaker's events. */
  readonly call?: number | undefined;
}

/**
 * What `circuitBreak` asks of a breaker; `CircuitBreaker` is one.
 *
 * @category Policies of your own
 */
export interface Breaker {
  /** Leave to make a call now; throws `CircuitOpenError` if it is refused. */
  admit(call?: number): Admission;
  /** The error with which a call would be refused now; changes nothing. */
  check?(): CircuitOpenError | undefined;
  /** Waits while the breaker is open: emits a probe's admission, or undefined once it is closed, then completes. */
  turn?(options?: TurnOptions): Observable<Admission | undefined>;
  /** Whether a new breaker would do as well. */
  readonly isIdle?: boolean;
  /** The scheduler on which refusals are delivered. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike;
}
