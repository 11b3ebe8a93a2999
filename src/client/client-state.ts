import type { TokenBudgetEvent, TokenBudgetState } from '../budget/token-budget-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from '../circuit/circuit-breaker';
import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import type { RateLimiterEvent, RateLimiterState } from '../limiter/rate-limiter-config';
import { AnyKeyed } from './any-keyed';
import type { CallEvent } from './call-event';
import type { CallRegistry } from './call-registry';
import type { ClientPolicies, OneOrMore } from './client-policies';
import type { PerKey } from './policy-keys';
import type { RetryEvent } from './retry-event';

/**
 * What happens in a client: the events of its policies and of its retries, with the number and the key of the call.
 *
 * @category Client
 */
export type ResilientClientEvent = (
  | RateLimiterEvent
  | CircuitBreakerEvent
  | TokenBudgetEvent
  | (EventOf<'retry'> & RetryEvent)
  | (EventOf<'call'> & CallEvent)
  | (EventOf<'limiter'> & AvailabilityEvent)
  | (EventOf<'budget'> & AvailabilityEvent)
) & {
  /** The key of the call or of the policy, where policies are `keyed`. */
  readonly key?: string | undefined;
};

/**
 * What is told of policies that are `keyed`.
 *
 * @category Client
 */
export interface KeysState {
  /** How many keys are kept. */
  readonly size: number;
}

/**
 * A snapshot of a client; policies by key only tell how many keys they hold.
 *
 * @category Client
 */
export interface ResilientClientState {
  /** How many calls are in which phase. */
  readonly calls: {
    /** Those that ask nothing of the provider yet. */
    readonly waiting: number;
    /** Those that were begun, and have delivered nothing. */
    readonly connecting: number;
    /** Those that have delivered something. */
    readonly streaming: number;
  };
  /** The limiter's snapshot, or how many keys there are; a list of these for a list; absent where it is off or has none. */
  readonly limiter?: RateLimiterState | KeysState | readonly (RateLimiterState | KeysState | undefined)[];
  /** The breaker's snapshot, or how many keys there are; absent where it is off or has none. */
  readonly breaker?: CircuitBreakerState | KeysState;
  /** The budget's snapshot, or how many keys there are; a list of these for a list; absent where it is off or has none. */
  readonly budget?: TokenBudgetState | KeysState | readonly (TokenBudgetState | KeysState | undefined)[];
}

/** A snapshot as plain JSON. */
export function stateOf(calls: CallRegistry, { limiter, breaker, budget }: ClientPolicies): ResilientClientState {
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

function partOf(name: string, given: OneOrMore<PerKey<object>> | undefined): object {
  const state = Array.isArray(given) ? given.map(stateOfOne) : stateOfOne(given);
  return state === undefined ? {} : { [name]: state };
}

function stateOfOne(policy: unknown): unknown {
  return policy instanceof AnyKeyed
    ? { size: policy.size }
    : (policy as { readonly state?: unknown } | undefined)?.state;
}
