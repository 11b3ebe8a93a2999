import { concat, config, EMPTY, NEVER, Observable, type Observer, of, range, Subject, Subscriber, Subscription, take, throwError } from 'rxjs';
import { afterEach, describe, expect, it } from 'vitest';
import type { Ending, Guard, Reading } from '../../src/guard/guard';
import { chainOfOne } from '../../src/guard/guard-chain';
import { guarded } from '../../src/guard/guarded';
import { GuardedAttempt } from '../../src/guard/guarded-attempt';
import type { AnyGuard } from '../../src/guard/orders';
import { run } from '../support/run';

type Told = [ending: Ending, error?: unknown];

/** What a guard here looks at. */
interface Watch<T> {
  value?(value: T): Error | undefined;
  end?(ending: Ending, error?: unknown): void;
}

/** A guard that lets everything in, and the reading that shows it the values. */
function watching<T>(watch: Watch<T>) {
  let verdict: Error | undefined;
  const guard: Guard<string> = {
    enter: () => 'hold',
    value: () => verdict,
    end: (_hold, ending, error) => watch.end?.(ending, error),
    release: () => watch.end?.('unsubscribe'),
  };
  const reading: Reading<T> = {
    read: (value) => {
      verdict = watch.value?.(value);
    },
  };
  return { chain: chainOfOne(guard as AnyGuard), reading };
}

/** An operator that does nothing but let a guard watch. */
function watched<T>(watch: Watch<T>) {
  const { chain, reading } = watching(watch);
  return guarded<T, object>(chain, () => ({}), () => reading);
}

/** An attempt that its guard has let in. */
function attempt<T>(downstream: Observer<T>, watch: Watch<T>): GuardedAttempt<T> {
  const { chain, reading } = watching(watch);
  const made = new GuardedAttempt<T>(downstream, chain, {}, reading, NEVER);
  if (downstream instanceof Subscriber) {
    downstream.add(made);
  }
  made.start();
  return made;
}

function book<T>(value?: Watch<T>['value']) {
  const told: Told[] = [];
  const guard: Watch<T> = {
    ...(value && { value }),
    end: (ending, error) => told.push(error === undefined ? [ending] : [ending, error]),
  };
  return { told, guard };
}

afterEach(() => {
  config.onUnhandledError = null;
  config.onStoppedNotification = null;
});

describe('Attempt', () => {
  it.each([
    ['never', '------', '------', '^-----', [] as Told[]],
    ['empty', '---|  ', '---|  ', '^--!  ', [['complete']] as Told[]],
    ['one value', '-a-|  ', '-a-|  ', '^--!  ', [['complete']] as Told[]],
    ['many values', '-a(bc)|', '-a(bc)|', '^-----!', [['complete']] as Told[]],
    ['an error before values', '--#   ', '--#   ', '^-!   ', [['error', 'error']] as Told[]],
    ['an error after values', 'ab-#  ', 'ab-#  ', '^--!  ', [['error', 'error']] as Told[]],
  ])('passes on %s', (_name, marbles, expected, subscribed, endings) => {
    const { told, guard } = book<string>();
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles);
      expectObservable(source.pipe(watched(guard))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
    expect(told).toEqual(endings);
  });

  it.each([
    ['before the first value', '--a--b--|', '^!', '--', '^!'],
    ['between values', '        --a--b--|', '^---!', '--a--', '^---!'],
  ])('C4: is unsubscribed %s', (_name, marbles, unsubscribed, expected, subscribed) => {
    const { told, guard } = book<string>();
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold(marbles);
      expectObservable(source.pipe(watched(guard)), unsubscribed).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subscribed);
    });
    expect(told).toEqual([['unsubscribe']]);
  });

  it('C4: is unsubscribed inside next', () => {
    const { told, guard } = book<string>();
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('      -a-b-c|');
      const expected = '         -a-(b|)';
      const subs = '             ^--!';
      expectObservable(source.pipe(watched(guard), take(2))).toBe(expected);
      expectSubscriptions(source.subscriptions).toBe(subs);
    });
    expect(told).toEqual([['unsubscribe']]);
  });

  it('does not reorder or drop values, and shows each to the guard first', () => {
    const seen: string[] = [];
    of(1, 2)
      .pipe(watched({ value: (value) => void seen.push(`guard ${value}`) }))
      .subscribe((value) => seen.push(`next ${value}`));
    expect(seen).toEqual(['guard 1', 'next 1', 'guard 2', 'next 2']);
  });

  it('C1: two subscribers of one instance are two calls', () => {
    const { told, guard } = book<string>();
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a--b|');
      const call = source.pipe(watched(guard));
      expectObservable(call).toBe('a--b|');
      expectObservable(call, '-^-!').toBe('-a--');
      expectSubscriptions(source.subscriptions).toBe(['^---!', '-^-!']);
    });
    expect(told).toEqual([['unsubscribe'], ['complete']]);
  });

  it('C5: a synchronous source under take(3) is pulled three times', () => {
    const { told, guard } = book<number>();
    const pulled: number[] = [];
    const source = new Observable<number>((subscriber) => {
      for (let index = 0; index < 1_000 && !subscriber.closed; index += 1) {
        pulled.push(index);
        subscriber.next(index);
      }
      subscriber.complete();
    });
    const heard: number[] = [];
    source.pipe(watched(guard), take(3)).subscribe((value) => heard.push(value));
    expect(pulled).toEqual([0, 1, 2]);
    expect(heard).toEqual([0, 1, 2]);
    expect(told).toEqual([['unsubscribe']]);
  });

  it('C5: what value() throws ends the call, its source first', () => {
    const { told, guard } = book<string>((value) => {
      if (value === 'b') {
        throw 'oops';
      }
      return undefined;
    });
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|');
      expectObservable(source.pipe(watched(guard))).toBe('a-#', undefined, 'oops');
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
    expect(told).toEqual([['error', 'oops']]);
  });

  it('T4: an error that value() returns ends the call after that value', () => {
    const error = new Error('enough');
    const { told, guard } = book<string>((value) => (value === 'b' ? error : undefined));
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('a-b-c|');
      expectObservable(source.pipe(watched(guard))).toBe('a-(b#)', undefined, error);
      expectSubscriptions(source.subscriptions).toBe('^-!');
    });
    expect(told).toEqual([['error', error]]);
  });

  it.each([
    ['returned', () => new Error('enough')],
    ['thrown', () => { throw new Error('enough'); }],
  ])('C11: an error that value() has %s stops the source, then the guard hears of it, then the consumer', (_name, value: () => Error) => {
    const order: string[] = [];
    const source = new Observable<number>((subscriber) => {
      subscriber.add(() => order.push('source'));
      values.subscribe(subscriber);
    });
    const values = new Subject<number>();
    source
      .pipe(watched({ value, end: (ending) => void order.push(`guard ${ending}`) }))
      .subscribe({ error: () => order.push('consumer') });
    values.next(1);
    expect(order).toEqual(['source', 'guard error', 'consumer']);
  });

  it.each([
    ['unsubscribes', (_source: Subject<string>, subscription: Subscription) => subscription.unsubscribe(), 'unsubscribe', []],
    ['lets the source complete', (source: Subject<string>) => source.complete(), 'complete', ['complete']],
    ['lets the source fail', (source: Subject<string>) => source.error('late'), 'error', ['late']],
  ] as const)('a verdict comes too late where the consumer of that value %s', (_name, act, ending, expected) => {
    const { told, guard } = book<string>(() => new Error('enough'));
    const source = new Subject<string>();
    const heard: unknown[] = [];
    const subscription = new Subscription();
    subscription.add(
      source.pipe(watched(guard)).subscribe({
        next: () => act(source, subscription),
        error: (error) => heard.push(error),
        complete: () => heard.push('complete'),
      }),
    );
    run(({ flush }) => {
      const stopped: unknown[] = [];
      config.onStoppedNotification = (notification) => stopped.push(notification);
      source.next('a');
      flush();
      expect(stopped).toEqual([]);
    });
    expect(heard).toEqual(expected);
    expect(told.map(([each]) => each)).toEqual([ending]);
  });

  it.each([
    ['completes', EMPTY],
    ['fails', throwError(() => 'error')],
  ])('C5: what end() throws goes to the error channel where the source %s', (_name, source) => {
    const heard: unknown[] = [];
    const guard = watched({
      end: () => {
        throw 'oops';
      },
    });
    source.pipe(guard).subscribe({ error: (error) => heard.push(error), complete: () => heard.push('complete') });
    expect(heard).toEqual(['oops']);
  });

  it('C5: what end() throws goes to the error channel where value() threw before', () => {
    const heard: unknown[] = [];
    const guard = watched({
      value: () => {
        throw 'first';
      },
      end: () => {
        throw 'second';
      },
    });
    of(1).pipe(guard).subscribe({ error: (error) => heard.push(error) });
    expect(heard).toEqual(['second']);
  });

  it('what end() throws after an unsubscription is reported as unhandled', () => {
    run(({ flush }) => {
      const unhandled: unknown[] = [];
      config.onUnhandledError = (error) => unhandled.push(error);
      const guard = watched({
        end: () => {
          throw 'oops';
        },
      });
      NEVER.pipe(guard).subscribe().unsubscribe();
      flush();
      expect(unhandled).toEqual(['oops']);
    });
  });

  it.each([
    ['complete', EMPTY],
    ['error', throwError(() => 'error')],
  ])('C11: the guard hears of %s before the consumer does', (ending, source) => {
    const order: string[] = [];
    source.pipe(watched({ end: (each) => void order.push(`guard ${each}`) })).subscribe({
      error: () => order.push('consumer'),
      complete: () => order.push('consumer'),
    });
    expect(order).toEqual([`guard ${ending}`, 'consumer']);
  });

  it('C11: a consumer that subscribes again inside complete finds the first call over', () => {
    const { told, guard } = book<number>();
    const call = of(1).pipe(watched(guard));
    const seen: number[] = [];
    call.subscribe({
      complete: () => {
        seen.push(told.length);
        call.subscribe({ complete: () => seen.push(told.length) });
      },
    });
    expect(seen).toEqual([1, 2]);
  });

  it('C4: a source whose teardown throws does not keep the guard from hearing of the end', () => {
    const { told, guard } = book<number>();
    const source = new Observable<number>(() => () => {
      throw new Error('teardown');
    });
    const subscription = source.pipe(watched(guard)).subscribe();
    expect(() => subscription.unsubscribe()).toThrow('teardown');
    expect(told).toEqual([['unsubscribe']]);
  });

  it('C4: a source whose teardown throws does not keep the consumer from hearing of a cut', () => {
    const { told, guard } = book<number>(() => new Error('enough'));
    const values = new Subject<number>();
    const source = new Observable<number>((subscriber) => {
      values.subscribe(subscriber);
      return () => {
        throw new Error('teardown');
      };
    });
    const heard: string[] = [];
    config.onUnhandledError = () => undefined;
    source.pipe(watched(guard)).subscribe({ error: ({ message }) => heard.push(message) });
    try {
      values.next(1);
    } catch {
      // the teardown's error is the producer's
    }
    expect(heard).toEqual(['enough']);
    expect(told).toHaveLength(1);
  });

  it('C4: with a destination that is closed already, no guard is entered', () => {
    const { told, guard } = book<number>();
    const destination = new Subscriber<number>();
    destination.unsubscribe();
    const guarded = attempt<number>(destination, guard);
    expect(guarded.closed).toBe(true);
    expect(told).toEqual([]);
  });

  it('tears the source down also where the consumer throws', () => {
    class Throwing extends Subscriber<number> {
      override error(): void {
        throw new Error('consumer');
      }
      override complete(): void {
        throw new Error('consumer');
      }
    }
    for (const ending of ['error', 'complete'] as const) {
      const { told, guard } = book<number>();
      const guarded = attempt<number>(new Throwing(), guard);
      expect(() => guarded[ending]('error')).toThrow('consumer');
      expect(guarded.closed).toBe(true);
      expect(told.map(([each]) => each)).toEqual([ending]);
    }
  });

  it('leaves nothing behind at a consumer that goes on', () => {
    const consumer = new Subscriber<number>();
    const { told, guard } = book<number>();
    const guarded = attempt<number>(consumer, guard);
    guarded.unsubscribe();
    consumer.unsubscribe();
    expect(told).toEqual([['unsubscribe']]);
  });

  it('C6: 1,000,000 synchronous values do not overflow the stack', () => {
    const { told, guard } = book<number>();
    let count = 0;
    range(0, 1_000_000).pipe(watched(guard)).subscribe(() => {
      count += 1;
    });
    expect(count).toBe(1_000_000);
    expect(told).toEqual([['complete']]);
  });

  it('one outcome for each subscription, however the calls follow each other', () => {
    const { told, guard } = book<number>();
    const call = of(1).pipe(watched(guard));
    concat(call, call, call).pipe(take(2)).subscribe();
    expect(told).toEqual([['complete'], ['unsubscribe']]);
  });
});

describe('Attempt', () => {
  it('takes a guard that looks at no values', () => {
    const endings: Ending[] = [];
    const seen: unknown[] = [];
    const operator = watched<number>({ end: (ending) => endings.push(ending) });
    of(1, 2).pipe(operator).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    expect(seen).toEqual([1, 2]);
    expect(endings).toEqual(['complete']);
  });

  it('passes on no value after which its guard has ended it', () => {
    const source = new Subject<number>();
    const seen: number[] = [];
    const downstream = { next: (value: number) => seen.push(value), error: () => undefined, complete: () => undefined };
    const guarded: GuardedAttempt<number> = attempt<number>(downstream, {
      value: () => {
        guarded.unsubscribe();
        return undefined;
      },
      end: () => undefined,
    });
    source.subscribe(guarded);
    source.next(1);
    expect(seen).toEqual([]);
  });

  it('C5: what a guard throws over a value ends the call, its source first, and that value goes no further', () => {
    const endings: Told[] = [];
    const value = () => {
      throw 'oops';
    };
    const guard: Guard<string> = { enter: () => 'hold', value, end: (_, ending, error) => endings.push([ending, error]), release: () => undefined };
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const source = cold('-a-b|');
      expectObservable(source.pipe(guarded<string, object>(chainOfOne(guard), () => ({})))).toBe('-#', undefined, 'oops');
      expectSubscriptions(source.subscriptions).toBe('^!');
    });
    expect(endings).toEqual([['error', 'oops']]);
  });

  it.each(['value', 'accepted'] as const)('C4: a guard that ends it over a value is told no more, and that value goes no further: %s', (when) => {
    const told: string[] = [];
    const source = new Subject<number>();
    const hears = (name: 'value' | 'accepted') => () => {
      told.push(name);
      if (name === when) {
        call.unsubscribe();
      }
      return undefined;
    };
    const end = (_: string, ending: Ending) => told.push(ending);
    const guard: Guard<string> = { enter: () => 'hold', accepted: hears('accepted'), value: hears('value'), end, release: () => undefined };
    const operator = guarded<number, object>(chainOfOne(guard), () => ({}));
    const call: Subscription = source.pipe(operator).subscribe(() => told.push('next'));
    source.next(1);
    expect(told).toEqual([...(when === 'value' ? ['accepted', 'value'] : ['accepted']), 'unsubscribe']);
  });

  it('C4: a reading that ends it over the first value is not told to its guards', () => {
    const told: string[] = [];
    const source = new Subject<number>();
    const guard: Guard<string> = { enter: () => 'hold', accepted: () => told.push('accepted'), end: (_, ending) => told.push(ending), release: () => undefined };
    const reading = { read: () => call.unsubscribe() };
    const call: Subscription = source.pipe(guarded<number, object>(chainOfOne(guard), () => ({}), () => reading)).subscribe();
    source.next(1);
    expect(told).toEqual(['unsubscribe']);
  });

  it('C4: an operator enters no guard for a subscriber that has gone', () => {
    const entered: string[] = [];
    const guard: Guard<string> = { enter: () => String(entered.push('entered')), end: () => undefined, release: () => undefined };
    const gone = new Subscriber<number>();
    gone.unsubscribe();
    of(1).pipe(guarded<number, object>(chainOfOne(guard), () => ({}))).subscribe(gone);
    expect(entered).toEqual([]);
  });

  it('a hold that a look has brought is asked for again in its turn', () => {
    const asked: unknown[] = [];
    const endings: unknown[] = [];
    const enter = (_: unknown, held: string | undefined) => {
      asked.push(held);
      return `${held ?? ''}+`;
    };
    const guard: Guard<string> = { check: () => false, enter, end: (hold, ending) => endings.push([hold, ending]), release: () => undefined };
    const seen: number[] = [];
    of(1).pipe(guarded<number, object>(chainOfOne(guard, true), () => ({}))).subscribe((value) => seen.push(value));
    expect([asked, seen, endings]).toEqual([[undefined, '+'], [1], [['++', 'complete']]]);
  });

  it('C4: one that a listener has ended is neither sent back nor told', () => {
    const heard: unknown[] = [];
    const downstream = { next: () => undefined, error: (error: unknown) => heard.push(error), complete: () => heard.push('complete') };
    const guard: Guard<string> = {
      enter: (asking) => {
        made.unsubscribe();
        asking.again('refused');
        return undefined;
      },
      end: () => heard.push('end'),
      release: () => heard.push('release'),
    };
    const made: GuardedAttempt<number> = new GuardedAttempt<number>(downstream, chainOfOne(guard), {}, undefined, of(1));
    made.start();
    expect([made.closed, heard]).toEqual([true, []]);
  });

  it('S2: an answer that is whole completes once, however often it is to fail', () => {
    const heard: unknown[] = [];
    const downstream = { next: () => undefined, error: (error: unknown) => heard.push(error), complete: () => heard.push('complete') };
    const guard: Guard<string> = { enter: () => 'hold', end: (_, ending) => heard.push(ending), release: () => undefined };
    const reading: Reading<number> = { read: () => undefined, isWhole: true };
    const made = new GuardedAttempt<number>(downstream, chainOfOne(guard), {}, reading, concat(of(1), NEVER));
    made.start();
    made.fail('late');
    made.fail('later');
    expect(heard).toEqual(['complete', 'complete']); // to the guard, and downstream
  });

  it.each(['value', 'accepted'] as const)('C4: goes no further with a value over which a guard ends it, also where downstream goes on: %s', (when) => {
    const seen: number[] = [];
    const downstream = { next: (value: number) => seen.push(value), error: () => undefined, complete: () => undefined };
    const guard: Guard<string> = { enter: () => 'hold', [when]: () => made.unsubscribe(), end: () => undefined, release: () => undefined };
    const made: GuardedAttempt<number> = new GuardedAttempt<number>(downstream, chainOfOne(guard), {}, undefined, of(1));
    made.start();
    expect(seen).toEqual([]);
  });

  it('C5: says that a guard has thrown over a value, so that nothing is tried again', () => {
    const downstream = { next: () => undefined, error: () => undefined, complete: () => undefined };
    const value = () => {
      throw new Error('oops');
    };
    const guard: Guard<string> = { enter: () => 'hold', value, end: () => undefined, release: () => undefined };
    const made = new GuardedAttempt<number>(downstream, chainOfOne(guard), {}, undefined, of(1));
    expect(made.isBroken).toBeUndefined();
    made.start();
    expect(made.isBroken).toBe(true);
  });
});
