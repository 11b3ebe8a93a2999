import { catchError, defer, EMPTY, filter, finalize, map, NEVER, of, range, Subject, take, tap, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import type { Limiter } from '../../src/limiter/limiter';
import { rateLimitEach } from '../../src/limiter/rate-limit-each';
import { RateLimiter } from '../../src/limiter/rate-limiter';
import { at, per, refusal } from '../support/limiting';
import { mirrored } from '../support/mirrored';
import { run } from '../support/run';

const fast = { limits: per(1, 1_000_000) };
const slow = { limits: per(3, 1) };

describe('rateLimitEach', () => {
  it.each(mirrored)('L8: mirrors a source within the limits: %s', (_, marbles, subscription) => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles.trim());
      expectObservable(source.pipe(rateLimitEach(fast)), '^------!').toBe(marbles.trim());
      expectSubscriptions(source.subscriptions).toBe(subscription.trim());
    });
  });

  it('L8: lets every value wait for its permit, keeps their order, loses none, and completes after the last', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('              abc---d|      ');
      const subs = '                     ^------!      ';
      const expected = '                 a--b--c--(d|) ';
      expectObservable(source.pipe(rateLimitEach(slow))).toBe(expected.trim());
      expectSubscriptions(source.subscriptions).toBe(subs.trim());
    });
  });

  it('L8: completes at once when nothing waits', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('a---|').pipe(rateLimitEach(slow))).toBe('a---|');
    });
  });

  it('L8: passes an error of the source at once and drops what is buffered', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const limiter = new RateLimiter(slow);
      const source = cold('abc-#');
      expectObservable(source.pipe(rateLimitEach(limiter))).toBe('a--b#');
      expectSubscriptions(source.subscriptions).toBe('^---!');
      at(5, () => expect(limiter.state.waiting).toBe(0));
    });
  });

  it('L8: has one waiter per subscription, so that several take turns', () => {
    run(({ cold, expectObservable }) => {
      const limiter = new RateLimiter({ limits: per(2, 1) });
      const paced = cold('(abc)').pipe(rateLimitEach(limiter));
      expectObservable(paced).toBe('a-b---c');
      expectObservable(paced).toBe('----a---b-c');
      at(1, () => expect(limiter.state.waiting).toBe(2));
    });
  });

  it('L8: makes one limiter of a config, shared by all its subscriptions', () => {
    run(({ cold, expectObservable }) => {
      const paced = cold('a|').pipe(rateLimitEach(slow));
      expectObservable(paced).toBe('a|');
      expectObservable(paced).toBe('---(a|)');
    });
  });

  it('C1: two instances of one config do not share', () => {
    run(({ cold, expectObservable }) => {
      expectObservable(cold('a|').pipe(rateLimitEach(slow))).toBe('a|');
      expectObservable(cold('a|').pipe(rateLimitEach(slow))).toBe('a|');
    });
  });

  it('asks for the cost of each value, with its index, when it is its turn', () => {
    run(({ cold, expectObservable }) => {
      const limiter = new RateLimiter({ limits: { tokens: per(10, 5) } });
      const cost = vi.fn((value: string, index: number) => ({ tokens: value.length * 3 + index }));
      expectObservable(cold('a-b-c|', { a: 'x', b: '', c: 'y' }).pipe(rateLimitEach(limiter, { cost }), map((value) => value || '0'))).toBe('x-0---------(y|)');
      at(13, () => expect(cost.mock.calls).toEqual([['x', 0], ['', 1], ['y', 2]]));
    });
  });

  it('L9: a value is in flight for no time', () => {
    const seen: number[] = [];
    range(1, 3).pipe(rateLimitEach({ maxConcurrent: 1 })).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1, 2, 3]);
  });

  describe('maxBuffer', () => {
    it('L8: errors when more values wait, and leaves the source and the line at once', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = new RateLimiter({ limits: per(9, 1) });
        const source = cold('abcd-');
        expectObservable(source.pipe(rateLimitEach(limiter, { maxBuffer: 2 }))).toBe('a--#', undefined, refusal('queue-full'));
        expectSubscriptions(source.subscriptions).toBe('^--!');
        at(4, () => expect(limiter.state.waiting).toBe(0));
      });
    });

    it('L8: never lets a value wait with maxBuffer 0', () => {
      run(({ cold, expectObservable }) => {
        expectObservable(cold('a---bc').pipe(rateLimitEach(slow, { maxBuffer: 0 }))).toBe('a---b#', undefined, refusal('queue-full'));
      });
    });

    it('C12: delivers that refusal in the same frame, not synchronously, and cancellably', () => {
      run(({ flush }) => {
        const error = vi.fn();
        const call = () => of(1, 2, 3).pipe(rateLimitEach(slow, { maxBuffer: 0 })).subscribe({ error });
        call();
        call().unsubscribe();
        expect(error).not.toHaveBeenCalled();
        flush();
        expect(error).toHaveBeenCalledTimes(1);
      });
    });
  });

  it('L3: passes a refusal of the limiter on and leaves the source first', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const limiter = new RateLimiter({ ...slow, maxWait: 1 });
      const source = cold('ab--');
      let isLeft = false;
      const paced = source.pipe(finalize(() => { isLeft = true; }), rateLimitEach(limiter), tap({ error: () => expect(isLeft).toBe(true) }));
      expectObservable(paced).toBe('a#', undefined, refusal('wait-too-long', 2));
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
  });

  describe('when it is unsubscribed', () => {
    it('C4: leaves the line and the source at once, also inside next', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const limiter = new RateLimiter(slow);
        const source = cold('abcd-');
        expectObservable(source.pipe(rateLimitEach(limiter)), '^---!').toBe('a--b');
        expectObservable(source.pipe(rateLimitEach(limiter), take(1)), '-^').toBe('------(a|)');
        expectSubscriptions(source.subscriptions).toBe(['^---!', '-^----!']);
        at(7, () => expect(limiter.state.waiting).toBe(0));
      });
    });

    it('C4: gives everything back when a listener unsubscribes it in the moment of the grant', () => {
      run(() => {
        const limiter = new RateLimiter({ limits: per(50, 2) });
        const next = vi.fn();
        limiter.pause(3);
        const call = of('a').pipe(rateLimitEach(limiter)).subscribe(next);
        limiter.events$.subscribe(({ type }) => type === 'granted' && call.unsubscribe());
        at(4, () => {
          expect(next).not.toHaveBeenCalled();
          expect(limiter.isIdle).toBe(true);
        });
      });
    });

    it('C4: while it completes and values still wait', () => {
      run(({ cold, expectObservable }) => {
        const limiter = new RateLimiter(slow);
        expectObservable(cold('(abc|)').pipe(rateLimitEach(limiter)), '^---!').toBe('a--b');
        at(5, () => expect(limiter.state.waiting).toBe(0));
      });
    });
  });

  it('C5: pulls a synchronous source under take(3) three times', () => {
    let pulled = 0;
    range(0, 1_000).pipe(tap(() => { pulled += 1; }), rateLimitEach(fast), take(3)).subscribe();
    expect(pulled).toBe(3);
  });

  it('C5: asks for no more permits than values are wanted', () => {
    run(() => {
      const limiter = new RateLimiter(fast);
      const granted = vi.fn();
      limiter.events$.pipe(filter(({ type }) => type === 'granted')).subscribe(granted);
      limiter.pause(5);
      range(0, 5).pipe(rateLimitEach(limiter), take(2)).subscribe();
      limiter.resume();
      expect(granted).toHaveBeenCalledTimes(2);
    });
  });

  it('C5: sends what `cost` throws, or a cost that is none, to that call', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const thrown = new Error('cost');
      const source = cold('-ab');
      const fail = (value: string) => {
        if (value === 'b') {
          throw thrown;
        }
        return 1;
      };
      expectObservable(source.pipe(rateLimitEach(slow, { cost: fail }))).toBe('-a#', undefined, thrown);
      expectObservable(source.pipe(rateLimitEach(slow, { cost: () => -1 }), catchError((error) => of(error.name)))).toBe('-(e|)', { e: 'RangeError' });
      expectObservable(source.pipe(rateLimitEach(slow, { cost: () => ({ tokens: 1 }) as object }), catchError((error) => of(error.name)))).toBe('-(e|)', { e: 'TypeError' });
      expectSubscriptions(source.subscriptions).toBe(['^-!', '^!', '^!']);
    });
  });

  it('C6: passes 1,000,000 synchronous values, and drains 100,000 that waited', { timeout: 120_000 }, () => {
    run(() => {
      let count = 0;
      const add = () => { count += 1; };
      range(0, 1_000_000).pipe(rateLimitEach(fast)).subscribe(add);
      expect(count).toBe(1_000_000);
      const limiter = new RateLimiter({ maxConcurrent: 1 });
      limiter.pause(5);
      range(0, 100_000).pipe(rateLimitEach(limiter)).subscribe(add);
      limiter.resume();
      expect(count).toBe(1_100_000);
    });
  });

  it('delivers in order what a consumer sends in the middle of a delivery', () => {
    run(({ flush }) => {
      const source = new Subject<number>();
      const seen: number[] = [];
      source.pipe(rateLimitEach({ limits: per(5, 2) })).subscribe((value) => {
        seen.push(value);
        if (value < 6) {
          source.next(value + 1);
        } else {
          source.complete();
        }
      });
      source.next(1);
      flush();
      expect(seen).toEqual([1, 2, 3, 4, 5, 6]);
      expect(source.observed).toBe(false);
    });
  });

  it('stops when a consumer makes the source fail in the middle of a delivery', () => {
    run(({ flush }) => {
      const source = new Subject<number>();
      const limiter = new RateLimiter({ limits: per(5, 2) });
      const seen: unknown[] = [];
      const note = (value: unknown) => seen.push(value);
      limiter.pause(1);
      source.pipe(rateLimitEach(limiter)).subscribe({
        next: (value) => {
          note(value);
          source.error('failed');
        },
        error: note,
      });
      source.next(1);
      source.next(2);
      flush();
      expect(seen).toEqual([1, 'failed']);
      expect(limiter.state).toMatchObject({ waiting: 0, limits: { requests: [{ used: 1 }] } });
    });
  });

  it('C11: a consumer that subscribes again inside complete or error finds no place taken', () => {
    run(({ cold, expectObservable }) => {
      const limiter = new RateLimiter({ ...slow, maxQueue: 1 });
      const seen: number[] = [];
      const note = tap({ error: () => seen.push(limiter.state.waiting), complete: () => seen.push(limiter.state.waiting) });
      expectObservable(cold('ab#').pipe(rateLimitEach(limiter), note, catchError(() => cold('c|').pipe(rateLimitEach(limiter), note)))).toBe('a--(c|)');
      at(9, () => expect(seen).toEqual([0, 0]));
    });
  });

  it('asks any Limiter, and refuses by asyncScheduler where that has no scheduler', () => {
    run(({ expectObservable }) => {
      const permit = { cost: { requests: 1 }, settle: vi.fn(), refund: vi.fn() };
      const never: Limiter = { acquire: () => NEVER };
      const always: Limiter = { acquire: () => of(permit) };
      const failing: Limiter = { acquire: () => throwError(() => 'down') };
      expectObservable(of(1).pipe(rateLimitEach(never, { maxBuffer: 0 }))).toBe('#', undefined, refusal('queue-full'));
      expectObservable(of('a').pipe(rateLimitEach(always))).toBe('(a|)');
      expectObservable(of('a').pipe(rateLimitEach(failing))).toBe('#', undefined, 'down');
      expectObservable(defer(() => EMPTY).pipe(rateLimitEach(never))).toBe('|');
      at(1, () => expect(permit.settle).toHaveBeenCalledTimes(1));
    });
  });

  it.each<[string, unknown, unknown, ErrorConstructor, RegExp]>([
    ['nothing for a limiter', undefined, {}, TypeError, /rateLimitEach: limiter .*undefined/],
    ['null for a limiter', null, {}, TypeError, /rateLimitEach: limiter .*null/],
    ['a number for a limiter', 5, {}, TypeError, /rateLimitEach: limiter .*5/],
    ['a config that is none', { limits: [] }, {}, RangeError, /limits/],
    ['a negative maxBuffer', fast, { maxBuffer: -1 }, RangeError, /maxBuffer .*-1/],
    ['half a maxBuffer', fast, { maxBuffer: 1.5 }, RangeError, /maxBuffer .*1\.5/],
    ['a cost that is no function', fast, { cost: 5 }, TypeError, /cost .*5/],
    ['an unknown option', fast, { maxbuffer: 5 }, TypeError, /maxbuffer.*5/],
  ])('C2: refuses %s when it is created', (_, limiter, options, kind, message) => {
    const create = () => rateLimitEach(limiter as Limiter, options as object);
    expect(create).toThrow(kind);
    expect(create).toThrow(message);
  });

  it('L8: keeps order when a value comes while a permit is settled', () => {
    run(({ flush }) => {
      const limiter = new RateLimiter(fast);
      const source = new Subject<number>();
      const seen: unknown[] = [];
      source.pipe(rateLimitEach(limiter)).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
      limiter.events$.pipe(filter(({ type }) => type === 'settled'), take(1)).subscribe(() => source.next(2));
      source.next(1);
      source.next(3);
      flush();
      expect(seen).toEqual([1, 2, 3]);
    });
  });

  it('L8: completes after the last value, also when the source completes while a permit is settled', () => {
    const limiter = new RateLimiter(fast);
    const source = new Subject<number>();
    const seen: unknown[] = [];
    limiter.events$.subscribe(({ type }) => type === 'settled' && source.complete());
    source.pipe(rateLimitEach(limiter)).subscribe({ next: (value) => seen.push(value), complete: () => seen.push('done') });
    source.next(1);
    expect(seen).toEqual([1, 'done']);
  });
});
