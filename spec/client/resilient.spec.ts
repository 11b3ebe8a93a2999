import { asyncScheduler, concat, config, defer, EMPTY, first, mergeMap, NEVER, Observable, of, range, retry, Subject, Subscriber, Subscription, take, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  type Admission,
  type Breaker,
  type Budget,
  type CallStatus,
  CircuitBreaker,
  type CircuitBreakerConfig,
  CircuitOpenError,
  isRetryable,
  type Limiter,
  PermitRefusedError,
  perHour,
  RateLimiter,
  type ResilientConfig,
  type ResilientOptions,
  RetryBudget,
  rateLimit,
  resilient,
  slidingWindow,
  TokenBudget,
  TokenBudgetExceededError,
} from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { named } from '../support/named';
import { run } from '../support/run';

const nobody = { error: () => undefined };

const down = new Error('down');
const retryBackoff = { maxRetries: 2, baseDelay: 3, exponentialBase: 1, jitter: 'none' } as const;
const oneAtATime = () => new RateLimiter({ maxConcurrent: 1 });
const tripping = (config: CircuitBreakerConfig = {}) =>
  new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, outcome: () => 'failure', ...config });
const budgetOf = (limit: number) => new TokenBudget({ limits: perHour(limit) });
const usedOf = (budget: TokenBudget) => {
  const { used, reserved } = budget.state.limits[0]!;
  return { used, reserved };
};
const requestsOf = (limiter: RateLimiter) => limiter.state.limits.requests[0]!.used;
/** What a call that took 10 tokens comes to in the limiter, having been left after 5 ms. */
function tokensUsed(marbles: string, options: ResilientOptions<string>): number {
  let used = Number.NaN;
  run(({ cold, expectObservable, flush }) => {
    const rateLimit = new RateLimiter({ limits: { tokens: perHour(1_000) } });
    expectObservable(cold(marbles).pipe(resilient({ rateLimit }, { tokens: 10, ...options })), '-----!').toBe(marbles);
    flush();
    used = rateLimit.state.limits.tokens[0]!.used;
  });
  return used;
}
const at = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);

describe('resilient', () => {
  describe('the order of the guards', () => {
    it('S1: every attempt takes its own permit and its own reservation', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     -#  ', undefined, down);
        const attempts = [     '^!  ', '----^!', '--------^!'];
        const expected = '      ---------#';
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 5, window: 100 }) });
        const tokenBudget = budgetOf(100);
        const events: string[] = [];
        rateLimit.events$.subscribe(({ type }) => events.push(`permit ${type}`));
        tokenBudget.events$.subscribe(({ type }) => events.push(`budget ${type}`));

        expectObservable(call.pipe(resilient({ retryBackoff, rateLimit, tokenBudget }, { tokens: 10 }))).toBe(expected, undefined, down);
        expectSubscriptions(call.subscriptions).toBe(attempts);
        flush();
        const attempt = ['permit granted', 'budget reserved', 'budget settled', 'permit settled'];
        expect(events).toEqual([...attempt, ...attempt, ...attempt]);
        expect(requestsOf(rateLimit)).toBe(3);
        expect(usedOf(tokenBudget)).toEqual({ used: 30, reserved: 0 });
      });
    });

    it('S1: a call stands in line between its attempts, not on the backoff', () => {
      run(({ cold, expectSubscriptions, expectObservable }) => {
        const failing = cold('  -#  ', undefined, down);
        const other = cold('    --------|');
        const rateLimit = oneAtATime();
        const guards = { retryBackoff: { ...retryBackoff, maxRetries: 1 }, rateLimit };

        expectObservable(failing.pipe(resilient(guards))).toBe('----------#', undefined, down);
        expectObservable(other.pipe(resilient(guards))).toBe('  ---------|');
        expectSubscriptions(failing.subscriptions).toBe(['      ^!', '---------^!']);
        expectSubscriptions(other.subscriptions).toBe('        -^-------!');
      });
    });

    it('S1: a retry stands in line before first attempts of its priority', () => {
      run(({ cold, expectSubscriptions, expectObservable }) => {
        const failing = cold('-#', undefined, down);
        const running = cold('-----|');
        const waiting = cold('--|');
        const urgent = cold(' ---|');
        const rateLimit = oneAtATime();
        const guards = { retryBackoff: { ...retryBackoff, maxRetries: 1 }, rateLimit };

        expectObservable(failing.pipe(resilient(guards))).toBe('                    ----------#', undefined, down);
        expectObservable(running.pipe(resilient(guards))).toBe('                    ------|');
        expectObservable(waiting.pipe(resilient(guards))).toBe('                    ------------|');
        expectObservable(urgent.pipe(resilient(guards, { priority: 1 })), '--^').toBe('---------|');
        expectSubscriptions(running.subscriptions).toBe([' -^----!']);
        expectSubscriptions(urgent.subscriptions).toBe(['  ------^--!']);
        expectSubscriptions(failing.subscriptions).toBe(['^!', '---------^!']);
        expectSubscriptions(waiting.subscriptions).toBe([' ----------^-!']);
      });
    });

    it('S1: looks at the breaker before it stands in line', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     a|');
        const rateLimit = oneAtATime();
        const circuitBreak = tripping();
        rateLimit.tryAcquire();
        circuitBreak.admit().fail(down);

        expectObservable(call.pipe(resilient({ rateLimit, circuitBreak }), named())).toBe('#', undefined, 'CircuitOpenError');
        expectSubscriptions(call.subscriptions).toBe([]);
        flush();
        expect(rateLimit.state.waiting).toBe(0);
      });
    });

    it('S1: looks at the budget before it stands in line', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('     a|');
        const rateLimit = oneAtATime();
        rateLimit.tryAcquire();
        const guarded = call.pipe(resilient({ rateLimit, tokenBudget: budgetOf(5) }, { tokens: 6 }), named());

        expectObservable(guarded).toBe('#', undefined, 'TokenBudgetExceededError');
        expectSubscriptions(call.subscriptions).toBe([]);
      });
    });

    it('S1: looks at the breaker first, then at the budget', () => {
      run(({ cold, expectObservable }) => {
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const guarded = cold('a|').pipe(resilient({ circuitBreak, tokenBudget: budgetOf(5) }, { tokens: 6 }), named());
        expectObservable(guarded).toBe('#', undefined, 'CircuitOpenError');
      });
    });

    it('S1: a budget that was emptied while a call stood in line refuses it, and the permit goes back', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const first = cold('    -----|');
        const second = cold('   a|');
        const third = cold('    a|');
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 100 }), maxConcurrent: 1 });
        const tokenBudget = budgetOf(10);
        const guards = { rateLimit, tokenBudget };

        expectObservable(first.pipe(resilient(guards, { tokens: 6 }))).toBe('           -----|');
        expectObservable(second.pipe(resilient(guards, { tokens: 4 }), named())).toBe(' -----#', undefined, 'TokenBudgetExceededError');
        expectObservable(third.pipe(resilient(guards, { tokens: 1 }))).toBe('           -----a|');
        expectSubscriptions(second.subscriptions).toBe([]);
        expectSubscriptions(third.subscriptions).toBe('-----^!');
        at(1, () => tokenBudget.record(3));
        flush();
        expect(requestsOf(rateLimit)).toBe(2);
        expect(rateLimit.state).toMatchObject({ inFlight: 0, waiting: 0 });
        expect(usedOf(tokenBudget)).toEqual({ used: 10, reserved: 0 });
      });
    });

    it('S1: a breaker that opened while a call stood in line refuses it; permit and reservation are back before it hears of it', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const first = cold('    -----|');
        const second = cold('   a|');
        const rateLimit = new RateLimiter({
          limits: { requests: perHour(5), tokens: perHour(100) },
          maxConcurrent: 1,
        });
        const circuitBreak = tripping({ recoveryTimeout: 1_000 });
        const tokenBudget = budgetOf(100);
        const guards = { rateLimit, circuitBreak, tokenBudget };
        const seen: unknown[] = [];
        circuitBreak.events$.subscribe(({ type }) => {
          if (type === 'refused') {
            seen.push('refused');
          }
        });

        first.pipe(resilient(guards, { tokens: 10 })).subscribe();
        second.pipe(resilient(guards, { tokens: 20 })).subscribe({
          error: (error) => seen.push(error),
        });
        at(2, () => circuitBreak.admit().fail(down));
        at(5, () => {
          // The permit came, and with it the refusal, which is under way now.
          expect(seen).toEqual(['refused']);
          expect(rateLimit.state).toMatchObject({ inFlight: 0, waiting: 0 });
          expect(rateLimit.state.limits.requests[0]!.used).toBe(1);
          expect(rateLimit.state.limits.tokens[0]!.used).toBe(10);
          expect(usedOf(tokenBudget)).toEqual({ used: 10, reserved: 0 });
        });
        expectObservable(of(0)).toBe('(0|)', [0]);
        expectSubscriptions(second.subscriptions).toBe([]);
        flush();
        expect(seen).toEqual(['refused', expect.any(CircuitOpenError)]);
      });
    });

    it('S1, R12: an open breaker is not retried: the error passes on without a wait', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     -#', undefined, down);
        const circuitBreak = tripping({ failureThreshold: 2 });
        const refusals: unknown[] = [];
        circuitBreak.events$.subscribe((event) => event.type === 'refused' && refusals.push(event));
        const guarded = call.pipe(resilient({ retryBackoff: { ...retryBackoff, maxRetries: 9 }, circuitBreak }), named());

        expectObservable(guarded).toBe('-----#', undefined, 'Error');
        expectSubscriptions(call.subscriptions).toBe(['^!', '----^!']);
        flush();
        expect(refusals).toEqual([]);
      });
    });

    it('S1: timeouts of an attempt are failures of the breaker, and are retried', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     -----a');
        const circuitBreak = new CircuitBreaker({ failureThreshold: 5 });
        const guarded = call.pipe(resilient({ retryBackoff, circuitBreak, timeout: { first: 4 } }), named());

        expectObservable(guarded).toBe('------------------#', undefined, 'TimeoutError');
        expectSubscriptions(call.subscriptions).toBe(['^---!', '-------^---!', '--------------^---!']);
        flush();
        expect(circuitBreak.state.failures).toBe(3);
      });
    });

    it('S1: the time in line does not count for first and each', () => {
      run(({ cold, expectObservable }) => {
        const call = cold('--a--b|');
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 20 }) });
        rateLimit.tryAcquire();

        expectObservable(call.pipe(resilient({ rateLimit, timeout: { first: 2, each: 3 } }))).toBe('20ms --a--b|');
      });
    });

    it('S1: each cuts a stream that stalls, which is not retried once content was delivered', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('a--b----c');
        const guarded = call.pipe(resilient({ retryBackoff, timeout: { each: 3 } }), named());

        expectObservable(guarded).toBe('a--b--#', undefined, 'TimeoutError');
        expectSubscriptions(call.subscriptions).toBe('^-----!');
      });
    });

    it('S1: the total timeout is outermost: it covers lines, delays and all attempts', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('-#', undefined, down);
        const guards = { retryBackoff: { ...retryBackoff, maxRetries: 99 }, circuitBreak: new CircuitBreaker({ failureThreshold: 99 }) };

        expectObservable(call.pipe(resilient(guards, { timeout: { total: 7 } }), named())).toBe('-------#', undefined, 'TimeoutError');
        expectSubscriptions(call.subscriptions).toBe(['^!', '----^!']);
        flush();
        expect(guards.circuitBreak.state.failures).toBe(2);
      });
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const rateLimit = oneAtATime();
        rateLimit.tryAcquire();
        const call = cold('a|');
        expectObservable(call.pipe(resilient({ rateLimit, timeout: { total: 7 } }), named())).toBe('-------#', undefined, 'TimeoutError');
        expectSubscriptions(call.subscriptions).toBe([]);
      });
    });

    it('S1: the total timeout stops the source, settles everything, and is a failure of the attempt that it ends', () => {
      run(({ expectObservable, flush }) => {
        const rateLimit = oneAtATime();
        const tokenBudget = budgetOf(100);
        const circuitBreak = tripping();
        const guarded = NEVER.pipe(resilient({ rateLimit, tokenBudget, circuitBreak, timeout: { total: 7 } }, { tokens: 5 }), named());

        expectObservable(guarded).toBe('-------#', undefined, 'TimeoutError');
        flush();
        expect(rateLimit.state.inFlight).toBe(0);
        expect(usedOf(tokenBudget)).toEqual({ used: 5, reserved: 0 });
        expect(circuitBreak.state.status).toBe('open');
      });
    });

    it('S1: a call that ends at exactly the total timeout has ended in time', () => {
      run(({ cold, expectObservable }) => {
        expectObservable(cold('-----|').pipe(resilient({ timeout: { total: 5 } }))).toBe('-----|');
      });
    });
  });

  describe("whenOpen: 'wait'", () => {
    it('S1: waits at the look, before the line', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     a|');
        const rateLimit = oneAtATime();
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const granted: number[] = [];
        rateLimit.events$.subscribe(({ type, at: time }) => type === 'granted' && granted.push(time));

        expectObservable(call.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' }))).toBe('----------a|');
        expectSubscriptions(call.subscriptions).toBe('----------^!');
        flush();
        expect(granted).toEqual([10]);
        expect(circuitBreak.state.status).toBe('closed');
      });
    });

    it('S1: an attempt that left the breaker open returns to its line without a backoff', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const failing = cold('   #', undefined, down);
        const answer = cold('    --a|');
        const other = cold('     b|');
        const guard = { retryBackoff, circuitBreak: tripping(), whenOpen: 'wait' } as const;
        let attempts = 0;
        const retried = new Observable<string>((subscriber) => (attempts++ === 0 ? failing : answer).subscribe(subscriber));

        expectObservable(retried.pipe(resilient<string>(guard))).toBe('             ------------a|');
        expectObservable(cold('-x').pipe(take(1), mergeMap(() => other.pipe(resilient(guard))))).toBe('------------b|');
        expectSubscriptions(answer.subscriptions).toBe('----------^--!');
        expectSubscriptions(other.subscriptions).toBe(' ------------^!');
      });
    });

    it.each([
      ['the limiter', { rateLimit: { acquire: () => throwError(() => down) } }],
      ['the budget', { tokenBudget: { reserve: () => throwError(() => down), record: () => {}, exceeded: () => new Error('too much') as never } }],
    ] as const)('S1: a probe that %s refuses has been given back when the call hears of it', (_, guard) => {
      run(({ flush }) => {
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const heard: unknown[] = [];
        at(10, () => {
          of('a').pipe(resilient({ ...guard, circuitBreak, whenOpen: 'wait' })).subscribe({ error: (error) => heard.push(error, circuitBreak.check()) });
        });
        flush();
        expect(heard).toEqual([down, undefined]);
      });
    });

    it('S1: a probe goes back while its caller stands in line, and is asked for again when the permit has come', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const probe = cold('    ---a|');
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 100 }) });
        const circuitBreak = tripping({ halfOpen: { timeout: 5 } });
        circuitBreak.admit().fail(down);
        rateLimit.tryAcquire();

        expectObservable(probe.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' }))).toBe('100ms ---a|');
        expectSubscriptions(probe.subscriptions).toBe('100ms ^---!');
        at(50, () => expect(circuitBreak.state).toMatchObject({ status: 'half-open', calls: 0, failures: 0 }));
        flush();
        expect(circuitBreak.state.status).toBe('closed');
      });
    });

    it('S1: the lease of a probe that was asked for again ends it as it does any other', () => {
      run(({ expectObservable, flush }) => {
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 100 }) });
        const circuitBreak = tripping({ halfOpen: { timeout: 5 } });
        circuitBreak.admit().fail(down);
        rateLimit.tryAcquire();

        expectObservable(NEVER.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' })), '110ms !').toBe('110ms -');
        at(104, () => expect(circuitBreak.state.status).toBe('half-open'));
        at(106, () => expect(circuitBreak.state).toMatchObject({ status: 'open', openings: 2, openUntil: 115 }));
        flush();
      });
    });

    it('S1: a caller who leaves the line holds no probe', () => {
      run(({ cold, expectObservable, flush }) => {
        const rateLimit = oneAtATime();
        rateLimit.tryAcquire();
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const guard = resilient<string>({ rateLimit, circuitBreak, whenOpen: 'wait' });

        expectObservable(cold('a|').pipe(guard), '15ms !').toBe('------');
        at(16, () => expect(circuitBreak.state.calls).toBe(0));
        flush();
        expect(circuitBreak.check()).toBeUndefined();
      });
    });

    it('S1: a stale probe is worth nothing: the breaker that closed meanwhile admits anew', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     -#', undefined, down);
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 20 }) });
        const circuitBreak = tripping({ failureThreshold: 2, halfOpen: { calls: 1 } });
        circuitBreak.admit().fail(down);
        circuitBreak.admit().fail(down);
        rateLimit.tryAcquire();

        expectObservable(call.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' }))).toBe('20ms -#', undefined, down);
        expectSubscriptions(call.subscriptions).toBe('20ms ^!');
        at(15, () => circuitBreak.reset());
        flush();
        expect(circuitBreak.state).toMatchObject({ status: 'closed', failures: 1 });
      });
    });

    it('S1: a call refused by the later admission gives permit and reservation back and returns to the look', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     a|');
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 1_000 }), maxConcurrent: 1 });
        const held = rateLimit.tryAcquire()!;
        const circuitBreak = tripping();
        const tokenBudget = budgetOf(10);
        const guards: ResilientConfig = { rateLimit, circuitBreak, tokenBudget, whenOpen: 'wait' };
        const statuses: unknown[] = [];
        const onStatus = (status: CallStatus) => statuses.push([status.phase, 'for' in status ? status.for : undefined]);

        expectObservable(call.pipe(resilient(guards, { tokens: 10, onStatus }))).toBe('---------------a|');
        expectSubscriptions(call.subscriptions).toBe('                         ---------------^!');
        at(5, () => circuitBreak.admit().fail(down));
        at(8, () => {
          held.settle();
          expect(rateLimit.state).toMatchObject({ inFlight: 0, waiting: 0 });
          expect(requestsOf(rateLimit)).toBe(1);
          expect(usedOf(tokenBudget)).toEqual({ used: 0, reserved: 0 });
        });
        flush();
        expect(requestsOf(rateLimit)).toBe(2);
        expect(statuses).toEqual([
          ['waiting', 'permit'],
          ['waiting', 'breaker'],
          ['connecting', undefined],
          ['streaming', undefined],
          ['done', undefined],
        ]);
      });
    });

    it('S1: a breaker that was isolated meanwhile does not let a carried probe through', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('     a|');
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 20 }) });
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        rateLimit.tryAcquire();

        expectObservable(call.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' }))).toBe('30ms a|');
        expectSubscriptions(call.subscriptions).toBe('30ms ^!');
        at(15, () => {
          const release = circuitBreak.isolate();
          at(15, release);
        });
      });
    });

    it('S1: the closing breaker releases no burst past the limiter', () => {
      run(({ cold, expectObservable, flush }) => {
        const limit = 3;
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit, window: 10 }) });
        const circuitBreak = tripping({ recoveryTimeout: 25 });
        circuitBreak.admit().fail(down);
        const begun: number[] = [];
        const call = new Observable<never>((subscriber) => {
          begun.push(asyncScheduler.now());
          subscriber.complete();
        });
        const calls = range(0, 10).pipe(mergeMap(() => call.pipe(resilient({ rateLimit, circuitBreak, whenOpen: 'wait' }))));

        expectObservable(calls).toBe('55ms |');
        flush();
        expect(begun).toEqual([25, 25, 25, 35, 35, 35, 45, 45, 45, 55]);
        expect(cold('|')).toBeDefined();
      });
    });

    it('S1: maxWait bounds all waits at the breaker together', () => {
      run(({ cold, expectObservable }) => {
        const rateLimit = oneAtATime();
        const circuitBreak = tripping({ recoveryTimeout: 8 });
        circuitBreak.admit().fail(down);
        const guards: ResilientConfig = { rateLimit, circuitBreak, whenOpen: 'wait' };
        const held = rateLimit.tryAcquire()!;

        expectObservable(cold('a|').pipe(resilient(guards, { maxWait: 12 }), named())).toBe('-------------#', undefined, 'CircuitOpenError'); // 8 and 4, with a ms in the other queue
        expectObservable(cold('a|').pipe(resilient(guards, { maxWait: 0 }), named())).toBe('#', undefined, 'CircuitOpenError');
        at(9, () => {
          circuitBreak.reset();
          circuitBreak.admit().fail(down);
          held.settle();
        });
      });
    });

    it('S1: after the wait it looks at the budget, too', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     a|');
        const rateLimit = oneAtATime();
        rateLimit.tryAcquire();
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const tokenBudget = budgetOf(10);
        const guarded = call.pipe(resilient({ rateLimit, circuitBreak, tokenBudget, whenOpen: 'wait' }, { tokens: 5 }), named());

        expectObservable(guarded).toBe('----------#', undefined, 'TokenBudgetExceededError');
        expectSubscriptions(call.subscriptions).toBe([]);
        at(5, () => tokenBudget.record(8));
        flush();
        expect(circuitBreak.check()).toBeUndefined();
      });
    });

    it('C11: a probe that its call carries into a refusal is given back before the call hears of it', () => {
      const scheduler = new VirtualTime();
      const rateLimit = new RateLimiter({ limits: { tokens: perHour(10) }, scheduler });
      const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
      circuitBreak.admit().fail(new Error('down'));
      scheduler.pass(10);
      const seen: unknown[] = [];
      of('a').pipe(resilient<string>({ rateLimit, circuitBreak, whenOpen: 'wait', scheduler }, { tokens: 11 }))
        .subscribe({ error: (error) => seen.push(error.reason, circuitBreak.check()) });
      scheduler.pass(0);
      expect(seen).toEqual(['cost-too-large', undefined]);
    });

    it('L6: a 429 of a probe quiets those who wait at the breaker as well', () => {
      const scheduler = new VirtualTime();
      const limiter = new RateLimiter({ limits: perHour(100), scheduler });
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
      breaker.admit().fail(new Error('down'));
      const guarded = resilient<never>({ rateLimit: limiter, circuitBreak: breaker, whenOpen: 'wait', scheduler });
      const probe = new Subject<never>();
      const opened: number[] = [];
      probe.pipe(guarded).subscribe(nobody);
      defer(() => { opened.push(scheduler.now()); return NEVER; }).pipe(guarded).subscribe();
      scheduler.pass(10);
      probe.error({ status: 429, headers: { 'retry-after': '30' } });
      scheduler.pass(60_000);
      expect(opened).toEqual([30_010]);
    });
  });

  describe('other policies', () => {
    const admission = (): Admission => ({ value: vi.fn(), succeed: vi.fn(), fail: vi.fn(), ignore: vi.fn() });

    it('S1: a budget that refuses without check gives the permit back', () => {
      run(({ cold, expectObservable, flush }) => {
        const rateLimit = oneAtATime();
        const no = new TokenBudgetExceededError({ requested: 1, remaining: 0, limit: 1, reason: 'budget' });
        const tokenBudget = { reserve: () => throwError(() => no) };

        expectObservable(cold('a|').pipe(resilient({ rateLimit, tokenBudget }))).toBe('#', undefined, no);
        flush();
        expect(rateLimit.state.inFlight).toBe(0);
      });
    });

    it('S1: a budget that finds room although its check said no never lets a call begin without a permit', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const rateLimit = oneAtATime();
        const reservation = { tokens: 1, report: () => true, settle: vi.fn(), refund: vi.fn() };
        let checks = 0;
        const tokenBudget = {
          check: () => {
            checks += 1;
            return checks !== 2; // the look was favourable, but when the permit is there it is not
          },
          reserve: () => cold('-(r|)', { r: reservation }),
        };
        const first = cold('    --|');
        const call = cold('     --|');
        const other = cold('    ---|');

        expectObservable(first.pipe(resilient({ rateLimit }))).toBe('   --|');
        expectObservable(call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 1 }))).toBe('-------|');
        expectObservable(other.pipe(resilient({ rateLimit }))).toBe('   -----|');
        expectSubscriptions(other.subscriptions).toBe('--^--!');
        expectSubscriptions(call.subscriptions).toBe(' -----^-!');
        flush();
        expect(reservation.settle).toHaveBeenCalledOnce();
        expect(reservation.refund).not.toHaveBeenCalled();
        expect(rateLimit.state.inFlight).toBe(0);
      });
    });

    it('S1: where a listener of the permit uses the room that the look has seen, the permit goes back at once', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const rateLimit = oneAtATime();
        const tokenBudget = new TokenBudget({ limits: perHour(10) });
        const inFlight: number[] = [];
        rateLimit.events$.pipe(first()).subscribe(() => tokenBudget.record(10));
        tokenBudget.events$.subscribe(() => inFlight.push(rateLimit.state.inFlight));
        const call = cold('a|');
        const refusal = new TokenBudgetExceededError({ requested: 1, remaining: 0, limit: 10, retryAfter: 3_600_000, reason: 'budget' });
        expectObservable(call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 1 }))).toBe('#', undefined, refusal);
        expectSubscriptions(call.subscriptions).toBe([]);
        flush();
        expect(inFlight).toEqual([0]);
      });
    });

    it('S1: what the look at the breaker refuses is refused, even if an admission would be given', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const looked = admission();
        const refusal = new CircuitOpenError();
        const circuitBreak: Breaker = { check: () => refusal, admit: () => looked };
        const call = cold('a|');
        expectObservable(call.pipe(resilient({ circuitBreak }))).toBe('#', undefined, refusal);
        expectSubscriptions(call.subscriptions).toBe([]);
        flush();
        expect(looked.ignore).toHaveBeenCalledOnce();
        expect(looked.succeed).not.toHaveBeenCalled();
      });
    });

    it('C12: refusals of policies without a scheduler are delivered by the asyncScheduler', () => {
      run(({ cold, expectObservable, flush }) => {
        const closed = new CircuitOpenError();
        const circuitBreak: Breaker = { admit: () => { throw closed; } };
        const seen: unknown[] = [];
        cold('a|').pipe(resilient({ circuitBreak })).subscribe({ error: (error) => seen.push(error) });
        expect(seen).toEqual([]);
        expectObservable(cold('a|').pipe(resilient({ circuitBreak }))).toBe('#', undefined, closed);
        flush();
        expect(seen).toEqual([closed]);
      });
    });

    it('a policy that completes without a grant is an error of the call', () => {
      run(({ cold, expectObservable }) => {
        const rateLimit: Limiter = { acquire: () => EMPTY };
        expectObservable(cold('a|').pipe(resilient({ rateLimit }), named())).toBe('#', undefined, 'TypeError');
      });
    });

    it('T2: a budget of somebody else is asked once for a reservation, and only after check', () => {
      const asked: string[] = [];
      let open = 0;
      const tokenBudget: Budget = {
        check: () => asked.push('check') > 0,
        reserve: (tokens) => {
          asked.push('reserve');
          open += tokens;
          return of({ tokens, report: () => true, settle: () => { open -= tokens; }, refund: () => { open -= tokens; } });
        },
      };
      of('a').pipe(resilient<string>({ tokenBudget, scheduler: new VirtualTime() }, { tokens: 10 })).subscribe();
      expect([asked, open]).toEqual([['check', 'reserve'], 0]);
    });

    it('C11: a permit goes back before the call hears that a budget without check() refused it', () => {
      const scheduler = new VirtualTime();
      const rateLimit = new RateLimiter({ limits: perHour(10), scheduler });
      const tokenBudget: Budget = { reserve: () => throwError(() => new Error('no tokens')) };
      const seen: unknown[] = [];
      of('a').pipe(resilient<string>({ rateLimit, tokenBudget, scheduler }))
        .subscribe({ error: () => seen.push(rateLimit.state.inFlight, rateLimit.state.limits.requests[0]!.used) });
      scheduler.pass(0);
      expect(seen).toEqual([0, 0]);
    });

    it('T1: permit and reservation go back, though an admission throws', async () => {
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const scheduler = new VirtualTime();
      const limiter = new RateLimiter({ maxConcurrent: 1, scheduler });
      const budget = new TokenBudget({ limits: perHour(10), scheduler });
      const breaker = { admit: () => ({ value() {}, succeed() {}, fail() {}, ignore() { throw new Error('mine'); } }) };
      const call = new Subscriber<number>(nobody as never);
      const onStatus = ({ phase }: { phase: string }) => { phase === 'connecting' && call.unsubscribe(); };
      of(1).pipe(resilient<number>({ rateLimit: limiter, tokenBudget: budget, circuitBreak: breaker, scheduler }, { tokens: 5, onStatus })).subscribe(call);
      expect([limiter.state.inFlight, budget.remaining]).toEqual([0, 10]);
      await new Promise((done) => setTimeout(done));
      config.onUnhandledError = null;
      expect(unhandled).toEqual([new Error('mine')]);
    });

    it('L1: a limiter around ours may ask for more than its caller, and put the caller elsewhere in line', () => {
      const scheduler = new VirtualTime();
      const inner = new RateLimiter({ limits: perHour(3), scheduler });
      const twice: Limiter = { acquire: (_, options) => inner.acquire(2, options), scheduler };
      of(1).pipe(resilient<number>({ rateLimit: twice, scheduler })).subscribe();
      expect(inner.state.limits.requests[0]!.used).toBe(2);
      of(1).pipe(rateLimit(twice, { priority: 1, maxWait: 0 })).subscribe(nobody);
      expect(inner.state.limits.requests[0]!.used).toBe(2);

      const first: Limiter = { acquire: (cost, options) => inner.acquire(cost as never, { ...options, priority: 1 }), scheduler };
      inner.tryAcquire();
      const phases: string[] = [];
      of(1).pipe(resilient<number>({ rateLimit: first, scheduler }, { onStatus: ({ phase }) => phases.push(phase) })).subscribe();
      expect(phases).toEqual(['waiting']);
    });
  });

  describe('the guards together', () => {
    it('T2: settles the budget by what the values report, once', () => {
      run(({ cold, expectObservable, flush }) => {
        const tokenBudget = budgetOf(100);
        const events: unknown[] = [];
        tokenBudget.events$.subscribe((event) => event.type === 'settled' && events.push([event.reserved, event.actual]));
        const usage = (value: string) => (value === 'u' ? { input: 3, output: 4, final: true } : undefined);

        expectObservable(cold('a-u|').pipe(resilient({ tokenBudget }, { tokens: 50, usage }))).toBe('a-u|');
        flush();
        expect(events).toEqual([[50, 7]]);
      });
    });

    it('T3: a call cut off after values costs what was counted, in the estimate with two parts', () => {
      run(({ cold, expectObservable, flush }) => {
        const tokenBudget = budgetOf(100);
        const options = { tokens: { input: 10, output: 50 }, count: () => 2.4 };

        expectObservable(cold('a-b-c').pipe(resilient({ tokenBudget }, options)), '---!').toBe('a-b-');
        flush();
        expect(usedOf(tokenBudget)).toEqual({ used: 15, reserved: 0 });
      });
    });

    it('T4: an overrun is delivered, then ends the call and stops its source', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     a-b-c-d');
        const tokenBudget = budgetOf(10);
        const rateLimit = oneAtATime();
        const guarded = call.pipe(
          resilient({ retryBackoff, rateLimit, tokenBudget }, { tokens: 4, count: () => 4, overrun: 'error' }),
          named(),
        );

        expectObservable(guarded).toBe('a-b-(c#)', undefined, 'TokenBudgetExceededError');
        expectSubscriptions(call.subscriptions).toBe('^---!');
        flush();
        expect(rateLimit.state.inFlight).toBe(0);
      });
    });

    it('L5: settles the permit by the same reports, in the dimensions that the limiter has', () => {
      run(({ cold, expectObservable, flush }) => {
        const rateLimit = new RateLimiter({ limits: { tokens: perHour(100), inputTokens: perHour(100), outputTokens: perHour(100) } });
        const used = () => Object.values(rateLimit.state.limits).map(([limit]) => limit!.used);
        const usage = (value: string) =>
          ({ a: { input: 12, final: false }, b: { output: 9, final: true } } as Record<string, { final: boolean }>)[value];
        const guard = resilient<string>({ rateLimit }, { tokens: { input: 10, output: 20 }, usage });

        expectObservable(cold('a-b-|').pipe(guard)).toBe('a-b-|');
        at(1, () => expect(used()).toEqual([30, 10, 20]));
        flush();
        expect(used()).toEqual([21, 12, 9]);
      });
    });

    it('L5: a number is the total', () => {
      expect(tokensUsed('a|', { usage: () => 7 })).toBe(7);
    });

    it('L5: a report of the output alone is taken as it is', () => {
      expect(tokensUsed('a|', { usage: () => ({ output: 4, final: true }) })).toBe(4);
    });

    it('L5: an error before any value gives the tokens back, also without a budget', () => {
      expect(tokensUsed('-#', {})).toBe(0);
      expect(tokensUsed('a#', {})).toBe(10);
    });

    it('L5: cut off before a final report, the larger of what was reserved and reported counts', () => {
      expect(tokensUsed('a-', { usage: () => ({ input: 3, output: 1, final: false }) })).toBe(10);
      expect(tokensUsed('a-', { usage: () => ({ input: 30, output: 1, final: false }) })).toBe(31);
      expect(tokensUsed('a-', { usage: () => ({ total: 5, final: true }) })).toBe(5);
      expect(tokensUsed('a|', { usage: () => ({ final: true }) })).toBe(10);
      expect(tokensUsed('- ', {})).toBe(10);
    });

    it('L3: maxWait of the call bounds its wait for the permit', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('     a|');
        const rateLimit = new RateLimiter({ maxConcurrent: 1, maxWait: 9 });
        rateLimit.tryAcquire();
        expectObservable(call.pipe(resilient({ rateLimit }, { maxWait: 4 }), named())).toBe('----#', undefined, 'PermitRefusedError');
        expectObservable(call.pipe(resilient({ rateLimit }), named())).toBe('               ---------#', undefined, 'PermitRefusedError');
        expectSubscriptions(call.subscriptions).toBe([]);
      });
    });

    it('T1: what was reserved for a call that the breaker refuses is refunded, not settled', () => {
      run(({ cold, expectObservable, flush }) => {
        const circuitBreak: Breaker = { admit: () => { throw new CircuitOpenError(); } };
        const tokenBudget = budgetOf(10);
        const events: string[] = [];
        tokenBudget.events$.subscribe(({ type }) => events.push(type));
        expectObservable(cold('a|').pipe(resilient({ circuitBreak, tokenBudget }, { tokens: 5 }), named())).toBe('#', undefined, 'CircuitOpenError');
        flush();
        expect(events).toEqual(['reserved', 'refunded']);
      });
    });

    it('calls onRetry of the config', () => {
      run(({ cold, expectObservable, flush }) => {
        const onRetry = vi.fn();
        expectObservable(cold('#', undefined, down).pipe(resilient({ retryBackoff: { ...retryBackoff, onRetry } }))).toBe('------#', undefined, down);
        flush();
        expect(onRetry.mock.calls.map(([{ attempt }]) => attempt)).toEqual([1, 2]);
      });
    });

    it('L6: a 429 with a hint pauses the limiter for everybody, and the retry waits for it', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const throttled = { status: 429, headers: { 'retry-after-ms': '20' } };
        const call = cold('     -#', undefined, throttled);
        const other = cold('    a|');
        const rateLimit = new RateLimiter({ maxConcurrent: 1, pace: false });
        const guards: ResilientConfig = { retryBackoff: { ...retryBackoff, maxRetries: 1 }, rateLimit };

        expectObservable(call.pipe(resilient(guards))).toBe(' 23ms #', undefined, throttled);
        expectObservable(other.pipe(resilient(guards))).toBe('21ms a|');
        expectSubscriptions(call.subscriptions).toBe([' ^!', '22ms ^!']);
        expectSubscriptions(other.subscriptions).toBe('21ms ^!');
      });
    });

    it('B4: one call is one outcome: complete, error, unsubscribed before and after the first value', () => {
      run(({ cold, expectObservable, flush }) => {
        const circuitBreak = new CircuitBreaker();
        const events: string[] = [];
        circuitBreak.events$.subscribe(({ type }) => events.push(type));
        const guard = resilient<string>({ circuitBreak });

        expectObservable(cold('a-b|').pipe(guard)).toBe('a-b|');
        expectObservable(cold('----a#', undefined, down).pipe(guard)).toBe('----a#', undefined, down);
        expectObservable(cold('----------a').pipe(guard), '------!').toBe('-------');
        expectObservable(cold('------a----').pipe(guard), '-------!').toBe('------a');
        flush();
        expect(events).toEqual(['success', 'failure', 'ignored', 'success']);
      });
    });

    it('B4: the outcome is judged by the breaker', () => {
      run(({ cold, expectObservable, flush }) => {
        const circuitBreak = new CircuitBreaker({ failureThreshold: 1 });
        const fatal = { status: 400 };
        expectObservable(cold('#', undefined, fatal).pipe(resilient({ retryBackoff, circuitBreak }))).toBe('#', undefined, fatal);
        flush();
        expect(circuitBreak.state.status).toBe('closed');
      });
    });

    it('C5: what usage and count throw is the error of the call; the value has come, and everything is settled', () => {
      for (const callback of ['usage', 'count'] as const) {
        run(({ cold, expectObservable, expectSubscriptions, flush }) => {
          const call = cold('a-b');
          const tokenBudget = budgetOf(100);
          const rateLimit = new RateLimiter({ limits: { tokens: perHour(100) } });
          const throws = () => {
            throw down;
          };

          expectObservable(call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 10, [callback]: throws }))).toBe('#', undefined, down);
          expectSubscriptions(call.subscriptions).toBe('(^!)');
          flush();
          expect(rateLimit.state.inFlight).toBe(0);
          expect(rateLimit.state.limits.tokens[0]!.used).toBe(10);
          expect(usedOf(tokenBudget)).toEqual({ used: 10, reserved: 0 });
        });
      }
    });

    it('C5: what the breaker\'s outcome throws is the error of the call; permit and reservation are settled', () => {
      run(({ cold, expectObservable, flush }) => {
        const broken = new Error('outcome');
        const circuitBreak = new CircuitBreaker({ outcome: () => { throw broken; } });
        const rateLimit = oneAtATime();
        const tokenBudget = budgetOf(100);
        const guarded = cold('#', undefined, down).pipe(resilient({ circuitBreak, rateLimit, tokenBudget }, { tokens: 5 }));

        expectObservable(guarded).toBe('#', undefined, broken);
        flush();
        expect(rateLimit.state.inFlight).toBe(0);
        expect(usedOf(tokenBudget)).toEqual({ used: 5, reserved: 0 });
      });
    });

    it('asks for no usage where neither limiter nor budget want to know', () => {
      const usage = vi.fn(() => 1);
      of(1, 2).pipe(resilient({ circuitBreak: new CircuitBreaker() }, { usage })).subscribe();
      expect(usage).not.toHaveBeenCalled();
    });

    it('asks for no count where no budget wants to know', () => {
      const count = vi.fn(() => 1);
      of(1, 2).pipe(resilient({ circuitBreak: new CircuitBreaker(), rateLimit: oneAtATime() }, { count })).subscribe();
      expect(count).not.toHaveBeenCalled();
    });

    it('S2: with isFinal an answer that is cut off is a failure, and is retried', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const call = cold('     -|');
        const circuitBreak = new CircuitBreaker();
        const guarded = call.pipe(resilient({ retryBackoff, circuitBreak }, { isFinal: () => false }), named());

        expectObservable(guarded).toBe('---------#', undefined, 'StreamTruncatedError');
        expectSubscriptions(call.subscriptions).toBe(['^!', '----^!', '--------^!']);
        flush();
        expect(circuitBreak.state.failures).toBe(3);
      });
    });

    it('R7: options of the call say what follows a failure after values', () => {
      run(({ cold, expectObservable }) => {
        const call = cold('a-#', undefined, down);
        expectObservable(call.pipe(resilient({ retryBackoff }))).toBe('a-#', undefined, down);
        expectObservable(call.pipe(resilient({ retryBackoff }, { afterValues: 'restart' }))).toBe('a----a----a-#', undefined, down);
      });
    });

    it('R7: a function of the config goes on beyond the guards, as an attempt of its own', () => {
      run(({ cold, expectObservable, flush }) => {
        const statuses: unknown[] = [];
        const onStatus = (status: CallStatus) => statuses.push(status);
        const call = cold('a-#', undefined, down);
        const afterValues = ({ values }: { values: readonly string[] }) => of(...values, 'z');

        expectObservable(call.pipe(resilient({ retryBackoff: { ...retryBackoff, afterValues } }, { onStatus }))).toBe('a----(az|)');
        flush();
        expect(statuses.slice(-3)).toEqual([{ phase: 'connecting', attempt: 2 }, { phase: 'streaming', attempt: 2 }, { phase: 'done' }]);
      });
    });

    it('R8: isContent of the call holds role headers back', () => {
      run(({ cold, expectObservable }) => {
        const call = cold('r-#', undefined, down);
        const guard = resilient<string>({ retryBackoff: { ...retryBackoff, maxRetries: 1 } }, { isContent: (value) => value !== 'r' });
        expectObservable(call.pipe(guard)).toBe('-------#', undefined, down);
        expectObservable(cold('r-(c|)').pipe(guard)).toBe('--(rc|)');
      });
    });

    it('a retry budget is shared by the call sites that are given it', () => {
      run(({ cold, expectSubscriptions, expectObservable }) => {
        const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 });
        const call = cold('#', undefined, down);
        const guard = resilient<string>({ retryBackoff: { ...retryBackoff, retryBudget } });
        expectObservable(call.pipe(guard)).toBe('---#', undefined, down);
        expectSubscriptions(call.subscriptions).toBe(['(^!)', '---(^!)']);
      });
    });

    it('T2: a value whose success the breaker tells of counts, even if a listener then unsubscribes the call', () => {
      const scheduler = new VirtualTime();
      const circuitBreak = new CircuitBreaker({ successOn: 'first-value', scheduler });
      const tokenBudget = new TokenBudget({ limits: perHour(100), scheduler });
      const source = new Observable<number>((subscriber) => subscriber.next(7));
      const call = new Observable<number>((subscriber) => {
        circuitBreak.events$.subscribe(() => subscriber.unsubscribe());
        return source.pipe(resilient<number>({ circuitBreak, tokenBudget, scheduler }, { usage: (value) => value })).subscribe(subscriber);
      });
      call.subscribe();
      expect(tokenBudget.state.limits[0]!.used).toBe(7);
    });

    it('R7: a value during which its attempt failed is not delivered after the retry was decided', () => {
      const scheduler = new VirtualTime();
      const attempts = [new Subject<string>(), new Subject<string>()];
      const seen: unknown[] = [];
      let opened = 0;
      const usage = (value: string) => { if (value === 'one') attempts[0]!.error(new Error('down')); return undefined; };
      const retryBackoff = { baseDelay: 10, jitter: 'none', onRetry: ({ emitted }: { emitted: number }) => seen.push({ emitted }) } as const;
      defer(() => attempts[opened++]!)
        .pipe(resilient<string>({ tokenBudget: new TokenBudget({ limits: perHour(100), scheduler }), retryBackoff, scheduler }, { usage }))
        .subscribe((value) => seen.push(value));
      attempts[0]!.next('one');
      scheduler.pass(10);
      attempts[1]!.next('one again');
      expect(seen).toEqual([{ emitted: 0 }, 'one again']);
    });

    it('R8: without retries isContent holds nothing back', () => {
      const seen: unknown[] = [];
      const source = new Subject<string>();
      source.pipe(resilient<string>({ scheduler: new VirtualTime() }, { isContent: (value) => value !== 'role' }))
        .subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error.message) });
      source.next('role');
      source.error(new Error('down'));
      expect(seen).toEqual(['role', 'down']);
    });

    it('R10: the failed attempt is torn down before the next begins, also when its permit came late', () => {
      const scheduler = new VirtualTime();
      const log: string[] = [];
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 10, window: 1_000 }), scheduler });
      limiter.pause(10);
      const source = new Observable<string>((subscriber) => {
        log.push('open');
        subscriber.error(new Error('down'));
        return () => log.push('closed');
      });
      source.pipe(resilient<string>({ rateLimit: limiter, retryBackoff: { maxRetries: 1, baseDelay: 0 }, scheduler })).subscribe(nobody);
      scheduler.pass(10);
      expect(log).toEqual(['open', 'closed', 'open', 'closed']);
    });
  });

  describe('status', () => {
    const statusesOf = (config: ResilientConfig, call: Observable<string>, work: () => void = () => undefined) => {
      const statuses: CallStatus[] = [];
      const subscription = call.pipe(resilient(config, { onStatus: (status) => statuses.push(status) })).subscribe({ error: () => undefined });
      work();
      return { statuses, subscription };
    };

    it('S7: tells connecting, streaming and done', () => {
      run(({ cold, flush }) => {
        const { statuses } = statusesOf({}, cold('-a-b|'));
        flush();
        expect(statuses).toEqual([{ phase: 'connecting', attempt: 1 }, { phase: 'streaming', attempt: 1 }, { phase: 'done' }]);
      });
    });

    it('S7: does not tell streaming of a call that delivers nothing', () => {
      run(({ cold, flush }) => {
        const { statuses } = statusesOf({}, cold('-|'));
        flush();
        expect(statuses).toEqual([{ phase: 'connecting', attempt: 1 }, { phase: 'done' }]);
      });
    });

    it('S7: tells waiting once on entering the line, not at each step forward', () => {
      run(({ cold, flush }) => {
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
        const guards = { rateLimit };
        for (let n = 0; n < 2; n += 1) {
          EMPTY.pipe(resilient(guards)).subscribe();
        }
        const { statuses } = statusesOf(guards, cold('a|'));
        flush();
        expect(statuses).toEqual([
          { phase: 'waiting', for: 'permit', attempt: 1, ahead: 1, until: 20 },
          { phase: 'connecting', attempt: 1 },
          { phase: 'streaming', attempt: 1 },
          { phase: 'done' },
        ]);
      });
    });

    it('S7: tells waiting for the breaker, then for the permit', () => {
      run(({ cold, flush }) => {
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 15 }) });
        rateLimit.tryAcquire();
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const { statuses } = statusesOf({ rateLimit, circuitBreak, whenOpen: 'wait' }, cold('a|'));
        flush();
        expect(statuses).toEqual([
          { phase: 'waiting', for: 'breaker', attempt: 1, ahead: 0, until: 10 },
          { phase: 'waiting', for: 'permit', attempt: 1, ahead: 0, until: 15 },
          { phase: 'connecting', attempt: 1 },
          { phase: 'streaming', attempt: 1 },
          { phase: 'done' },
        ]);
      });
    });

    it('S7: tells waiting for a retry with its error, and the next attempt', () => {
      run(({ cold, flush }) => {
        const { statuses } = statusesOf({ retryBackoff: { ...retryBackoff, maxRetries: 1 } }, cold('-#', undefined, down));
        flush();
        expect(statuses).toEqual([
          { phase: 'connecting', attempt: 1 },
          { phase: 'waiting', for: 'retry', attempt: 1, until: 4, error: down },
          { phase: 'connecting', attempt: 2 },
          { phase: 'failed', error: down },
        ]);
      });
    });

    it('S7: tells of no wait before a retry without delay', () => {
      run(({ cold, flush }) => {
        const immediate = { maxRetries: 1, baseDelay: 0, jitter: 'none' } as const;
        const { statuses } = statusesOf({ retryBackoff: immediate }, cold('-#', undefined, down));
        flush();
        expect(statuses.map(({ phase }) => phase)).toEqual(['connecting', 'connecting', 'failed']);
      });
    });

    it('S7: tells streaming again for a call that starts over', () => {
      run(({ cold, flush }) => {
        const guards: ResilientConfig = { retryBackoff: { ...retryBackoff, maxRetries: 1, afterValues: 'restart' } };
        const { statuses } = statusesOf(guards, cold('a#', undefined, down));
        flush();
        expect(statuses).toEqual([
          { phase: 'connecting', attempt: 1 },
          { phase: 'streaming', attempt: 1 },
          { phase: 'waiting', for: 'retry', attempt: 1, until: 4, error: down },
          { phase: 'connecting', attempt: 2 },
          { phase: 'streaming', attempt: 2 },
          { phase: 'failed', error: down },
        ]);
      });
    });

    it('S7: tells failed of refused calls', () => {
      run(({ cold, flush }) => {
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const { statuses } = statusesOf({ circuitBreak }, cold('a|'));
        flush();
        expect(statuses).toEqual([{ phase: 'failed', error: expect.any(CircuitOpenError) }]);
      });
      run(({ cold, flush }) => {
        const rateLimit = new RateLimiter({ maxConcurrent: 1, maxWait: 5 });
        rateLimit.tryAcquire();
        const { statuses } = statusesOf({ rateLimit }, cold('a|'));
        flush();
        expect(statuses).toMatchObject([{ phase: 'waiting' }, { phase: 'failed', error: expect.any(PermitRefusedError) }]);
      });
    });

    it('S7: tells failed of timeouts, once everything is settled', () => {
      run(({ flush }) => {
        const rateLimit = oneAtATime();
        const inFlight: unknown[] = [];
        const onStatus = ({ phase }: CallStatus) => inFlight.push([phase, rateLimit.state.inFlight]);
        NEVER.pipe(resilient({ rateLimit, timeout: { total: 5 } }, { onStatus })).subscribe({ error: () => undefined });
        NEVER.pipe(resilient({ timeout: { first: 5 } }, { onStatus })).subscribe({ error: () => undefined });
        flush();
        expect(inFlight).toEqual([['connecting', 1], ['connecting', 1], ['failed', 0], ['failed', 0]].sort((a, b) => Number(b[1]) - Number(a[1])));
      });
    });

    it('S7: tells cancelled when it is unsubscribed, at any stage, and nothing after it', () => {
      run(({ cold, flush }) => {
        const early = statusesOf({}, cold('--a'));
        at(1, () => early.subscription.unsubscribe());
        const late = statusesOf({}, cold('a--b'));
        at(2, () => late.subscription.unsubscribe());
        const between = statusesOf({ retryBackoff }, cold('#'));
        at(2, () => between.subscription.unsubscribe());
        flush();
        expect(early.statuses.map(({ phase }) => phase)).toEqual(['connecting', 'cancelled']);
        expect(late.statuses.map(({ phase }) => phase)).toEqual(['connecting', 'streaming', 'cancelled']);
        expect(between.statuses.map(({ phase }) => phase)).toEqual(['connecting', 'waiting', 'cancelled']);
      });
    });

    it('S7: tells nothing more of a call that has gone, whatever a policy says', () => {
      run(({ cold, flush }) => {
        const rateLimit: Limiter = {
          acquire: (_cost, options) =>
            new Observable(() => {
              at(5, () => options?.onWait?.({ ahead: 0, until: 9 }));
            }),
        };
        const { statuses, subscription } = statusesOf({ rateLimit }, cold('a|'));
        at(2, () => subscription.unsubscribe());
        flush();
        expect(statuses).toEqual([{ phase: 'cancelled' }]);
      });
    });

    it('S7: what onStatus throws while the call runs is the error of the call, at every stage', () => {
      for (const stage of ['waiting', 'connecting', 'streaming']) {
        run(({ cold, expectObservable, expectSubscriptions, flush }) => {
          const call = cold('-a|');
          const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 5 }), maxConcurrent: 1 });
          rateLimit.tryAcquire()!.settle();
          const tokenBudget = budgetOf(100);
          const circuitBreak = new CircuitBreaker();
          const phases: string[] = [];
          const onStatus = ({ phase }: CallStatus) => {
            phases.push(phase);
            if (phase === stage) {
              throw down;
            }
          };
          const guarded = call.pipe(resilient({ retryBackoff, rateLimit, tokenBudget, circuitBreak }, { tokens: 5, onStatus }));
          const expected = { waiting: '#', connecting: '-----#', streaming: '------#' }[stage]!;

          expectObservable(guarded).toBe(expected, undefined, down);
          expectSubscriptions(call.subscriptions).toBe(stage === 'streaming' ? ['-----^!'] : []);
          flush();
          expect(phases.at(-1)).toBe('failed');
          expect(rateLimit.state).toMatchObject({ inFlight: 0, waiting: 0 });
          expect(usedOf(tokenBudget)).toEqual({ used: stage === 'streaming' ? 5 : 0, reserved: 0 });
          expect(circuitBreak.isIdle).toBe(true);
        });
      }
    });

    it('S7: what onStatus throws during the delay of a retry is the error of the call', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('#');
        const onStatus = ({ phase }: CallStatus) => {
          if (phase === 'waiting') {
            throw down;
          }
        };
        expectObservable(call.pipe(resilient({ retryBackoff }, { onStatus }))).toBe('#', undefined, down);
        expectSubscriptions(call.subscriptions).toBe('(^!)');
      });
    });

    it('C4: a listener that unsubscribes at any stage ends the call there, and nothing is left behind', () => {
      for (const stage of ['waiting', 'connecting', 'streaming', 'done']) {
        run(({ cold, flush }) => {
          const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 5 }), maxConcurrent: 1 });
          const tokenBudget = budgetOf(100);
          const circuitBreak = tripping();
          circuitBreak.admit().fail(down);
          const guards: ResilientConfig = { rateLimit, tokenBudget, circuitBreak, whenOpen: 'wait' };
          const phases: string[] = [];
          const received: string[] = [];
          const onStatus = ({ phase }: CallStatus) => {
            phases.push(phase);
            if (phase === stage) {
              subscription.unsubscribe();
            }
          };
          const call = cold('-a|').pipe(resilient(guards, { tokens: 5, onStatus }));
          const subscription = new Subscription();
          subscription.add(call.subscribe({ next: (value) => received.push(value), complete: () => received.push('|') }));
          at(50, () => {
            expect(rateLimit.state).toMatchObject({ inFlight: 0, waiting: 0 });
            expect(tokenBudget.state.limits[0]!.reserved).toBe(0);
            expect(circuitBreak.check()).toBeUndefined();
          });
          flush();
          const sequence = ['waiting', 'connecting', 'streaming', 'done'];
          const told = sequence.slice(0, sequence.indexOf(stage) + 1);
          expect(phases).toEqual(stage === 'done' ? told : [...told, 'cancelled']);
          expect(received).toEqual(stage === 'done' ? ['a'] : []);
        });
      }
    });
  });

  describe('as every operator', () => {
    const guards = (): ResilientConfig => ({
      retryBackoff,
      rateLimit: new RateLimiter({ maxConcurrent: 5 }),
      circuitBreak: new CircuitBreaker(),
      tokenBudget: budgetOf(1_000_000),
      timeout: { first: 50, each: 50, total: 500 },
    });

    it('mirrors never, empty, one value, many, and errors before and after values', () => {
      run(({ cold, expectObservable }) => {
        const fatal = { status: 400 };
        expectObservable(cold('---').pipe(resilient(guards())), '9ms !').toBe('---');
        expectObservable(cold('--|').pipe(resilient(guards()))).toBe('--|');
        expectObservable(cold('--a|').pipe(resilient(guards()))).toBe('--a|');
        expectObservable(cold('a-b-(cd|)').pipe(resilient(guards()))).toBe('a-b-(cd|)');
        expectObservable(cold('--#', undefined, fatal).pipe(resilient(guards()))).toBe('--#', undefined, fatal);
        expectObservable(cold('a-#', undefined, fatal).pipe(resilient(guards()))).toBe('a-#', undefined, fatal);
        expectObservable(cold('a-b|').pipe(resilient({}))).toBe('a-b|');
      });
    });

    it('C1: one operator subscribed twice makes two calls, with retries of their own', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const call = cold('#', undefined, down);
        const guarded = call.pipe(resilient({ retryBackoff: { ...retryBackoff, maxRetries: 1 } }));
        expectObservable(guarded).toBe('        ---#', undefined, down);
        expectObservable(guarded, '-^---').toBe('----#', undefined, down);
        expectSubscriptions(call.subscriptions).toBe(['(^!)', '-(^!)', '---(^!)', '----(^!)']);
      });
    });

    it('C4: does not subscribe the source for a consumer that has gone', () => {
      const source = vi.fn(() => of(2));
      const late = new Observable<number>((subscriber) => {
        subscriber.next(1);
        subscriber.add(new Observable<number>((inner) => source().subscribe(inner)).pipe(resilient(guards())).subscribe(subscriber));
      });
      late.pipe(take(1)).subscribe();
      expect(source).not.toHaveBeenCalled();
    });

    it('C5: a synchronous source under take(3) is pulled three times', () => {
      run(({ flush }) => {
        let pulled = 0;
        const source = new Observable<number>((subscriber) => {
          while (!subscriber.closed && pulled < 1_000) {
            pulled += 1;
            subscriber.next(pulled);
          }
        });
        source.pipe(resilient(guards()), take(3)).subscribe();
        flush();
        expect(pulled).toBe(3);
      });
    });

    it('C6: 100,000 synchronous failures without delay do not overflow the stack', { timeout: 300_000 }, () => {
      run(({ flush }) => {
        let attempts = 0;
        const source = new Observable<never>((subscriber) => {
          attempts += 1;
          subscriber.error(down);
        });
        const config: ResilientConfig = {
          retryBackoff: { maxRetries: 100_000, baseDelay: 0, jitter: 'none' },
          rateLimit: new RateLimiter({ maxConcurrent: 1 }),
          circuitBreak: new CircuitBreaker({ outcome: () => 'ignore' }),
        };
        const seen: unknown[] = [];
        source.pipe(resilient(config)).subscribe({ error: (error) => seen.push(error) });
        flush();
        expect(attempts).toBe(100_001);
        expect(seen).toEqual([down]);
      });
    });

    it('C6: a long line of synchronous calls is let through without overflowing the stack', { timeout: 300_000 }, () => {
      run(({ flush }) => {
        const config: ResilientConfig = { rateLimit: oneAtATime(), circuitBreak: new CircuitBreaker(), tokenBudget: budgetOf(1) };
        const gate = new Subject<void>();
        let completed = 0;
        gate.pipe(resilient(config)).subscribe();
        for (let n = 0; n < 100_000; n += 1) {
          of(n).pipe(resilient(config)).subscribe({ complete: () => { completed += 1; } });
        }
        gate.complete();
        flush();
        expect(completed).toBe(100_000);
      });
    });

    it('C6: passes a million synchronous values', { timeout: 300_000 }, () => {
      run(({ flush }) => {
        let count = 0;
        range(0, 1_000_000).pipe(resilient({ ...guards(), tokenBudget: undefined, rateLimit: undefined })).subscribe(() => { count += 1; });
        flush();
        expect(count).toBe(1_000_000);
      });
    });

    it('C8: errors of the source pass as the same object', () => {
      const seen: unknown[] = [];
      throwError(() => down).pipe(resilient({ circuitBreak: new CircuitBreaker(), retryBackoff: { maxRetries: 0 } })).subscribe({ error: (error) => seen.push(error) });
      expect(seen[0]).toBe(down);
    });

    it('C11: a consumer that subscribes again inside complete or error sees the new state', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const config: ResilientConfig = { rateLimit: oneAtATime(), circuitBreak: tripping({ failureThreshold: 2 }) };
        const call = cold('-|');
        const guarded = call.pipe(resilient(config));
        expectObservable(concat(guarded, guarded)).toBe('--|');
        expectSubscriptions(call.subscriptions).toBe(['^!', '-^!']);
        flush();
      });
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const config: ResilientConfig = { rateLimit: oneAtATime(), circuitBreak: tripping({ failureThreshold: 2 }) };
        const call = cold('-#', undefined, down);
        expectObservable(call.pipe(resilient(config), retry(2), named())).toBe('--#', undefined, 'CircuitOpenError');
        expectSubscriptions(call.subscriptions).toBe(['^!', '-^!']);
      });
    });

    it('C12: a refusal does not come synchronously, and can be cancelled', () => {
      run(({ flush }) => {
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        const seen: unknown[] = [];
        const call = () => of(1).pipe(resilient({ circuitBreak }));
        call().subscribe({ error: () => seen.push('kept') });
        call().subscribe({ error: () => seen.push('cancelled') }).unsubscribe();
        expect(seen).toEqual([]);
        flush();
        expect(seen).toEqual(['kept']);
      });
    });

    it('C12: a long backlog of refused calls comes through mergeMap', () => {
      run(({ flush }) => {
        const circuitBreak = tripping();
        circuitBreak.admit().fail(down);
        let refused = 0;
        range(0, 2_000)
          .pipe(mergeMap(() => of(1).pipe(resilient({ circuitBreak }), retryNever(() => { refused += 1; })), 5))
          .subscribe();
        flush();
        expect(refused).toBe(2_000);
      });
    });
  });

  describe('options', () => {
    const cases: [string, () => unknown, RegExp, typeof TypeError | typeof RangeError][] = [
      ['an unknown guard', () => resilient({ rateLimiter: 5 } as object), /unknown option rateLimiter: 5/, TypeError],
      ['a limiter config', () => resilient({ rateLimit: { limits: perHour(5) } } as object), /resilient: rateLimit.* not a config/s, TypeError],
      ['a breaker config', () => resilient({ circuitBreak: { failureThreshold: 5 } } as object), /resilient: circuitBreak.* not a config/s, TypeError],
      ['a budget config', () => resilient({ tokenBudget: { limits: perHour(5) } } as object), /resilient: tokenBudget.* not a config/s, TypeError],
      ['no object for retries', () => resilient({ retryBackoff: 5 } as object), /resilient: retryBackoff .* got 5/, TypeError],
      ['null for retries', () => resilient({ retryBackoff: null } as object), /resilient: retryBackoff .* got null/, TypeError],
      ['an option of retries', () => resilient({ retryBackoff: { maxRetries: -1 } }), /maxRetries .* got -1/, RangeError],
      ['whenOpen', () => resilient({ whenOpen: 'later' } as object), /whenOpen .* got "later"/, TypeError],
      ['random', () => resilient({ random: 5 } as object), /random .* got 5/, TypeError],
      ['scheduler', () => resilient({ scheduler: 5 } as object), /scheduler .* got 5/, TypeError],
      ['timeout', () => resilient({ timeout: { first: 0 } }), /timeout: first .* got 0/, RangeError],
      ['timeout of a call', () => resilient({}, { timeout: { total: Number.NaN } }), /timeout: total .* got NaN/, RangeError],
      ['an unknown timeout', () => resilient({ timeout: { last: 5 } } as object), /unknown option last: 5/, TypeError],
      ['no timeout', () => resilient({ timeout: null } as object), /got null/, TypeError],
      ['tokens', () => resilient({}, { tokens: -1 }), /tokens .* got -1/, RangeError],
      ['parts of tokens', () => resilient({}, { tokens: { input: 1 } } as object), /output must be given, got undefined/, TypeError],
      ['priority', () => resilient({}, { priority: Number.NaN }), /priority .* got NaN/, RangeError],
      ['maxWait', () => resilient({}, { maxWait: -1 }), /maxWait .* got -1/, RangeError],
      ['isFinal', () => resilient({}, { isFinal: 5 } as object), /isFinal .* got 5/, TypeError],
      ['onStatus', () => resilient({}, { onStatus: 5 } as object), /onStatus .* got 5/, TypeError],
      ['overrun', () => resilient({}, { overrun: 'stop' } as object), /overrun .* got "stop"/, TypeError],
      ['an unknown option', () => resilient({}, { token: 5 } as object), /unknown option token: 5/, TypeError],
      ['no options', () => resilient({}, null as unknown as object), /got null/, TypeError],
      ['continue', () => resilient({}, { afterValues: 'continue' } as object), /'continue' needs .*ResilientClient\.call/, TypeError],
      ['a breaker without turns', () => resilient({ circuitBreak: { admit: vi.fn() }, whenOpen: 'wait' }), /circuitBreak .* turn/, TypeError],
    ];

    for (const [what, make, message, type] of cases) {
      it(`C2: refuses ${what}, naming option and value`, () => {
        expect(make).toThrow(type);
        expect(make).toThrow(message);
      });
    }

    it('C2: takes undefined for not given', () => {
      const nothing = { retryBackoff: undefined, rateLimit: undefined, circuitBreak: undefined, tokenBudget: undefined, timeout: undefined };
      expect(() => resilient({ ...nothing, whenOpen: undefined, scheduler: undefined, random: undefined })).not.toThrow();
      expect(() => resilient({}, { tokens: undefined, timeout: undefined, afterValues: undefined })).not.toThrow();
    });

    it('retries take scheduler and chance from the config unless they have their own', () => {
      run(({ cold, expectObservable }) => {
        const jittered = { maxRetries: 1, baseDelay: 10, jitter: 'full' } as const;
        const call = cold('#', undefined, down);
        expectObservable(call.pipe(resilient({ retryBackoff: { ...jittered, random: undefined }, random: () => 0.5 }))).toBe('-----#', undefined, down);
        expectObservable(call.pipe(resilient({ retryBackoff: { ...jittered, random: () => 0.3 }, random: () => 0.5 }))).toBe('---#', undefined, down);
      });
      expect(isRetryable(down)).toBe(true);
    });
  });
});

/** Counts errors and swallows them. */
function retryNever<T>(count: () => void) {
  return (source: Observable<T>) =>
    new Observable<T>((subscriber) =>
      source.subscribe({
        next: (value) => subscriber.next(value),
        error: () => {
          count();
          subscriber.complete();
        },
        complete: () => subscriber.complete(),
      }),
    );
}
