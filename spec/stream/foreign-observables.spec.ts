import { createRequire } from 'node:module';
import { AsyncSubject, lastValueFrom, Observable, of, take, toArray } from 'rxjs';
import * as rxjs6 from 'rxjs6';
import { map as map6 } from 'rxjs6/operators';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { classifyError, fromStream, isFinalChunk } from '../../src/index';
import { follow } from '../support/follow';

/** A copy of RxJS 7 beside the one that the library has. */
function anotherCopy(): typeof import('rxjs') {
  const require = createRequire(import.meta.url);
  const loaded = Object.keys(require.cache).filter((path) => path.includes('/node_modules/rxjs/'));
  for (const path of loaded) {
    delete require.cache[path];
  }
  return require('rxjs');
}

const copy = anotherCopy();
const copies = [
  { name: 'RxJS 6', rx: rxjs6 as unknown as typeof import('rxjs'), map: map6 as unknown as typeof copy.map },
  { name: 'another copy of RxJS 7', rx: copy, map: copy.map },
];

describe.each(copies)('fromStream of an Observable of $name', ({ rx, map }) => {
  it('is another class than that of the library', () => {
    expect(rx.of(1)).not.toBeInstanceOf(Observable);
  });

  it('S2: is subscribed synchronously, returned or promised', async () => {
    expect(follow(fromStream(() => rx.of(1, 2))).seen).toEqual([1, 2, '|']);
    expect(await lastValueFrom(fromStream(async () => rx.of(1, 2)).pipe(toArray()))).toEqual([1, 2]);
    expect(follow(fromStream(() => rx.EMPTY)).seen).toEqual(['|']);
    expect(follow(fromStream(() => rx.of(1, 2).pipe(map((value: number) => value * 2)))).seen).toEqual([2, 4, '|']);
  });

  it('C8: passes its error on, before and after values', () => {
    const cut = new Error('cut');
    const fails = rx.throwError(() => cut) as Observable<never>;
    const thrown = new rx.Observable<number>((subscriber) => {
      subscriber.next(1);
      subscriber.error(cut);
    });
    expect(follow(fromStream(() => thrown)).seen).toEqual([1, { error: cut }]);
    const [{ error }] = follow(fromStream(() => fails)).seen as [{ error: unknown }];
    expect(typeof error === 'function' ? error() : error).toBe(cut); // RxJS 6 takes no function
  });

  it('S2: completes a whole answer, and is stopped by a failure inside', () => {
    const teardown = vi.fn();
    const emits = (...values: unknown[]) => new rx.Observable<unknown>((subscriber) => {
      for (const value of values) {
        subscriber.next(value);
      }
      return teardown;
    });
    const last = { choices: [{ index: 0, delta: { content: 'c' }, finish_reason: 'stop' }] };
    expect(follow(fromStream(() => emits(last, { type: 'error', error: { message: 'x' } }, 'no'))).seen).toEqual([last, '|']);
    expect(teardown).toHaveBeenCalledOnce();
    expect(follow(fromStream(() => emits({ type: 'error', error: { message: 'x' } }, 'no'), { isFinal: isFinalChunk })).seen).toMatchObject([{ error: { message: 'x' } }]);
    expect(teardown).toHaveBeenCalledTimes(2);
  });

  it('S2: is left when it is unsubscribed', () => {
    const teardown = vi.fn();
    const signals: AbortSignal[] = [];
    const { seen, subscription } = follow(fromStream((signal) => {
      signals.push(signal);
      return new rx.Observable((subscriber) => {
        subscriber.next('a');
        return teardown;
      });
    }));
    expect(seen).toEqual(['a']);
    expect(teardown).not.toHaveBeenCalled();
    subscription.unsubscribe();
    expect(teardown).toHaveBeenCalledOnce();
    expect(signals[0]?.aborted).toBe(true);
    expect(seen).toEqual(['a']);
  });

  it('C5: is pulled three times under take(3)', () => {
    let pulled = 0;
    const source = new rx.Observable<number>((subscriber) => {
      while (!subscriber.closed && pulled < 1_000) {
        pulled += 1;
        subscriber.next(pulled);
      }
    });
    expect(follow(fromStream(() => source).pipe(take(3))).seen).toEqual([1, 2, 3, '|']);
    expect(pulled).toBe(3);
    pulled = 0;
    expect(follow(fromStream(() => source.pipe(map((value: number) => value))).pipe(take(3))).seen).toEqual([1, 2, 3, '|']);
    expect(pulled).toBe(3);
  });

  it('passes values on in order when the source re-enters', () => {
    const source = new rx.Subject<number>();
    const seen: number[] = [];
    fromStream(() => source).subscribe((value) => {
      seen.push(value);
      if (value === 1) {
        source.next(2);
      }
    });
    source.next(1);
    expect(seen).toEqual([1, 2]);
    expect(source.observers).toHaveLength(1);
  });
});

describe('fromStream of an Observable of another library', () => {
  interface Listener { next(value: number): void; error(error: unknown): void; complete(): void }
  const foreign = (subscribe: (listener: Listener) => unknown, key: PropertyKey = '@@observable') => ({ [key]: () => ({ subscribe }) });

  it('S2: is a stream, by `@@observable`, or by `Symbol.observable` where there is one', () => {
    const emits = (listener: Listener) => {
      listener.next(1);
      listener.complete();
    };
    expect(follow(fromStream(() => foreign(emits))).seen).toEqual([1, '|']);
    const observable = Symbol('observable');
    Object.defineProperty(Symbol, 'observable', { value: observable, configurable: true });
    try {
      expect(follow(fromStream(() => foreign(emits, observable))).seen).toEqual([1, '|']);
      expect(follow(fromStream(() => rxjs6.of(1))).seen).toEqual([1, '|']);
    } finally {
      Reflect.deleteProperty(Symbol, 'observable');
    }
  });

  it('S2: may take the functions of its observer apart', () => {
    const told: number[] = [];
    const tells = ({ next }: Listener) => [1, 2, 3].forEach((value) => {
      next(value);
      told.push(value);
    });
    expect(follow(fromStream(() => foreign(tells)).pipe(take(2))).seen).toEqual([1, 2, '|']);
    expect(told).toEqual([1, 2, 3]);
  });

  it('S2: is ended by what its subscribe returns: a subscription, a function or nothing', () => {
    const end = vi.fn();
    for (const ending of [{ unsubscribe: end }, end, undefined]) {
      follow(fromStream(() => foreign(() => ending))).subscription.unsubscribe();
    }
    expect(end).toHaveBeenCalledTimes(2);
  });

  it('S2: may add what ends it, and take that back', () => {
    const [kept, removed] = [{ unsubscribe: vi.fn() }, { unsubscribe: vi.fn() }];
    follow(fromStream(() => foreign((listener) => {
      const { add, remove } = listener as unknown as Record<'add' | 'remove', (teardown: object) => void>;
      add(kept);
      add(removed);
      remove(removed);
    }))).subscription.unsubscribe();
    expect(kept.unsubscribe).toHaveBeenCalledOnce();
    expect(removed.unsubscribe).not.toHaveBeenCalled();
  });

  it('S2: is a mistake in the program if nothing can be subscribed', () => {
    for (const nothing of [undefined, {}]) {
      const { seen } = follow(fromStream(() => ({ '@@observable': () => nothing })));
      expect(seen).toEqual([{ error: expect.any(TypeError) }]);
      expect(seen).toMatchObject([{ error: { message: 'fromStream: @@observable must return an object with subscribe()' } }]);
      expect(classifyError((seen[0] as { error: unknown }).error)).toBe('fatal');
    }
  });
});

it('S2: an Observable of this RxJS is subscribed as it is', () => {
  const subject = new AsyncSubject<number>();
  const subscribe = vi.spyOn(subject, 'subscribe');
  fromStream(() => subject);
  fromStream(() => subject).subscribe();
  expect(subscribe).toHaveBeenCalledOnce();
  expect(subject.observers).toHaveLength(1);
});

it('S2: knows the values of every Observable by its type', () => {
  expectTypeOf(fromStream(() => rxjs6.of(1))).toEqualTypeOf<Observable<number>>();
  expectTypeOf(fromStream(async () => rxjs6.of('a'))).toEqualTypeOf<Observable<string>>();
  expectTypeOf(fromStream(() => of(1))).toEqualTypeOf<Observable<number>>();
  expectTypeOf(fromStream(() => new AsyncSubject<'a' | 'b'>())).toEqualTypeOf<Observable<'a' | 'b'>>();
  expectTypeOf(fromStream(() => ({ subscribe: (channel: string) => channel }))).toEqualTypeOf<Observable<{ subscribe: (channel: string) => string }>>();
});
