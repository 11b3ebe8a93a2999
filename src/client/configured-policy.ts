import { TokenBudget } from '../budget/token-budget';
import type { TokenBudgetConfig } from '../budget/token-budget-config';
import { CircuitBreaker } from '../circuit/circuit-breaker';
import { RateLimiter } from '../limiter/rate-limiter';
import type { RateLimiterConfig } from '../limiter/rate-limiter-config';
import { callDimensions } from './call-settings';
import type { Kind } from './policy-keys';

/** The policy that a config describes. */
export function configuredPolicy(kind: Kind, _name: string, config: object): object {
  switch (kind) {
    case 'limiter':
      return limiterFor(config as RateLimiterConfig<string>);
    case 'breaker':
      return new CircuitBreaker(config);
    case 'budget':
      return new TokenBudget(config as TokenBudgetConfig);
  }
}

function limiterFor(config: RateLimiterConfig<string>): object {
  const limiter = new RateLimiter(config);
  const unknown = limiter.dimensions.find((dimension) => !callDimensions.includes(dimension));
  if (unknown !== undefined) {
    throw new TypeError(
      `ResilientClient: rateLimit: limits.${unknown} would limit nothing, for a call takes ${callDimensions.join(', ')}`,
    );
  }
  return limiter;
}
