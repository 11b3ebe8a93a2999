import type { Observable, ObservableInput, SchedulerLike } from 'rxjs';
import type { Budget } from '../budget/budget';
import type { TokenBudget } from '../budget/token-budget';
import type { TokenBudgetConfig } from '../budget/token-budget-config';
import type { Breaker } from '../circuit/breaker';
import type { CircuitBreaker, CircuitBreakerConfig } from '../circuit/circuit-breaker';
import type { AcquireOptions } from '../limiter/limiter';
import type { RateLimiter } from '../limiter/rate-limiter';
import type { RateLimiterConfig } from '../limiter/rate-limiter-config';
import type { RateLimitInfo } from '../provider';
import type { Limit, Units } from '../quota/limits';
import type { RetryBackoffConfig, RetryContext } from '../retry/retry-backoff-config';
import type { CallOptions } from './call-options';
import type { Keyed } from './keyed';
import type { Timeouts } from './timeouts';

/**
 * `RetryBackoffConfig` for calls of all kinds: what goes on after values is theirs to know.
 *
 * @category Client
 */
export type CallRetryConfig = Omit<RetryBackoffConfig<never>, 'afterValues'> & {
  /** As in `RetryBackoffConfig`; a call's own `afterValues` counts before it. Default `'error'`. */
  readonly afterValues?:
    | 'error'
    | 'restart'
    | ((retry: RetryContext & { readonly values: readonly never[] }) => ObservableInput<unknown>)
    | undefined;
};

/**
 * A `Limiter` of whatever dimensions. Does not name them, for from `Limiter<string>` the compiler would take the
 * dimensions of a limiter that is made in place.
 *
 * @category Policies of your own
 */
export interface AnyLimiter {
  /** One permit, then complete; or a `PermitRefusedError`. Unsubscribing leaves the line. */
  acquire(cost?: never, options?: AcquireOptions): Observable<AnyPermit>;
  /** Nobody is granted a permit for so many ms from now. */
  pause?(ms: number): void;
  /** Learns what the provider's headers said. */
  sync?(info: RateLimitInfo): void;
}

/**
 * A `Permit` of whatever dimensions.
 *
 * @category Policies of your own
 */
export interface AnyPermit {
  /** What was taken, by dimension. */
  readonly cost: Units;
  /** The call has ended, and has used so much. */
  settle(actual?: never): void;
  /** The call never began. */
  refund(): void;
}

/**
 * Options of a `ResilientClient`: each guard a policy, a `keyed` of policies, or a config; absent is off. `{}` means defaults;
 * a limiter and a budget have none, and must be told their limits.
 *
 * @category Client
 */
export interface ResilientClientConfig {
  /** What is tried again, and when. Default: nothing. */
  readonly retryBackoff?: CallRetryConfig | undefined;
  /** How much may begin in which time; what must wait waits in line. Default: no limit. */
  readonly rateLimit?: AnyLimiter | Keyed<AnyLimiter> | RateLimiterConfig<string> | undefined;
  /** When a provider counts as down. Default: never. */
  readonly circuitBreak?: Breaker | Keyed<Breaker> | CircuitBreakerConfig | undefined;
  /** How many tokens calls may cost; what is above it is refused. Default: no limit. */
  readonly tokenBudget?: Budget | Keyed<Budget> | TokenBudgetConfig | undefined;
  /** What an error asks to wait, in ms: for retry, limiter and breaker. Default: that of `retryBackoff`, else `retryAfterOf`. */
  readonly retryAfter?: ((error: unknown) => number | undefined) | undefined;
  /** Default for every call. */
  readonly timeout?: Timeouts | undefined;
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** What every call wants that does not say otherwise. */
  readonly defaults?: CallOptions<never> | undefined;
  /** For everything that is made from a config here. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** Numbers in [0, 1). Default `Math.random`. */
  readonly random?: (() => number) | undefined;
}

type Given<C, Name extends keyof ResilientClientConfig> = Name extends keyof C ? C[Name] : undefined;
type PolicyOf<G, Policy, Made> = G extends undefined ? undefined : G extends Policy | Keyed<infer _> ? G : Made;
type DimensionsOf<G> = G extends { readonly limits: infer L } ? DimensionsIn<L> : 'requests';
type DimensionsIn<L> = L extends Limit | readonly Limit[] ? 'requests' : Extract<keyof L, string>;

/**
 * The limiter of a client with the config `C`.
 *
 * @category Client
 */
export type LimiterOf<C> = PolicyOf<
  Given<C, 'rateLimit'>,
  AnyLimiter,
  RateLimiter<DimensionsOf<Given<C, 'rateLimit'>>>
>;
/**
 * The breaker of a client with the config `C`.
 *
 * @category Client
 */
export type BreakerOf<C> = PolicyOf<Given<C, 'circuitBreak'>, Breaker, CircuitBreaker>;
/**
 * The budget of a client with the config `C`.
 *
 * @category Client
 */
export type BudgetOf<C> = PolicyOf<Given<C, 'tokenBudget'>, Budget, TokenBudget>;
