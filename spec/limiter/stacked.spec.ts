import { concat, defer, type MonoTypeOperatorFunction, NEVER, type Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TokenBudget } from '../../src/budget/token-budget';
import { tokenBudget } from '../../src/budget/token-budget-operator';
import { circuitBreak } from '../../src/circuit/circuit-break';
import { CircuitBreaker } from '../../src/circuit/circuit-breaker';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { rateLimit } from '../../src/limiter/rate-limit';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { isUnreached, markReached } from '../../src/provider';
import { inTotal, perHour } from '../../src/quota/limits';
import { retryBackoff } from '../../src/retry/retry-backoff';
import { at } from '../support/limiting';
import { run } from '../support/run';

const limits = { requests: perHour(10), tokens: perHour(1_000) };

/** What a call with 100 tokens leaves used in an outer limiter and an outer budget, and its error. */
function outerOf(source: Observable<unknown>, inner: MonoTypeOperatorFunction<unknown>) {
  const limiter = new RateLimiter({ limits });
  const budget = new TokenBudget({ limits: inTotal(1_000) });
  const seen: unknown[] = [];
  let result: object = {};
  run(() => {
    source
      .pipe(inner, tokenBudget(budget, { estimate: 100 }), rateLimit(limiter, { cost: { tokens: 100 } }))
      .subscribe({ next: (value) => seen.push(value), error: (error) => seen.push((error as Error).name ?? error) });
    at(1_000, () => {
      const { requests, tokens } = limiter.state.limits;
      result = { requests: requests[0]!.used, tokens: tokens[0]!.used, spent: 1_000 - budget.remaining, seen };
    });
  });
  return result;
}

const nothing = { requests: 0, tokens: 0, spent: 0 };

/** A limiter that has none left and lets nobody wait. */
function full(): MonoTypeOperatorFunction<unknown> {
  const limiter = new RateLimiter({ limits: perHour(1), maxQueue: 0 });
  limiter.tryAcquire();
  return rateLimit(limiter);
}

function spent(): MonoTypeOperatorFunction<unknown> {
  const budget = new TokenBudget({ limits: inTotal(5) });
  budget.record(5);
  return tokenBudget(budget, { estimate: 1 });
}

function opened(): MonoTypeOperatorFunction<unknown> {
  const breaker = new CircuitBreaker();
  breaker.isolate();
  return circuitBreak(breaker);
}

describe('stacked operators', () => {
  it.each([
    ['a limiter', full, 'PermitRefusedError'],
    ['a budget', spent, 'TokenBudgetExceededError'],
    ['a breaker', opened, 'CircuitOpenError'],
  ])('L4: the outer ones give everything back when %s further in refuses', (_, inner, name) => {
    expect(outerOf(of(1), inner())).toEqual({ ...nothing, seen: [name] });
  });

  it('L4: also through a retry that had nothing to repeat', () => {
    expect(outerOf(of(1), (source) => source.pipe(full(), retryBackoff({ maxRetries: 2 })))).toEqual({ ...nothing, seen: ['PermitRefusedError'] });
  });

  it('L4: also when the call has waited in the inner line in vain', () => {
    const limiter = new RateLimiter({ maxConcurrent: 1 });
    limiter.tryAcquire();
    expect(outerOf(of(1), rateLimit(limiter, { maxWait: 50 }))).toEqual({ ...nothing, seen: ['PermitRefusedError'] });
  });

  it('L4: a call that has reached its source before has spent its request', () => {
    run(() => {
      const limiter = new RateLimiter({ limits: perHour(1), maxQueue: 0 });
      const attempts = throwError(() => ({ status: 503 })).pipe(rateLimit(limiter), retryBackoff({ baseDelay: 1 }));
      const outer = new RateLimiter({ limits: perHour(5) });
      const budget = new TokenBudget({ limits: inTotal(1_000) });
      const errors: unknown[] = [];
      attempts.pipe(tokenBudget(budget, { estimate: 100 }), rateLimit(outer)).subscribe({ error: (error) => errors.push(error.name) });
      at(100, () => expect([errors, outer.state.limits.requests[0]!.used, budget.remaining]).toEqual([['PermitRefusedError'], 1, 900]));
    });
  });

  it('L4: a runaway answer that a budget cut has spent its request', () => {
    const budget = new TokenBudget({ limits: inTotal(5) });
    const silent: MonoTypeOperatorFunction<unknown> = (source) => source.pipe(tokenBudget(budget, { estimate: 1, overrun: 'error', count: () => 100 }), (cut) => concat(cut));
    expect(outerOf(of({}), silent)).toMatchObject({ requests: 1 });
    const onlyErrors: MonoTypeOperatorFunction<unknown> = (source) => defer(() => {
      let failure: unknown;
      source.pipe(tokenBudget(budget, { estimate: 1, overrun: 'error', count: () => 100 })).subscribe({ error: (error) => { failure = error; } });
      return throwError(() => failure);
    });
    budget.reset();
    expect(outerOf(of({}), onlyErrors)).toEqual({ requests: 1, tokens: 0, spent: 100, seen: ['TokenBudgetExceededError'] });
  });

  it('L4: a request that failed on the way is spent, as before', () => {
    expect(outerOf(throwError(() => ({ status: 503 })), (source) => source)).toMatchObject({ requests: 1, tokens: 0, spent: 0 });
  });

  it('L4: a refusal after values has spent its request', () => {
    const refused = new PermitRefusedError({ reason: 'queue-full', cost: {} });
    expect(outerOf(concat(of('abcd'), throwError(() => refused)), (source) => source)).toMatchObject({ requests: 1 });
  });

  it('L4: who gives up while waiting further in gets the request back as well as before', () => {
    run(() => {
      const [outer, inner] = [new RateLimiter({ limits: perHour(5) }), new RateLimiter({ maxConcurrent: 1 })];
      inner.tryAcquire();
      const call = NEVER.pipe(rateLimit(inner), rateLimit(outer)).subscribe();
      at(5, () => call.unsubscribe());
      at(6, () => expect(outer.state.inFlight).toBe(0));
    });
  });
});

describe('isUnreached', () => {
  it('L4: goes by the brand, also of another copy, and by the mark', () => {
    const refused = new PermitRefusedError({ reason: 'queue-full', cost: {} });
    const foreign = Object.assign(new Error('elsewhere'), { [Symbol.for('rxjs-resilience.error')]: 'CircuitOpenError' });
    expect([refused, foreign, new Error('x'), undefined, null, 'text', { name: 'PermitRefusedError' }].map(isUnreached)).toEqual([true, true, false, false, false, false, false]);
    markReached(refused);
    markReached(refused);
    markReached(new Error('x'));
    expect(isUnreached(refused)).toBe(false);
    expect(refused).toEqual(new PermitRefusedError({ reason: 'queue-full', cost: {} }));
    expect(Object.keys(refused)).toEqual(['reason', 'cost']);
    markReached(Object.freeze(new PermitRefusedError({ reason: 'queue-full', cost: {} })));
  });
});
