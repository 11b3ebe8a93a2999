import { asyncScheduler, config, defer, EMPTY, finalize, NEVER, Observable, of, Subject, Subscriber, take, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { CircuitOpenError, type Hedge, type HedgeConfig, hedge, RetryBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { run } from '../support/run';

const down = { status: 503 };

/** Its sources in turn; the last one from then on. */
const inTurn = <T>(...sources: Observable<T>[]) => defer(() => (sources.length > 1 ? sources.shift()! : sources[0]!));

/** What is heard of a call, with the frame of each. */
function listen<T>(call: Observable<T>, time = new VirtualTime()) {
  const heard: unknown[] = [];
  const subscription = call.subscribe({
    next: (value) => heard.push([time.frame, value]),
    error: (error) => heard.push([time.frame, error]),
    complete: () => heard.push([time.frame, 'complete']),
  });
  return { heard, subscription };
}

describe('hedge', () => {
  describe('as an operator', () => {
    it.each([
      ['never', '                 -----', '     ^----'],
      ['empty', '                 --|', '       ^-!'],
      ['one value', '             a|', '        ^!'],
      ['many', '                  a-b--c|', '   ^-----!'],
      ['an error before values', '--#', '       ^-!'],
      ['an error after values', ' a-#', '       ^-!'],
    ])('mirrors a source that is quick enough: %s', (_, marbles, subscription) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(marbles.trim());
        expectObservable(source.pipe(hedge({ after: 9, max: 0 }))).toBe(marbles.trim());
        expectSubscriptions(source.subscriptions).toBe(subscription.trim());
      });
    });

    it('C1: one instance subscribed twice hedges each call by itself', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('      ------a|');
        const hedged = source.pipe(hedge({ after: 4 }));
        expectObservable(hedged).toBe('------a|');
        expectObservable(hedged, '--^').toBe('--------a|');
        expectSubscriptions(source.subscriptions).toBe(['^------!', '--^------!', '----^-!', '------^-!']);
      });
    });

    it.each([
      ['before a hedge', '--!', ['^-!']],
      ['in the very ms of a hedge', '---!', ['^--!']],
      ['while two run', '-----!', ['^----!', '---^-!']],
      ['mid-stream', '--------!', ['^-----!', '---^--!']],
    ])('C4: stops all when unsubscribed %s', (_, unsubscribed, subscriptions) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('-----a-b-c|');
        expectObservable(source.pipe(hedge({ after: 3 })), unsubscribed).toBe(unsubscribed === '--------!' ? '-----a-b' : '');
        const expected = unsubscribed === '--------!' ? ['^-------!', '---^-!'] : subscriptions;
        expectSubscriptions(source.subscriptions).toBe(expected);
      });
    });

    it('C5: a synchronous source under take(3) is pulled three times', () => {
      let pulled = 0;
      const source = new Observable<number>((subscriber) => {
        while (!subscriber.closed && pulled < 1_000) {
          pulled += 1;
          subscriber.next(pulled);
        }
      });
      const { heard } = listen(source.pipe(hedge({ after: 5 }), take(3)));
      expect([heard, pulled]).toEqual([[[0, 1], [0, 2], [0, 3], [0, 'complete']], 3]);
    });

    it('C6: 100,000 sources that fail synchronously, one after the other, do not overflow the stack', () => {
      let begun = 0;
      const last = () => {
        begun += 1;
        return begun < 100_000 ? throwError(() => down) : of('done');
      };
      const { heard } = listen(throwError(() => down).pipe(hedge({ after: 5, max: Number.POSITIVE_INFINITY, with: last })));
      expect(heard).toEqual([[0, 'done'], [0, 'complete']]);
    });

    it('C2: says which option is wrong, and shows its value', () => {
      const made = (options: object) => () => hedge(options as HedgeConfig<string>);
      expect(made({})).toThrow('hedge: after must be given');
      expect(made({ after: -1 })).toThrow('hedge: after must be a number of ms of at least 0');
      expect(made({ after: Number.NaN })).toThrow(RangeError);
      expect(made({ after: '3' })).toThrow(TypeError);
      expect(made({ after: 1, max: 1.5 })).toThrow('hedge: max must be a whole number');
      expect(made({ after: 1, with: of(1) })).toThrow('hedge: with must be a function');
      expect(made({ after: 1, retryBudget: {} })).toThrow('hedge: retryBudget must be a RetryBudget');
      expect(made({ after: 1, scheduler: 3 })).toThrow('hedge: scheduler must be a scheduler');
      expect(made({ after: 1, delay: 3 })).toThrow('hedge: unknown option delay: 3');
    });

    it('infers what it emits', () => {
      expectTypeOf(of('a').pipe(hedge({ after: 3 }))).toEqualTypeOf<Observable<string>>();
      expectTypeOf(of('a').pipe(hedge({ after: 3, with: (n) => [n] }))).toEqualTypeOf<Observable<string | number>>();
      expectTypeOf(of('a').pipe(hedge({ after: 3, isContent: (value) => value.length > 1 }))).toEqualTypeOf<Observable<string>>();
    });
  });

  describe('when a hedge begins', () => {
    it('H1: so long after the last subscription, each time, at most max times', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const hedges: Hedge[] = [];
        const source = cold('-----------------a|');
        expectObservable(source.pipe(hedge({ after: 4, max: 2, onHedge: (each) => hedges.push(each) }))).toBe('-----------------a|');
        expectSubscriptions(source.subscriptions).toBe(['^-----------------!', '----^------------!', '--------^--------!']);
        asyncScheduler.schedule(() => expect(hedges).toEqual([{ n: 1, after: 4 }, { n: 2, after: 4 }]), 30);
      });
    });

    it('H1: after as a function is asked for each source that another may follow', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const waits = [2, 5];
        const after = vi.fn(() => waits.shift()!);
        const source = cold('-----------------a|');
        expectObservable(source.pipe(hedge({ after, max: 2 }))).toBe('-----------------a|');
        expectSubscriptions(source.subscriptions).toBe(['^-----------------!', '--^--------------!', '-------^---------!']);
        asyncScheduler.schedule(() => expect(after).toHaveBeenCalledTimes(2), 30);
      });
    });

    it('H1: with is told which hedge it makes', () => {
      const time = new VirtualTime();
      const made = vi.fn((n: number) => (n === 2 ? of('second') : NEVER));
      const { heard } = listen(NEVER.pipe(hedge({ after: 10, max: 5, with: made, scheduler: time })), time);
      time.pass(100);
      expect([heard, made.mock.calls]).toEqual([[[20, 'second'], [20, 'complete']], [[1], [2]]]);
    });

    it('H1: none for Infinity, and no timer', () => {
      const time = new VirtualTime();
      listen(NEVER.pipe(hedge({ after: () => Number.POSITIVE_INFINITY, scheduler: time })), time);
      expect(time.timers).toBe(0);
    });

    it("H1: the others are torn down before the winner's first content goes on, whatever their teardown throws", async () => {
      const time = new VirtualTime();
      const log: string[] = [];
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const slow = NEVER.pipe(
        finalize(() => {
          log.push('slow is torn down');
          throw new Error('torn');
        }),
      );
      inTurn<string>(slow, of('head', 'text'))
        .pipe(hedge({ after: 5, isContent: (value) => value === 'text', scheduler: time }))
        .subscribe((value) => log.push(value));
      time.pass(5);
      expect(log).toEqual(['slow is torn down', 'head', 'text']);
      await new Promise((resolve) => setTimeout(resolve));
      expect(unhandled).toMatchObject([{ errors: [{ message: 'torn' }] }]); // none of this call's
      config.onUnhandledError = null;
    });

    it('H1: a value that comes while held ones are delivered comes after them', () => {
      const time = new VirtualTime();
      const source = new Subject<string>();
      const heard: string[] = [];
      source.pipe(hedge({ after: 5, isContent: (value) => value === 'text', scheduler: time })).subscribe({
        next: (value) => {
          heard.push(value);
          if (value === 'head') {
            source.next('more');
            source.error('over');
          }
        },
        error: (error) => heard.push(error),
      });
      source.next('head');
      expect(heard).toEqual([]);
      source.next('text');
      expect(heard).toEqual(['head', 'text', 'more', 'over']);
    });
  });

  describe('a source that fails before content', () => {
    it('H2: is torn down before the next one begins, also when all is synchronous', () => {
      const log: string[] = [];
      const failing = (name: string) => defer(() => { log.push(name); return throwError(() => down); }).pipe(finalize(() => log.push(`no ${name}`)));
      listen(failing('first').pipe(hedge({ after: 5, max: 2, with: (n) => failing(`hedge ${n}`) })));
      expect(log).toEqual(['first', 'no first', 'hedge 1', 'no hedge 1', 'hedge 2', 'no hedge 2']);
    });

    it.each([
      ['a throttled one', { status: 429 }, 1],
      ['a refusal', new CircuitOpenError({}), 1],
      ['a failure', down, 2],
      ['a key that does not work there', { status: 401 }, 2],
      ['a bad request', { status: 400 }, 1],
    ])('H2: with sources that differ the next begins at once, but not for %s', (_, error, subscriptions) => {
      let begun = 0;
      const { heard } = listen(defer(() => { begun += 1; return throwError(() => error); }).pipe(hedge({ after: 5, with: () => { begun += 1; return of('a'); } })));
      expect(begun).toBe(subscriptions);
      expect(heard.at(-1)).toEqual(begun === 1 ? [0, error] : [0, 'complete']);
    });

    it('H2: a fatal error ends all, unless sources differ and it may be no other one’s', () => {
      for (const [hasWith, error, isOver] of [[false, { status: 401 }, true], [true, { status: 401 }, false], [true, { status: 400 }, true]] as const) {
        const time = new VirtualTime();
        const [first, second] = [new Subject<string>(), new Subject<string>()];
        const sources = [first, second];
        const call = defer(() => sources.shift()!).pipe(hedge({ after: 5, ...(hasWith ? { with: () => second } : {}), scheduler: time }));
        const { heard } = listen(call, time);
        time.pass(5);
        second.error(error);
        expect([heard, first.observed]).toEqual(isOver ? [[[5, error]], false] : [[], true]);
      }
    });

    it('H2: every hedge is spent from the budget, also one that begins at once', () => {
      const time = new VirtualTime();
      const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, scheduler: time });
      const call = throwError(() => down).pipe(hedge({ after: 5, with: () => of('a'), retryBudget, scheduler: time }));
      expect([listen(call).heard, listen(call).heard]).toEqual([[[0, 'a'], [0, 'complete']], [[0, down]]]);
      expect(retryBudget.state).toMatchObject({ firstAttempts: 2, retries: 1 });
    });
  });

  describe('callbacks that unsubscribe', () => {
    it('C4: begins nothing more, and leaves no timer, when after() unsubscribes', () => {
      const time = new VirtualTime();
      const source = vi.fn(() => NEVER);
      const call = new Subscriber();
      const after = () => {
        call.unsubscribe();
        return 5;
      };
      defer(source).pipe(hedge({ after, scheduler: time })).subscribe(call);
      expect([source.mock.calls.length, time.timers]).toEqual([0, 0]);
    });

    it('C4: does not subscribe what with() returns when that unsubscribes', () => {
      const time = new VirtualTime();
      const second = vi.fn(() => NEVER);
      const call = new Subscriber();
      const other = () => {
        call.unsubscribe();
        return defer(second);
      };
      NEVER.pipe(hedge({ after: 5, with: other, scheduler: time })).subscribe(call);
      time.pass(5);
      expect([second.mock.calls.length, time.timers]).toEqual([0, 0]);
    });
  });

  describe('callbacks that throw', () => {
    const mine = new RangeError('mine');
    const thrower = () => { throw mine; };
    const dying = () => new Observable<string>((subscriber) => { virtual = subscriber; });
    let virtual: Subscriber<string> | undefined;

    it.each<[string, Partial<HedgeConfig<string>>, Observable<string>]>([
      ['after', { after: thrower }, NEVER],
      ['with', { with: thrower }, NEVER],
      ['onHedge', { onHedge: thrower }, NEVER],
      ['isContent', { isContent: thrower }, of('a')],
      ['the tear-down of what failed', { with: () => NEVER }, dying().pipe(finalize(thrower))],
    ])('C5: what %s throws is the error of the call, and all is over', (_, options, source) => {
      const time = new VirtualTime();
      const { heard } = listen(source.pipe(hedge({ after: 5, scheduler: time, ...options })), time);
      virtual?.error(down);
      time.pass(100);
      const [, error] = heard.at(-1) as [number, { errors?: unknown[] }];
      expect([heard.length, error.errors?.[0] ?? error, time.timers]).toEqual([1, mine, 0]);
    });

    it('C5: after that returns no duration is the error of the call', () => {
      const { heard } = listen(NEVER.pipe(hedge({ after: () => Number.NaN })));
      expect(heard).toEqual([[0, expect.objectContaining({ message: expect.stringContaining('hedge: after must be at least 0, got NaN') })]]);
    });

    it('C4: the tear-down of what failed may end the call', () => {
      const source = dying().pipe(finalize(() => subscription.unsubscribe()));
      const made = vi.fn(() => EMPTY);
      const { heard, subscription } = listen(source.pipe(hedge({ after: 5, with: made })));
      virtual!.error(down);
      expect([heard, made.mock.calls]).toEqual([[], []]);
    });

    it('C4: a callback may end the call', () => {
      const time = new VirtualTime();
      const made = vi.fn(() => EMPTY);
      const call = NEVER.pipe(hedge({ after: 5, with: made, onHedge: () => subscription.unsubscribe(), scheduler: time }));
      const { heard, subscription } = listen(call, time);
      time.pass(10);
      expect([heard, made.mock.calls, time.timers]).toEqual([[], [], 0]);
    });
  });
});
