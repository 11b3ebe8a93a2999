import type { EventOf } from '../internal/policy/policy';
import type { Generation } from './circuit';

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
  /** What it does with calls now. */
  readonly status: CircuitStatus;
  /** Present while it is open. */
  readonly openedAt?: number;
  /** Present while it is open. */
  readonly openUntil?: number;
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** What its conditions count, of several the most; the probes let through while it is half-open. */
  readonly calls: number;
  /** How many of these failed. */
  readonly failures: number;
  /** How many of these were slow, by a `slowCallRate`. */
  readonly slowCalls: number;
}

/**
 * What happens in a breaker. Durations are ms, and absent for calls that began while nobody listened.
 *
 * @category Policies
 */
export type CircuitBreakerEvent = EventOf<'breaker'> &
  (
    | {
        /** It refuses calls from now on. */
        readonly type: 'opened';
        /** When it lets a probe through: ms on the scheduler's clock. */
        readonly until: number;
        /** Which condition tripped, in words. */
        readonly reason: string;
      }
    | {
        /** It changed its state; or, `ignored`, a call ended without a verdict. */
        readonly type: 'half-opened' | 'closed' | 'ignored' | 'isolated' | 'released';
      }
    | {
        /** It did not let a call through. */
        readonly type: 'refused';
        /** ms until it lets a probe through, where that is known. */
        readonly retryAfter?: number | undefined;
      }
    | {
        /** A call succeeded. */
        readonly type: 'success';
        /** How long it took. */
        readonly duration?: number | undefined;
      }
    | {
        /** A call failed, in a way that counts. */
        readonly type: 'failure';
        /** With what it failed. */
        readonly error: unknown;
        /** How long it took. */
        readonly duration?: number | undefined;
      }
  );
