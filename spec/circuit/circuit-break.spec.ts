import {
  asyncScheduler, catchError, concat, defer, EMPTY, expand, finalize, map, mergeMap, NEVER, Observable, of, range, Subject, take, takeUntil,
  tap, throwError,
} from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Breaker } from '../../src/circuit/breaker';
import { type CircuitBreakOptions, circuitBreak } from '../../src/circuit/circuit-break';
import { CircuitBreaker, type CircuitBreakerConfig } from '../../src/circuit/circuit-breaker';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import { consecutiveFailures, slowCallRate } from '../../src/circuit/trip';
import { run } from '../support/run';
import { VirtualTime } from './virtual-time';

/** Opens at the first failure, for 10 ms. */
const breakerOf = (config: CircuitBreakerConfig = {}) => new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, ...config });

function openBreaker(config: CircuitBreakerConfig = {}): CircuitBreaker {
  const breaker = breakerOf(config);
  breaker.admit().fail('error');
  return breaker;
}

/** How often each verdict was given. */
function verdictsOf(breaker: CircuitBreaker): string[] {
  const verdicts: string[] = [];
  breaker.events$.subscribe(({ type }) => verdicts.push(type));
  return verdicts;
}

const open = (at: number, until: number) => new CircuitOpenError({ retryAfter: until - at, openUntil: until, cause: 'error' });

describe('circuitBreak', () => {
  it('mirrors a source that never emits, and gives no verdict on it', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = breakerOf();
      const verdicts = verdictsOf(breaker);
      const call     = cold('-');
      const expected =      '-';
      const unsub    =      '---!';
      expectObservable(call.pipe(circuitBreak(breaker)), unsub).toBe(expected);
      expectSubscriptions(call.subscriptions).toBe('^--!');
      asyncScheduler.schedule(() => expect(verdicts).toEqual(['ignored']), 4);
    });
  });

  it.each([
    ['empty',          '|',          '(^!)'],
    ['a single value', '--a|',       '^--!'],
    ['many values',    'abc--(de)-|', '^---------!'],
  ])('B4: mirrors %s: complete is one success', (_title, marbles, subscription) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = breakerOf();
      const verdicts = verdictsOf(breaker);
      const call = cold(marbles);
      expectObservable(call.pipe(circuitBreak(breaker))).toBe(marbles);
      expectSubscriptions(call.subscriptions).toBe(subscription);
      asyncScheduler.schedule(() => expect(verdicts).toEqual(['success']), 20);
    });
  });

  it.each([
    ['before the first value', '--#'],
    ['after values',           'a-b-#'],
  ])('B4: passes on an error %s as it is, and counts it once', (_title, marbles) => {
    run(({ cold, expectObservable }) => {
      const breaker = breakerOf({ failureThreshold: 2 });
      const verdicts = verdictsOf(breaker);
      const error = { status: 503 };
      const call = cold(marbles, undefined, error);
      expectObservable(call.pipe(circuitBreak(breaker))).toBe(marbles, undefined, error);
      call.pipe(circuitBreak(breaker)).subscribe({ error: (thrown) => expect(thrown).toBe(error) });
      asyncScheduler.schedule(() => expect(verdicts).toEqual(['failure', 'failure', 'opened']), 20);
    });
  });

  it('B2: refuses in the same frame without subscribing while it is open, and lets a probe through at exactly openUntil', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = breakerOf();
      const bad      = cold('  -#');
      const call     = cold('             --a|');
      const guarded  = call.pipe(circuitBreak(breaker));
      expectObservable(bad.pipe(circuitBreak(breaker))).toBe('-#');
      expectObservable(guarded, '----^       ').toBe('        ----#', undefined, open(4, 11));
      expectObservable(guarded, '----------^ ').toBe('        ----------#', undefined, open(10, 11));
      expectObservable(guarded, '-----------^').toBe('        -------------a|');
      expectSubscriptions(call.subscriptions).toBe(['-----------^--!']);
    });
  });

  it('B3: refuses a second call while the probe is out', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker({ recoveryTimeout: 2 });
      const call     = cold('     ---a|');
      const guarded  = call.pipe(circuitBreak(breaker));
      expectObservable(guarded, ' --^').toBe(       '-----a|');
      expectObservable(guarded, ' ---^').toBe(      '---#', undefined, new CircuitOpenError({ cause: 'error' }));
      expectObservable(guarded, ' -------^').toBe(  '----------a|');
      expectSubscriptions(call.subscriptions).toBe(['--^---!', '-------^---!']);
    });
  });

  it('B4: gives a probe back that is unsubscribed before its first content', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker({ recoveryTimeout: 2 });
      const call     = cold('     ---a|');
      const guarded  = call.pipe(circuitBreak(breaker));
      expectObservable(guarded, ' --^-!').toBe(     '-');
      expectObservable(guarded, ' -----^').toBe(    '--------a|');
      expectSubscriptions(call.subscriptions).toBe(['--^-!', '-----^---!']);
    });
  });

  it('B4: takes a call that is unsubscribed after its first content for a success', () => {
    run(({ cold, expectObservable }) => {
      const breaker = breakerOf();
      const verdicts = verdictsOf(breaker);
      const call     = cold('     -a-----b|');
      expectObservable(call.pipe(circuitBreak(breaker)), '--^--!').toBe('---a');
      asyncScheduler.schedule(() => expect(verdicts).toEqual([]), 4);
      asyncScheduler.schedule(() => expect(verdicts).toEqual(['success']), 6);
    });
  });

  it.each([
    ['gives a probe back', '--^-!', ['ignored', 'half-open']],
    ['takes it for a success', '--^---!', ['closed', 'success', 'closed']],
  ])('B4: a stream of a provider that has only said who speaks says nothing: %s', (_title, unsub, expected) => {
    run(({ cold, expectObservable }) => {
      const breaker = openBreaker({ recoveryTimeout: 2 });
      const verdicts = verdictsOf(breaker);
      const chunks = { r: { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] }, a: { choices: [{ index: 0, delta: { content: 'Hi' } }] } };
      const call = cold('           r--a', chunks);
      expectObservable(call.pipe(circuitBreak(breaker)), unsub).toBe(unsub.length > 5 ? '--r--a' : '--r', chunks);
      asyncScheduler.schedule(() => expect([...verdicts.slice(1), breaker.state.status]).toEqual(expected), 10);
    });
  });

  it('B4: goes by an isContent of its own, whose truth counts', () => {
    run(({ cold, expectObservable }) => {
      const [breaker, other] = [openBreaker({ recoveryTimeout: 2 }), openBreaker({ recoveryTimeout: 2 })];
      const isContent = (value: string) => (value === 'c' ? 1 : undefined) as unknown as boolean;
      const call = cold('           abcd|');
      expectObservable(call.pipe(circuitBreak(breaker, { isContent })), '--^-!').toBe('--ab');
      expectObservable(call.pipe(circuitBreak(other, { isContent })), '--^--!').toBe('--abc');
      asyncScheduler.schedule(() => expect([breaker, other].map(({ state }) => state.status)).toEqual(['half-open', 'closed']), 10);
    });
  });

  it('C5: sends what isContent throws to the error channel of the call, and stops its source', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const broken = new Error('broken');
      const breaker = breakerOf();
      const call = cold('-a-b|');
      const isContent = (value: string) => {
        if (value === 'b') {
          throw broken;
        }
        return true;
      };
      expectObservable(call.pipe(circuitBreak(breaker, { isContent }))).toBe('-a-#', undefined, broken);
      expectSubscriptions(call.subscriptions).toBe('^--!');
      asyncScheduler.schedule(() => expect(breaker.isIdle).toBe(false), 5);
    });
  });

  it('B4: takes a call that is unsubscribed inside next for a success', () => {
    const breaker = openBreaker({ recoveryTimeout: 0 });
    const seen: number[] = [];
    range(1, 10).pipe(circuitBreak(breaker), take(2)).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2]);
    expect(breaker.state.status).toBe('closed');
  });

  it('B4: judges a stream at its end, not at its opening', () => {
    run(({ cold, expectObservable }) => {
      const breaker = breakerOf();
      const call     = cold('     a----#');
      expectObservable(call.pipe(circuitBreak(breaker)), '--^').toBe('--a----#');
      asyncScheduler.schedule(() => expect(breaker.state.status).toBe('closed'), 6);
      asyncScheduler.schedule(() => expect(breaker.state.status).toBe('open'), 8);
    });
  });

  it('B10: a probe closes it with its first content, and opens it again if it fails then', () => {
    run(({ cold, expectObservable }) => {
      const breaker = openBreaker({ recoveryTimeout: 2 });
      const verdicts = verdictsOf(breaker);
      const call     = cold('     -a----#');
      expectObservable(call.pipe(circuitBreak(breaker)), '--^').toBe('---a----#');
      asyncScheduler.schedule(() => expect([breaker.state.status, verdicts]).toEqual(['closed', ['half-opened', 'closed']]), 7);
      asyncScheduler.schedule(() => {
        expect(breaker.state).toMatchObject({ status: 'open', openedAt: 8, openUntil: 10 });
        expect(verdicts).toEqual(['half-opened', 'closed', 'failure', 'opened']);
      }, 9);
    });
  });

  it('B5: fails a hung probe but not a long answer', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker({ recoveryTimeout: 2, halfOpen: { calls: 2, timeout: 5 } });
      const hung     = cold('      -');
      const long     = cold('      ----a----b----c----d|');
      expectObservable(hung.pipe(circuitBreak(breaker)), '--^------!').toBe('-');
      expectObservable(long.pipe(circuitBreak(breaker)), '9ms ^').toBe('9ms ----a----b----c----d|');
      expectSubscriptions(hung.subscriptions).toBe('--^------!');
      asyncScheduler.schedule(() => expect(breaker.state).toMatchObject({ status: 'open', openedAt: 7, openUntil: 9 }), 8);
      asyncScheduler.schedule(() => expect(breaker.state).toMatchObject({ status: 'half-open', calls: 1 }), 28);
      asyncScheduler.schedule(() => expect(breaker.state).toMatchObject({ status: 'half-open', calls: 1, failures: 0 }), 50);
    });
  });

  it('B6: a late result of a call begun before it opened decides nothing', () => {
    run(({ cold, expectObservable }) => {
      const breaker = breakerOf({ recoveryTimeout: 3 });
      const late     = cold('      -----#');
      const bad      = cold('      -#');
      const probe    = cold('          ---a|');
      expectObservable(late.pipe(circuitBreak(breaker))).toBe('        -----#');
      expectObservable(bad.pipe(circuitBreak(breaker))).toBe('         -#');
      expectObservable(probe.pipe(circuitBreak(breaker)), '----^').toBe('-------a|');
      asyncScheduler.schedule(() => expect(breaker.state).toMatchObject({ status: 'half-open', failures: 0 }), 6);
      asyncScheduler.schedule(() => expect(breaker.state.status).toBe('closed'), 9);
    });
  });

  it('C1: makes a call of every subscription of one instance', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = breakerOf({ failureThreshold: 2 });
      const call     = cold('  -#');
      const guarded  = call.pipe(circuitBreak(breaker));
      expectObservable(guarded).toBe('            -#');
      expectObservable(guarded, '---^').toBe('    ----#');
      expectObservable(guarded, '-----^').toBe('  -----#', undefined, new CircuitOpenError({ retryAfter: 9, openUntil: 14, cause: 'error' }));
      expectSubscriptions(call.subscriptions).toBe(['^!', '---^!']);
    });
  });

  it('C2: refuses bad options, naming the value', () => {
    const breaker = breakerOf();
    const wrong = (options: unknown) => () => circuitBreak(breaker, options as CircuitBreakOptions);
    expect(wrong({ whenOpen: 'later' })).toThrow(/circuitBreak: whenOpen .*got "later"/);
    expect(wrong({ maxWait: -1 })).toThrow(RangeError);
    expect(wrong({ maxWait: Number.NaN })).toThrow(/maxWait .*got NaN/);
    expect(wrong({ isContent: 'text' })).toThrow(/isContent must be a function, got "text"/);
    expect(wrong({ timeout: 5 })).toThrow(/unknown option timeout: 5/);
    expect(wrong(null)).toThrow(/options must be an object, got null/);
    expect(() => circuitBreak(breaker, { whenOpen: undefined, maxWait: Number.POSITIVE_INFINITY, isContent: undefined })).not.toThrow();
  });

  it('takes a breaker, never a config, and says why', () => {
    for (const config of [{ failureThreshold: 3 }, undefined, null, 5]) {
      expect(() => circuitBreak(config as unknown as Breaker)).toThrow(TypeError);
    }
    expect(() => circuitBreak({ failureThreshold: 3 } as unknown as Breaker)).toThrow(/not a config.*got {"failureThreshold":3}/);
  });

  it('takes any breaker, and refuses to wait at one that has no turn()', () => {
    const told: string[] = [];
    const breaker: Breaker = {
      admit: () => ({
        value: () => told.push('value'), succeed: () => told.push('succeed'), fail: () => told.push('fail'), ignore: () => told.push('ignore'),
      }),
    };
    of(1, 2).pipe(circuitBreak(breaker)).subscribe();
    throwError(() => 'error').pipe(circuitBreak(breaker)).subscribe({ error: () => told.push('error') });
    NEVER.pipe(circuitBreak(breaker)).subscribe().unsubscribe();
    expect(told).toEqual(['value', 'value', 'succeed', 'fail', 'error', 'ignore']);
    expect(() => circuitBreak(breaker, { whenOpen: 'wait' })).toThrow(/needs a breaker with turn\(\)/);
  });

  it('C12: delivers the refusal of a breaker without a scheduler in the same frame', () => {
    run(({ expectObservable }) => {
      const breaker: Breaker = { admit: () => {
        throw new CircuitOpenError();
      } };
      expectObservable(NEVER.pipe(circuitBreak(breaker)), '---^').toBe('---#', undefined, new CircuitOpenError());
    });
  });

  it('C4: cancels a refusal that was not delivered yet', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const error = vi.fn();
    const subscription = of(1).pipe(circuitBreak(breaker)).subscribe({ error });
    expect([time.timers, error.mock.calls.length]).toEqual([1, 0]);
    subscription.unsubscribe();
    expect(time.timers).toBe(0);
    time.pass(5);
    expect(error).not.toHaveBeenCalled();
  });

  it('C4: does not subscribe the source of a call that a listener of the breaker unsubscribes', () => {
    const breaker = openBreaker({ recoveryTimeout: 0 });
    const source = vi.fn();
    const leaving = new Subject<void>();
    breaker.state$.subscribe(({ calls }) => calls === 1 && leaving.next());
    new Observable(source).pipe(circuitBreak(breaker), takeUntil(leaving)).subscribe();
    expect(source).not.toHaveBeenCalled();
    expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
  });

  it('C5: pulls a synchronous source under take(3) three times', () => {
    let pulled = 0;
    const endless = new Observable<number>((subscriber) => {
      while (!subscriber.closed && pulled < 1_000) {
        pulled += 1;
        subscriber.next(pulled);
      }
    });
    endless.pipe(circuitBreak(breakerOf()), take(3)).subscribe();
    expect(pulled).toBe(3);
  });

  it('C5: sends what outcome throws to the error channel of the call', () => {
    run(({ cold, expectObservable }) => {
      const broken = new Error('broken');
      const breaker = openBreaker({ recoveryTimeout: 0, outcome: (error) => {
        if (error === 'other') {
          throw broken;
        }
        return 'failure';
      } });
      const call     = cold('  --#', undefined, 'other');
      const guarded  = call.pipe(circuitBreak(breaker));
      expectObservable(guarded).toBe('--#', undefined, broken);
      asyncScheduler.schedule(() => expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0 }), 3);
    });
  });

  it('C5: sends what recoveryTimeout throws, or a RangeError for NaN, to the error channel of the call', () => {
    run(({ cold, expectObservable }) => {
      const breaker = breakerOf({ recoveryTimeout: () => Number.NaN });
      const call     = cold('  a-#');
      const errors: unknown[] = [];
      call.pipe(circuitBreak(breaker)).subscribe({ error: (error) => errors.push(error) });
      expectObservable(call.pipe(map((value) => value))).toBe('a-#');
      asyncScheduler.schedule(() => {
        expect(errors).toHaveLength(1);
        expect(errors[0]).toBeInstanceOf(RangeError);
        expect(breaker.state.status).toBe('closed');
      }, 3);
    });
  });

  it('C8: passes errors of the source on as the same object', () => {
    const error = { status: 500 };
    const seen: unknown[] = [];
    throwError(() => error).pipe(circuitBreak(breakerOf())).subscribe({ error: (thrown) => seen.push(thrown) });
    expect(seen[0]).toBe(error);
  });

  it('C11: records the outcome before the terminal notification goes downstream', () => {
    const breaker = openBreaker({ recoveryTimeout: 0 });
    const statuses: string[] = [];
    const note = () => statuses.push(breaker.state.status);
    of(1).pipe(circuitBreak(breaker)).subscribe({ complete: note });
    const slow = breakerOf();
    throwError(() => 'error').pipe(circuitBreak(slow)).subscribe({ error: () => statuses.push(slow.state.status) });
    expect(statuses).toEqual(['closed', 'open']);
  });

  it('C11: refuses a consumer that subscribes again inside error, and lets one through inside complete', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = breakerOf();
      const bad      = cold('  -#');
      const guarded: Observable<string> = bad.pipe(circuitBreak(breaker), catchError((error) => (error === 'error' ? guarded : of('r'))));
      expectObservable(guarded).toBe('-(r|)');
      expectSubscriptions(bad.subscriptions).toBe('^!');
      const healthy = openBreaker({ recoveryTimeout: 0 });
      const good     = cold('  -a|');
      const once = good.pipe(circuitBreak(healthy));
      expectObservable(concat(once, once)).toBe('-a-a|');
    });
  });

  it('lets a call begin another one on the same breaker inside next', () => {
    const breaker = breakerOf();
    const seen: number[] = [];
    of(0).pipe(expand((value) => (value < 5 ? of(value + 1).pipe(circuitBreak(breaker)) : EMPTY)), circuitBreak(breaker)).subscribe((value) => seen.push(value));
    expect(seen).toEqual([0, 1, 2, 3, 4, 5]);
    expect(breaker.isIdle).toBe(true);
  });

  it('C6: passes 1,000,000 synchronous values on', () => {
    let count = 0;
    const breaker = openBreaker({ recoveryTimeout: 0, scheduler: new VirtualTime() });
    range(0, 1_000_000).pipe(circuitBreak(breaker)).subscribe(() => {
      count += 1;
    });
    expect(count).toBe(1_000_000);
    expect(breaker.state.status).toBe('closed');
  });

  it('C12: refuses 100,000 calls in mergeMap with concurrency, to the last one', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    let [refused, isComplete] = [0, false];
    const call = of('never').pipe(circuitBreak(breaker), catchError(() => {
      refused += 1;
      return EMPTY;
    }));
    range(0, 100_000).pipe(mergeMap(() => call, 10)).subscribe({ complete: () => {
      isComplete = true;
    } });
    time.pass(0);
    expect([refused, isComplete]).toEqual([100_000, true]);
    expect(time.timers).toBe(0);
  }, 30_000);

  it('tears the source down once, at an unsubscription and after its end', () => {
    const log: string[] = [];
    const breaker = breakerOf();
    NEVER.pipe(finalize(() => log.push('closed')), circuitBreak(breaker)).subscribe().unsubscribe();
    of(1).pipe(finalize(() => log.push('ended')), circuitBreak(breaker), tap({ complete: () => log.push('told') })).subscribe();
    expect(log).toEqual(['closed', 'told', 'ended']);
    expect(breaker.isIdle).toBe(true);
  });

  it('needs no annotations in a pipe', () => {
    const breaker = breakerOf();
    expectTypeOf(of(1, 'a').pipe(circuitBreak(breaker))).toEqualTypeOf<Observable<string | number>>();
    expectTypeOf(defer(() => Promise.resolve(5)).pipe(circuitBreak(breaker, { whenOpen: 'wait', maxWait: 5 }), map((value) => value.toFixed())))
      .toEqualTypeOf<Observable<string>>();
    expectTypeOf(of(1, 'a').pipe(circuitBreak(breaker, { isContent: (value) => value !== 1 }))).toEqualTypeOf<Observable<string | number>>();
    // @ts-expect-error: a typo in an option
    expect(() => circuitBreak(breaker, { whenopen: 'wait' })).toThrow(TypeError);
  });

  it('C2: names the owner of a wrong option, and takes every right one', () => {
    const breaker = breakerOf();
    for (const whenOpen of ['error', 'wait'] as const) {
      expect(() => circuitBreak(breaker, { whenOpen, maxWait: Number.POSITIVE_INFINITY })).not.toThrow();
    }
    expect(() => circuitBreak({} as Breaker)).toThrow('circuitBreak: breaker must be a CircuitBreaker');
    expect(() => circuitBreak(null as unknown as Breaker)).toThrow('circuitBreak: breaker must be a CircuitBreaker');
    const wild = breakerOf({ recoveryTimeout: () => -1 });
    expect(() => wild.admit().fail('error')).toThrow('CircuitBreaker: recoveryTimeout must be a finite number of at least 0, got -1');
  });

  it('B4: tells a breaker of somebody else how the call ended', () => {
    const told: string[] = [];
    const say = (word: string) => () => { told.push(word); };
    const breaker: Breaker = { admit: () => ({ value: say('value'), succeed: say('succeed'), fail: say('fail'), ignore: say('ignore') }) };
    of(1).pipe(circuitBreak(breaker)).subscribe();
    EMPTY.pipe(circuitBreak(breaker)).subscribe();
    throwError(() => 'error').pipe(circuitBreak(breaker)).subscribe({ error: () => undefined });
    concat(of(1), NEVER).pipe(circuitBreak(breaker)).subscribe().unsubscribe();
    NEVER.pipe(circuitBreak(breaker)).subscribe().unsubscribe();
    expect(told).toEqual(['value', 'succeed', 'succeed', 'fail', 'value', 'succeed', 'ignore']);
  });

  it('B4: unsubscribed by a listener of the breaker at its first value, a call is a success', () => {
    const scheduler = new VirtualTime();
    const slow = slowCallRate({ slowerThan: 10, threshold: 1, minimumCalls: 10, calls: 10 });
    const breaker = new CircuitBreaker({ trip: [consecutiveFailures(2), slow], scheduler });
    breaker.admit().fail(new Error('x'));
    const source = new Subject<number>();
    const types: string[] = [];
    const call = source.pipe(circuitBreak(breaker)).subscribe();
    breaker.events$.subscribe(({ type }) => types.push(type));
    breaker.state$.subscribe(({ calls }) => calls === 2 && call.unsubscribe());
    scheduler.pass(5);
    source.next(1);
    expect([types, breaker.state.failures]).toEqual([['success'], 0]);
  });
});
