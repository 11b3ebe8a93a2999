import { config, type Observable, type Observer, of, Subject, Subscriber } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { operate, operateBy, plainlyRunning, type RunningOf } from '../../src/internal/operate';
import { runningOf } from '../../src/internal/running';
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

/** An operator that shows what runs for each of its subscriptions. */
function shown(kind: RunningOf) {
  const runs: { destination: Subscriber<string>; isStarted: boolean; isEnded: boolean }[] = [];
  const source$ = of('x').pipe(
    operateBy<string, string>(kind, (_, destination) => {
      const run = { destination, isStarted: false, isEnded: false };
      runs.push(run);
      return {
        start: () => {
          run.isStarted = true;
        },
        unsubscribe: () => {
          run.isEnded = true;
        },
      };
    }),
  );
  return { source$, runs };
}

function unhandledDuring(work: () => void): unknown[] {
  vi.useFakeTimers();
  const unhandled: unknown[] = [];
  config.onUnhandledError = (error) => unhandled.push(error);
  try {
    work();
    vi.runAllTimers();
    return unhandled;
  } finally {
    config.onUnhandledError = null;
    vi.useRealTimers();
  }
}

describe.each<[string, RunningOf]>([
  ['runningOf',      runningOf],
  ['plainlyRunning', plainlyRunning],
])('%s', (_name, kind) => {
  it('calls back as an Observable does, with the observer as `this`, until it has completed', () => {
    const { source$, runs } = shown(kind);
    class Heard {
      readonly values: string[] = [];
      next(value: string) {
        this.values.push(value);
      }
      complete() {
        this.values.push('|');
      }
    }
    const heard = new Heard();
    const subscription = source$.subscribe(heard);
    const [run] = runs;
    expect([run!.isStarted, run!.isEnded, subscription.closed]).toEqual([true, false, false]);
    run!.destination.next('a');
    run!.destination.complete();
    run!.destination.next('b');
    run!.destination.error('c');
    expect(heard.values).toEqual(['a', '|']);
    expect([run!.isEnded, subscription.closed]).toEqual([true, true]);
  });

  it('takes callbacks one by one, some of them, or none', () => {
    const { source$, runs } = shown(kind);
    const heard: unknown[] = [];
    source$.subscribe((value) => heard.push(value));
    (source$.subscribe as (...callbacks: unknown[]) => void).call(source$, null, (error: unknown) => heard.push(error), undefined);
    (source$.subscribe as (...callbacks: unknown[]) => void).call(source$, undefined, null, () => heard.push('|'));
    source$.subscribe({});
    source$.subscribe();
    for (const { destination } of [runs[0]!, runs[2]!, runs[3]!, runs[4]!]) {
      destination.next('a');
      destination.complete();
    }
    runs[1]!.destination.error('oops');
    expect(heard).toEqual(['a', '|', 'oops']);
  });

  it('C4: unsubscribing ends what runs once, before other teardowns, and nothing is told any more', () => {
    const { source$, runs } = shown(kind);
    const order: string[] = [];
    const subscription = source$.subscribe((value) => order.push(value));
    subscription.add(() => order.push(`ended: ${runs[0]!.isEnded}, closed: ${subscription.closed}`));
    subscription.unsubscribe();
    subscription.unsubscribe();
    runs[0]!.destination.next('a');
    runs[0]!.destination.error('b');
    expect(order).toEqual(['ended: true, closed: true']);
    const other = source$.subscribe({ next: () => other.unsubscribe(), complete: () => order.push('|') });
    runs[1]!.destination.next('a');
    runs[1]!.destination.complete();
    expect([runs[1]!.isEnded, order.length]).toEqual([true, 1]);
  });

  it('ends at once what runs for somebody who is gone by then', () => {
    const order: string[] = [];
    const gone$ = of('x').pipe(
      operateBy<string, string>(kind, (_, destination) => {
        destination.complete();
        return { start: () => order.push('started'), unsubscribe: () => order.push('ended') };
      }),
    );
    gone$.subscribe({ complete: () => order.push('|') });
    expect(order).toEqual(['|', 'ended', 'started']);
  });

  it('reports what callbacks throw, and an error that nobody hears', () => {
    const { source$, runs } = shown(kind);
    const failing = (text: string) => () => {
      throw text;
    };
    const unhandled = unhandledDuring(() => {
      source$.subscribe({ next: failing('next'), complete: failing('complete') });
      source$.subscribe({ error: failing('error') });
      source$.subscribe();
      runs[0]!.destination.next('a');
      runs[0]!.destination.complete();
      runs[1]!.destination.error('x');
      runs[2]!.destination.error('nobody');
    });
    expect(unhandled).toEqual(['next', 'complete', 'error', 'nobody']);
    expect(runs.map(({ isEnded }) => isEnded)).toEqual([true, true, true]);
  });

  it('C5: what is thrown while it is made or started goes to the error channel', () => {
    const errors: unknown[] = [];
    const failing = (make: () => never) => of('x').pipe(operateBy<string, string>(kind, make));
    const thrown = (text: string): never => {
      throw text;
    };
    failing(() => thrown('made')).subscribe({ error: (error) => errors.push(error) });
    failing(() => ({ start: () => thrown('started'), unsubscribe: () => undefined }) as never).subscribe({
      error: (error) => errors.push(error),
    });
    expect(errors).toEqual(['made', 'started']);
  });

  it('gives to subscribers, subjects, and where rxjs is told to do as it did, what an Observable gives', () => {
    const { source$, runs } = shown(kind);
    const heard: string[] = [];
    const fail = () => expect.unreachable();
    const subscriber = new Subscriber<string>({ next: (value) => heard.push(value), error: fail, complete: fail });
    expect(source$.subscribe(subscriber)).toBe(subscriber);
    const subject = new Subject<string>();
    subject.subscribe((value) => heard.push(value));
    source$.subscribe(subject);
    config.useDeprecatedNextContext = true;
    source$.subscribe({
      next(this: { unsubscribe(): void }, value: string) {
        heard.push(value);
        this.unsubscribe();
      },
    } as Partial<Observer<string>>);
    config.useDeprecatedNextContext = false;
    runs.forEach(({ destination }, index) => {
      destination.next(String(index));
    });
    expect(heard).toEqual(['0', '1', '2']);
    expect(runs.map(({ isEnded }) => isEnded)).toEqual([false, false, true]);
  });
});
