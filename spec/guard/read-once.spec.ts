import { of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, perDay, perMinute, RateLimiter, resilient, TokenBudget } from '../../src';

describe('reading an error', () => {
  it('C14: happens once for the limiter, the budget, the breaker and the retry', () => {
    let read = 0;
    const error = Object.defineProperty(Object.assign(new Error('the server failed'), { status: 500 }), 'cause', {
      get: () => {
        read += 1;
        return undefined;
      },
    });
    const readsOf = (guards: object) => {
      read = 0;
      let told: unknown;
      throwError(() => error)
        .pipe(resilient({ retryBackoff: { maxRetries: 0 }, ...guards }, { tokens: 1 }))
        .subscribe({ error: (each) => (told = each) });
      expect(told).toBe(error);
      return read;
    };
    const circuitBreak = new CircuitBreaker();
    const alone = readsOf({ circuitBreak });
    const rateLimit = new RateLimiter({ limits: perMinute(60) });
    const tokenBudget = new TokenBudget({ limits: perDay(1_000) });
    expect(alone).toBe(1);
    expect(readsOf({ circuitBreak, rateLimit, tokenBudget })).toBe(alone);
    expect(readsOf({ circuitBreak, rateLimit, tokenBudget, retryBackoff: { maxRetries: 1, retryIf: () => false } })).toBe(alone);
    expect(tokenBudget.remaining).toBe(1_000);
    of(1).pipe(resilient({ circuitBreak })).subscribe();
    expect(circuitBreak.state.status).toBe('closed');
  });
});
