/**
 * The operators, policies and the client of the main entry for small pages: without what reads the errors and chunks of
 * providers.
 *
 * @module rxjs-resilience/core
 */
export type { Budget, Reservation } from '../budget/budget';
export { costOf } from '../budget/cost-of';
export type { Price } from '../budget/price';
export { type PriceTable, pricesOf } from '../budget/prices-of';
export type { SpendingOptions } from '../budget/spending-options';
export type {
  BudgetLimitState,
  TokenBudgetConfig,
  TokenBudgetEvent,
  TokenBudgetState,
  TokenBudgetUpdate,
} from '../budget/token-budget-config';
export { type BudgetRefusal, TokenBudgetExceededError } from '../budget/token-budget-exceeded-error';
export type { TokenBudgetOptions } from '../budget/token-budget-options';
export type { TokenEstimate } from '../budget/token-estimate';
export type { Admission, Breaker, TurnOptions } from '../circuit/breaker';
export type { CircuitBreakOptions } from '../circuit/circuit-break-options';
export type { CircuitBreakerConfig, HalfOpenConfig } from '../circuit/circuit-breaker-config';
export type { CircuitBreakerEvent, CircuitBreakerState, CircuitStatus } from '../circuit/circuit-breaker-state';
export { CircuitOpenError } from '../circuit/circuit-open-error';
export {
  type ConsecutiveFailures,
  consecutiveFailures,
  type FailureRate,
  failureRate,
  type RateOptions,
  type SlowCallRate,
  slowCallRate,
  type Trip,
} from '../circuit/trip';
export { type Answer, type AnswerOptions, initialAnswer } from '../client/answer';
export type { CallEvent } from '../client/call-event';
export type { CallOptions, CallStatus, PolicyKeys } from '../client/call-options';
export type { KeysState, ResilientClientEvent, ResilientClientState } from '../client/client-state';
export type { CallHedgeConfig } from '../client/hedges';
export { KeyLimitError } from '../client/key-limit-error';
export { Keyed, type KeyedEvent, type KeyedOptions, keyed } from '../client/keyed';
export type { Attempt, Open } from '../client/open';
export type {
  AnyLimiter,
  AnyPermit,
  BreakerOf,
  BudgetOf,
  CallArguments,
  CallRetryConfig,
  KeyOption,
  LimiterOf,
} from '../client/resilient-client-config';
export type { ResilientConfig, ResilientOptions } from '../client/resilient-config';
export type { RetryEvent } from '../client/retry-event';
export type { Timeouts } from '../client/timeouts';
export type { EventOf } from '../internal/policy/policy';
export type { Adaptive, AdaptiveLimit, AdaptiveOptions } from '../limiter/adaptive';
export { type AimdOptions, aimd } from '../limiter/aimd';
export { type GradientOptions, gradient } from '../limiter/gradient';
export type { AcquireOptions, Limiter, Permit, Wait } from '../limiter/limiter';
export { type PermitRefusal, PermitRefusedError } from '../limiter/permit-refused-error';
export { type RateLimitEachOptions, rateLimitEach } from '../limiter/rate-limit-each';
export type { RateLimitOptions } from '../limiter/rate-limit-options';
export { RateLimiter } from '../limiter/rate-limiter';
export type {
  RateLimiterConfig,
  RateLimiterEvent,
  RateLimiterState,
  RateLimiterUpdate,
} from '../limiter/rate-limiter-config';
export type { Fairness } from '../limiter/shares-of';
export {
  AnswerRejectedError,
  type ErrorClass,
  estimateRequest,
  estimateTokens,
  mergeUsage,
  ProviderFailureError,
  parseDuration,
  type RateLimitInfo,
  type RateLimitPolicy,
  type RateLimitWindow,
  type Usage,
} from '../provider';
export {
  type CalendarWindow,
  type CallLimits,
  type Cost,
  calendarWindow,
  type DimensionLimits,
  type InTotal,
  inTotal,
  type Limit,
  type Limits,
  perCalendarDay,
  perCalendarMonth,
  perDay,
  perHour,
  perMinute,
  perSecond,
  type SlidingWindow,
  slidingWindow,
  type TokenBucket,
  tokenBucket,
  type Units,
  type UnitsOf,
} from '../quota/limits';
export type { LimitState } from '../quota/meter';
export type { Jitter } from '../retry/backoff';
export type { Hedge, HedgeConfig } from '../retry/hedge-config';
export type { AfterValues, RetryBackoffConfig, RetryContext } from '../retry/retry-backoff-config';
export {
  RetryBudget,
  type RetryBudgetConfig,
  type RetryBudgetEvent,
  type RetryBudgetState,
} from '../retry/retry-budget';
export type { FailoverConfig, Failure, Given, Next } from '../routing/failover-config';
export type {
  Answered,
  Opens,
  ResilientRouterConfig,
  ResilientRouterEvent,
  ResilientRouterState,
  RouteClient,
  RouteConfig,
  RoutedOptions,
  RouterEvent,
  RouteState,
} from '../routing/resilient-router-config';
export { type CoalesceTimeConfig, coalesceTime } from '../stream/coalesce-time';
export type { FromStreamOptions } from '../stream/from-stream-options';
export type { ForeignObservable, Opened } from '../stream/opened';
export { type SmoothTextConfig, smoothText } from '../stream/smooth-text';
export { StreamTruncatedError } from '../stream/stream-truncated-error';
export type { TextUnit } from '../stream/text-units';
export { TokenBudget } from './budget';
export { circuitBreak } from './circuit-break';
export { CircuitBreaker } from './circuit-breaker';
export type { CoreCallRetryConfig, CoreClientConfig, CoreResilientConfig, OwnPolicy } from './core-config';
export { type CoreFailoverConfig, failover } from './failover';
export { fromStream } from './from-stream';
export { hedge } from './hedge';
export { rateLimit } from './rate-limit';
export { resilient } from './resilient';
export { ResilientClient } from './resilient-client';
export { type CoreRouterConfig, ResilientRouter } from './resilient-router';
export { type CoreRetryConfig, retryBackoff } from './retry-backoff';
export { tokenBudget } from './token-budget';
