import type { EventOf } from '../internal/policy/policy';
import type { Generation } from './generation';

/**
 * What a breaker does with calls.
 *
 * @category Policies
 */
export type CircuitStatus = Generation['status'] | 'isolated';

/**
 * A snapshot of a breaker. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface CircuitBreakerState {
  /** The `name` of the breaker, if it has one. */
  readonly name?: string;
  /** What the breaker does with calls now. */
  readonly status: CircuitStatus;
  /** When it opened. Present while it is open. */
  readonly openedAt?: number;
  /** When it lets a probe through. Present while it is open. */
  readonly openUntil?: number;
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** How many calls its conditions count, the most of them; the probes let through while it is half-open. */
  readonly calls: number;
  /** How many of these failed. */
  readonly failures: number;
  /** How many of these were slow, by a `slowCallRate`. */
  readonly slowCalls: number;
}

/**
 * What happens in a breaker. Durations are in ms. They are absent for calls that began while no listener was there.
 *
 * @category Policies
 */
export type CircuitBreakerEvent = EventOf<'breaker'> & {
  /** The `name` of the breaker, if it has one. */
  readonly name?: string | undefined;
} & (
    | {
        /** The breaker refuses calls from now on. */
        readonly type: 'opened';
        /** When it lets a probe through: ms on the scheduler's clock. */
        readonly until: number;
        /** Which condition tripped, in words. */
        readonly reason: string;
      }
    | {
        /** The breaker changed its state; `ignored` tells that a call ended without a verdict. */
        readonly type: 'half-opened' | 'closed' | 'ignored' | 'isolated' | 'released';
      }
    | {
        /** The breaker did not let a call through. */
        readonly type: 'refused';
        /** The breaker lets a probe through after so many ms, if that is known. */
        readonly retryAfter?: number | undefined;
      }
    | {
        /** A call succeeded. */
        readonly type: 'success';
        /** How long it took. */
        readonly duration?: number | undefined;
      }
    | {
        /** A call failed, and that counts. */
        readonly type: 'failure';
        /** The error of the call. */
        readonly error: unknown;
        /** How long it took. */
        readonly duration?: number | undefined;
      }
  );
