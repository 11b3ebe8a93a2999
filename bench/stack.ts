import { ConsecutiveBreaker, circuitBreaker, ExponentialBackoff, handleAll, retry, wrap } from 'cockatiel';
import { defer, firstValueFrom, type Observable, of } from 'rxjs';
import type { Body, Job } from './job';
import { isTurnCase } from './measure';
import { awaiting, call, call$, lib, operators, plenty, policies, promiseFloor, rxFloor, subscribing } from './support';

const promised$ = defer(call);
const cockatiel = 'cockatiel wrap(retry, breaker)';
const tokens = 100;

/** All guards around a call that succeeds, as an operator, by a client, and over a promise. */
export const job: Job = {
  columns: ['ns', 'wall', 'ratio', 'bytes'],
  cases: [
    rxFloor,
    { name: 'resilient', kind: 'ours', make: () => subscribing(call$.pipe(lib.resilient(policies(), { tokens }))) },
    { name: 'four operators', kind: 'ours', make: () => subscribing(chained(call$)) },
    { name: 'client.guard', kind: 'ours', make: () => subscribing(call$.pipe(client().guard({ tokens }))) },
    {
      name: 'client.guard, keyed',
      kind: 'ours',
      make: () => {
        const guard = keyedClient().guard<number>({ tokens, key: 'ada' });
        return subscribing(call$.pipe(guard));
      },
    },
    { name: 'new AbortController()', kind: 'floor', make: () => aborting },
    {
      name: 'client.call',
      kind: 'ours',
      make: () => subscribing(client().call((_signal) => of(1), { tokens })),
    },
    {
      name: 'client.call, keyed',
      kind: 'ours',
      make: () => subscribing(keyedClient().call((_signal) => of(1), { tokens, key: 'ada' })),
    },
    promiseFloor,
    { name: 'firstValueFrom(defer(fn))', kind: 'floor', make: () => awaiting(() => firstValueFrom(promised$)) },
    {
      name: cockatiel,
      kind: 'peer',
      make: () => {
        const retrying = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
        const breaking = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
        const policy = wrap(retrying, breaking);
        return awaiting(() => policy.execute(call));
      },
    },
    {
      name: 'resilient, promise',
      kind: 'ours',
      floor: cockatiel,
      make: () => {
        const guarded$ = promised$.pipe(lib.resilient(policies(), { tokens }));
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    {
      name: 'resilient, retry and breaker only, promise',
      kind: 'ours',
      floor: cockatiel,
      make: () => {
        const { retryBackoff, circuitBreak } = policies();
        const guarded$ = promised$.pipe(lib.resilient({ retryBackoff, circuitBreak }));
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    { name: 'rx floor, after the others', kind: 'floor', make: () => warmed('rx floor') },
    {
      name: 'resilient, after the others',
      kind: 'ours',
      floor: 'rx floor, after the others',
      make: () => warmed('resilient'),
    },
  ],
};

function client() {
  return new lib.ResilientClient(policies());
}

function keyedClient() {
  const { retryBackoff } = policies();
  return new lib.ResilientClient({
    retryBackoff,
    rateLimit: lib.keyed(() => new lib.RateLimiter({ limits: lib.perMinute(plenty) })),
    circuitBreak: lib.keyed(() => new lib.CircuitBreaker()),
    tokenBudget: lib.keyed(() => new lib.TokenBudget({ limits: lib.perDay(1e15) })),
  });
}

function chained<T>(source$: Observable<T>): Observable<T> {
  const { circuitBreak, tokenBudget, rateLimit, retryBackoff } = operators<T>();
  return source$.pipe(circuitBreak, tokenBudget, rateLimit, retryBackoff);
}

let signal: AbortSignal | undefined;

function aborting(n: number): void {
  for (let i = 0; i < n; i += 1) {
    signal = new AbortController().signal;
  }
  if (signal?.aborted) {
    throw new Error('nobody aborts it');
  }
}

/** What applications see: all other cases have run before in the same process. */
async function warmed(name: string): Promise<Body> {
  const others = job.cases.filter(isTurnCase).filter((each) => !each.name.endsWith('after the others'));
  for (const { make } of others) {
    const body = await make();
    await body(20_000);
  }
  return others.find((each) => each.name === name)!.make();
}
