import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { TokenBudget } from '../../../src/budget/token-budget';
import { TokenBudgetExceededError } from '../../../src/budget/token-budget-exceeded-error';
import { CircuitBreaker } from '../../../src/circuit/circuit-breaker';
import { CircuitOpenError } from '../../../src/circuit/circuit-open-error';
import { keyed } from '../../../src/client/keyed';
import { giveKey } from '../../../src/internal/policy/facade';
import { RateLimiter } from '../../../src/limiter/rate-limiter';
import { inTotal } from '../../../src/quota/limits';
import { FakeScheduler } from '../../support/fake-scheduler';

const scheduler = new FakeScheduler();

/** The error with which a policy refuses. */
function errorOf(policy: RateLimiter | TokenBudget | CircuitBreaker): Record<string, unknown> {
  if (policy instanceof CircuitBreaker) {
    policy.isolate();
    return policy.check() as never;
  }
  const errors: unknown[] = [];
  const asked = policy instanceof RateLimiter ? policy.acquire(5) : policy.reserve(5);
  (asked as ReturnType<TokenBudget['reserve']>).subscribe({ error: (error) => errors.push(error) });
  scheduler.run(0);
  return errors[0] as never;
}

describe('names and keys of policies', () => {
  const policies = (name?: string) => [
    new RateLimiter({ limits: inTotal(1), name, scheduler }),
    new TokenBudget({ limits: inTotal(1), name, scheduler }),
    new CircuitBreaker({ name, scheduler }),
  ];

  it.each([0, 1, 2])('C13: the errors of policy %d say its name and its key', (index) => {
    const [bare, named] = [policies()[index]!, policies('tokens')[index]!];
    expect(Object.keys(errorOf(bare)).filter((field) => field === 'policyName' || field === 'key')).toEqual([]);
    expect(errorOf(named)).toMatchObject({ policyName: 'tokens' });
    expect(errorOf(named)).not.toHaveProperty('key');
    giveKey(bare, 'ann');
    giveKey(named, 'bob');
    expect(errorOf(bare)).toMatchObject({ key: 'ann' });
    expect(errorOf(bare)).not.toHaveProperty('policyName');
    expect(errorOf(named)).toMatchObject({ policyName: 'tokens', key: 'bob' });
  });

  it.each([0, 1, 2])('C13: the state and the events of policy %d say its name, where it has one, and no key', (index) => {
    const told: object[] = [];
    for (const policy of [policies()[index]!, policies('tokens')[index]!]) {
      giveKey(policy, 'ann');
      (policy.events$ as Observable<object>).subscribe((event) => told.push(event));
      errorOf(policy);
      told.push(policy.state);
    }
    expect(told.map((each) => [(each as { name?: string }).name, Object.hasOwn(each, 'name'), Object.hasOwn(each, 'key')])).toEqual([
      [undefined, false, false], [undefined, false, false], ['tokens', true, false], ['tokens', true, false],
    ]);
  });

  it('C13: a keyed policy says for which key it was made', () => {
    const budgets = keyed(() => new TokenBudget({ limits: inTotal(1), name: 'tokens', scheduler }));
    expect([errorOf(budgets.get('ann')), errorOf(budgets.get('bob'))]).toMatchObject([{ policyName: 'tokens', key: 'ann' }, { policyName: 'tokens', key: 'bob' }]);
  });

  it('C13: policies of others have no key', () => {
    expect(() => giveKey({ reserve: () => undefined }, 'ann')).not.toThrow();
  });

  it('C13: errors can be made with both', () => {
    expect(new CircuitOpenError({ policyName: 'a', key: 'b' })).toMatchObject({ policyName: 'a', key: 'b' });
    const refused = { requested: 1, remaining: 0, limit: 1, reason: 'budget' } as const;
    expect(new TokenBudgetExceededError({ ...refused, policyName: 'a', key: 'b' })).toMatchObject({ policyName: 'a', key: 'b' });
    expect(() => new TokenBudget({ limits: inTotal(1), name: 5 as never })).toThrow(new TypeError('TokenBudget: name must be a string, got 5'));
  });
});
