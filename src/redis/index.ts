/**
 * Limiters, budgets and breakers that processes share.
 *
 * @module rxjs-resilience/redis
 */
export type { AvailabilityEvent } from '../internal/policy/policy';
export { LimiterMisconfiguredError } from './limiter-misconfigured-error';
export { LimiterUnavailableError } from './limiter-unavailable-error';
export type { MismatchEvent, OtherLimit } from './mismatch';
export { RedisCircuitBreaker } from './redis-circuit-breaker';
export type {
  RedisCircuitBreakerConfig,
  RedisCircuitBreakerEvent,
  RedisCircuitBreakerState,
  SharedHalfOpenConfig,
} from './redis-circuit-breaker-config';
export type { IoredisLike, NodeRedisLike, RedisClient, RedisLike } from './redis-client';
export { RedisRateLimiter } from './redis-rate-limiter';
export type {
  RedisRateLimiterConfig,
  RedisRateLimiterEvent,
  RedisRateLimiterState,
  RedisRateLimiterUpdate,
  SharedLimiterState,
} from './redis-rate-limiter-config';
export { RedisTokenBudget } from './redis-token-budget';
export type {
  RedisTokenBudgetConfig,
  RedisTokenBudgetEvent,
  RedisTokenBudgetState,
  SharedBudgetState,
} from './redis-token-budget-config';
export type { SharedConfig } from './shared-config';
export type { SharedLimitState } from './shared-quota';
