import { concat, Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { retryBackoff } from '../../src/retry/retry-backoff';
import { VirtualTime } from '../circuit/virtual-time';
import { run } from '../support/run';

/** Capitals are content. */
const isContent = (value: string) => value === value.toUpperCase();
const config = { baseDelay: 3, jitter: 'none', isContent } as const;
/** Values that are no content. */
const headers = (count: number) => Array.from({ length: count }, (_, index) => `header ${index + 1}`);

/** What a call delivers, and how it ends. */
function notificationsOf(call: Observable<string>): string[] {
  const log: string[] = [];
  run(() => {
    call.subscribe({
      next: (value) => log.push(value),
      error: (error) => log.push(`error: ${error}`),
      complete: () => log.push('complete'),
    });
  });
  return log;
}

describe('retryBackoff with isContent', () => {
  it('R8: holds values back until the first content value, and flushes them with it, in order', () => {
    run(({ cold, expectObservable }) => {
      const source = cold('                            -a-b-C----d-E|');
      expectObservable(source.pipe(retryBackoff(config))).toBe('-----(abC)d-E|');
    });
  });

  it('R8: drops what was held back when the attempt fails before content', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('  a-b#');
      const subscriptions = ['^--!', '------^--!'];
      expectObservable(source.pipe(retryBackoff({ ...config, maxRetries: 1 }))).toBe('---------#');
      expectSubscriptions(source.subscriptions).toBe(subscriptions);
    });
  });

  it('R8: holds back anew in every attempt', () => {
    const attempts = [concat(of('a', 'b'), throwError(() => 'down')), of('c', 'D', 'e')];
    const source = new Observable<string>((subscriber) => attempts.shift()!.subscribe(subscriber));
    expect(notificationsOf(source.pipe(retryBackoff(config)))).toEqual(['c', 'D', 'e', 'complete']);
  });

  it('R8: passes an error on once content was delivered', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('                             aB---c#');
      expectObservable(source.pipe(retryBackoff(config))).toBe('-(aB)c#');
      expectSubscriptions(source.subscriptions).toBe('  ^-----!');
    });
  });

  it('R8: holds back after content of an earlier attempt too, with restart', () => {
    const attempts = [
      concat(of('a', 'B'), throwError(() => 'down')),
      concat(of('c'), throwError(() => 'down')),
      of('d', 'E'),
    ];
    const source = new Observable<string>((subscriber) => attempts.shift()!.subscribe(subscriber));
    const call = source.pipe(retryBackoff({ ...config, afterValues: 'restart' }));
    expect(notificationsOf(call)).toEqual(['a', 'B', 'd', 'E', 'complete']);
  });

  it('R8: keeps what is held back from the function of afterValues until it is delivered', () => {
    const seen: (readonly string[])[] = [];
    const afterValues = ({ values }: { values: readonly string[] }) => {
      seen.push(values);
      return of('C');
    };
    const source = concat(of('a', 'B', 'x'), throwError(() => 'down'));
    expect(notificationsOf(source.pipe(retryBackoff({ ...config, afterValues })))).toEqual(['a', 'B', 'x', 'C', 'complete']);
    expect(seen).toEqual([['a', 'B', 'x']]);
  });

  it('R8: holds 16 values', () => {
    const source = concat(of(...headers(16)), throwError(() => 'down'));
    expect(notificationsOf(source.pipe(retryBackoff({ ...config, maxRetries: 1 })))).toEqual(['error: down']);
  });

  it('R8: flushes at the 17th, and then they count as content', () => {
    const source = concat(of(...headers(17)), throwError(() => 'down'));
    expect(notificationsOf(source.pipe(retryBackoff(config)))).toEqual([...headers(17), 'error: down']);
  });

  it('R8: passes everything at once after the 17th', () => {
    const subject = new Subject<string>();
    const seen: string[] = [];
    subject.pipe(retryBackoff(config)).subscribe((value) => seen.push(value));
    for (const header of headers(18)) {
      subject.next(header);
    }
    expect(seen).toEqual(headers(18));
  });

  it('R8: flushes at completion', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('a-b-|').pipe(retryBackoff(config))).toBe('----(ab|)');
    });
  });

  it('R8: holds nothing back by default', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('a-b-|').pipe(retryBackoff())).toBe('a-b-|');
    });
  });

  it('R8: asks about no value after the first content', () => {
    const asked = vi.fn(isContent);
    expect(notificationsOf(of('a', 'B', 'c', 'd').pipe(retryBackoff({ isContent: asked })))).toEqual(['a', 'B', 'c', 'd', 'complete']);
    expect(asked.mock.calls).toEqual([['a'], ['B']]);
  });

  it('R8: stops in the middle of the flush when unsubscribed', () => {
    const subject = new Subject<string>();
    const seen: string[] = [];
    const subscription = subject.pipe(retryBackoff(config)).subscribe((value) => {
      seen.push(value);
      if (value === 'b') {
        subscription.unsubscribe();
      }
    });
    for (const value of ['a', 'b', 'c', 'D', 'e']) {
      subject.next(value);
    }
    expect(seen).toEqual(['a', 'b']);
    expect(subject.observed).toBe(false);
  });

  it('R8: drops what is held back when unsubscribed', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' ab-C');
      expectObservable(source.pipe(retryBackoff(config)), '--!').toBe('---');
      expectSubscriptions(source.subscriptions).toBe('     ^-!');
    });
  });

  it('R8: keeps the order of values that come from within next, during the flush', () => {
    const subject = new Subject<string>();
    const seen: string[] = [];
    const asked = vi.fn(isContent);
    subject.pipe(retryBackoff({ isContent: asked })).subscribe({
      next: (value) => {
        seen.push(value);
        if (value === 'a') {
          subject.next('x');
        }
      },
      complete: () => seen.push('complete'),
    });
    for (const value of ['a', 'B', 'c']) {
      subject.next(value);
    }
    subject.complete();
    expect(seen).toEqual(['a', 'B', 'x', 'c', 'complete']);
    expect(asked.mock.calls).toEqual([['a'], ['B']]);
  });

  it.each([
    ['complete', ['a', 'b', 'C', 'complete']],
    ['error', ['a', 'b', 'C', 'error']],
  ] as const)('R8: delivers the rest of the flush before a source that ends from within next: %s', (end, expected) => {
    const subject = new Subject<string>();
    const seen: string[] = [];
    subject.pipe(retryBackoff(config)).subscribe({
      next: (value) => {
        seen.push(value);
        if (value === 'a') {
          subject[end]('down' as never);
        }
      },
      complete: () => seen.push('complete'),
      error: () => seen.push('error'),
    });
    for (const value of ['a', 'b', 'C']) {
      subject.next(value);
    }
    expect(seen).toEqual(expected);
  });

  it('C5: sends what isContent throws to the error channel, and tries no more', () => {
    const thrown = new Error('mine');
    const boom = () => {
      throw thrown;
    };
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-b|');
      expectObservable(source.pipe(retryBackoff({ isContent: boom }))).toBe('-#', undefined, thrown);
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });

  it('C11: a teardown that throws does not keep back what isContent threw', () => {
    const scheduler = new VirtualTime();
    const seen: unknown[] = [];
    const source = new Observable<string>((subscriber) => {
      const timer = scheduler.schedule(() => subscriber.next('a'), 5);
      return () => { timer.unsubscribe(); throw new Error('teardown'); };
    });
    const isContent = () => { throw new Error('odd'); };
    source.pipe(retryBackoff({ isContent, scheduler })).subscribe({ error: (error) => seen.push(error.message) });
    expect(() => scheduler.pass(10)).toThrow('teardown');
    expect(seen).toEqual(['odd']);
  });
});
