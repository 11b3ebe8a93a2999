/**
 * Operators, policies and building blocks.
 *
 * @module rxjs-resilience
 */
export type { Budget, Reservation } from './budget/budget';
export { costOf } from './budget/cost-of';
export type { Price } from './budget/price';
export { type PriceTable, pricesOf } from './budget/prices-of';
export type { SpendingOptions } from './budget/spending-options';
export { TokenBudget } from './budget/token-budget';
export type {
  BudgetLimitState,
  TokenBudgetConfig,
  TokenBudgetEvent,
  TokenBudgetState,
  TokenBudgetUpdate,
} from './budget/token-budget-config';
export { type BudgetRefusal, TokenBudgetExceededError } from './budget/token-budget-exceeded-error';
export { type TokenBudgetOptions, tokenBudget } from './budget/token-budget-operator';
export type { TokenEstimate } from './budget/token-estimate';
export type { Admission, Breaker, TurnOptions } from './circuit/breaker';
export { type CircuitBreakOptions, circuitBreak } from './circuit/circuit-break';
export {
  CircuitBreaker,
  type CircuitBreakerConfig,
  type CircuitBreakerEvent,
  type CircuitBreakerState,
  type CircuitStatus,
  type HalfOpenConfig,
} from './circuit/circuit-breaker';
export { CircuitOpenError } from './circuit/circuit-open-error';
export {
  type ConsecutiveFailures,
  consecutiveFailures,
  type FailureRate,
  failureRate,
  type RateOptions,
  type SlowCallRate,
  slowCallRate,
  type Trip,
} from './circuit/trip';
export { type Answer, type AnswerOptions, initialAnswer } from './client/answer';
export type { CallEvent } from './client/call-event';
export type { CallOptions, CallStatus, PolicyKeys } from './client/call-options';
export type { KeysState } from './client/client-state';
export type { CallHedgeConfig } from './client/hedges';
export { KeyLimitError } from './client/key-limit-error';
export { Keyed, type KeyedEvent, type KeyedOptions, keyed } from './client/keyed';
export type { Attempt } from './client/open';
export { type ResilientConfig, type ResilientOptions, resilient } from './client/resilient';
export {
  type Open,
  ResilientClient,
  type ResilientClientEvent,
  type ResilientClientState,
} from './client/resilient-client';
export type {
  AnyLimiter,
  AnyPermit,
  BreakerOf,
  BudgetOf,
  CallArguments,
  CallDimension,
  CallRetryConfig,
  ClientBudget,
  ClientLimiter,
  ClientLimiterConfig,
  KeyOption,
  LimiterOf,
  ResilientClientConfig,
} from './client/resilient-client-config';
export type { RetryEvent } from './client/retry-event';
export type { Timeouts } from './client/timeouts';
export type { EventOf } from './internal/policy/policy';
export type { Adaptive, AdaptiveLimit, AdaptiveOptions } from './limiter/adaptive';
export { type AimdOptions, aimd } from './limiter/aimd';
export { type GradientOptions, gradient } from './limiter/gradient';
export type { AcquireOptions, Limiter, Permit, Wait } from './limiter/limiter';
export { type PermitRefusal, PermitRefusedError } from './limiter/permit-refused-error';
export { type RateLimitOptions, rateLimit } from './limiter/rate-limit';
export { type RateLimitEachOptions, rateLimitEach } from './limiter/rate-limit-each';
export { RateLimiter } from './limiter/rate-limiter';
export type {
  RateLimiterConfig,
  RateLimiterEvent,
  RateLimiterState,
  RateLimiterUpdate,
} from './limiter/rate-limiter-config';
export type { Fairness } from './limiter/shares-of';
export {
  AnswerRejectedError,
  classifyError,
  type ErrorClass,
  estimateRequest,
  estimateTokens,
  failureOf,
  isContentChunk,
  isFinalChunk,
  isRetryable,
  mayHelpElsewhere,
  mergeUsage,
  ProviderFailureError,
  parseDuration,
  type RateLimitInfo,
  type RateLimitPolicy,
  type RateLimitWindow,
  rateLimitOf,
  retryAfterOf,
  textOf,
  type Usage,
  usageOf,
} from './provider';
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
} from './quota/limits';
export type { LimitState } from './quota/meter';
export type { Jitter } from './retry/backoff';
export { type Hedge, type HedgeConfig, hedge } from './retry/hedge';
export { type AfterValues, type RetryBackoffConfig, type RetryContext, retryBackoff } from './retry/retry-backoff';
export {
  RetryBudget,
  type RetryBudgetConfig,
  type RetryBudgetEvent,
  type RetryBudgetState,
} from './retry/retry-budget';
export { type FailoverConfig, type Failure, failover, type Given, type Next } from './routing/failover';
export { ResilientRouter } from './routing/resilient-router';
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
} from './routing/resilient-router-config';
export { type CoalesceTimeConfig, coalesceTime } from './stream/coalesce-time';
export { type FromStreamOptions, fromStream } from './stream/from-stream';
export type { ForeignObservable, Opened } from './stream/opened';
export { type SmoothTextConfig, smoothText } from './stream/smooth-text';
export { StreamTruncatedError } from './stream/stream-truncated-error';
export type { TextUnit } from './stream/text-units';
