import type { EventOf } from '../internal/policy';
import type { Period } from './circuit';

/** What a breaker does with calls. */
export type CircuitStatus = Period['status'] | 'isolated';

/** A snapshot of a breaker. Times are ms on the scheduler's clock. */
export interface CircuitBreakerState {
  readonly status: CircuitStatus;
  /** Present while it is open. */
  readonly openedAt?: number;
  /** Present while it is open. */
  readonly openUntil?: number;
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** What its conditions count, of several the most; the probes let through while it is half-open. */
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

/** What happens in a breaker. Durations are ms, and absent for calls that began while nobody listened. */
export type CircuitBreakerEvent = EventOf<'breaker'> &
  (
    | { readonly type: 'opened'; readonly until: number; readonly reason: string }
    | { readonly type: 'half-opened' | 'closed' | 'ignored' | 'isolated' | 'released' }
    | { readonly type: 'refused'; readonly retryAfter?: number | undefined }
    | { readonly type: 'success'; readonly duration?: number | undefined }
    | { readonly type: 'failure'; readonly error: unknown; readonly duration?: number | undefined }
  );
