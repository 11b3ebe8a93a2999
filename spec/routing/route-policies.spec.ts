import { describe, expect, it } from 'vitest';
import { CircuitBreaker, keyed, perDay, RateLimiter, slidingWindow, TokenBudget } from '../../src/index';
import { RoutePolicies } from '../../src/routing/route-policies';
import { VirtualTime } from '../circuit/virtual-time';

const never = { limiter: undefined, breaker: undefined, budget: undefined };
const scheduler = new VirtualTime();

describe('the policies of a route', () => {
  it('let a call in where there are none', () => {
    expect(new RoutePolicies(never).outlook({}, true)).toEqual({ canTake: true, wait: 0 });
  });

  it('S10: of a list the longest wait counts, keyed ones by what their keys are for', () => {
    const users = keyed(() => new RateLimiter({ limits: slidingWindow({ limit: 1, window: 70 }), scheduler }), { by: 'user' });
    const account = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 50 }), scheduler });
    const policies = new RoutePolicies({ ...never, limiter: [users, account] });
    users.get('ada').tryAcquire();
    account.tryAcquire();
    const waits = ['ada', 'bob', undefined].map((user) => policies.outlook({ key: { user } as never }, true).wait);
    expect(waits).toEqual([70, 50, 50]);
  });

  it('S10: every budget of a list must have room', () => {
    const policies = new RoutePolicies({ ...never, budget: [new TokenBudget({ limits: perDay(100) }), new TokenBudget({ limits: perDay(10) })] });
    expect([10, 11].map((tokens) => policies.outlook({ tokens }, true).canTake)).toEqual([true, false]);
  });

  it('T6: a budget of money is asked in money; without a price whether anything is left', () => {
    const budget = new TokenBudget({ limits: perDay(1), counts: 'cost' });
    const policies = new RoutePolicies({ ...never, budget });
    const canTake = (input: number) => policies.outlook({ tokens: { input, output: 0 }, price: { input: 10, output: 30 } }, true).canTake;
    expect([canTake(90_000), canTake(110_000), policies.outlook({ tokens: 1e9 }, true).canTake]).toEqual([true, false, true]);
    budget.record(1);
    expect([policies.outlook({}, true).canTake, policies.outlook({ price: { input: 1, output: 1 } }, true).canTake]).toEqual([false, false]);
  });

  it('tell for how long a breaker is open, if that is known; a wait does not matter then', () => {
    const breaker = new CircuitBreaker({ recoveryTimeout: 500, failureThreshold: 1, scheduler });
    const policies = new RoutePolicies({ ...never, breaker });
    breaker.admit().fail(new Error('down'));
    expect(policies.outlook({}, true)).toEqual({ canTake: false, wait: 0, openFor: 500 });
    expect(new RoutePolicies({ ...never, breaker: { check: () => ({}) } }).outlook({}, true).openFor).toBe(Number.POSITIVE_INFINITY);
  });

  it('a limiter that foresees nothing is taken for free, one that never grants it can not take it', () => {
    expect(new RoutePolicies({ ...never, limiter: { acquire: () => undefined } }).outlook({}, true)).toEqual({ canTake: true, wait: 0 });
    const limiter = new RateLimiter({ limits: { tokens: perDay(5) } });
    expect(new RoutePolicies({ ...never, limiter }).outlook({ tokens: 6, priority: 1 }, true)).toMatchObject({ canTake: false });
    expect(new RoutePolicies({ ...never, limiter }).outlook({ tokens: 6 }, false)).toMatchObject({ canTake: true });
  });
});
