import { asyncScheduler, EMPTY, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { retryBackoff } from '../../src/retry/retry-backoff';
import { RetryBudget, type RetryBudgetConfig, type RetryBudgetEvent, type RetryBudgetState } from '../../src/retry/retry-budget';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

const at = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);

/** How many retries are allowed in a row. */
function allowed(budget: RetryBudget): number {
  let count = 0;
  while (budget.tryRetry()) {
    count += 1;
  }
  return count;
}

function attempts(budget: RetryBudget, count: number): void {
  for (let each = 0; each < count; each++) {
    budget.attempt();
  }
}

describe('RetryBudget', () => {
  it('allows minPerSecond · 10 retries where there are few first attempts', () => {
    run(() => {
      expect(allowed(new RetryBudget())).toBe(10);
      expect(allowed(new RetryBudget({ minPerSecond: 0.3 }))).toBe(3);
    });
  });

  it('allows ratio · first attempts where that is more', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 0.2, minPerSecond: 0 });
      attempts(budget, 4);
      expect(allowed(budget)).toBe(0);
      attempts(budget, 1);
      expect(allowed(budget)).toBe(1);
      attempts(budget, 70);
      expect(allowed(budget)).toBe(14);
    });
  });

  it('allows no retry at all with ratio and minPerSecond 0', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
      attempts(budget, 1_000);
      expect(budget.tryRetry()).toBe(false);
    });
  });

  it('counts products of fractions as the whole numbers that they are', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 0.29, minPerSecond: 0 });
      attempts(budget, 100); // 0.29 · 100 is 28.999999999999996
      expect(allowed(budget)).toBe(29);
      const tenths = new RetryBudget({ ratio: 0, minPerSecond: 0.7 });
      expect(allowed(tenths)).toBe(7);
    });
  });

  it('forgets retries exactly 10 s later', () => {
    run(() => {
      const budget = new RetryBudget({ minPerSecond: 0.1 });
      expect(budget.tryRetry()).toBe(true);
      at(9_999, () => expect(budget.tryRetry()).toBe(false));
      at(10_000, () => expect(budget.tryRetry()).toBe(true));
      at(19_999, () => expect(budget.tryRetry()).toBe(false));
    });
  });

  it('forgets first attempts exactly 10 s later', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0 });
      attempts(budget, 2);
      at(9_999, () => expect(budget.state).toEqual({ firstAttempts: 2, retries: 0, remaining: 1 }));
      at(10_000, () => expect(budget.state).toEqual({ firstAttempts: 0, retries: 0, remaining: 0 }));
    });
  });

  it('never owes retries when first attempts are forgotten sooner than the retries they allowed', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 1, minPerSecond: 0 });
      attempts(budget, 3);
      at(5_000, () => expect(allowed(budget)).toBe(3));
      at(10_000, () => expect(budget.state).toEqual({ firstAttempts: 0, retries: 3, remaining: 0 }));
    });
  });

  it('is idle when nothing was counted in the last 10 s', () => {
    run(() => {
      const budget = new RetryBudget();
      expect(budget.isIdle).toBe(true);
      budget.attempt();
      expect(budget.isIdle).toBe(false);
      at(5_000, () => budget.tryRetry());
      at(14_999, () => expect(budget.isIdle).toBe(false));
      at(15_000, () => expect(budget.isIdle).toBe(true));
    });
  });

  it('C9: has a state$ that replays, and follows counts and the passing of time', () => {
    run(({ expectObservable }) => {
      const budget = new RetryBudget({ ratio: 0.5, minPerSecond: 0 });
      at(1, () => budget.attempt());
      at(2, () => budget.attempt());
      at(4, () => budget.tryRetry());
      const states: Record<string, RetryBudgetState> = {
        a: { firstAttempts: 0, retries: 0, remaining: 0 },
        b: { firstAttempts: 1, retries: 0, remaining: 0 },
        c: { firstAttempts: 2, retries: 0, remaining: 1 },
        d: { firstAttempts: 2, retries: 1, remaining: 0 },
        e: { firstAttempts: 1, retries: 1, remaining: 0 },
        f: { firstAttempts: 0, retries: 1, remaining: 0 },
      };
      expectObservable(budget.state$, '^ 20s         !').toBe('abc-d 9996ms ef-a', states);
      expectObservable(budget.state$, '---^ 20s      !').toBe('---cd 9996ms ef-a', states);
    });
  });

  it('C9: tells what it allowed and refused', () => {
    run(() => {
      const budget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 });
      const events: RetryBudgetEvent[] = [];
      budget.events$.subscribe((event) => events.push(event));
      at(5, () => allowed(budget));
      at(6, () =>
        expect(events).toEqual([
          { policy: 'retry', type: 'allowed', at: 5 },
          { policy: 'retry', type: 'refused', at: 5 },
        ]));
    });
  });

  it('C10: holds a timer only while somebody watches and something is counted', () => {
    const scheduler = new FakeScheduler();
    const budget = new RetryBudget({ scheduler });
    attempts(budget, 5);
    budget.tryRetry();
    expect(scheduler.pending).toBe(0);
    const watching = budget.state$.subscribe();
    expect(scheduler.pending).toBe(1);
    watching.unsubscribe();
    expect(scheduler.pending).toBe(0);
    budget.state$.subscribe();
    scheduler.run(10_000);
    expect(scheduler.pending).toBe(0);
  });

  it.each<[RetryBudgetConfig, string]>([
    [{ ratio: -0.1 }, 'RetryBudget: ratio must be a number of at least 0, got -0.1'],
    [{ ratio: Number.NaN }, 'RetryBudget: ratio must be a number of at least 0, got NaN'],
    [{ minPerSecond: Number.POSITIVE_INFINITY }, 'RetryBudget: minPerSecond must be a number of at least 0, got Infinity'],
    [{ rate: 1 } as RetryBudgetConfig, 'RetryBudget: unknown option rate: 1; known are ratio, minPerSecond, scheduler'],
    [{ scheduler: 5 } as unknown as RetryBudgetConfig, 'RetryBudget: scheduler must be a scheduler with now() and schedule(), got 5'],
  ])('C2: refuses %j', (config, message) => {
    expect(() => new RetryBudget(config)).toThrow(message);
  });

  it('is shared by several operators: all their first attempts and retries count together', () => {
    run(({ expectObservable, cold, expectSubscriptions }) => {
      const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.3 });
      const config = { retryBudget, baseDelay: 2, jitter: 'none', maxRetries: 2 } as const;
      const one = cold('         #');
      const two = cold('         #');
      expectObservable(one.pipe(retryBackoff(config))).toBe('     ------#');
      expectObservable(two.pipe(retryBackoff({ ...config }))).toBe('--#');
      expectSubscriptions(one.subscriptions).toBe(['(^!)', '--(^!)', '------(^!)']);
      expectSubscriptions(two.subscriptions).toBe(['(^!)', '--(^!)']);
    });
  });

  it('counts one first attempt for each subscription, and no retry that another option forbids', () => {
    run(() => {
      const retryBudget = new RetryBudget();
      const ignore = { error: () => {} };
      const failing = throwError(() => new Error('no'));
      EMPTY.pipe(retryBackoff({ retryBudget })).subscribe();
      failing.pipe(retryBackoff({ retryBudget, maxRetries: 0 })).subscribe(ignore);
      failing.pipe(retryBackoff({ retryBudget, retryIf: () => false })).subscribe(ignore);
      failing.pipe(retryBackoff({ retryBudget, maxElapsed: 10 })).subscribe(ignore);
      failing.pipe(retryBackoff({ retryBudget, retryAfter: () => 90_000 })).subscribe(ignore);
      expect(retryBudget.state).toEqual({ firstAttempts: 5, retries: 0, remaining: 10 });
      failing.pipe(retryBackoff({ retryBudget, maxRetries: 3, baseDelay: 0 })).subscribe(ignore);
      expect(retryBudget.state).toEqual({ firstAttempts: 6, retries: 3, remaining: 7 });
    });
  });

  it('passes the error on, unchanged, when it refuses a retry', () => {
    const error = new Error('no');
    const seen: unknown[] = [];
    run(() => {
      const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0 });
      throwError(() => error).pipe(retryBackoff({ retryBudget })).subscribe({ error: (each) => seen.push(each) });
    });
    expect(seen).toEqual([error]);
    expect(seen[0]).toBe(error);
  });

  it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a retry budget', () => {
    const scheduler = new VirtualTime();
    const retryBudget = new RetryBudget({ scheduler });
    scheduler.schedule(() => { retryBudget.state$.subscribe(); }, 10_000);
    const firstAttempts: number[] = [];
    retryBudget.state$.subscribe((state) => firstAttempts.push(state.firstAttempts));
    retryBudget.attempt();
    scheduler.pass(20_000);
    expect(firstAttempts).toEqual([0, 1, 0]);
  });
});
