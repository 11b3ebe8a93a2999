import { asyncScheduler, concat, config, defer, EMPTY, finalize, firstValueFrom, from, map, merge, Observable, of, Subject, Subscriber, type Subscription, type TeardownLogic, take, takeUntil, throwError } from 'rxjs';
import { afterEach, describe, expect, expectTypeOf, it, vi } from 'vitest';
import { TokenBudgetExceededError } from '../../src/budget/token-budget-exceeded-error';
import { type RetryBackoffConfig, type RetryContext, retryBackoff } from '../../src/retry/retry-backoff';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

/** Delays that are easy to see in a diagram. */
const plain = { baseDelay: 3, jitter: 'none' } as const;

/** No bound on retries, and no look at the error, which takes most of the time of 100,000 retries. */
const endless = { maxRetries: Number.POSITIVE_INFINITY, retryIf: () => true, retryAfter: () => undefined };

/** A source of chance that plays these numbers, and can say how many were drawn. */
function dice(...numbers: number[]) {
  const random = () => numbers[random.draws++ % numbers.length]!;
  random.draws = 0;
  return random;
}

/** Fails synchronously, so many times, and then emits `'done'`. */
function failing(times: number, error: unknown = 'down') {
  let calls = 0;
  return defer(() => (calls++ < times ? throwError(() => error) : of('done')));
}

/** The delays that are asked for, in turn, by a call that always fails. */
function delaysOf(config: RetryBackoffConfig<unknown>, error: unknown = 'down'): number[] {
  const delays: number[] = [];
  run(() => {
    throwError(() => error)
      .pipe(retryBackoff({ maxRetries: 4, ...config, onRetry: ({ delay }) => delays.push(delay) }))
      .subscribe({ error: () => {} });
  });
  return delays;
}

/** The one notification with which a call ends within its frame, or `undefined`. */
function outcomeOf<T>(call: Observable<T>): unknown {
  let outcome: unknown;
  run(() => {
    call.subscribe({
      error: (error) => {
        outcome = error;
      },
      complete: () => {
        outcome = 'completed';
      },
    });
  });
  return outcome;
}

const afterMs = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);

describe('retryBackoff', () => {
  describe('as an operator', () => {
    it.each([
      ['never', '    -----', '    ^----'],
      ['empty', '    --|', '      ^-!'],
      ['one value', 'a|', '       ^!'],
      ['many', '     a-b--c|', '  ^-----!'],
    ])('mirrors a source without an error: %s', (_, marbles, subscription) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(marbles);
        expectObservable(source.pipe(retryBackoff())).toBe(marbles);
        expectSubscriptions(source.subscriptions).toBe(subscription);
      });
    });

    it('subscribes again after an error before values', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('   --#');
        const subscriptions = ['^-!', '-----^-!', '-------------^-!'];
        const expected = '      ---------------#';
        expectObservable(source.pipe(retryBackoff({ ...plain, maxRetries: 2 }))).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(subscriptions);
      });
    });

    it('completes with the first attempt that succeeds', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const bad = cold(' -#');
        const good = cold('    -a-b|');
        const attempts = [bad, good];
        const source = defer(() => attempts.shift()!);
        expectObservable(source.pipe(retryBackoff(plain))).toBe('-----a-b|');
        expectSubscriptions(bad.subscriptions).toBe('            ^!');
        expectSubscriptions(good.subscriptions).toBe('           ----^---!');
      });
    });

    it.each([
      ['before the first value', '--!', '     ---', '   ^-!'],
      ['mid-stream', '            ---!', '    --a', '   ^--!'],
      ['in the delay', '          -----!', '  --a', '   ^---!'],
    ])('stops when unsubscribed %s', (_, unsubscribed, expected, subscription) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' --a-#');
        const call = source.pipe(retryBackoff({ ...plain, afterValues: 'restart' }));
        expectObservable(call, unsubscribed).toBe(expected);
        expectSubscriptions(source.subscriptions).toBe(subscription);
      });
    });

    it('C4: cancels the timer in the same tick when it is unsubscribed during a delay, the first or a later one', () => {
      const scheduler = new FakeScheduler();
      const call = failing(9).pipe(retryBackoff({ ...plain, exponentialBase: 1, scheduler }));
      for (const ms of [0, 4]) {
        const subscription = call.subscribe();
        scheduler.run(ms);
        expect(scheduler.pending).toBe(1);
        subscription.unsubscribe();
        expect(scheduler.pending).toBe(0);
      }
    });

    it('C3: subscribes each of many again at its time, those of the same time in the order in which they failed', () => {
      run(({ expectObservable }) => {
        const delays = [10, 2, 20, 2, 10];
        const retry = retryBackoff<string>({ jitter: () => delays.shift()! });
        const calls = ['a', 'b', 'c', 'd', 'e'].map((name) => failing(1).pipe(retry, map(() => name)));
        expectObservable(merge(...calls)).toBe('--(bd)----(ae)------(c|)');
      });
    });

    it('C4, C10: many calls wait with one timer, which goes when the last of them is unsubscribed', () => {
      const scheduler = new FakeScheduler();
      const call = failing(Number.POSITIVE_INFINITY).pipe(retryBackoff({ scheduler }));
      const calls = Array.from({ length: 100 }, () => call.subscribe());
      for (const each of calls) {
        expect(scheduler.pending).toBe(1);
        each.unsubscribe();
      }
      expect(scheduler.pending).toBe(0);
    });

    it('holds nothing of the attempts and waits that are over', () => {
      const held = new Set<unknown>();
      class Holding extends Subscriber<unknown> {
        override add(teardown: TeardownLogic) {
          held.add(teardown);
          super.add(teardown);
        }
        override remove(teardown: Exclude<TeardownLogic, void>) {
          held.delete(teardown);
          super.remove(teardown);
        }
      }
      const scheduler = new FakeScheduler();
      const call = failing(Number.POSITIVE_INFINITY).pipe(retryBackoff({ ...endless, ...plain, exponentialBase: 1, scheduler }));
      call.subscribe(new Holding());
      held.clear();
      scheduler.run(300);
      expect(held.size).toBe(0);
      expect(scheduler.pending).toBe(1);
    });

    it('C4: a retry may unsubscribe another that is due in the same moment', () => {
      const scheduler = new FakeScheduler();
      let calls = 0;
      const source = new Observable<never>((subscriber) => {
        calls += 1;
        if (calls === 3) {
          other.unsubscribe();
        }
        subscriber.error('down');
      });
      const call = source.pipe(retryBackoff({ ...plain, maxRetries: 1, scheduler }));
      const error = vi.fn();
      call.subscribe({ error });
      const other = call.subscribe({ error });
      scheduler.run();
      expect(calls).toBe(3);
      expect(error).toHaveBeenCalledTimes(1);
    });

    it('C6: 100,000 calls that fail at once fail again at once and wait again, without a deep stack', () => {
      const times = new Map<number, number>();
      run(({ flush }) => {
        const source = defer(() => {
          times.set(asyncScheduler.now(), (times.get(asyncScheduler.now()) ?? 0) + 1);
          return throwError(() => 'down');
        });
        const call = source.pipe(retryBackoff({ ...endless, ...plain, maxRetries: 2 }));
        for (let each = 0; each < 100_000; each += 1) {
          call.subscribe({ error: () => {} });
        }
        flush();
      });
      expect([...times]).toEqual([[0, 100_000], [3, 100_000], [9, 100_000]]);
    });

    it('C5: a callback and then a teardown that throw when the time has come keep no other call from its retry', () => {
      run(({ flush }) => {
        const unhandled: unknown[] = [];
        config.onUnhandledError = (error) => unhandled.push(error);
        const boom = (thrown: string) => () => {
          throw thrown;
        };
        const seen: string[] = [];
        const see = { next: (value: string) => seen.push(value), error: (error: string) => seen.push(error) };
        const afterValues = vi.fn(() => of('done')).mockImplementationOnce(boom('mine'));
        const call = concat(of('a'), throwError(() => 'down')).pipe(retryBackoff({ ...plain, afterValues }));
        call.pipe(finalize(boom('torn'))).subscribe(see);
        call.subscribe(see);
        flush();
        expect(seen).toEqual(['a', 'a', 'mine', 'done']);
        expect(unhandled).toMatchObject([{ errors: ['torn'] }]);
      });
    });

    it('C3: each waits as long as it was told when the wall clock is set back meanwhile', () => {
      const scheduler = new FakeScheduler((elapsed) => (elapsed < 50 ? elapsed : elapsed - 3_600_000));
      const retry = retryBackoff<string>({ baseDelay: 100, jitter: 'none', scheduler });
      const seen: number[] = [];
      const begin = () => failing(1).pipe(retry).subscribe(() => seen.push(scheduler.elapsed));
      begin();
      scheduler.run(40);
      begin();
      scheduler.run(20);
      begin();
      scheduler.run();
      expect(seen).toEqual([100, 140, 160]);
    });

    it('stops when unsubscribed inside next, of the first attempt and of a later one', () => {
      run(({ cold, expectSubscriptions }) => {
        const source = cold('-a-b-#');
        const bad = cold('   -#');
        const attempts = [bad, source];
        const stoppedInNext = (call: Observable<string>) => {
          const subscription = call.subscribe(() => subscription.unsubscribe());
        };
        stoppedInNext(source.pipe(retryBackoff(plain)));
        stoppedInNext(defer(() => attempts.shift()!).pipe(retryBackoff(plain)));
        expectSubscriptions(source.subscriptions).toBe(['^!', '----^!']);
        expectSubscriptions(bad.subscriptions).toBe('    ^!');
      });
    });

    it('C5: pulls a synchronous source three times under take(3)', () => {
      let pulled = 0;
      function* numbers() {
        for (;;) {
          pulled += 1;
          yield pulled;
        }
      }
      const seen: number[] = [];
      from(numbers()).pipe(retryBackoff({ isContent: (n) => n > 0 }), take(3)).subscribe((n) => seen.push(n));
      expect([seen, pulled]).toEqual([[1, 2, 3], 3]);
    });

    it('C6: passes 1,000,000 synchronous values', () => {
      let count = 0;
      new Observable<number>((subscriber) => {
        for (let each = 0; each < 1_000_000; each++) {
          subscriber.next(each);
        }
        subscriber.complete();
      })
        .pipe(retryBackoff())
        .subscribe(() => {
          count += 1;
        });
      expect(count).toBe(1_000_000);
    });

    it('C6: survives 100,000 synchronous failures with zero delay', () => {
      expect(outcomeOf(failing(100_000).pipe(retryBackoff({ ...endless, baseDelay: 0 })))).toBe('completed');
    });

    it('C6: survives 100,000 failures of continuations with zero delay, also after a delay', () => {
      let failures = 0;
      const call = concat(of('a'), throwError(() => 'cut')).pipe(
        retryBackoff({
          ...endless,
          backoff: (attempt) => (attempt === 1 ? 5 : 0),
          afterValues: () => (failures++ < 100_000 ? throwError(() => 'cut') : of('b')),
        }),
      );
      expect(outcomeOf(call)).toBe('completed');
    });

    it('C1: behaves as two when one instance is subscribed twice', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('           -#');
        const call = source.pipe(retryBackoff({ ...plain, maxRetries: 1 }));
        expectObservable(call).toBe('   -----#');
        expectObservable(call, '--^').toBe('-------#');
        expectSubscriptions(source.subscriptions).toBe(['^!', '--^!', '----^!', '------^!']);
      });
    });

    it('C1: restarts the decorrelated chain and the retry count for every subscription', () => {
      const operator = retryBackoff({ jitter: 'decorrelated', baseDelay: 10, random: () => 0.5, maxRetries: 3, onRetry: ({ delay }) => delays.push(delay) });
      const delays: number[] = [];
      run(() => {
        throwError(() => 'down').pipe(operator).subscribe({ error: () => {} });
      });
      run(() => {
        throwError(() => 'down').pipe(operator).subscribe({ error: () => {} });
      });
      expect(delays).toEqual([20, 35, 58, 20, 35, 58]);
    });

    it('C8: passes the error on as the same object', () => {
      const error = new Error('last');
      expect(outcomeOf(throwError(() => error).pipe(retryBackoff({ maxRetries: 2 })))).toBe(error);
    });

    it('C11: lets a consumer subscribe again inside error and inside complete', () => {
      run(({ cold, expectSubscriptions }) => {
        const bad = cold('-#');
        const good = cold('-|');
        const seen: string[] = [];
        const again = (source: Observable<string>, end: 'error' | 'complete') => {
          const call = source.pipe(retryBackoff({ ...plain, maxRetries: 1 }));
          call.subscribe({ [end]: () => call.subscribe({ [end]: () => seen.push(end) }) });
        };
        again(bad, 'error');
        again(good, 'complete');
        expectSubscriptions(bad.subscriptions).toBe(['^!', '----^!', '-----^!', '---------^!']);
        expectSubscriptions(good.subscriptions).toBe(['^!', '-^!']);
        afterMs(20, () => expect(seen).toEqual(['complete', 'error']));
      });
    });

    it('refuses what is no Observable', () => {
      expect(() => retryBackoff()({} as Observable<number>)).toThrow(TypeError);
    });

    it('C3: waits as long as it was told beyond what setTimeout can', () => {
      const days = 86_400_000;
      run(({ expectObservable }) => {
        const call = failing(1).pipe(retryBackoff({ baseDelay: 40 * days, maxDelay: 50 * days, jitter: 'none' }));
        expectObservable(call).toBe(`${40 * days}ms (d|)`, { d: 'done' });
      });
    });
  });

  describe('R1', () => {
    it.each([0, 1, 2, 5])('R1: maxRetries %d is at most one subscription more, and the last error passes unchanged', (maxRetries) => {
      let calls = 0;
      const errors: Error[] = [];
      const source = defer(() => {
        calls += 1;
        errors.push(new Error(`number ${calls}`));
        return throwError(() => errors.at(-1));
      });
      expect(outcomeOf(source.pipe(retryBackoff({ maxRetries })))).toBe(errors.at(-1));
      expect(calls).toBe(maxRetries + 1);
    });

    it('R1: retries three times by default', () => {
      expect(delaysOf({ maxRetries: undefined, jitter: 'none' })).toEqual([1_000, 2_000, 4_000]);
    });

    it('R1: tells how many retries are left', () => {
      const seen: number[][] = [];
      outcomeOf(failing(9).pipe(retryBackoff({ maxRetries: 2, onRetry: ({ attempt, retriesLeft }) => seen.push([attempt, retriesLeft]) })));
      expect(seen).toEqual([[1, 1], [2, 0]]);
    });
  });

  describe('R2 and R3', () => {
    it('R2: waits min(baseDelay · exponentialBase^(k-1), maxDelay)', () => {
      expect(delaysOf({ baseDelay: 10, exponentialBase: 3, maxDelay: 100, jitter: 'none' })).toEqual([10, 30, 90, 100]);
    });

    it('R2: asks backoff for attempt 1, 2, … and caps it', () => {
      expect(delaysOf({ backoff: (attempt) => attempt * 40, maxDelay: 100, jitter: 'none' })).toEqual([40, 80, 100, 100]);
    });

    it.each([
      ['none', 0.5, [100, 200, 400, 400]],
      ['full', 0, [0, 0, 0, 0]],
      ['full', 0.5, [50, 100, 200, 200]],
      ['full', 0.999, [100, 200, 400, 400]],
      ['equal', 0, [50, 100, 200, 200]],
      ['equal', 0.5, [75, 150, 300, 300]],
      ['equal', 0.999, [100, 200, 400, 400]],
      ['proportional', 0, [50, 100, 200, 200]],
      ['proportional', 0.5, [100, 200, 400, 400]],
      ['proportional', 0.999, [150, 300, 600, 600]],
      ['decorrelated', 0, [100, 100, 100, 100]],
      ['decorrelated', 0.5, [200, 350, 400, 400]],
      ['decorrelated', 0.999, [300, 400, 400, 400]],
    ] as const)('R3: %s with random %d, after the cap and rounded up', (jitter, r, delays) => {
      expect(delaysOf({ jitter, baseDelay: 100, maxDelay: 400, random: () => r })).toEqual(delays);
    });

    it('R3: goes on from the backoff that was not rounded in decorrelated', () => {
      expect(delaysOf({ jitter: 'decorrelated', baseDelay: 1, random: () => 0.25 })).toEqual([2, 2, 3, 3]);
    });

    it('R3: is equal by default', () => {
      expect(delaysOf({ random: () => 0.5, maxRetries: 2 })).toEqual([750, 1_500]);
    });

    it('R3: takes chance from Math.random by default', () => {
      vi.spyOn(Math, 'random').mockReturnValue(0.25);
      expect(delaysOf({ maxRetries: 1 })).toEqual([625]);
    });

    it('R3: asks a function, with the capped backoff and a random number', () => {
      const jitter = (delay: number, random: number) => delay + random;
      expect(delaysOf({ jitter, baseDelay: 100, maxDelay: 250, random: () => 0.5 })).toEqual([101, 201, 251, 251]);
    });

    it('R3: subscribes again without the scheduler when the delay is 0', () => {
      const scheduler = new FakeScheduler();
      const seen: string[] = [];
      failing(3).pipe(retryBackoff({ jitter: 'full', random: () => 0, scheduler })).subscribe((value) => seen.push(value));
      expect(seen).toEqual(['done']);
      expect(scheduler.delays).toEqual([]);
    });
  });

  describe('R4 and R5', () => {
    const hint = (ms: number) => ({ retryAfter: () => ms });

    it.each([
      [0, 200, [200, 200, 200, 400]],
      [0.5, 200, [210, 210, 300, 600]],
      [0.999, 200, [220, 220, 400, 800]],
      [0.5, 0, [75, 150, 300, 600]],
    ])('R4: takes a hint as a minimum, spread upwards: random %d, hint %d', (r, ms, delays) => {
      expect(delaysOf({ ...hint(ms), baseDelay: 100, random: () => r })).toEqual(delays);
    });

    it('R4: draws anew for the hint, and only when there is one', () => {
      const hints = [undefined, 100, undefined, 0];
      const random = dice(0.5);
      const draws: number[] = [];
      delaysOf({ random, retryAfter: () => hints[draws.length], retryIf: () => draws.push(random.draws) > 0 });
      expect(draws).toEqual([1, 3, 4, 6]);
    });

    it('R4: uses the second number for the hint', () => {
      expect(delaysOf({ ...hint(1_000), baseDelay: 10, random: dice(0.9, 0.2), maxRetries: 1 })).toEqual([1_020]);
    });

    it('R4: is max(backoff, hint) with jitter none, and draws nothing', () => {
      const random = dice(0.5);
      expect(delaysOf({ ...hint(250), baseDelay: 100, jitter: 'none', random })).toEqual([250, 250, 400, 800]);
      expect(random.draws).toBe(0);
    });

    it('R4: rounds up to whole ms', () => {
      expect(delaysOf({ ...hint(10.2), baseDelay: 0, random: () => 0.5, maxRetries: 1 })).toEqual([11]);
      expect(delaysOf({ ...hint(1.5), baseDelay: 0, jitter: 'none', maxRetries: 1 })).toEqual([2]);
    });

    it('R4: keeps the hint out of the decorrelated chain', () => {
      expect(delaysOf({ ...hint(1_000), jitter: 'decorrelated', baseDelay: 100, random: dice(0.5, 0), maxRetries: 3 })).toEqual([1_000, 1_000, 1_000]);
      expect(delaysOf({ ...hint(300), jitter: 'decorrelated', baseDelay: 100, random: dice(0.5, 0), maxRetries: 3 })).toEqual([300, 350, 575]);
    });

    it('R4: reads the hint with retryAfterOf by default', () => {
      const error = { status: 429, headers: { 'retry-after-ms': '70' } };
      expect(delaysOf({ baseDelay: 50, jitter: 'none', maxRetries: 2 }, error)).toEqual([70, 100]);
    });

    it('R4: reads a date in Retry-After by the wall clock of the scheduler', () => {
      const wall = Date.UTC(2026, 0, 1, 12);
      const scheduler = new FakeScheduler((elapsed) => wall + elapsed);
      const error = { status: 503, headers: { 'retry-after': new Date(wall + 7_000).toUTCString() } };
      expect(delaysOf({ jitter: 'none', baseDelay: 1, maxRetries: 1, scheduler }, error)).toEqual([7_000]);
    });

    it('R5: passes the error on at once when the hint is above maxRetryAfter', () => {
      expect(delaysOf({ ...hint(60_001) })).toEqual([]);
      expect(delaysOf({ ...hint(60_000), jitter: 'none', maxRetries: 1 })).toEqual([60_000]);
      expect(delaysOf({ ...hint(101), maxRetryAfter: 100, onLongRetryAfter: 'error' })).toEqual([]);
      run(({ cold, expectObservable }) => {
        expectObservable(cold('--#').pipe(retryBackoff({ ...hint(101), maxRetryAfter: 100 }))).toBe('--#');
      });
    });

    it('R5: takes maxRetryAfter as the hint with clamp', () => {
      expect(delaysOf({ ...hint(5_000), baseDelay: 10, maxRetryAfter: 100, onLongRetryAfter: 'clamp', random: () => 0.5, maxRetries: 2 })).toEqual([105, 105]);
      expect(delaysOf({ ...hint(50), baseDelay: 10, jitter: 'none', maxRetryAfter: 100, onLongRetryAfter: 'clamp', maxRetries: 1 })).toEqual([50]);
    });

    it('R5: waits it out with wait', () => {
      expect(delaysOf({ ...hint(900_000), maxRetryAfter: 100, onLongRetryAfter: 'wait', jitter: 'none', maxRetries: 1 })).toEqual([900_000]);
    });

    it('R5: follows any hint with a maxRetryAfter of Infinity', () => {
      expect(delaysOf({ ...hint(900_000), maxRetryAfter: Number.POSITIVE_INFINITY, jitter: 'none', maxRetries: 1 })).toEqual([900_000]);
    });

    it('R4: timers that a test had faked keep no later retry from its turn', async () => {
      const guarded = retryBackoff<number>({ jitter: 'none', baseDelay: 5 });
      const once = () => { let attempts = 0; return defer(() => { attempts += 1; return attempts === 1 ? throwError(() => new Error('x')) : of(1); }); };
      vi.useFakeTimers();
      once().pipe(guarded).subscribe();
      vi.useRealTimers();
      expect(await firstValueFrom(once().pipe(guarded))).toBe(1);
    });
  });

  describe('R6', () => {
    it('R6: passes the error on now when elapsed + delay would pass maxElapsed, not after the wait', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' --#');
        expectObservable(source.pipe(retryBackoff({ ...plain, maxElapsed: 12 }))).toBe('-------#');
        expectSubscriptions(source.subscriptions).toBe(['^-!', '-----^-!']);
      });
    });

    it('R6: retries when elapsed + delay is exactly maxElapsed', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(' --#');
        expectObservable(source.pipe(retryBackoff({ ...plain, maxElapsed: 13 }))).toBe('---------------#');
        expectSubscriptions(source.subscriptions).toBe(['^-!', '-----^-!', '-------------^-!']);
      });
    });

    it('R6: counts from the first subscription, for each subscriber', () => {
      run(({ cold, expectObservable }) => {
        const elapsed: number[] = [];
        const call = cold('--#').pipe(retryBackoff({ ...plain, maxElapsed: 5, onRetry: (retry) => elapsed.push(retry.elapsed) }));
        expectObservable(call).toBe('                -------#');
        expectObservable(call, '--------------------^').toBe('---------------------------#');
        afterMs(50, () => expect(elapsed).toEqual([2, 2]));
      });
    });

    it('R6: counts the hint of the server too', () => {
      expect(delaysOf({ retryAfter: () => 100, jitter: 'none', baseDelay: 1, maxElapsed: 250 })).toEqual([100, 100]);
    });

    it('R6: allows retries without delay with a maxElapsed of 0', () => {
      expect(delaysOf({ baseDelay: 0, maxElapsed: 0, maxRetries: 2 })).toEqual([0, 0]);
    });
  });

  describe('R9', () => {
    it.each([
      ['an aborted call', Object.assign(new Error('stop'), { name: 'AbortError' })],
      ['a fatal error', { status: 401 }],
      ['a programming error', new TypeError('x is not a function')],
      ['a refusal', new TokenBudgetExceededError({ requested: 1, remaining: 0, limit: 1, reason: 'budget' })],
    ])('R9: does not retry %s', (_, error) => {
      expect(delaysOf({}, error)).toEqual([]);
    });

    it.each([
      ['a throttled call', { status: 429 }],
      ['a transient error', { status: 503 }],
      ['an unknown error', new Error('what?')],
      ['what is no error', undefined],
    ])('R9: retries %s', (_, error) => {
      expect(delaysOf({ maxRetries: 1, jitter: 'none' }, error)).toEqual([1_000]);
    });

    it('R9: asks retryIf instead, with the retry that would come', () => {
      const seen: unknown[] = [];
      const error = { status: 401 };
      const retryIf = (each: unknown, retry: RetryContext) => {
        seen.push([each, retry]);
        return retry.attempt < 2;
      };
      expect(delaysOf({ ...plain, retryIf }, error)).toEqual([3]);
      expect(seen).toEqual([
        [error, { attempt: 1, retriesLeft: 3, error, delay: 3, elapsed: 0, emitted: 0 }],
        [error, { attempt: 2, retriesLeft: 2, error, delay: 6, elapsed: 3, emitted: 0 }],
      ]);
    });

    it('R9: does not ask retryIf when no retry is left or values were delivered', () => {
      const retryIf = vi.fn(() => true);
      outcomeOf(failing(1).pipe(retryBackoff({ maxRetries: 0, retryIf })));
      outcomeOf(concat(of('a'), failing(1)).pipe(retryBackoff({ retryIf })));
      expect(retryIf).not.toHaveBeenCalled();
    });
  });

  describe('R10', () => {
    const logged = (log: string[], fail: (subscriber: Subscriber<never>) => void) => {
      let calls = 0;
      return new Observable<never>((subscriber) => {
        calls += 1;
        const call = calls;
        log.push(`subscribe ${call}`);
        fail(subscriber);
        return () => log.push(`teardown ${call}`);
      });
    };
    const order = ['subscribe 1', 'teardown 1', 'subscribe 2', 'teardown 2', 'subscribe 3', 'teardown 3'];

    it.each([0, 5])('R10: tears a synchronous attempt down before the next begins, with a delay of %d', (baseDelay) => {
      const log: string[] = [];
      outcomeOf(logged(log, (subscriber) => subscriber.error('down')).pipe(retryBackoff({ baseDelay, maxRetries: 2 })));
      expect(log).toEqual(order);
    });

    it.each([0, 5])('R10: tears an asynchronous attempt down before the next begins, with a delay of %d', (baseDelay) => {
      const log: string[] = [];
      const failLater = (subscriber: Subscriber<never>) => {
        afterMs(1, () => subscriber.error('down'));
      };
      outcomeOf(logged(log, failLater).pipe(retryBackoff({ baseDelay, maxRetries: 2 })));
      expect(log).toEqual(order);
    });

    it('R10: runs finalize of the failed attempt before onRetry', () => {
      const log: string[] = [];
      const call = failing(1).pipe(
        finalize(() => log.push('finalize')),
        retryBackoff({ baseDelay: 0, onRetry: () => log.push('retry') }),
      );
      outcomeOf(call);
      expect(log).toEqual(['finalize', 'retry', 'finalize']);
    });

    it('R10: tears the attempt down when it completes and when it is unsubscribed', () => {
      const log: string[] = [];
      outcomeOf(logged(log, (subscriber) => subscriber.complete()).pipe(retryBackoff()));
      logged(log, () => {}).pipe(retryBackoff()).subscribe().unsubscribe();
      expect(log).toEqual(['subscribe 1', 'teardown 1', 'subscribe 1', 'teardown 1']);
    });
  });

  describe('callbacks', () => {
    const thrown = new Error('mine');
    const boom = () => {
      throw thrown;
    };

    it.each(['backoff', 'jitter', 'random', 'retryIf', 'retryAfter', 'onRetry'] as const)(
      'C5: sends what %s throws to the error channel, and tries no more',
      (name) => {
        let calls = 0;
        const source = defer(() => {
          calls += 1;
          return throwError(() => 'down');
        });
        expect(outcomeOf(source.pipe(retryBackoff({ [name]: boom })))).toBe(thrown);
        expect(calls).toBe(1);
      },
    );

    it.each([
      [{ backoff: () => Number.NaN }, 'retryBackoff: backoff must be a finite number of at least 0, got NaN'],
      [{ backoff: () => -1 }, 'retryBackoff: backoff must be a finite number of at least 0, got -1'],
      [{ jitter: () => Number.NaN }, 'retryBackoff: jitter must be a finite number of at least 0, got NaN'],
      [{ jitter: () => -0.5 }, 'retryBackoff: jitter must be a finite number of at least 0, got -0.5'],
      [{ random: () => Number.NaN }, 'retryBackoff: random must be from 0 to 1, got NaN'],
      [{ random: () => -0.5 }, 'retryBackoff: random must be from 0 to 1, got -0.5'],
      [{ random: () => 2 }, 'retryBackoff: random must be from 0 to 1, got 2'],
      [{ retryAfter: () => Number.NaN }, 'retryBackoff: retryAfter must be a finite number of at least 0, got NaN'],
      [{ retryAfter: () => -1 }, 'retryBackoff: retryAfter must be a finite number of at least 0, got -1'],
    ])('C5: sends an error that names the callback and shows what it returned: %o', (config, message) => {
      expect(outcomeOf(failing(1).pipe(retryBackoff(config)))).toEqual(new RangeError(message));
    });

    it.each(['backoff', 'jitter', 'retryAfter'])('C5: names the error of the attempt as the cause where %s returns no delay', (name) => {
      const down = new Error('down');
      expect(outcomeOf(throwError(() => down).pipe(retryBackoff({ [name]: () => Number.NaN })))).toMatchObject({ name: 'RangeError', cause: down });
    });

    it('takes a backoff of Infinity as maxDelay', () => {
      expect(delaysOf({ backoff: () => Number.POSITIVE_INFINITY, maxDelay: 7, jitter: 'none', maxRetries: 1 })).toEqual([7]);
    });

    it('calls onRetry when the retry is decided, before the delay', () => {
      run(({ cold }) => {
        const calls: unknown[] = [];
        const onRetry = (retry: RetryContext) => calls.push([asyncScheduler.now(), retry]);
        cold('--#').pipe(retryBackoff({ ...plain, maxRetries: 2, onRetry })).subscribe({ error: () => {} });
        afterMs(50, () =>
          expect(calls).toEqual([
            [2, { attempt: 1, retriesLeft: 1, error: 'error', delay: 3, elapsed: 2, emitted: 0 }],
            [7, { attempt: 2, retriesLeft: 0, error: 'error', delay: 6, elapsed: 7, emitted: 0 }],
          ]));
      });
    });

    it.each([0, 5])('C4: stops when onRetry unsubscribes, before a delay of %d', (baseDelay) => {
      const scheduler = new FakeScheduler();
      const log: string[] = [];
      const source = new Observable<string>((subscriber) => {
        log.push('subscribed');
        subscriber.next('a');
        subject.subscribe(subscriber);
      });
      const subject = new Subject<string>();
      const subscription: Subscription = source
        .pipe(
          retryBackoff({
            baseDelay,
            scheduler,
            jitter: 'none',
            onRetry: () => subscription.unsubscribe(),
            afterValues: () => {
              log.push('asked');
              return EMPTY;
            },
          }),
        )
        .subscribe({ error: () => log.push('error'), complete: () => log.push('complete') });
      subject.error('down');
      scheduler.run();
      expect(log).toEqual(['subscribed']);
    });

    it('C4: stops when retryIf unsubscribes', () => {
      const subject = new Subject<string>();
      const onRetry = vi.fn();
      const error = vi.fn();
      const retryIf = () => {
        subscription.unsubscribe();
        return true;
      };
      const subscription: Subscription = subject.pipe(retryBackoff({ retryIf, onRetry })).subscribe({ error });
      subject.error('down');
      expect(onRetry).not.toHaveBeenCalled();
      expect(error).not.toHaveBeenCalled();
    });

    it('C4: asks nobody about a failure after which its own teardown unsubscribed', () => {
      const retryIf = vi.fn(() => true);
      const unsubscriber = new Subject<void>();
      const source = new Observable<never>((subscriber) => {
        subscriber.error('down');
        unsubscriber.next();
      });
      source.pipe(retryBackoff({ retryIf }), takeUntil(unsubscriber)).subscribe();
      expect(retryIf).not.toHaveBeenCalled();
    });
  });

  describe('options', () => {
    it.each<[object, string]>([
      [{ maxRetries: -1 }, 'maxRetries must be a whole number of at least 0, or Infinity, got -1'],
      [{ maxRetries: 1.5 }, 'maxRetries must be a whole number of at least 0, or Infinity, got 1.5'],
      [{ maxRetries: Number.NaN }, 'maxRetries must be a whole number of at least 0, or Infinity, got NaN'],
      [{ baseDelay: -1 }, 'baseDelay must be a number of at least 0, got -1'],
      [{ baseDelay: Number.POSITIVE_INFINITY }, 'baseDelay must be a number of at least 0, got Infinity'],
      [{ maxDelay: Number.NaN }, 'maxDelay must be a number of at least 0, got NaN'],
      [{ maxDelay: Number.POSITIVE_INFINITY }, 'maxDelay must be a number of at least 0, got Infinity'],
      [{ exponentialBase: 0 }, 'exponentialBase must be a finite number above 0, got 0'],
      [{ maxRetryAfter: -5 }, 'maxRetryAfter must be a number of at least 0, or Infinity, got -5'],
      [{ maxElapsed: Number.NaN }, 'maxElapsed must be a number of at least 0, or Infinity, got NaN'],
    ])('C2: refuses %j with a RangeError', (config, message) => {
      expect(() => retryBackoff(config)).toThrow(new RangeError(`retryBackoff: ${message}`));
    });

    it.each<[object, string]>([
      [{ maxRetries: '3' }, 'maxRetries must be a number, got "3"'],
      [{ jitter: 'some' }, "jitter must be one of 'equal', 'full', 'proportional', 'decorrelated', 'none', or a function, got \"some\""],
      [{ onLongRetryAfter: 'ignore' }, "onLongRetryAfter must be one of 'error', 'clamp', 'wait', got \"ignore\""],
      [{ afterValues: 'continue' }, "afterValues must be one of 'error', 'restart', or a function, got \"continue\""],
      [{ backoff: 5 }, 'backoff must be a function, got 5'],
      [{ retryIf: true }, 'retryIf must be a function, got true'],
      [{ retryAfter: 5 }, 'retryAfter must be a function, got 5'],
      [{ isContent: 'text' }, 'isContent must be a function, got "text"'],
      [{ onRetry: {} }, 'onRetry must be a function, got {}'],
      [{ random: 0.5 }, 'random must be a function, got 0.5'],
      [{ retryBudget: { ratio: 0.1 } }, 'retryBudget must be a RetryBudget, got {"ratio":0.1}'],
      [{ scheduler: {} }, 'scheduler must be a scheduler with now() and schedule(), got {}'],
    ])('C2: refuses %j with a TypeError', (config, message) => {
      expect(() => retryBackoff(config)).toThrow(new TypeError(`retryBackoff: ${message}`));
    });

    it('C2: refuses unknown options and what is no config', () => {
      expect(() => retryBackoff({ retries: 3 } as object)).toThrow(/^retryBackoff: unknown option retries: 3; known are maxRetries/);
      expect(() => retryBackoff(3 as unknown as object)).toThrow('retryBackoff: options must be an object, got 3');
    });

    it('C2: takes Infinity where it makes sense, and undefined for not given', () => {
      const unbounded = { maxRetries: Number.POSITIVE_INFINITY, maxElapsed: Number.POSITIVE_INFINITY, maxRetryAfter: Number.POSITIVE_INFINITY };
      expect(outcomeOf(failing(50).pipe(retryBackoff({ ...unbounded, scheduler: undefined, random: undefined, jitter: undefined })))).toBe('completed');
    });
  });

  describe('types', () => {
    it('infers the type of the values in pipe', () => {
      expectTypeOf(of(1).pipe(retryBackoff())).toEqualTypeOf<Observable<number>>();
      expectTypeOf(of(1).pipe(retryBackoff({ maxRetries: 2 }))).toEqualTypeOf<Observable<number>>();
      expectTypeOf(of('a').pipe(retryBackoff({ afterValues: 'restart' }))).toEqualTypeOf<Observable<string>>();
    });

    it('infers the type of what a function goes on with', () => {
      const call = of(1).pipe(retryBackoff({ afterValues: () => of('reset') }));
      expectTypeOf(call).toEqualTypeOf<Observable<number | string>>();
    });

    it('knows the value in isContent', () => {
      of({ text: 'a' }).pipe(retryBackoff({ isContent: (value) => value.text !== '' }));
      // @ts-expect-error: there is no such field
      of({ text: 'a' }).pipe(retryBackoff({ isContent: (value) => value.txt !== '' }));
    });

    it('does not compile with a typo', () => {
      // @ts-expect-error: the option is called maxRetries
      expect(() => retryBackoff({ maxRetry: 3 })).toThrow(TypeError);
    });
  });
});

afterEach(() => {
  config.onUnhandledError = null;
  vi.restoreAllMocks();
});
