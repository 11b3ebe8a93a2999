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
import type { CallOptions, PolicyKeys } from './call-options';
import type { CallHedgeConfig } from './hedges';
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
 * A limiter of a client, one for each key, or the config of one.
 *
 * @category Client
 */
export type ClientLimiter = AnyLimiter | Keyed<AnyLimiter, string | undefined> | ClientLimiterConfig;

/**
 * The config of a client's limiter: a call takes `requests`, `tokens`, `inputTokens` and `outputTokens`.
 *
 * @category Client
 */
export type ClientLimiterConfig = Omit<RateLimiterConfig<string>, 'limits'> & {
  /** How much may begin in which time, by dimension. A bare limit limits `requests`. Default: no limit. */
  readonly limits?:
    | Limit
    | readonly Limit[]
    | { readonly [Dimension in CallDimension]?: Limit | readonly Limit[] | undefined }
    | undefined;
};

/**
 * What a call of a client takes of its limiters.
 *
 * @category Client
 */
export type CallDimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';

/**
 * A budget of a client, one for each key, or the config of one.
 *
 * @category Client
 */
export type ClientBudget = Budget | Keyed<Budget, string | undefined> | TokenBudgetConfig;

/**
 * Options of a `ResilientClient`: each guard a policy, a `keyed` of policies, or a config; absent is off. `{}` means defaults;
 * a limiter and a budget have none, and must be told their limits.
 *
 * @category Client
 */
export interface ResilientClientConfig {
  /** What is tried again, and when. Default: nothing. */
  readonly retryBackoff?: CallRetryConfig | undefined;
  /**
   * How much may begin in which time; what must wait waits in line. Of several the first is asked first: a user's before
   * the provider's. Default: no limit.
   */
  readonly rateLimit?: ClientLimiter | readonly ClientLimiter[] | undefined;
  /** When a provider counts as down. Default: never. */
  readonly circuitBreak?: Breaker | Keyed<Breaker, string | undefined> | CircuitBreakerConfig | undefined;
  /**
   * How many tokens calls may cost; what is above it is refused. Of several each must have room, or none is touched: a
   * user's, an organisation's, one for all. Default: no limit.
   */
  readonly tokenBudget?: ClientBudget | readonly ClientBudget[] | undefined;
  /** What an error asks to wait, in ms: for retry, limiter and breaker. Default: that of `retryBackoff`, else `retryAfterOf`. */
  readonly retryAfter?: ((error: unknown) => number | undefined) | undefined;
  /** Default for every call. */
  readonly timeout?: Timeouts | undefined;
  /** When a call is asked a second time, because the first has no content yet. Default: never. */
  readonly hedge?: CallHedgeConfig | undefined;
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
type DimensionsOf<G> = G extends { readonly limits: infer L } ? DimensionsIn<L> : 'requests';
type DimensionsIn<L> = L extends Limit | readonly Limit[] ? 'requests' : Extract<keyof L, string>;
type OneLimiter<G> = G extends AnyLimiter | Keyed<infer _, infer __> ? G : RateLimiter<DimensionsOf<G>>;
type OneBudget<G> = G extends Budget | Keyed<infer _, infer __> ? G : TokenBudget;

/**
 * The limiter of a client with the config `C`; of a list, the list.
 *
 * @category Client
 */
export type LimiterOf<C> =
  Given<C, 'rateLimit'> extends infer G
    ? G extends undefined
      ? undefined
      : G extends readonly unknown[]
        ? { readonly [Place in keyof G]: OneLimiter<G[Place]> }
        : OneLimiter<G>
    : never;
/**
 * The breaker of a client with the config `C`.
 *
 * @category Client
 */
export type BreakerOf<C> =
  Given<C, 'circuitBreak'> extends infer G
    ? G extends undefined
      ? undefined
      : G extends Breaker | Keyed<infer _, infer __>
        ? G
        : CircuitBreaker
    : never;
/**
 * The budget of a client with the config `C`; of a list, the list.
 *
 * @category Client
 */
export type BudgetOf<C> =
  Given<C, 'tokenBudget'> extends infer G
    ? G extends undefined
      ? undefined
      : G extends readonly unknown[]
        ? { readonly [Place in keyof G]: OneBudget<G[Place]> }
        : OneBudget<G>
    : never;

type Each<G> = G extends readonly (infer One)[] ? One : G;
type PoliciesOf<C> = Each<Given<C, 'rateLimit'>> | Each<Given<C, 'circuitBreak'>> | Each<Given<C, 'tokenBudget'>>;
type ByOf<G> = G extends Keyed<infer _, infer By> ? By : never;
type HasKey<C> = C extends { readonly defaults: { readonly key: string | object } } ? true : false;

/**
 * What the calls of a client with the config `C` must say of their key: something, if a policy is `keyed`; and all the
 * names that policies are keyed `by`.
 *
 * @category Client
 */
export type KeyOption<C> = [ByOf<PoliciesOf<C>>] extends [never]
  ? AnyKey
  : string extends ByOf<PoliciesOf<C>>
    ? AnyKey // it is not known what will be given
    : HasKey<C> extends true
      ? AnyKey
      : NeededKey<ByOf<PoliciesOf<C>>>;

type AnyKey = Pick<CallOptions<never>, 'key'>;
type NeededKey<By> = {
  /** Whose policies to use. */
  readonly key: [By] extends [undefined]
    ? string | PolicyKeys
    : PolicyKeys & { readonly [Name in Extract<By, string>]: string };
};

/** The options of a call: they may be left out unless a key is needed. */
export type CallArguments<Options, Key> = AnyKey extends Key ? [options?: Options] : [options: Options & Key];

/** The config by its own names once more, so that editors show what they mean, and functions in it need no types. */
export type Shown = Pick<ResilientClientConfig, 'retryBackoff' | 'timeout' | 'defaults' | 'retryAfter' | 'hedge'> & {
  /** How much may begin in which time; what must wait waits in line. Of several the first is asked first. Default: no limit. */
  readonly rateLimit?: (Partial<ClientLimiterConfig> & Listable<ClientLimiter>) | undefined;
  /** When a provider counts as down. Default: never. */
  readonly circuitBreak?: Partial<CircuitBreakerConfig> | undefined;
  /** How many tokens calls may cost; what is above it is refused. Of several each must have room. Default: no limit. */
  readonly tokenBudget?: (Partial<TokenBudgetConfig> & Listable<ClientBudget>) | undefined;
};

/** May be a list: as a union with one, editors would show nothing. */
interface Listable<P> {
  readonly [Symbol.iterator]?: () => IterableIterator<P>;
}

/**
 * Refuses names that have no meaning. By names that are too many, not by those that are known: from the latter the
 * compiler would infer the config itself.
 */
export type Known<C> = NoOther<C, ResilientClientConfig> &
  KnownPart<C, 'rateLimit', RateLimiterConfig<string>> &
  KnownPart<C, 'circuitBreak', CircuitBreakerConfig> &
  KnownPart<C, 'tokenBudget', TokenBudgetConfig> &
  KnownPart<C, 'retryBackoff', CallRetryConfig> &
  KnownPart<C, 'timeout', Timeouts> &
  KnownPart<C, 'hedge', CallHedgeConfig> &
  KnownPart<C, 'defaults', CallOptions<never>>;

type NoOther<G, Names> = { readonly [Name in Exclude<keyof G, keyof Names>]: never };
type KnownPart<C, Name extends keyof ResilientClientConfig, Names> = Name extends keyof C
  ? { readonly [Part in Name]?: KnownConfig<C[Name], Names> }
  : unknown;
type KnownConfig<G, Names> = G extends AnyPolicy | readonly unknown[] | undefined
  ? unknown
  : NoOther<G, Names> & (G extends { readonly limits: infer L } ? { readonly limits?: KnownLimits<L> } : unknown);
type KnownLimits<L> = L extends Limit | readonly Limit[]
  ? unknown
  : string extends keyof L
    ? unknown
    : { readonly [Dimension in Exclude<keyof L, CallDimension>]: never };
type AnyPolicy = AnyLimiter | Breaker | Budget | { readonly get: (key: string) => unknown };
