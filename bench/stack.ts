import { ConsecutiveBreaker, circuitBreaker, ExponentialBackoff, handleAll, retry, wrap } from 'cockatiel';
import { defer, firstValueFrom, type MonoTypeOperatorFunction, type Observable, of } from 'rxjs';
import type { Body, Job } from './job';
import { isTurnCase } from './measure';
import {
  awaiting,
  call,
  call$,
  floor,
  lib,
  operators,
  ours,
  peer,
  plenty,
  policies,
  promiseFloor,
  rxFloor,
  subscribing,
} from './support';

const promised$ = defer(call);
const opened = (_signal: AbortSignal) => of(1);
const eachAnew = 'client.call, each made anew';
const cockatiel = 'cockatiel wrap(retry, breaker)';
const tokens = 100;

/** All guards around a call that succeeds, as an operator, by a client, and over a promise. */
export const job: Job = {
  columns: ['ns', 'wall', 'ratio', 'bytes'],
  cases: [
    rxFloor,
    ours('resilient', () => subscribing(call$.pipe(lib.resilient(policies(), { tokens })))),
    ours('four operators', () => subscribing(chained(call$))),
    ours('client.guard', () => subscribing(call$.pipe(client().guard({ tokens })))),
    ours('client.guard, keyed', () => subscribing(call$.pipe(keyedClient().guard<number>({ tokens, key: 'ada' })))),
    floor('new AbortController()', () => aborting),
    ours('client.call', () => subscribing(client().call((_signal) => of(1), { tokens }))),
    ours('client.call, keyed', () => subscribing(keyedClient().call((_signal) => of(1), { tokens, key: 'ada' }))),
    ours(eachAnew, () => {
      const own = client();
      return subscribing(defer(() => own.call(opened, { tokens })));
    }),
    ...([1, 3] as const).map((routes) =>
      ours(`router.call, ${routes} ${routes === 1 ? 'route' : 'routes'}`, () => routed(routes), { floor: eachAnew }),
    ),
    promiseFloor,
    floor('firstValueFrom(defer(fn))', () => awaiting(() => firstValueFrom(promised$))),
    peer(cockatiel, () => {
      const retrying = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
      const breaking = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
      const policy = wrap(retrying, breaking);
      return awaiting(() => policy.execute(call));
    }),
    ours('resilient, promise', () => promises(lib.resilient(policies(), { tokens })), { floor: cockatiel }),
    ours('resilient, retry and breaker only, promise', () => promises(twoGuards()), { floor: cockatiel }),
    floor('rx floor, after the others', () => warmed('rx floor')),
    ours('resilient, after the others', () => warmed('resilient'), { floor: 'rx floor, after the others' }),
  ],
};

function promises(operator: MonoTypeOperatorFunction<number>): Body {
  const guarded$ = promised$.pipe(operator);
  return awaiting(() => firstValueFrom(guarded$));
}

function twoGuards() {
  const { retryBackoff, circuitBreak } = policies();
  return lib.resilient<number>({ retryBackoff, circuitBreak });
}

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

function routed(count: number): Body {
  const names = Array.from({ length: count }, (_, index) => `route${index}`);
  const routes = Object.fromEntries(names.map((name) => [name, { client: client() }]));
  const router = new lib.ResilientRouter({ routes });
  const opens = Object.fromEntries(names.map((name) => [name, opened]));
  return subscribing(defer(() => router.call(opens, { tokens })));
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
