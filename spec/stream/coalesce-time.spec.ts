import { concat, EMPTY, Observable, of, range, retry, type SchedulerLike, Subject, take } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { coalesceTime } from '../../src/index';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

const values = { a: ['a'], b: ['b'], c: ['c'], d: ['b', 'c'], e: ['b', 'c', 'd'], f: ['e', 'f'] };

describe('coalesceTime', () => {
  it('S3: sends the first value at once, then at most one array per interval', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const tokens = cold('  a-bcd---ef------|');
      const expected = '     a----e----f-----|';
      const subscription = ' ^---------------!';

      expectObservable(tokens.pipe(coalesceTime(5))).toBe(expected, values);
      expectSubscriptions(tokens.subscriptions).toBe(subscription);
    });
  });

  it('S3: sends a value at once again after a silent interval', () => {
    run(({ cold, expectObservable }) => {
      const tokens = cold('a-----------b---c-|');
      const expected = '   a-----------b----c|';

      expectObservable(tokens.pipe(coalesceTime(5))).toBe(expected, values);
    });
  });

  it('S3: flushes on complete', () => {
    run(({ cold, expectObservable }) => {
      const tokens = cold('a-b-c|       ');
      const expected = '   a----(d|)    ';

      expectObservable(tokens.pipe(coalesceTime(9))).toBe(expected, values);
    });
  });

  it('S3: flushes before an error, and passes the same error on', () => {
    run(({ cold, expectObservable }) => {
      const cut = new Error('cut');
      const tokens = cold('a-b-c#       ', undefined, cut);
      const expected = '   a----(d#)    ';

      expectObservable(tokens.pipe(coalesceTime(9))).toBe(expected, values, cut);
    });
  });

  it('S3: defaults to 50 ms', () => {
    run(({ cold, expectObservable }) => {
      const tokens = cold('a b 60ms |');

      expectObservable(tokens.pipe(coalesceTime())).toBe('a 49ms b 11ms |', values);
    });
  });

  it('S3: sends nothing after unsubscribe, and leaves the source at once', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const tokens = cold('  a-b-c-----');
      const unsubscribe = '  ---!      ';
      const expected = '     a---------';

      expectObservable(tokens.pipe(coalesceTime(5)), unsubscribe).toBe(expected, values);
      expectSubscriptions(tokens.subscriptions).toBe('^--!');
    });
  });

  it('S3: holds no timer while it is idle, nor after unsubscribe or the end', () => {
    const scheduler = new FakeScheduler();
    const tokens = new Subject<string>();
    const subscription = tokens.pipe(coalesceTime(5, { scheduler })).subscribe();
    expect(scheduler.pending).toBe(0);
    tokens.next('a');
    expect(scheduler.pending).toBe(1);
    scheduler.run();
    expect(scheduler.pending).toBe(0);
    tokens.next('b');
    expect(scheduler.pending).toBe(1);
    subscription.unsubscribe();
    expect(scheduler.pending).toBe(0);

    const ended = new Subject<string>();
    ended.pipe(coalesceTime(5, { scheduler })).subscribe();
    ended.next('a');
    ended.complete();
    expect(scheduler.pending).toBe(0);
  });

  it('mirrors never and empty, and errors before any value', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('-----').pipe(coalesceTime(5))).toBe('-----');
      expectObservable(cold('--|').pipe(coalesceTime(5))).toBe('--|');
      expectObservable(EMPTY.pipe(coalesceTime(5))).toBe('|');
      expectObservable(cold('--#').pipe(coalesceTime(5))).toBe('--#');
    });
  });

  it('passes one value on as one array', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('--a|').pipe(coalesceTime(5))).toBe('--a|', values);
    });
  });

  it('C1: two subscribers of one instance have intervals of their own', () => {
    run(({ cold, hot, expectObservable }) => {
      const coalesce = coalesceTime<string>(5);
      const shared = hot('a-b-c-------').pipe(coalesce);

      expectObservable(shared).toBe(                  'a----d------', values);
      expectObservable(shared, '  --^---------!').toBe('--b----c----', values);
      expectObservable(cold('     a-b|').pipe(coalesce)).toBe('a--(b|)', values);
    });
  });

  it('C2: refuses bad options, naming option and value', () => {
    for (const interval of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      expect(() => coalesceTime(interval)).toThrow(RangeError);
      expect(() => coalesceTime(interval)).toThrow(`coalesceTime: interval must be a finite number above 0, got ${interval}`);
    }
    expect(() => coalesceTime('5' as unknown as number)).toThrow('coalesceTime: interval must be a number, got "5"');
    expect(() => coalesceTime(5, { scheduler: 5 as unknown as SchedulerLike })).toThrow(/scheduler .* got 5/);
    expect(() => coalesceTime(5, { intervall: 5 } as object)).toThrow(/^coalesceTime: unknown option intervall: 5/);
  });

  it('C3: waits out an interval longer than setTimeout can', () => {
    run(({ cold, expectObservable }) => {
      const month = 2 ** 31;
      expectObservable(cold('ab').pipe(coalesceTime(month))).toBe(`a ${month - 1}ms b`, values);
    });
  });

  it('C5: a synchronous source under take(1) is pulled once, not to its end', () => {
    const pulled: number[] = [];
    const source: Observable<number> = new Observable((subscriber) => {
      for (let n = 1; n <= 1_000 && !subscriber.closed; n += 1) {
        pulled.push(n);
        subscriber.next(n);
      }
      subscriber.complete();
    });
    source.pipe(coalesceTime(5), take(1)).subscribe();
    expect(pulled).toEqual([1]);
  });

  it('C6: gathers a million synchronous values in one array', () => {
    const lengths: number[] = [];
    range(0, 1_000_000).pipe(coalesceTime(5)).subscribe((array) => lengths.push(array.length));
    expect(lengths).toEqual([1, 999_999]);
  });

  it('C11: a consumer that subscribes again inside complete or error begins anew', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const tokens = cold('  a-b|      ');
      const coalesced = tokens.pipe(coalesceTime(9));
      const unsubscribe = '  -----!    ';
      const expected = '     a--(ba)   ';

      expectObservable(concat(coalesced, coalesced), unsubscribe).toBe(expected, values);
      expectSubscriptions(tokens.subscriptions).toBe(['^--!', '---^-!']);
    });
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const tokens = cold('  a-b#      ');
      const unsubscribe = '  -----!    ';
      const expected = '     a--(ba)   ';

      expectObservable(tokens.pipe(coalesceTime(9), retry(1)), unsubscribe).toBe(expected, values);
      expectSubscriptions(tokens.subscriptions).toBe(['^--!', '---^-!']);
    });
  });

  it('keeps in order what a consumer pushes while it receives', () => {
    run(({ flush }) => {
      const tokens = new Subject<number>();
      const received: number[][] = [];
      tokens.pipe(coalesceTime(5)).subscribe((array) => {
        received.push(array);
        if (array[0] === 1) {
          tokens.next(2);
          tokens.next(3);
        }
      });
      tokens.next(1);
      expect(received).toEqual([[1]]);
      flush();
      expect(received).toEqual([[1], [2, 3]]);
    });
  });

  it('leaves when a consumer unsubscribes while it receives', () => {
    const scheduler = new FakeScheduler();
    const tokens = new Subject<string>();
    tokens.pipe(coalesceTime(5, { scheduler }), take(1)).subscribe();
    tokens.next('a');
    expect(tokens.observed).toBe(false);
    expect(scheduler.pending).toBe(0);
  });

  it('infers its types in a pipe', () => {
    expectTypeOf(of('a').pipe(coalesceTime(5))).toEqualTypeOf<Observable<string[]>>();
  });
});
