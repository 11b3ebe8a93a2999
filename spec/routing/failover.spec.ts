import { defer, finalize, NEVER, Observable, of, take } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { CircuitOpenError, type Failure, failover, PermitRefusedError, TokenBudgetExceededError } from '../../src/index';
import { run } from '../support/run';
import { down, failing } from './router-rig';

/** What is heard of a call at once. */
function heardOf<T>(call: Observable<T>): unknown[] {
  const heard: unknown[] = [];
  call.subscribe({ next: (value) => heard.push(value), error: (error) => heard.push({ error }), complete: () => heard.push('complete') });
  return heard;
}

describe('failover', () => {
  it.each([
    ['never', '                 -----', '     ^----'],
    ['empty', '                 --|', '       ^-!'],
    ['one value', '             a|', '        ^!'],
    ['many', '                  a-b--c|', '   ^-----!'],
    ['an error after values', ' a-#', '       ^-!'],
  ])('mirrors a source that needs no other: %s', (_, marbles, subscription) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const [source, other] = [cold(marbles.trim()), cold('x|')];
      expectObservable(source.pipe(failover({ to: [other] }))).toBe(marbles.trim());
      expectSubscriptions(source.subscriptions).toBe(subscription.trim());
      expectSubscriptions(other.subscriptions).toBe([]);
    });
  });

  it('C1: one instance subscribed twice begins with the first source each time', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const [source, other] = [cold('--#', {}, down), cold('-a|')];
      const guarded = source.pipe(failover({ to: [other] }));
      expectObservable(guarded).toBe('---a|');
      expectObservable(guarded, '-----^').toBe('--------a|');
      expectSubscriptions(other.subscriptions).toBe(['--^-!', '-------^-!']);
    });
  });

  it.each<[string, unknown, boolean]>([
    ['an outage', down, true],
    ['a limit', { status: 429 }, true],
    ['a key that does not work there', { status: 401 }, true],
    ['a model that is not there', { status: 404 }, true],
    ['an open breaker', new CircuitOpenError({}), true],
    ['a full queue', new PermitRefusedError({ reason: 'queue-full', cost: {} }), true],
    ['an error that nobody knows', 'what?', true],
    ['a request that is wrong', { status: 400 }, false],
    ['a refusal of a budget', new TokenBudgetExceededError({ reason: 'budget', requested: 1, remaining: 0, limit: 0 }), false],
    ['an abort', new DOMException('aborted', 'AbortError'), false],
  ])('V1: after %s', (_, error, goesOver) => {
    expect(heardOf(failing(error).pipe(failover({ to: [of('other')] })))).toEqual(goesOver ? ['other', 'complete'] : [{ error }]);
  });

  it('V1: when says which errors are worth another source', () => {
    const when = vi.fn((error: unknown) => error === 'mine');
    expect(heardOf(failing('mine').pipe(failover({ to: [failing('other'), of('a')], when })))).toEqual([{ error: 'other' }]);
    expect(when.mock.calls.map(([error]) => error)).toEqual(['mine', 'other']);
  });

  it('V1: waits for nothing, whatever the error asks', () => {
    const error = { status: 429, headers: { 'retry-after': '3600' } };
    expect(heardOf(failing(error).pipe(failover({ to: [of('a')] })))).toEqual(['a', 'complete']);
  });

  it('V1: tells of each next source before that is subscribed, and hands functions what happened', () => {
    const log: unknown[] = [];
    const next = (failure: Failure) => { log.push(['made', failure]); return failing('last'); };
    const call = failing('first').pipe(finalize(() => log.push('torn down')), failover({ to: [next, of('a')], onFailover: (failure) => log.push(['told', failure]) }));
    expect(heardOf(call)).toEqual(['a', 'complete']);
    const [first, second] = [{ error: 'first', route: 1, values: [] }, { error: 'last', route: 2, values: [] }];
    expect(log).toEqual(['torn down', ['told', first], ['made', first], ['told', second]]);
  });

  it('V1: only what is no content is held back, at most maxHeldBack', () => {
    const isContent = (value: string) => value === 'text';
    const source = new Observable<string>((subscriber) => { for (const each of ['a', 'b']) { subscriber.next(each); } subscriber.error(down); });
    for (const [maxHeldBack, expected] of [[2, ['other', 'complete']], [1, ['a', 'b', { error: down }]], [0, ['a', 'b', 'other', 'complete']]] as const) {
      expect(heardOf(source.pipe(failover({ to: [of('other')], isContent, maxHeldBack })))).toEqual(expected);
    }
  });

  it('V1: by default goes by content of known providers', () => {
    const head = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
    const source = new Observable<object>((subscriber) => { subscriber.next(head); subscriber.error(down); });
    expect(heardOf(source.pipe(failover({ to: [of('other')] })))).toEqual(['other', 'complete']);
  });

  it("V2: 'continue' hands on all that was delivered by all sources", () => {
    const saying = (...words: string[]) => new Observable<string>((subscriber) => { for (const word of words) { subscriber.next(word); } subscriber.error(down); });
    const shown: unknown[] = [];
    const next = ({ values }: Failure) => { shown.push(values); return saying('c'); };
    expect(heardOf(saying('a', 'b').pipe(failover({ to: [next, next], afterValues: 'continue' })))).toEqual(['a', 'b', 'c', 'c', { error: down }]);
    expect(shown).toEqual([['a', 'b'], ['a', 'b', 'c']]);
  });

  it('C2: says which option is wrong, and shows its value', () => {
    const made = (options: object) => () => failover(options as never);
    expect(made({})).toThrow('failover: to must be given');
    expect(made({ to: [] })).toThrow('failover: to must be a list of at least one source or function, got []');
    expect(made({ to: of(1) })).toThrow('failover: to must be a list');
    expect(made({ to: [3] })).toThrow('failover: to must hold sources and functions that return one, got 3');
    expect(made({ to: [of(1)], when: 3 })).toThrow('failover: when must be a function, got 3');
    expect(made({ to: [of(1)], afterValues: 'again' })).toThrow("failover: afterValues must be one of 'error', 'restart', 'continue'");
    expect(made({ to: [of(1)], maxHeldBack: -1 })).toThrow('failover: maxHeldBack must be a whole number');
    expect(made({ to: [of(1)], other: 3 })).toThrow('failover: unknown option other: 3');
  });

  it("C2, V2: 'continue' needs functions", () => {
    expect(() => failover({ to: [of(1)], afterValues: 'continue' })).toThrow("failover: afterValues: 'continue' needs functions in to");
  });

  it('C5: a synchronous source under take(3) is pulled three times', () => {
    let pulled = 0;
    const source = new Observable<number>((subscriber) => {
      while (!subscriber.closed && pulled < 1_000) {
        pulled += 1;
        subscriber.next(pulled);
      }
    });
    expect([heardOf(failing().pipe(failover({ to: [source] }), take(3))), pulled]).toEqual([[1, 2, 3, 'complete'], 3]);
  });

  it.each<[string, object]>([
    ['when', { when: () => { throw new RangeError('mine'); } }],
    ['onFailover', { onFailover: () => { throw new RangeError('mine'); } }],
    ['isContent', { to: [of('a')], isContent: () => { throw new RangeError('mine'); } }],
    ['a function of to', { to: [() => { throw new RangeError('mine'); }, of('a')] }],
  ])('C5: what %s throws is the error of the call', (_, options) => {
    expect(heardOf(failing().pipe(failover({ to: [of('a')], ...options })))).toEqual([{ error: new RangeError('mine') }]);
  });

  it('C6: 100,000 sources that fail synchronously do not overflow the stack', () => {
    const to = Array.from({ length: 100_000 }, () => failing());
    expect(heardOf(failing().pipe(failover({ to: [...to, of('a')], when: () => true })))).toEqual(['a', 'complete']);
  });

  it('C4: onFailover may end the call', () => {
    const other = vi.fn(() => of('a'));
    const call = NEVER.pipe(failover({ to: [other] }));
    let end = () => {};
    const source = new Observable<string>((subscriber) => { end = () => subscriber.error(down); });
    const subscription = source.pipe(failover({ to: [defer(other)], onFailover: () => subscription.unsubscribe() })).subscribe();
    end();
    expect([other.mock.calls, call]).toMatchObject([[], {}]);
  });

  it('infers what it emits', () => {
    expectTypeOf(of('a').pipe(failover({ to: [of(1), ({ values }) => [values.length === 1]] }))).toEqualTypeOf<Observable<string | number | boolean>>();
    expectTypeOf(of('a').pipe(failover({ to: [Promise.resolve('b')], isContent: (value) => value.length > 1 }))).toEqualTypeOf<Observable<string>>();
  });
});
