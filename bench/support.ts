import { pathToFileURL } from 'node:url';
import { defer, type Observable, of } from 'rxjs';
import type { Body, TurnCase } from './job';

/** The build that this process measures: ours, or that of another checkout. */
export const lib = await loaded<typeof import('rxjs-resilience')>('index.js');

/** A file of that build. */
export function loaded<Module>(file: string): Promise<Module> {
  return import(new URL(file, pathToFileURL(process.env.BENCH_LIBRARY!)).href);
}

/** A call that succeeds at once, with one value. */
export const call$: Observable<number> = defer(() => of(1));

/** A call that succeeds at once, as a promise. */
export const call = async (): Promise<number> => 1;

const ignore = { error: () => undefined };

/** Subscribes `n` times, one after the other. */
export function subscribing(source$: Observable<unknown>): Body {
  return (n) => {
    for (let i = 0; i < n; i += 1) {
      source$.subscribe(ignore);
    }
  };
}

/** Calls and awaits `n` times, `inFlight` at once. */
export function awaiting(work: () => PromiseLike<unknown>, inFlight = 1): Body {
  return async (n) => {
    let rest = n;
    const loop = async () => {
      while (rest > 0) {
        rest -= 1;
        await work();
      }
    };
    await (inFlight === 1 ? loop() : Promise.all(Array.from({ length: inFlight }, loop)));
  };
}

type Rest = Pick<TurnCase, 'floor' | 'burst'>;
const ofKind =
  (kind: TurnCase['kind']) =>
  (name: string, make: TurnCase['make'], rest?: Rest): TurnCase => {
    return { name, kind, make, ...rest };
  };
export const ours = ofKind('ours');
export const peer = ofKind('peer');
export const floor = ofKind('floor');

/** The floor of all that is subscribed to. */
export const rxFloor = floor('rx floor', () => subscribing(call$));
/** The floor of all that is awaited. */
export const promiseFloor = floor('await fn()', () => awaiting(call));

/** More than any case takes. */
export const plenty = 1e9;

/** New policies with room for all calls. */
export function policies() {
  return {
    retryBackoff: { maxRetries: 3 },
    rateLimit: new lib.RateLimiter({ limits: lib.perMinute(plenty) }),
    circuitBreak: new lib.CircuitBreaker(),
    tokenBudget: new lib.TokenBudget({ limits: lib.perDay(1e15) }),
  };
}

/** The four operators, one by one, on new policies. */
export function operators<T>() {
  const { rateLimit, circuitBreak, tokenBudget } = policies();
  return {
    retryBackoff: lib.retryBackoff<T>(),
    rateLimit: lib.rateLimit<T>(rateLimit),
    circuitBreak: lib.circuitBreak<T>(circuitBreak),
    tokenBudget: lib.tokenBudget<T>(tokenBudget, { estimate: 100 }),
  };
}
