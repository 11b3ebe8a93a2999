import { type Observable, of } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import { operate } from '../../src/internal/operate';
import { run } from '../support/run';

describe('operate', () => {
  it('refuses what is no Observable', () => {
    expect(() => operate(() => undefined)([1] as never)).toThrow(new TypeError('Unable to lift unknown Observable type'));
  });

  it('C5: an error that is thrown on subscribing goes to the error channel', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a|');
      const failing = operate<string, string>(() => {
        throw 'oops';
      });
      expectObservable(source.pipe(failing)).toBe('#', undefined, 'oops');
      expectSubscriptions(source.subscriptions).toBe([]);
    });
  });

  it('needs no annotations in a pipe', () => {
    const mapped = operate<number, string>((source, destination) => {
      source.subscribe({ next: (value) => destination.next(`${value}`), complete: () => destination.complete() });
    });
    expectTypeOf(of(1).pipe(mapped)).toEqualTypeOf<Observable<string>>();
    const heard: string[] = [];
    of(1, 2).pipe(mapped).subscribe((value) => heard.push(value));
    expect(heard).toEqual(['1', '2']);
  });
});
