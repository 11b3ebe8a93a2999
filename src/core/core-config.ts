import type { Observable, SchedulerLike } from 'rxjs';
import type { Budget } from '../budget/budget';
import type { Breaker } from '../circuit/breaker';
import type { Keyed } from '../client/keyed';
import type { AnyLimiter, CallRetryConfig, ResilientClientConfig } from '../client/resilient-client-config';
import type { ResilientConfig } from '../client/resilient-config';

/**
 * What is tried again in calls of `rxjs-resilience/core`, and when: errors are read by the functions that are given.
 *
 * @category Core
 */
export type CoreCallRetryConfig = Omit<CallRetryConfig, 'retryIf' | 'retryAfter'> & {
  /** Which errors are worth another attempt. It is asked about those of this library, too, refusals included. */
  readonly retryIf: NonNullable<CallRetryConfig['retryIf']>;
  /** What the server asks to wait, in ms; undefined for nothing. Limiter and breaker of a client go by it, too. */
  readonly retryAfter: NonNullable<CallRetryConfig['retryAfter']>;
};

/**
 * Options of `resilient` of `rxjs-resilience/core`.
 *
 * @category Core
 */
export type CoreResilientConfig = Omit<ResilientConfig, 'retryBackoff'> & {
  /** What is tried again, and when. Default: nothing. */
  readonly retryBackoff?: CoreCallRetryConfig | undefined;
};

/**
 * A policy of this library: a client of `rxjs-resilience/core` takes no others, for each brings along what it needs.
 *
 * @category Core
 */
export interface OwnPolicy {
  /** The state at once, then after every change. */
  readonly state$: Observable<unknown>;
  /** The scheduler that gives it its time. */
  readonly scheduler: SchedulerLike;
  /** What was used, as plain JSON. */
  snapshot(): unknown;
}

type LimiterOrKeyed = (AnyLimiter & OwnPolicy) | Keyed<AnyLimiter & OwnPolicy, string | undefined>;
type BudgetOrKeyed = (Budget & OwnPolicy) | Keyed<Budget & OwnPolicy, string | undefined>;

/**
 * Options of the `ResilientClient` of `rxjs-resilience/core`: each guard a policy of this library or a `keyed`, no configs;
 * absent is off.
 *
 * @category Core
 */
export type CoreClientConfig = Omit<
  ResilientClientConfig,
  'retryBackoff' | 'rateLimit' | 'circuitBreak' | 'tokenBudget' | 'hedge'
> & {
  /** What is tried again, and when. Default: nothing. */
  readonly retryBackoff?: CoreCallRetryConfig | undefined;
  /** How much may begin in which time; of several the first is asked first. Default: no limit. */
  readonly rateLimit?: LimiterOrKeyed | readonly LimiterOrKeyed[] | undefined;
  /** When a provider counts as down. Default: never. */
  readonly circuitBreak?: (Breaker & OwnPolicy) | Keyed<Breaker & OwnPolicy, string | undefined> | undefined;
  /** How many tokens calls may cost; of several each must have room. Default: no limit. */
  readonly tokenBudget?: BudgetOrKeyed | readonly BudgetOrKeyed[] | undefined;
  /** Hedges are an operator there: `hedge` of what `open` returns. */
  readonly hedge?: undefined;
};
