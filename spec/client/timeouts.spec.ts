import { NEVER, Observable, of, range, retry, type SchedulerLike, Subject, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Timeouts, timeoutError } from '../../src/client/timeouts';
import { classifyError, rateLimitOf, resilient, retryAfterOf } from '../../src/index';
import { FakeScheduler } from '../support/fake-scheduler';
import { named } from '../support/named';
import { run } from '../support/run';

const timeouts = <T>(timeout: Timeouts, scheduler?: SchedulerLike) => resilient<T>({ timeout, scheduler });
const limited = <T>(limits: Timeouts) => timeouts<T>(limits);
const late = 'TimeoutError';

describe('timeouts', () => {
  it('S1: errors when the first value does not come in time', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('     ------a|');
      const expected = '      -----#  ';
      const subscription = '  ^----!  ';

      expectObservable(call.pipe(limited({ first: 5 }), named())).toBe(expected, undefined, late);
      expectSubscriptions(call.subscriptions).toBe(subscription);
    });
  });

  it('a value at exactly the deadline is in time', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('-----a|').pipe(limited({ first: 5 }))).toBe('-----a|');
      expectObservable(cold('a----b|').pipe(limited({ each: 5 }))).toBe('a----b|');
      expectObservable(cold('-----| ').pipe(limited({ first: 5 }))).toBe('-----| ');
    });
  });

  it('S1: errors when the next value does not come in time, however many came before', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('     -a---b---c------d');
      const expected = '      -a---b---c----#  ';
      const subscription = '  ^-------------!  ';

      expectObservable(call.pipe(limited({ each: 5 }), named())).toBe(expected, undefined, late);
      expectSubscriptions(call.subscriptions).toBe(subscription);
    });
  });

  it('each stands for first unless that is given', () => {
    run(({ cold, expectObservable }) => {
      const call = cold('-------a----b');
      expectObservable(call.pipe(limited({ each: 3 }), named())).toBe('---#', undefined, late);
      expectObservable(call.pipe(limited({ first: 9, each: 3 }), named())).toBe('-------a--#', undefined, late);
    });
  });

  it('first alone lets a stream take its time once it has begun', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('--a 9s b|').pipe(limited({ first: 5 }))).toBe('--a 9s b|');
    });
  });

  it('looks again when its timer rings for a deadline that has moved', () => {
    const scheduler = new FakeScheduler();
    const source = new Subject<number>();
    const seen: unknown[] = [];
    source.pipe(timeouts({ first: 5, each: 5 }, scheduler)).subscribe({
      next: (value) => seen.push(value),
      error: (error) => seen.push([scheduler.elapsed, error.name]),
    });
    scheduler.run(4);
    source.next(1);
    expect(scheduler.pending).toBe(1);
    scheduler.run();
    expect(seen).toEqual([1, [9, 'TimeoutError']]);
  });

  it('holds no timer after the end, an error or unsubscribe', () => {
    const scheduler = new FakeScheduler();
    const sources = [1, 2, 3].map(() => new Subject<number>());
    const subscriptions = sources.map((source) =>
      source.pipe(timeouts({ first: 5, each: 5 }, scheduler)).subscribe({ error: () => undefined }),
    );
    expect(scheduler.pending).toBe(3);
    sources[0]!.complete();
    sources[1]!.error(new Error('cut'));
    subscriptions[2]!.unsubscribe();
    expect(scheduler.pending).toBe(0);
    expect(sources.map(({ observed }) => observed)).toEqual([false, false, false]);
  });

  it('mirrors empty sources and errors before and after values', () => {
    run(({ cold, expectObservable }) => {
      const both = limited<string>({ first: 5, each: 5 });
      expectObservable(cold('--|').pipe(both)).toBe('--|');
      expectObservable(cold('--#').pipe(both)).toBe('--#');
      expectObservable(cold('a-#').pipe(both)).toBe('a-#');
      expectObservable(NEVER.pipe(both, named())).toBe('-----#', undefined, late);
    });
  });

  it('stops the source before anybody hears of the timeout', () => {
    run(({ flush }) => {
      const order: string[] = [];
      const source = new Observable(() => () => order.push('stopped'));
      source.pipe(limited({ first: 5 })).subscribe({ error: ({ name }) => order.push(name) });
      flush();
      expect(order).toEqual(['stopped', 'TimeoutError']);
    });
  });

  it('C4: unsubscribing leaves the source at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('--a--b');
      expectObservable(call.pipe(limited({ each: 5 })), '---!').toBe('--a-');
      expectSubscriptions(call.subscriptions).toBe('^--!');
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
    source.pipe(limited({ each: 5 }), take(3)).subscribe();
    expect(pulled).toBe(3);
  });

  it('C6: passes a million synchronous values', () => {
    let count = 0;
    range(0, 1_000_000).pipe(limited({ each: 5 })).subscribe(() => {
      count += 1;
    });
    expect(count).toBe(1_000_000);
  });

  it('C11: a consumer that subscribes again upon the timeout has a deadline of its own', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold('---a|');
      expectObservable(call.pipe(limited({ first: 2 }), retry(1), named())).toBe('----#', undefined, late);
      expectSubscriptions(call.subscriptions).toBe(['^-!', '--^-!']);
      expectObservable(of(1).pipe(limited({ first: 2 }))).toBe('(a|)', { a: 1 });
    });
  });
});

describe('timeout.content', () => {
  const values = { p: { type: 'ping' }, e: { choices: [{ index: 0, delta: { content: '' } }] }, c: { choices: [{ index: 0, delta: { content: 'Hi' } }] } };

  it.each([
    ['pings and empty chunks do not count', { content: 6 }, '-p-e-p-e-p', '-p-e-p#'],
    ['content does', { content: 6 }, '-c--pc--c-----------', '-c--pc--c-----#'],
    ['it runs from the subscription on', { content: 3 }, '----c', '---#'],
    ['content at exactly that time is in time', { content: 3 }, '---c--c|', '---c--c|'],
    ['each is renewed by every value, as before', { each: 3 }, '-p-e-p-c-p-e----', '-p-e-p-c-p-e--#'],
    ['the earlier of the two ends it: each', { each: 3, content: 9 }, '-c----c', '-c--#'],
    ['the earlier of the two ends it: content', { each: 9, content: 3 }, '-c-p-p-p', '-c-p#'],
    ['first is for the first value, whatever it is', { first: 3, content: 9 }, '--p-----c--------', '--p-----c--------#'],
  ] as const)('S12: %s', (_, timeout, source, expected) => {
    run(({ cold, expectObservable }) => {
      // Without retries nothing is held back.
      expectObservable(cold<object>(source, values).pipe(resilient<object>({ timeout }), named())).toBe(expected, values, late);
    });
  });

  it.each<[string, Timeouts, string, string]>([
    ['first', { first: 3, each: 5 }, '----', 'no first value within 3 ms (timeout.first)'],
    ['each, for the first value', { each: 5 }, '-----', 'no next value within 5 ms (timeout.each)'],
    ['each', { first: 3, each: 5, content: 9 }, '-p-p-----', 'no next value within 5 ms (timeout.each)'],
    ['each, at the same time as content', { each: 5, content: 5 }, '-c-----', 'no next value within 5 ms (timeout.each)'],
    ['content', { first: 3, each: 5, content: 9 }, '-p-p-p-p-p-p', 'no content within 9 ms (timeout.content)'],
    ['content, before the first value', { first: 5, content: 3 }, '-----', 'no content within 3 ms (timeout.content)'],
    ['total', { each: 5, total: 8 }, '-c-c-c-c-c', 'no end within 8 ms (timeout.total)'],
  ])('S12: the error says which time has passed: %s', (_, timeout, source, said) => {
    run(({ cold, flush }) => {
      const errors: Error[] = [];
      cold<object>(source, values).pipe(resilient<object>({ timeout })).subscribe({ error: (error) => errors.push(error) });
      flush();
      expect(errors.map(({ name, message }) => [name, message])).toEqual([[late, `Timeout has occurred: ${said}`]]);
    });
  });

  it.each([400, 429, 1_700])('S12: no number of ms is taken for what a server says: %d', (ms) => {
    const error = timeoutError('first', ms);
    expect([classifyError(error), retryAfterOf(error), rateLimitOf(error)]).toEqual(['transient', undefined, {}]);
  });

  it('S12: goes by the isContent of the call', () => {
    run(({ cold, expectObservable }) => {
      const isContent = (value: string) => value === 'c';
      expectObservable(cold('-a--c-a-a').pipe(resilient<string>({ timeout: { content: 3 } }, { isContent }), named())).toBe('-a-#', undefined, late);
      expectObservable(cold('-ac-a-a-').pipe(resilient<string>({ timeout: { content: 3 } }, { isContent }), named())).toBe('-ac-a#', undefined, late);
    });
  });

  it('S12: what is held back counts as it comes, and the failure is retried', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const call = cold<object>('  pppppppp', values);
      const guard = resilient<object>({ timeout: { content: 4 }, retryBackoff: { maxRetries: 1, baseDelay: 2, jitter: 'none' } });
      expectObservable(call.pipe(guard, named())).toBe('----------#', values, late);
      expectSubscriptions(call.subscriptions).toBe(['^---!', '------^---!']);
    });
  });

  it.each([0, -1, Number.NaN])('C2: refuses content: %d', (content) => {
    expect(() => resilient({ timeout: { content } })).toThrow(/^resilient: timeout: content must be /);
  });
});

describe('a timer that fires late', () => {
  /** The event loop is held up for so many ms at the time of the timeout; a value comes in the turn after its timer. */
  function heldUp(ms: number, timeout: Timeouts, comes: boolean) {
    const scheduler = new FakeScheduler();
    const source = new Subject<string>();
    const seen: unknown[] = [];
    const call = source.pipe(resilient<string>({ timeout, scheduler })).subscribe({ next: (value) => seen.push(value), error: ({ name }) => seen.push(name) });
    scheduler.run(99);
    scheduler.wall = (elapsed) => elapsed + ms;
    if (comes) {
      scheduler.schedule(() => scheduler.schedule(() => source.next('a')), 1);
    }
    scheduler.run(1);
    return { scheduler, seen, call };
  }

  it.each<[string, Timeouts]>([['first', { first: 100 }], ['each', { each: 100 }], ['content', { content: 100 }]])('S12: looks once more, a turn of the event loop later, whether something has come: %s', (_, timeout) => {
    expect(heldUp(60, timeout, true).seen).toEqual(['a']);
  });

  it('S12: and fails if nothing has', () => {
    const { scheduler, seen } = heldUp(60, { first: 100 }, false);
    scheduler.run(1);
    expect([seen, scheduler.pending]).toEqual([['TimeoutError'], 0]);
  });

  it('S12: not if it is late by no more than 50 ms', () => {
    expect(heldUp(50, { first: 100 }, true).seen).toEqual(['TimeoutError']);
  });

  it('S12: looks once more only, for whatever else is held up', () => {
    const { scheduler, seen } = heldUp(60, { first: 100 }, false);
    scheduler.wall = (elapsed) => elapsed + 1_000;
    scheduler.run(5);
    expect(seen).toEqual(['TimeoutError']);
  });

  it('S12: a value begins a new deadline, which looks once more again', () => {
    const { scheduler, seen } = heldUp(60, { each: 100 }, true);
    expect(seen).toEqual(['a']);
    scheduler.run(99);
    expect(seen).toEqual(['a']);
    scheduler.run(1);
    expect(seen).toEqual(['a', 'TimeoutError']);
  });
});
