import { from, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import {
  CircuitBreaker,
  circuitBreak,
  coalesceTime,
  fromStream,
  keyed,
  perHour,
  RateLimiter,
  ResilientClient,
  RetryBudget,
  rateLimit,
  rateLimitEach,
  retryBackoff,
  slowCallRate,
  TokenBudget,
  tokenBudget,
} from '../../../src/index';

const answer = of('an', 'answer');
const failure = throwError(() => new Error('down'));

/** A call of which the end is awaited. */
function ended(call: Observable<unknown>): Promise<void> {
  return new Promise((resolve) => {
    call.subscribe({ error: () => resolve(), complete: resolve });
  });
}

/** Calls that stand together, and leave before their end. */
function left(call: Observable<unknown>): void {
  const calls = [call, call, call].map((each) => each.subscribe());
  for (const each of calls) {
    each.unsubscribe();
  }
}

interface Watched {
  readonly state$: Observable<unknown>;
  readonly events$: Observable<unknown>;
}

interface Usage<P> {
  readonly make: () => P;
  /** Calls that come to their end. */
  readonly use: (policy: P) => Promise<unknown>;
  /** Calls that leave, while they wait and in flight. */
  readonly leave: (policy: P) => void;
}

/** Makes a policy and uses it; another one with callers who left; and another one with watchers who left as well. */
async function inAllWays<P extends Watched>({ make, use, leave }: Usage<P>): Promise<void> {
  make();
  await use(make());

  const deserted = make();
  await use(deserted);
  leave(deserted);

  const watched = make();
  const watchers = [watched.state$, watched.state$, watched.events$].map((each) => each.subscribe());
  await use(watched);
  leave(watched);
  for (const each of watchers) {
    each.unsubscribe();
  }
}

function useLimiter(): Promise<void> {
  return inAllWays({
    make: () => new RateLimiter({ limits: perHour(2), maxConcurrent: 1 }),
    use: (limiter) => ended(answer.pipe(rateLimit(limiter))),
    leave: (limiter) => {
      left(NEVER.pipe(rateLimit(limiter, { maxWait: 7_200_000 })));
      left(of(1, 2, 3).pipe(rateLimitEach(limiter)));
      limiter.pause(60_000);
      left(answer.pipe(rateLimit(limiter)));
    },
  });
}

function useBreaker(): Promise<void> {
  return inAllWays({
    make: () => new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 60_000 }),
    use: async (breaker) => {
      await ended(answer.pipe(circuitBreak(breaker)));
      await ended(failure.pipe(circuitBreak(breaker)));
      await ended(answer.pipe(circuitBreak(breaker))); // refused
    },
    leave: (breaker) => left(answer.pipe(circuitBreak(breaker, { whenOpen: 'wait', maxWait: 60_000 }))),
  });
}

/** One that has timers for calls in flight: for slow ones, and for probes that say nothing. */
function useSlowBreaker(): Promise<void> {
  const slow = slowCallRate({ slowerThan: 60_000, threshold: 1, minimumCalls: 10, window: 60_000 });
  return inAllWays({
    make: () => new CircuitBreaker({ trip: slow, recoveryTimeout: 0, halfOpen: { calls: 3 } }),
    use: (breaker) => ended(answer.pipe(circuitBreak(breaker))),
    leave: (breaker) => {
      left(NEVER.pipe(circuitBreak(breaker)));
      breaker.isolate()();
      left(NEVER.pipe(circuitBreak(breaker, { whenOpen: 'wait' })));
    },
  });
}

function useBudget(): Promise<void> {
  return inAllWays({
    make: () => new TokenBudget({ limits: perHour(100) }),
    use: async (budget) => {
      await ended(answer.pipe(tokenBudget(budget, { estimate: 90 })));
      await ended(answer.pipe(tokenBudget(budget, { estimate: 90 }))); // refused
    },
    leave: (budget) => left(NEVER.pipe(tokenBudget(budget, { estimate: 1 }))),
  });
}

function useRetryBudget(): Promise<void> {
  return inAllWays({
    make: () => new RetryBudget(),
    use: (retryBudget) => ended(failure.pipe(retryBackoff({ retryBudget, baseDelay: 1, maxRetries: 2 }))),
    leave: (retryBudget) => left(failure.pipe(retryBackoff({ retryBudget, baseDelay: 60_000 }))),
  });
}

function useClient(): Promise<void> {
  return inAllWays({
    make: () =>
      new ResilientClient({
        retryBackoff: { maxRetries: 1, baseDelay: 1 },
        rateLimit: { limits: perHour(10), maxConcurrent: 1 },
        circuitBreak: { failureThreshold: 2 },
        tokenBudget: { limits: perHour(1_000) },
        timeout: { first: 60_000, each: 60_000, total: 600_000 },
      }),
    use: async (client) => {
      await client.run(() => answer, { tokens: 10 });
      await ended(client.call(() => failure));
      await ended(client.call(() => answer)); // refused
    },
    leave: (client) => {
      client.breaker.reset();
      left(client.call(() => NEVER));
      left(client.drain());
    },
  });
}

function useKeyed(): void {
  const budgets = keyed(() => new TokenBudget({ limits: perHour(100) }), { maxKeys: 2 });
  const watcher = budgets.events$.subscribe();
  for (const key of ['one', 'another', 'a third']) {
    left(NEVER.pipe(tokenBudget(budgets.get(key), { estimate: { input: 0, output: 0 } })));
  }
  watcher.unsubscribe();
}

async function useStreams(): Promise<void> {
  const stalled = fromStream((signal) => ({
    [Symbol.asyncIterator]: () => ({
      next: () =>
        new Promise<IteratorResult<string>>((_, reject) =>
          signal.addEventListener('abort', () => reject(signal.reason)),
        ),
    }),
  }));
  left(stalled);
  await ended(fromStream(async () => 'an answer').pipe(coalesceTime(60_000)));
  await ended(from(['a', 'b', 'c']).pipe(coalesceTime(60_000)));
  const tokens = new Subject<string>();
  const updates = tokens.pipe(coalesceTime(60_000)).subscribe();
  tokens.next('a');
  tokens.next('b');
  updates.unsubscribe();
}

/** What is held on purpose: while somebody watches an open breaker, it has a timer for the moment it will not be open. */
function watchOpenBreaker(): void {
  const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 60_000 });
  breaker.admit().fail();
  breaker.state$.subscribe();
}

/** Small programs that use something, and are left with nothing to do. */
export const programs: Readonly<Record<string, () => unknown>> = {
  'a limiter': useLimiter,
  'a breaker': useBreaker,
  'a breaker for slow calls': useSlowBreaker,
  'a budget': useBudget,
  'a retry budget': useRetryBudget,
  'a client': useClient,
  'a keyed': useKeyed,
  streams: useStreams,
};

/** Programs that have something left to do: a check that lets them pass checks nothing. */
export const heldOnPurpose: Readonly<Record<string, () => unknown>> = { 'a breaker that is watched': watchOpenBreaker };
