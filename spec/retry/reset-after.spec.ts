import { Observable, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { RetryContext } from '../../src/retry/retry-backoff';
import { retryBackoff } from '../../src/retry/retry-backoff';
import { RetryBudget } from '../../src/retry/retry-budget';
import { run } from '../support/run';

const down = new Error('down');
const config = { maxRetries: 2, baseDelay: 1, jitter: 'none', afterValues: 'restart' } as const;

/** The number and the delay of each retry of attempts that say this, of which the last is used again. */
function retriesOf(attempts: readonly string[], options: object): (readonly [number, number])[] {
  const retries: (readonly [number, number])[] = [];
  run(({ cold, flush }) => {
    let count = 0;
    const source = new Observable<string>((subscriber) => {
      const marbles = attempts[Math.min(count, attempts.length - 1)]!;
      count += 1;
      return cold(marbles, undefined, down).subscribe(subscriber);
    });
    const onRetry = ({ attempt, delay }: RetryContext) => retries.push([attempt, delay]);
    source.pipe(retryBackoff<string>({ ...config, ...options, onRetry })).subscribe({ error: () => undefined });
    flush();
  });
  return retries;
}

describe('retryBackoff with resetAfter', () => {
  it('begins retries and backoff anew after an attempt that has lived so long since its first content', () => {
    const attempts = ['#', 'a----#', '#'];
    expect(retriesOf(attempts, { resetAfter: 5 })).toEqual([[1, 1], [1, 1], [2, 2]]);
    expect(retriesOf(attempts, {})).toEqual([[1, 1], [2, 2]]);
  });

  it('is off by default: a stream that lives for hours has the retries of any other', () => {
    expect(retriesOf(['a 1h #'], {})).toEqual([[1, 1], [2, 2]]);
  });

  it('counts from the first content to the failure, in ms', () => {
    expect(retriesOf(['#', 'a---#', '#'], { resetAfter: 5 })).toEqual([[1, 1], [2, 2]]);
    expect(retriesOf(['#', '9ms a---#', '#'], { resetAfter: 5 })).toEqual([[1, 1], [2, 2]]);
    expect(retriesOf(['#', 'a--b---#', '#'], { resetAfter: 5 })).toEqual([[1, 1], [1, 1], [2, 2]]);
  });

  it('does not count what is no content, nor the wait before it', () => {
    const isContent = (value: string) => value === value.toUpperCase();
    expect(retriesOf(['#', 'a----B-#', '#'], { resetAfter: 5, isContent })).toEqual([[1, 1], [2, 2]]);
    expect(retriesOf(['#', 'a----#', '#'], { resetAfter: 5, isContent, maxHeldBack: 0 })).toEqual([[1, 1], [2, 2]]);
    expect(retriesOf(['#', 'aB----#', '#'], { resetAfter: 5, isContent })).toEqual([[1, 1], [1, 1], [2, 2]]);
  });

  it('looks at the attempt that failed: one that had content before does not help the next', () => {
    expect(retriesOf(['a----#', '9ms #'], { resetAfter: 5 })).toEqual([[1, 1], [2, 2]]);
  });

  it('lets a stream that lives long enough go on without end', () => {
    run(({ cold, expectObservable }) => {
      const source = cold('a-----#', undefined, down);
      expectObservable(source.pipe(retryBackoff({ ...config, resetAfter: 5 })), '29ms !').toBe('a 6ms a 6ms a 6ms a 6ms a');
    });
  });

  it('begins decorrelated jitter anew', () => {
    const delays = retriesOf(['#', '#', 'a----#', '#'], { resetAfter: 5, jitter: 'decorrelated', random: () => 1, maxRetries: 2 });
    expect(delays).toEqual([[1, 3], [2, 9], [1, 3], [2, 9]]);
  });

  it('asks the retry budget and maxElapsed all the same', () => {
    const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 });
    expect(retriesOf(['a----#'], { resetAfter: 5, retryBudget })).toEqual([[1, 1]]);
    expect(retriesOf(['a----#'], { resetAfter: 5, maxElapsed: 10 })).toEqual([[1, 1]]);
  });

  it('R9: does not retry what is not worth it', () => {
    expect(retriesOf(['a----#'], { resetAfter: 5, retryIf: () => false })).toEqual([]);
  });

  it.each([0, -1, Number.NaN])('C2: refuses resetAfter: %d', (resetAfter) => {
    expect(() => throwError(() => down).pipe(retryBackoff({ resetAfter }))).toThrow(/^retryBackoff: resetAfter must be /);
  });
});
