import { defer, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { CircuitBreaker, type CircuitOpenError, circuitBreak, retryBackoff } from '../../src/index';
import { apiError, endlessTime } from '../support/timeline';

// What people reported in public of other libraries, in small versions of our own.

const ignored = { error: () => undefined };

describe('a breaker', () => {
  it('B11: that is opened by a 503 with a hint is open so long', () => {
    const scheduler = endlessTime();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 5_000, scheduler });
    throwError(() => apiError(503, {}, { 'retry-after': '25' })).pipe(circuitBreak(breaker)).subscribe(ignored);
    expect(breaker.state.openUntil).toBe(25_000);
  });

  it('B2: tells how long it will still be open', () => {
    const scheduler = endlessTime();
    const breaker = new CircuitBreaker({ failureThreshold: 1, scheduler });
    throwError(() => new Error('x')).pipe(circuitBreak(breaker)).subscribe(ignored);
    const refusals: CircuitOpenError[] = [];
    scheduler.schedule(() => of(1).pipe(circuitBreak(breaker)).subscribe({ error: (error) => refusals.push(error) }), 11_000);
    scheduler.flush();
    expect(refusals).toMatchObject([{ retryAfter: 19_000 }]);
  });

  it('B1: is opened by answers that were cut, which are tried again', () => {
    const scheduler = endlessTime();
    const breaker = new CircuitBreaker({ failureThreshold: 3, scheduler });
    let attempts = 0;
    const cut = defer(() => {
      attempts += 1;
      return [JSON.parse('{"choices":[{"delta":{"content":" once')];
    });
    cut.pipe(circuitBreak(breaker), retryBackoff({ maxRetries: 2, scheduler })).subscribe(ignored);
    scheduler.flush();
    expect([attempts, breaker.state.status]).toEqual([3, 'open']);
  });

  it('B1: is not opened for all by the bad requests of one', () => {
    const breaker = new CircuitBreaker({ failureThreshold: 2 });
    const invalid = Object.assign(new Error('x'), { name: 'ValidationException', $metadata: { httpStatusCode: 400 } });
    for (let call = 0; call < 3; call++) {
      throwError(() => invalid).pipe(circuitBreak(breaker)).subscribe(ignored);
    }
    expect(breaker.state.status).toBe('closed');
  });
});
