import { of, throwError } from 'rxjs';
import { CircuitBreaker, perHour, RateLimiter, slidingWindow, TokenBudget } from '../../../src/index';

/** Quick to classify, for what an error says is not what is looked for here. */
const down = Object.assign(new Error('down'), { status: 503 });
export const answer = of('an', 'answer');
export const failure = throwError(() => down);

/** No call gets near it, and its window is so short that what stands in it is no growth. */
export const wide = slidingWindow({ limit: 1e12, window: 10 });

/** Grants everything. */
export function wideLimiter(): RateLimiter {
  return new RateLimiter({ limits: wide, maxConcurrent: 1e9 });
}

/** Grants nothing for an hour. */
export function usedUpLimiter(maxQueue = Number.POSITIVE_INFINITY): RateLimiter {
  const limiter = new RateLimiter({ limits: perHour(1), maxQueue });
  limiter.tryAcquire();
  return limiter;
}

/** Grants nothing, and cannot foresee until when. */
export function takenLimiter(): RateLimiter {
  const limiter = new RateLimiter({ maxConcurrent: 1 });
  limiter.tryAcquire();
  return limiter;
}

export function wideBudget(): TokenBudget {
  return new TokenBudget({ limits: wide });
}

/** Has no tokens for an hour. */
export function usedUpBudget(): TokenBudget {
  const budget = new TokenBudget({ limits: perHour(1) });
  budget.record(1);
  return budget;
}

/** Never opens. */
export function closedBreaker(): CircuitBreaker {
  return new CircuitBreaker({ failureThreshold: 1e9 });
}

/** Is open for an hour. */
export function openBreaker(): CircuitBreaker {
  const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 3_600_000 });
  breaker.admit().fail(down);
  return breaker;
}

/** Waits for a verdict on its probes, of which every one may come to nothing. */
export function halfOpenBreaker(): CircuitBreaker {
  const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 0 });
  breaker.admit().fail(down);
  return breaker;
}
