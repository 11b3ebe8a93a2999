import {
  CircuitBreaker,
  circuitBreak,
  perDay,
  perMinute,
  RateLimiter,
  rateLimit,
  retryBackoff,
  TokenBudget,
  tokenBudget,
} from 'rxjs-resilience';

/** New policies with room for everybody. */
export function policies() {
  return {
    retryBackoff: { maxRetries: 3 },
    rateLimit: new RateLimiter({ limits: perMinute(1e9) }),
    circuitBreak: new CircuitBreaker(),
    tokenBudget: new TokenBudget({ limits: perDay(1e15) }),
  };
}

/** The operators of new policies, one by one. */
export function operators<T>() {
  const { rateLimit: limiter, circuitBreak: breaker, tokenBudget: budget } = policies();
  return {
    retryBackoff: retryBackoff<T>(),
    rateLimit: rateLimit<T>(limiter),
    circuitBreak: circuitBreak<T>(breaker),
    tokenBudget: tokenBudget<T>(budget, { estimate: 100 }),
  };
}
