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
function notificationsOf<T>(call: Observable<T>): unknown[] {
  const log: unknown[] = [];
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

  it('R8: holds nothing back by default of what is no provider\'s chunk', () => {
    run(({ cold, expectObservable }) => {
      for (const values of [{ a: '', b: 'b' }, { a: {}, b: { text: '' } }, { a: null, b: undefined }, { a: [], b: 0 }]) {
        expectObservable(cold<unknown>('a-b-|', values).pipe(retryBackoff())).toBe('a-b-|', values);
      }
    });
  });

  const head = { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] };
  const provided: [string, object[], object][] = [
    ['OpenAI chat', [head], { choices: [{ index: 0, delta: { content: 'Hi' } }] }],
    ['Anthropic', [
      { type: 'message_start', message: { role: 'assistant', content: [], usage: { input_tokens: 9, output_tokens: 1 } } },
      { type: 'ping' },
      { type: 'content_block_start', index: 0, content_block: { type: 'text', text: '' } },
    ], { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hi' } }],
    ['Responses', [
      { type: 'response.created', response: { status: 'in_progress', output: [] } },
      { type: 'response.in_progress', response: { status: 'in_progress', output: [] } },
      { type: 'response.output_item.added', output_index: 0, item: { type: 'message', content: [] } },
    ], { type: 'response.output_text.delta', delta: 'Hi' }],
  ];

  it.each(provided)('R8: by default a stream that dies after its head is retried, and its head is delivered once: %s', (_, heads, content) => {
    const attempts = [concat(of(...heads), throwError(() => 'down')), of(...heads, content)];
    const source = new Observable<object>((subscriber) => attempts.shift()!.subscribe(subscriber));
    expect(notificationsOf(source.pipe(retryBackoff({ baseDelay: 3 })))).toEqual([...heads, content, 'complete']);
  });

  it.each(provided)('R7: by default a stream that dies after its first content is not retried: %s', (_, heads, content) => {
    const source = concat(of(...heads, content), throwError(() => 'down'));
    expect(notificationsOf(source.pipe(retryBackoff({ baseDelay: 3 })))).toEqual([...heads, content, 'error: down']);
  });

  it('R8: maxHeldBack: 0 passes at once what is no content, and that does not count for afterValues', () => {
    const attempts = [concat(of('a', 'b'), throwError(() => 'down')), of('c', 'D')];
    const retries: unknown[] = [];
    const onRetry = ({ emitted }: { emitted: number }) => retries.push(emitted);
    const source = new Observable<string>((subscriber) => attempts.shift()!.subscribe(subscriber));
    const call = source.pipe(retryBackoff({ ...config, maxHeldBack: 0, onRetry }));
    expect(notificationsOf(call)).toEqual(['a', 'b', 'c', 'D', 'complete']);
    expect(retries).toEqual([2]);
  });

  it('R7, R8: with maxHeldBack: 0 content counts all the same, after what is none and before', () => {
    for (const values of [['a', 'B'], ['B', 'a']]) {
      const source = concat(of(...values), throwError(() => 'down'));
      expect(notificationsOf(source.pipe(retryBackoff({ ...config, maxHeldBack: 0 })))).toEqual([...values, 'error: down']);
    }
  });

  it('R8: maxHeldBack: 0 lets each value pass when it comes', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('a-b-C-d|').pipe(retryBackoff({ ...config, maxHeldBack: 0 }))).toBe('a-b-C-d|');
    });
  });

  it('R8: maxHeldBack: Infinity holds everything back', () => {
    const source = concat(of(...headers(10_000)), throwError(() => 'down'));
    const all = { ...config, maxHeldBack: Number.POSITIVE_INFINITY, maxRetries: 1 };
    expect(notificationsOf(source.pipe(retryBackoff(all)))).toEqual(['error: down']);
    expect(notificationsOf(of(...headers(10_000)).pipe(retryBackoff(all)))).toEqual([...headers(10_000), 'complete']);
  });

  it.each([[1, 2], [3, 4]])('R8: with maxHeldBack: %d the value number %d counts as content', (maxHeldBack, count) => {
    const failing = (values: number) => concat(of(...headers(values)), throwError(() => 'down'));
    const once = { ...config, maxHeldBack, maxRetries: 1 };
    expect(notificationsOf(failing(maxHeldBack).pipe(retryBackoff(once)))).toEqual(['error: down']);
    expect(notificationsOf(failing(count).pipe(retryBackoff(once)))).toEqual([...headers(count), 'error: down']);
  });

  it.each([-1, 1.5, Number.NaN])('C2: refuses maxHeldBack: %d', (maxHeldBack) => {
    expect(() => retryBackoff({ maxHeldBack })).toThrow(`retryBackoff: maxHeldBack must be a whole number of at least 0, or Infinity, got ${maxHeldBack}`);
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

  it('R8, R10: starts over at once when the source fails from within next, during the flush', () => {
    const first = new Subject<string>();
    const attempts = [first, of('D', 'e')];
    const source = new Observable<string>((subscriber) => attempts.shift()!.subscribe(subscriber));
    const seen: string[] = [];
    source.pipe(retryBackoff({ ...config, baseDelay: 0, afterValues: 'restart' })).subscribe({
      next: (value) => {
        seen.push(value);
        if (value === 'a') {
          first.error('down');
        }
      },
      complete: () => seen.push('complete'),
    });
    first.next('a');
    expect(() => first.next('B')).not.toThrow();
    expect(seen).toEqual(['a', 'B', 'D', 'e', 'complete']);
  });

  it('R8: holds back in an attempt that begins from within next, during the flush of the one before', () => {
    const [first, second] = [new Subject<string>(), new Subject<string>()];
    const attempts = [first, second, of('E')];
    const source = new Observable<string>((subscriber) => attempts.shift()!.subscribe(subscriber));
    const seen: string[] = [];
    source.pipe(retryBackoff({ ...config, baseDelay: 0, afterValues: 'restart' })).subscribe((value) => {
      seen.push(value);
      if (value === 'a') {
        first.error('down');
      }
    });
    for (const value of ['a', 'B']) {
      first.next(value);
    }
    second.next('d');
    second.error('down');
    expect(seen).toEqual(['a', 'B', 'E']);
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
