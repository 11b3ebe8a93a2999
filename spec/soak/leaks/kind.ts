import { getEventListeners } from 'node:events';
import { type Observable, Subject, Subscription } from 'rxjs';

/** How a call ends: `complete`, `unsubscribed`, or the name of its error. */
export type Ending = 'complete' | 'unsubscribed' | (string & {});

/** One way in which a call comes and goes. */
export interface Kind {
  readonly name: string;
  /** How every call must end: else it would not be what its name says. */
  readonly ends: Ending;
  /** Makes what outlives the calls. */
  readonly begin: (calls: Calls) => Run;
}

/** A kind at work. */
export interface Run {
  /** Makes one call; it may end later, by itself. */
  readonly call: () => unknown;
  /** What outlives the calls and can be listened to. */
  readonly listened?: readonly Listened[];
}

/** A subject, a signal, a subscription that others end with, or a policy: its events and its state. */
export type Listened = object;

/** The calls of a run. All of them are children of one subscription, as in a component or a server that lives on. */
export class Calls {
  readonly parent = new Subscription();
  readonly endings = new Map<Ending, number>();

  subscribe(source: Observable<unknown>): Subscription {
    let ending: Ending = 'unsubscribed';
    const call = source.subscribe({
      complete: () => {
        ending = 'complete';
      },
      error: (error) => {
        ending = (error as Error).name;
      },
    });
    call.add(() => this.ended(ending));
    this.parent.add(call);
    return call;
  }

  ended(ending: Ending): void {
    this.endings.set(ending, (this.endings.get(ending) ?? 0) + 1);
  }
}

/** A kind whose calls all have the same source, which one policy guards; `answers` is what a source may listen to. */
export function kindOf<P extends object>(
  name: string,
  ends: Ending,
  make: (calls: Calls, source: Observable<unknown>, answers: Subject<string>) => () => void,
  policy: () => P,
  source: (policy: P, answers: Subject<string>) => Observable<unknown>,
): Kind {
  const begin = (calls: Calls) => {
    const own = policy();
    const answers = new Subject<string>();
    return { call: make(calls, source(own, answers), answers), listened: [own, answers] };
  };
  return { name, ends, begin };
}

/** A call that ends by itself. */
export function made(calls: Calls, source: Observable<unknown>): () => void {
  return () => {
    calls.subscribe(source);
  };
}

/** A call that is unsubscribed at once. */
export function left(calls: Calls, source: Observable<unknown>): () => void {
  return () => calls.subscribe(source).unsubscribe();
}

/** A call that is unsubscribed after its first value, which `source` has from `answers`. */
export function leftInFlight(calls: Calls, source: Observable<unknown>, answers: Subject<string>): () => void {
  return () => {
    const call = calls.subscribe(source);
    answers.next('a');
    call.unsubscribe();
  };
}

/** Calls that stand together until all of them are unsubscribed, the first one first. */
export function leftTogether(calls: Calls, source: Observable<unknown>): () => void {
  const standing: Subscription[] = [];
  return () => {
    standing.push(calls.subscribe(source));
    if (standing.length === 100) {
      for (const call of standing.splice(0)) {
        call.unsubscribe();
      }
    }
  };
}

/** How many listen. */
export function listenersOf(listened: Listened): number {
  if (listened instanceof AbortSignal) {
    return getEventListeners(listened, 'abort').length;
  }
  if (listened instanceof Subject) {
    return listened.observers.length;
  }
  if (listened instanceof Subscription) {
    return finalizersOf(listened);
  }
  const { core = listened } = listened as { readonly core?: unknown };
  const { isHeard, isWatched } = core as { readonly isHeard?: boolean; readonly isWatched?: boolean };
  return Number(isHeard ?? 0) + Number(isWatched ?? 0);
}

/** What will run when a subscription ends; RxJS keeps it to itself. */
function finalizersOf(subscription: Subscription): number {
  const { _finalizers } = subscription as unknown as { readonly _finalizers: readonly unknown[] | null };
  return (_finalizers ?? []).reduce<number>(
    (sum, each) => sum + 1 + (each instanceof Subscription ? finalizersOf(each) : 0),
    0,
  );
}
