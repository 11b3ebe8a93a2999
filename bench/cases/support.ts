import { defer, type Observable, of } from 'rxjs';
import type { Body, CallCase } from '../job';

/** A call that succeeds at once, with one value. */
export const call$: Observable<number> = defer(() => of(1));

/** A call that succeeds at once, as a promise. */
export const call = async (): Promise<number> => 1;

/** Subscribes `n` times, one after the other. */
export function subscribing(source: Observable<unknown>): Body {
  return (n) => {
    for (let i = 0; i < n; i += 1) {
      source.subscribe();
    }
  };
}

/** Calls and awaits `n` times, one after the other. */
export function awaiting(work: () => PromiseLike<unknown>): Body {
  return async (n) => {
    for (let i = 0; i < n; i += 1) {
      await work();
    }
  };
}

/** The floor of everything that is subscribed to: all ratios in the tables are to it. */
export const rxFloor: CallCase = { name: 'rx floor', role: 'floor', make: () => subscribing(call$) };

/** The floor of everything that is awaited. */
export const promiseFloor: CallCase = { name: 'await fn()', role: 'floor', make: () => awaiting(call) };
