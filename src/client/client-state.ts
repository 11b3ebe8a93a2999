import type { TokenBudgetEvent, TokenBudgetState } from '../budget/token-budget';
import type { CircuitBreakerEvent, CircuitBreakerState } from '../circuit/circuit-breaker';
import type { AvailabilityEvent, EventOf } from '../internal/policy';
import type { RateLimiterEvent, RateLimiterState } from '../limiter/rate-limiter-config';
import type { Calls } from './calls';
import type { ClientPolicies, PerKey } from './client-config';
import { Keyed } from './keyed';
import type { RetryEvent } from './stack';

/** What happens in a client: the events of its policies and of its retries, with the number and the key of the call. */
export type ResilientClientEvent = (
  | RateLimiterEvent
  | CircuitBreakerEvent
  | TokenBudgetEvent
  | (EventOf<'retry'> & RetryEvent)
  | (EventOf<'limiter'> & AvailabilityEvent)
  | (EventOf<'budget'> & AvailabilityEvent)
) & { readonly key?: string | undefined };

/** A snapshot of a client; policies by key only tell how many keys they hold. */
export interface ResilientClientState {
  readonly calls: { readonly waiting: number; readonly connecting: number; readonly streaming: number };
  readonly limiter?: RateLimiterState | { readonly size: number };
  readonly breaker?: CircuitBreakerState | { readonly size: number };
  readonly budget?: TokenBudgetState | { readonly size: number };
}

/** A snapshot as plain JSON. */
export function stateOf(calls: Calls, { limiter, breaker, budget }: ClientPolicies): ResilientClientState {
  return {
    calls: {
      waiting: calls.count('waiting'),
      connecting: calls.count('connecting'),
      streaming: calls.count('streaming'),
    },
    ...partOf('limiter', limiter),
    ...partOf('breaker', breaker),
    ...partOf('budget', budget),
  };
}

function partOf(name: string, policy: PerKey<object>): object {
  const state =
    policy instanceof Keyed ? { size: policy.size } : (policy as { readonly state?: unknown } | undefined)?.state;
  return state === undefined ? {} : { [name]: state };
}
