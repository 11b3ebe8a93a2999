import { asyncScheduler, concat, defer, EMPTY, type Observable, of, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type RetryContext, retryBackoff } from '../../src/retry/retry-backoff';
import { run } from '../support/run';

/** Delays that are easy to see in a diagram. */
const plain = { baseDelay: 3, jitter: 'none' } as const;

const afterMs = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);

/** The error with which a call ends. */
function errorOf(call: Observable<unknown>): unknown {
  const errors: unknown[] = [];
  run(() => {
    call.subscribe({ error: (error) => errors.push(error) });
  });
  return errors[0];
}

describe('retryBackoff with afterValues', () => {
  it('R7: passes an error on once a value was delivered, by default', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-#');
      expectObservable(source.pipe(retryBackoff(plain))).toBe('-a-#');
      expectSubscriptions(source.subscriptions).toBe('^--!');
    });
  });

  it('R7: passes an error on when the value was delivered by a later attempt', () => {
    run(({ cold, expectObservable }) => {
      const attempts = [cold('-#'), cold('-a-#')];
      expectObservable(defer(() => attempts.shift()!).pipe(retryBackoff(plain))).toBe('-----a-#');
    });
  });

  it('R7: subscribes again with restart', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(' -a-#');
      expectObservable(source.pipe(retryBackoff({ ...plain, maxRetries: 1, afterValues: 'restart' }))).toBe('-a-----a-#');
      expectSubscriptions(source.subscriptions).toBe(['^--!', '------^--!']);
    });
  });

  it('R7: goes on with what a function returns, after the delay, and shows it what was delivered', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('   -a-b#');
      const rest = cold('            c|');
      const seen: unknown[] = [];
      const afterValues = (retry: RetryContext & { values: readonly string[] }) => {
        seen.push([asyncScheduler.now(), retry]);
        return rest;
      };
      expectObservable(source.pipe(retryBackoff({ ...plain, afterValues }))).toBe('-a-b---c|');
      expectSubscriptions(source.subscriptions).toBe('^---!');
      expectSubscriptions(rest.subscriptions).toBe('  -------^!');
      const retry = { attempt: 1, retriesLeft: 2, error: 'error', delay: 3, elapsed: 4, emitted: 2, values: ['a', 'b'] };
      afterMs(50, () => expect(seen).toEqual([[7, retry]]));
    });
  });

  it('R7: subscribes to the source again while nothing was delivered, and does not ask the function', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-#');
      const afterValues = vi.fn(() => EMPTY);
      expectObservable(source.pipe(retryBackoff({ ...plain, maxRetries: 1, afterValues }))).toBe('-----#');
      expectSubscriptions(source.subscriptions).toBe(['^!', '----^!']);
      afterMs(50, () => expect(afterValues).not.toHaveBeenCalled());
    });
  });

  it('R7: calls the function again on a later failure; each costs a retry', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a#');
      const rest = cold('  b#');
      const dead = cold('  -#');
      const onward = [rest, dead, rest];
      const seen: string[] = [];
      const afterValues = ({ values, attempt }: { values: readonly string[]; attempt: number }) => {
        seen.push(`${attempt}:${values.join('')}`);
        return onward.shift()!;
      };
      const call = source.pipe(retryBackoff({ baseDelay: 2, exponentialBase: 1, jitter: 'none', afterValues }));
      expectObservable(call).toBe('               a--b-----b#');
      expectSubscriptions(source.subscriptions).toBe('^!');
      expectSubscriptions(rest.subscriptions).toBe(['  ---^!', '---------^!']);
      expectSubscriptions(dead.subscriptions).toBe(['  ------^!']);
      afterMs(50, () => expect(seen).toEqual(['1:a', '2:ab', '3:ab']));
    });
  });

  it('R7: shows the function a list of its own', () => {
    const lists: (readonly string[])[] = [];
    const afterValues = ({ values }: { values: readonly string[] }) => {
      (values as string[]).push('x');
      lists.push(values);
      return throwError(() => 'again');
    };
    errorOf(concat(of('a'), throwError(() => 'cut')).pipe(retryBackoff({ maxRetries: 2, afterValues })));
    expect(lists).toEqual([['a', 'x'], ['a', 'x']]);
  });

  it.each([
    ['a promise', async () => 'b'],
    ['an iterable', () => ['b']],
    ['an Observable', () => of('b')],
  ])('R7: takes %s from the function', async (_, afterValues) => {
    const call = concat(of('a'), throwError(() => 'cut')).pipe(retryBackoff({ baseDelay: 0, afterValues }), toArray());
    expect(await new Promise((resolve, reject) => call.subscribe({ next: resolve, error: reject }))).toEqual(['a', 'b']);
  });

  it('R7: treats a rejected promise as one more failure', async () => {
    const answers = [() => Promise.reject(new Error('late')), () => ['b']];
    const call = concat(of('a'), throwError(() => 'cut')).pipe(retryBackoff({ baseDelay: 0, afterValues: () => answers.shift()!() }), toArray());
    expect(await new Promise((resolve, reject) => call.subscribe({ next: resolve, error: reject }))).toEqual(['a', 'b']);
  });

  it.each([0, 5])('R7: passes on what the function throws, after a delay of %d', (baseDelay) => {
    const thrown = new Error('mine');
    const afterValues = () => {
      throw thrown;
    };
    expect(errorOf(concat(of('a'), throwError(() => 'cut')).pipe(retryBackoff({ baseDelay, jitter: 'none', afterValues })))).toBe(thrown);
  });

  it('R7: errors when the function returns nothing that can be subscribed', () => {
    const afterValues = () => undefined as unknown as Observable<string>;
    expect(errorOf(concat(of('a'), throwError(() => 'cut')).pipe(retryBackoff({ afterValues })))).toBeInstanceOf(TypeError);
  });

  it('R7: does not ask the function for errors that are not retryable', () => {
    const afterValues = vi.fn(() => EMPTY);
    const error = { status: 400 };
    expect(errorOf(concat(of('a'), throwError(() => error)).pipe(retryBackoff({ afterValues })))).toBe(error);
    expect(afterValues).not.toHaveBeenCalled();
  });

  it('R7: does not call the function when unsubscribed during the delay', () => {
    run(({ cold, expectObservable }) => {
      const afterValues = vi.fn(() => EMPTY);
      expectObservable(cold('a#').pipe(retryBackoff({ ...plain, afterValues })), '---!').toBe('a');
      afterMs(50, () => expect(afterValues).not.toHaveBeenCalled());
    });
  });
});
