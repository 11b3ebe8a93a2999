import { asyncScheduler, catchError, defer, EMPTY, merge, mergeMap, NEVER, type Observable, of, range, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Admission, TurnOptions } from '../../src/circuit/breaker';
import { circuitBreak } from '../../src/circuit/circuit-break';
import { CircuitBreaker, type CircuitBreakerConfig } from '../../src/circuit/circuit-breaker';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import { consecutiveFailures } from '../../src/circuit/trip';
import { fc } from '../support/property';
import { run } from '../support/run';
import { VirtualTime } from './virtual-time';

/** Open since 0, for 10 ms. */
function openBreaker(config: CircuitBreakerConfig = {}): CircuitBreaker {
  const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, ...config });
  breaker.admit().fail('error');
  return breaker;
}

const wait = { whenOpen: 'wait' } as const;
const stillOut = new CircuitOpenError({ cause: 'error' });

describe("circuitBreak with whenOpen: 'wait'", () => {
  it('B9: subscribes at once while it is closed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = new CircuitBreaker();
      const call     = cold('a-b|');
      expectObservable(call.pipe(circuitBreak(breaker, wait))).toBe('a-b|');
      expectSubscriptions(call.subscriptions).toBe('^--!');
    });
  });

  it('B9: goes as the probe at openUntil, and the others once it has closed', () => {
    run(({ cold, hot, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const call     = cold('          ---a|');
      const calls    = hot('  -xxx|');
      const expected =     '  -------------a--a--a';
      const results = calls.pipe(mergeMap(() => call.pipe(circuitBreak(breaker, wait))));
      expectObservable(results, '^ 19ms !').toBe(expected);
      expectSubscriptions(call.subscriptions).toBe([
                           '  ----------^---!',
                           '  -------------^---!',
                           '  ----------------^---!',
      ]);
    });
  });

  it('B9: lets callers go in order, as many as there are probes, the rest when it closes', () => {
    run(({ cold, expectSubscriptions }) => {
      const breaker = openBreaker({ halfOpen: { calls: 3, failures: 2 } });
      const probes = [cold('---|'), cold('-|'), cold('-----|')];
      const [after, last] = [cold('|'), cold('|')];
      for (const call of [...probes, after, last]) {
        call.pipe(circuitBreak(breaker, wait)).subscribe();
      }
      expectSubscriptions(probes[0]!.subscriptions).toBe('----------^--!');
      expectSubscriptions(probes[1]!.subscriptions).toBe('----------^!');
      expectSubscriptions(probes[2]!.subscriptions).toBe('----------^----!');
      expectSubscriptions(after.subscriptions).toBe('     -------------(^!)');
      expectSubscriptions(last.subscriptions).toBe('      -------------(^!)');
    });
  });

  it('B9: waits on when the probe fails, until the next one', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const bad      = cold('            -#');
      const good     = cold('                         a|');
      expectObservable(bad.pipe(circuitBreak(breaker, wait))).toBe('  -----------#');
      expectObservable(good.pipe(circuitBreak(breaker, wait))).toBe(' ---------------------a|');
      expectSubscriptions(bad.subscriptions).toBe('  ----------^!');
      expectSubscriptions(good.subscriptions).toBe(' ---------------------^!');
    });
  });

  it('B9: hands the place of a probe that was given up to the next in line', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const hung     = cold('            -');
      const good     = cold('               a|');
      expectObservable(hung.pipe(circuitBreak(breaker, wait)), '^------------!').toBe('-');
      expectObservable(good.pipe(circuitBreak(breaker, wait))).toBe('  -------------a|');
      expectSubscriptions(hung.subscriptions).toBe(' ----------^--!');
      expectSubscriptions(good.subscriptions).toBe(' -------------^!');
    });
  });

  it('B5: fails a probe that has waited and then hangs, so that the next one goes', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker({ halfOpen: { timeout: 3 }, recoveryTimeout: 5 });
      const hung     = cold('     -');
      const good     = cold('             a|');
      expectObservable(hung.pipe(circuitBreak(breaker, wait)), '^------------------!').toBe('-');
      expectObservable(good.pipe(circuitBreak(breaker, wait))).toBe('  -------------a|');
      expectSubscriptions(hung.subscriptions).toBe(' -----^-------------!');
      expectSubscriptions(good.subscriptions).toBe(' -------------^!');
    });
  });

  it('B9: refuses after maxWait', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const call = cold('a|');
      const error = new CircuitOpenError({ retryAfter: 4, openUntil: 10, cause: 'error' });
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 5 })), '-^').toBe('------#', undefined, error);
      expectSubscriptions(call.subscriptions).toBe([]);
    });
  });

  it('B9: refuses after maxWait while the probe is still out', () => {
    run(({ cold, expectObservable }) => {
      const breaker = openBreaker();
      const hung = cold('-');
      const call = cold('a|');
      expectObservable(hung.pipe(circuitBreak(breaker, wait)), '^ 29ms !').toBe('-');
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 15 }))).toBe('15ms #', undefined, stillOut);
    });
  });

  it('B9: lets a caller through whose maxWait ends in the frame in which it is let through', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const probe    = cold('          ---|');
      const call     = cold('             a|');
      expectObservable(probe.pipe(circuitBreak(breaker, { ...wait, maxWait: 10 }))).toBe('-------------|');
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 13 }))).toBe('-------------a|');
      expectSubscriptions(probe.subscriptions).toBe('----------^--!');
      expectSubscriptions(call.subscriptions).toBe('-------------^!');
    });
  });

  it('B9: lets callers through at openUntil although the deadline was set first', () => {
    run(({ cold, expectObservable }) => {
      const breaker = openBreaker({ recoveryTimeout: 5 });
      const call = cold('a|');
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 5 }))).toBe('-----a|');
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 5 }))).toBe('-----a|');
    });
  });

  it('B9: never waits with maxWait: 0, and refuses in the same frame', () => {
    run(({ cold, expectObservable }) => {
      const breaker = openBreaker();
      const call = cold('a|');
      const error = new CircuitOpenError({ retryAfter: 7, openUntil: 10, cause: 'error' });
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 0 })), '---^').toBe('---#', undefined, error);
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 0 })), '10ms ^').toBe('10ms a|');
    });
  });

  it('C4: never subscribes a call that is unsubscribed while it waits', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const gone     = cold('a|');
      const next     = cold('          a|');
      expectObservable(gone.pipe(circuitBreak(breaker, wait)), '^---!').toBe('-');
      expectObservable(next.pipe(circuitBreak(breaker, wait))).toBe('----------a|');
      expectSubscriptions(gone.subscriptions).toBe([]);
      expectSubscriptions(next.subscriptions).toBe('----------^!');
    });
  });

  it('lets everybody through on reset', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const breaker = openBreaker();
      const call     = cold('    a|');
      const guarded = call.pipe(circuitBreak(breaker, wait));
      asyncScheduler.schedule(() => breaker.reset(), 4);
      expectObservable(guarded).toBe('    ----a|');
      expectObservable(guarded).toBe('    ----a|');
      expectSubscriptions(call.subscriptions).toBe(['----^!', '----^!']);
    });
  });

  it('waits while it is isolated, and goes on when it is released', () => {
    run(({ cold, expectObservable }) => {
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10 });
      const release = breaker.isolate();
      const call     = cold('    a|');
      const guarded = call.pipe(circuitBreak(breaker, wait));
      asyncScheduler.schedule(release, 4);
      expectObservable(guarded).toBe('    ----a|');
      expectObservable(call.pipe(circuitBreak(breaker, { ...wait, maxWait: 3 }))).toBe('---#', undefined, new CircuitOpenError());
    });
  });

  it('sends a refusal that an own breaker gives after the turn to the call', () => {
    const scheduler = new VirtualTime();
    const error = vi.fn();
    const refusal = new CircuitOpenError();
    const breaker = { scheduler, turn: () => of(undefined), admit: () => {
      throw refusal;
    } };
    of(1).pipe(circuitBreak(breaker, wait)).subscribe({ error });
    expect(error).not.toHaveBeenCalled(); // C12: by schedule(…, 0)
    scheduler.pass(0);
    expect(error).toHaveBeenCalledExactlyOnceWith(refusal);
  });

  it('begins with the probe of a breaker whose probes need no begin()', () => {
    const probe: Admission = { value: vi.fn(), succeed: vi.fn(), fail: vi.fn(), ignore: vi.fn() };
    of(1).pipe(circuitBreak({ turn: () => of(probe), admit: () => probe }, wait)).subscribe();
    expect(probe.succeed).toHaveBeenCalledOnce();
  });

  it('C6: lets 100,000 waiting calls through at closing, in order, without overflowing the stack', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const seen: number[] = [];
    for (let id = 0; id < 100_000; id += 1) {
      of(id).pipe(circuitBreak(breaker, { ...wait, maxWait: 1_000 })).subscribe((each) => seen.push(each));
    }
    expect(time.timers).toBe(2);
    time.pass(10);
    expect(seen).toHaveLength(100_000);
    expect(seen.every((id, index) => id === index)).toBe(true);
    expect(time.timers).toBe(0);
    expect(breaker.isIdle).toBe(true);
  }, 30_000);

  it('C6: sends 20,000 failing probes one after the other if recovery takes no time', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time, recoveryTimeout: (openings) => (openings === 1 ? 10 : 0) });
    let failed = 0;
    for (let id = 0; id < 20_000; id += 1) {
      throwError(() => 'error').pipe(circuitBreak(breaker, wait)).subscribe({ error: () => {
        failed += 1;
      } });
    }
    time.pass(10);
    expect(failed).toBe(20_000);
    expect(breaker.state.openings).toBe(20_001);
  }, 30_000);

  it('C6: refuses 10,000 waiting calls of mergeMap whose time is up', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time, recoveryTimeout: 1e9 });
    let [refused, isComplete] = [0, false];
    const call = of(1).pipe(circuitBreak(breaker, { ...wait, maxWait: 5 }), catchError(() => {
      refused += 1;
      return EMPTY;
    }));
    range(0, 20_000).pipe(mergeMap(() => call, 10_000)).subscribe({ complete: () => {
      isComplete = true;
    } });
    time.pass(5);
    expect([refused, isComplete]).toEqual([10_000, false]);
    time.pass(5);
    expect([refused, isComplete]).toEqual([20_000, true]);
    expect(time.timers).toBe(0);
  }, 30_000);
});

describe('B13: once it has closed, those who wait go by doubling', () => {
  /** Calls that wait, each with a source of its own, told by number. */
  function waitingAt(breaker: CircuitBreaker, count: number) {
    const begun: number[] = [];
    const sources = Array.from({ length: count }, () => new Subject<unknown>());
    const calls = sources.map((source, number) => defer(() => {
      begun.push(number);
      return source;
    }).pipe(circuitBreak(breaker, wait)).subscribe({ error: () => undefined }));
    return { begun, sources, calls };
  }

  function closedAt10(count: number, config: CircuitBreakerConfig = {}) {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time, failureThreshold: undefined, trip: consecutiveFailures(5), recoveryTimeout: 10, ...config });
    for (let failures = 1; failures < 5; failures += 1) {
      breaker.admit().fail('error');
    }
    const rig = waitingAt(breaker, count);
    time.pass(10);
    expect(rig.begun).toEqual([0]);
    rig.sources[0]!.next('content');
    return { time, breaker, ...rig };
  }

  it('one, then two for each that has content or completes, and not for what the probe does then', () => {
    const { begun, sources } = closedAt10(9);
    expect(begun).toEqual([0, 1]);
    sources[0]!.next('more');
    sources[0]!.complete();
    expect(begun).toEqual([0, 1]);
    sources[1]!.complete();
    expect(begun).toEqual([0, 1, 2, 3]);
    sources[3]!.next('content');
    sources[3]!.next('more');
    sources[3]!.complete();
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
    sources[2]!.next('content');
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  });

  it('by content, not by what a stream says before', () => {
    const { begun, sources } = closedAt10(4);
    sources[1]!.next({ type: 'message_start', message: { role: 'assistant', content: [] } });
    expect(begun).toEqual([0, 1]);
    sources[1]!.next({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } });
    expect(begun).toEqual([0, 1, 2, 3]);
  });

  it('nobody for one that fails while others are out, one for the last that does', () => {
    const { breaker, begun, sources } = closedAt10(8);
    sources[1]!.next('content');
    sources[2]!.error('error');
    expect([begun, breaker.state.failures]).toEqual([[0, 1, 2, 3], 1]);
    sources[3]!.error('error');
    expect([begun, breaker.state.failures]).toEqual([[0, 1, 2, 3, 4], 2]);
    sources[4]!.next('content');
    expect(begun).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  it('no further one if failures open it again, and one by one from its next closing on', () => {
    const { time, breaker, begun, sources } = closedAt10(8);
    sources[1]!.next('content');
    sources[0]!.error('error'); // the probe
    sources[2]!.next('late');
    expect([begun, breaker.state.status]).toEqual([[0, 1, 2, 3], 'open']);
    time.pass(10);
    expect(begun).toEqual([0, 1, 2, 3, 4]);
    sources[4]!.next('content');
    expect(begun).toEqual([0, 1, 2, 3, 4, 5]);
  });

  it('newcomers that wait stand behind them, and others go at once', () => {
    const { breaker, begun, sources } = closedAt10(3);
    const late = vi.fn();
    of(1).pipe(circuitBreak(breaker, wait)).subscribe(late);
    const [hasty, other] = [vi.fn(), vi.fn()];
    of(1).pipe(circuitBreak(breaker, { ...wait, maxWait: 0 })).subscribe(hasty);
    of(1).pipe(circuitBreak(breaker)).subscribe(other);
    expect([begun, late.mock.calls.length, hasty.mock.calls.length, other.mock.calls.length]).toEqual([[0, 1], 0, 1, 1]);
    sources[1]!.next('content');
    sources[2]!.next('content');
    expect(late).toHaveBeenCalledOnce();
    of(1).pipe(circuitBreak(breaker, wait)).subscribe(late); // nobody stands before this one
    expect(late).toHaveBeenCalledTimes(2);
  });

  it('who leaves the queue leaves nothing behind, and the next queue begins with one again', () => {
    const { breaker, begun, calls, sources } = closedAt10(4);
    calls[2]!.unsubscribe();
    calls[3]!.unsubscribe();
    const release = breaker.isolate();
    const next = waitingAt(breaker, 3);
    release();
    sources[1]!.next('content'); // of another queue
    expect([begun, next.begun]).toEqual([[0, 1], [0]]);
    next.sources[0]!.complete();
    expect(next.begun).toEqual([0, 1, 2]);
  });

  it('refuses those whose time is up meanwhile, and holds no timer for the others', () => {
    const { time, breaker, begun, calls } = closedAt10(3);
    const error = vi.fn();
    NEVER.pipe(circuitBreak(breaker, { ...wait, maxWait: 5 })).subscribe({ error });
    expect(time.timers).toBe(1);
    time.pass(5);
    expect([error.mock.calls.length, time.timers, begun]).toEqual([1, 0, [0, 1]]);
    for (const call of calls) {
      call.unsubscribe();
    }
    time.pass(0);
    expect([begun, time.timers]).toEqual([[0, 1], 0]);
  });

  it('those who do not call at once are not waited for', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const told = vi.fn();
    for (let caller = 0; caller < 5; caller += 1) {
      breaker.turn().subscribe(told);
    }
    time.pass(10);
    (told.mock.calls[0]![0] as Admission).value();
    expect(told).toHaveBeenCalledTimes(5);
  });

  it('each that calls as its turn comes is one', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const admissions: Admission[] = [];
    for (let caller = 0; caller < 6; caller += 1) {
      breaker.turn().subscribe((probe) => admissions.push(probe ?? breaker.admit()));
    }
    time.pass(10);
    admissions[0]!.value();
    expect(admissions).toHaveLength(2);
    admissions[1]!.value();
    expect(admissions).toHaveLength(4);
  });

  it('whatever becomes of them, all go in order, and nobody waits for good', () => {
    const ends = fc.constantFrom('content', 'complete', 'error', 'leave');
    fc.assert(
      fc.property(fc.array(fc.record({ which: fc.nat(30), end: ends }), { minLength: 30, maxLength: 60 }), fc.integer({ min: 1, max: 20 }), (all, count) => {
        const { time, begun, sources, calls } = closedAt10(count);
        const out = () => begun.filter((number) => !ended.has(number));
        const ended = new Set<number>();
        for (const { which, end } of all) {
          const open = out();
          const number = open[which % Math.max(1, open.length)];
          if (number !== undefined) {
            end === 'leave' ? calls[number]!.unsubscribe() : end === 'content' ? sources[number]!.next(1) : end === 'error' ? sources[number]!.error({ status: 400 }) : sources[number]!.complete();
            if (end !== 'content') {
              ended.add(number);
            }
            time.pass(0);
          }
          expect(begun).toEqual(begun.map((_, index) => index));
          expect(begun.length === count || out().length > 0).toBe(true);
        }
      }),
      { numRuns: 100 },
    );
  });
});

describe('CircuitBreaker.turn', () => {
  /** Subscribes to a turn; what comes of it is written down. */
  function turnOf(breaker: CircuitBreaker, options: TurnOptions = {}) {
    const told: unknown[] = [];
    const subscription = breaker.turn(options).subscribe({
      next: (probe) => told.push(probe === undefined ? 'closed' : probe),
      error: (error) => told.push(error),
      complete: () => told.push('complete'),
    });
    return { told, subscription };
  }

  it('gives nothing but leave while it is closed', () => {
    expect(turnOf(new CircuitBreaker()).told).toEqual(['closed', 'complete']);
  });

  it('gives probes whose lease begins with begin()', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time, halfOpen: { timeout: 5 } });
    const { told } = turnOf(breaker);
    time.pass(10);
    expect(told.at(-1)).toBe('complete');
    expect([breaker.state.calls, time.timers]).toEqual([1, 0]);
    time.pass(100);
    expect(breaker.state.status).toBe('half-open');
    const probe = told[0] as Admission;
    expect(probe.begin!()).toBe(true);
    time.pass(5);
    expect(breaker.state.status).toBe('open');
  });

  it('gives probes that are worth nothing once the breaker has opened or closed', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const { told } = turnOf(breaker);
    time.pass(10);
    breaker.reset();
    const probe = told[0] as Admission;
    expect(probe.begin!()).toBe(false);
    expect(time.timers).toBe(0);
    probe.fail('error');
    expect(breaker.state.status).toBe('closed');
    expect(breaker.isIdle).toBe(true);
  });

  it('tells on entering the line who stands ahead, and until when it is open', () => {
    const time = new VirtualTime();
    time.offset = 1_000;
    const breaker = openBreaker({ scheduler: time });
    const onWait = vi.fn();
    turnOf(breaker, { onWait });
    turnOf(breaker, { onWait });
    time.pass(10);
    turnOf(breaker, { onWait });
    expect(onWait.mock.calls).toEqual([[{ ahead: 0, until: 1_010 }], [{ ahead: 1, until: 1_010 }], [{ ahead: 1, until: undefined }]]);
  });

  it('C5: sends what onWait throws to the caller, who leaves the line', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const broken = new Error('broken');
    const { told } = turnOf(breaker, { onWait: () => {
      throw broken;
    } });
    expect(told).toEqual([broken]);
    expect(time.timers).toBe(0);
  });

  it('C2: refuses bad options', () => {
    const breaker = new CircuitBreaker();
    expect(() => breaker.turn({ maxWait: Number.NaN })).toThrow(/CircuitBreaker.turn: maxWait .*got NaN/);
    expect(() => breaker.turn({ onWait: 5 as never })).toThrow(/onWait .*got 5/);
    expect(() => breaker.turn({ patience: 5 } as never)).toThrow(/unknown option patience/);
  });

  it('tells of refusals with the number of the call', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const events: unknown[] = [];
    breaker.events$.subscribe((event) => events.push(event));
    turnOf(breaker, { maxWait: 0, call: 1 });
    turnOf(breaker, { maxWait: 4, call: 2 });
    time.pass(4);
    expect(events).toEqual([
      { type: 'refused', policy: 'breaker', at: 0, retryAfter: 10, call: 1 },
      { type: 'refused', policy: 'breaker', at: 4, retryAfter: 6, call: 2 },
    ]);
  });

  it('C4: gives the probe back to the next if the caller is unsubscribed by a listener while it is let through', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const [first, second] = [turnOf(breaker), turnOf(breaker)];
    breaker.state$.subscribe(({ calls, status }) => status === 'half-open' && calls === 1 && first.subscription.unsubscribe());
    time.pass(10);
    expect(first.told).toEqual([]);
    expect(second.told).toHaveLength(2);
    expect(breaker.state.calls).toBe(1);
  });

  it('C10: holds one timer for the opening and one for all deadlines, and none when everybody has left', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const callers = [turnOf(breaker), turnOf(breaker, { maxWait: 4 }), turnOf(breaker, { maxWait: 3 })];
    expect(time.timers).toBe(2);
    expect(breaker.isIdle).toBe(false);
    for (const { subscription } of callers) {
      subscription.unsubscribe();
    }
    expect(time.timers).toBe(0);
  });

  it('keeps its order when a caller stands in line while others are let through', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const order: string[] = [];
    const late = (name: string, options: TurnOptions = {}) => breaker.turn(options).subscribe({ next: () => order.push(name), error: () => order.push(`${name} refused`) });
    breaker.turn().subscribe(() => {
      order.push('first');
      late('late');
      late('hasty', { maxWait: 0 });
    });
    late('second');
    breaker.reset();
    expect(order).toEqual(['first', 'hasty', 'second', 'late']);
  });

  it('refuses nobody who can go when a deadline is noticed late', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    const { told } = turnOf(breaker, { maxWait: 5 });
    time.offset = 7; // the wall clock says 12 when the timer for 5 rings, long before the one for 10
    time.pass(5);
    expect(told.at(-1)).toBe('complete');
  });

  it('lets a caller who is refused open the way for all others', () => {
    const time = new VirtualTime();
    const breaker = openBreaker({ scheduler: time });
    breaker.turn({ maxWait: 5 }).subscribe({ error: () => breaker.reset() });
    const { told } = turnOf(breaker, { maxWait: 5 });
    time.pass(5);
    expect(told).toEqual(['closed', 'complete']);
  });
});

describe('a late timer at the end of the open period', () => {
  it('B9: does not leave those in line waiting when a newcomer makes the step to half-open', () => {
    run(({ expectObservable, time }) => {
      const late = time('          ----------|');
      let breaker!: CircuitBreaker;
      asyncScheduler.schedule(() => { breaker.turn().subscribe((probe) => order.push(`second ${probe !== undefined}`)); }, late);
      const order: string[] = [];
      breaker = openBreaker();
      asyncScheduler.schedule(() => { breaker.turn().subscribe((probe) => order.push(`first ${probe !== undefined}`)); }, 2);
      expectObservable(of(0)).toBe('(a|)', { a: 0 });
      asyncScheduler.schedule(() => expect(order).toEqual(['first true']), late + 1);
      asyncScheduler.schedule(() => breaker.reset(), late + 2);
      asyncScheduler.schedule(() => expect(order).toEqual(['first true', 'second false']), late + 3);
    });
  });

  it('B9: does not leave those in line waiting when somebody begins to watch then', () => {
    run(({ flush }) => {
      const seen: unknown[] = [];
      let breaker!: CircuitBreaker;
      asyncScheduler.schedule(() => { breaker.state$.subscribe(); }, 10);
      breaker = openBreaker();
      asyncScheduler.schedule(() => { breaker.turn().subscribe((probe) => seen.push(probe !== undefined)); }, 2);
      flush();
      expect(seen).toEqual([true]);
    });
  });

  it('B9: lets those in line go before a call that asks without waiting', () => {
    run(({ flush }) => {
      const seen: unknown[] = [];
      let breaker!: CircuitBreaker;
      asyncScheduler.schedule(() => { expect(() => breaker.admit()).toThrow(CircuitOpenError); }, 10);
      breaker = openBreaker();
      asyncScheduler.schedule(() => { breaker.turn().subscribe((probe) => seen.push(probe !== undefined)); }, 2);
      flush();
      expect(seen).toEqual([true]);
    });
  });

  it('B9: callers of higher priority go first, and retries before first attempts of their priority', () => {
    run(({ flush }) => {
      const breaker = openBreaker();
      const order: string[] = [];
      const stand = (name: string, options: TurnOptions) => breaker.turn(options).subscribe(() => order.push(name));
      stand('first', {});
      stand('retry', { retry: true });
      stand('urgent', { priority: 1 });
      asyncScheduler.schedule(() => breaker.reset(), 5);
      flush();
      expect(order).toEqual(['urgent', 'retry', 'first']);
    });
  });
});

describe('B9, C4: whoever waits for the breaker is let through, whoever else leaves with the probe', () => {
  const rig = (answer: () => Observable<unknown>) => {
    const scheduler = new VirtualTime();
    const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler });
    breaker.admit().fail(new Error('down'));
    const begun: string[] = [];
    const call = (name: string) => defer(() => { begun.push(`${name} ${scheduler.now()}`); return answer(); }).pipe(circuitBreak(breaker, { whenOpen: 'wait' })).subscribe();
    const calls = ['probe', 'b', 'c', 'd'].map(call);
    scheduler.pass(10);
    return { scheduler, breaker, begun, calls };
  };

  it.each([[0, 1], [0, 2], [0, 3], [2, 0], [0, 1, 2]])('calls %s, %s, %s', (...which) => {
    const { scheduler, begun, calls } = rig(() => NEVER);
    for (const each of which) {
      calls[each]!.unsubscribe();
    }
    scheduler.pass(1_000);
    const next = ['probe', 'b', 'c', 'd'].find((_, index) => !which.includes(index));
    expect(begun).toEqual(['probe 10', `${next} 10`]);
  });

  it('B13: the next one, if the first that went since it closed leaves without content', () => {
    const answers = [merge(of(1), NEVER), NEVER, NEVER, NEVER];
    const { scheduler, breaker, begun, calls } = rig(() => answers.shift()!);
    calls[1]!.unsubscribe();
    expect(begun).toEqual(['probe 10', 'b 10']);
    calls[2]!.unsubscribe();
    scheduler.pass(1_000);
    expect([breaker.state.status, begun]).toEqual(['closed', ['probe 10', 'b 10', 'd 10']]);
  });
});
