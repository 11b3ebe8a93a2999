import { ConsecutiveBreaker, circuitBreaker, retry as cockatielRetry, handleAll } from 'cockatiel';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { defer, type Observable, throwError } from 'rxjs';
import type { Body, Job, TurnCase } from './job';
import { awaiting, call$, floor, lib, operators, ours, peer, policies, subscribing } from './support';

const burst = 10_000;
const withHeaders = 'rx floor, fails with headers';
/** Without a stack trace, which costs more than all that is measured. */
const plain = () => {
  const { stackTraceLimit } = Error;
  Error.stackTraceLimit = 0;
  const error = new Error('the connection was lost');
  Error.stackTraceLimit = stackTraceLimit;
  return error;
};
const failing$ = throwError(plain);
const answering$ = throwError(() =>
  Object.assign(plain(), {
    status: 500,
    headers: new Headers({
      'content-type': 'application/json',
      'x-request-id': '1',
      'x-ratelimit-limit-requests': '60',
    }),
  }),
);
const failing = async () => {
  throw plain();
};

/** A call that fails, as far as its consumer hears of it; and calls that are refused, 10,000 at once. */
export const job: Job = {
  columns: ['ns', 'wall', 'over', 'ratio'],
  cases: [
    floor('rx floor, fails', () => subscribing(failing$)),
    ours('rateLimit, fails', () => subscribing(failing$.pipe(operators<never>().rateLimit))),
    ours('circuitBreak, fails', () => subscribing(failing$.pipe(lib.circuitBreak(closed())))),
    ours('tokenBudget, fails', () => subscribing(failing$.pipe(operators<never>().tokenBudget))),
    ours('resilient, fails', () => subscribing(guarded(failing$))),
    floor(withHeaders, () => subscribing(answering$)),
    ours('resilient, fails with headers', () => subscribing(guarded(answering$)), { floor: withHeaders }),
    ours('retryBackoff, fails once', () => subscribing(once$().pipe(lib.retryBackoff({ baseDelay: 0 })))),
    floor('await fn(), fails', () => awaiting(() => failing().catch(() => undefined))),
    peer('cockatiel retry, fails', () => {
      const policy = cockatielRetry(handleAll, { maxAttempts: 0 });
      return awaiting(() => policy.execute(failing).catch(() => undefined));
    }),
    refusals('open circuit', () => call$.pipe(lib.circuitBreak(isolated()))),
    refusals('full line', () => {
      const limiter = new lib.RateLimiter({ limits: lib.perMinute(60), maxQueue: 0 });
      limiter.pause(3_600_000);
      return call$.pipe(lib.rateLimit(limiter));
    }),
    refusals('budget used up', () => {
      const budget = new lib.TokenBudget({ limits: lib.perDay(1_000) });
      budget.record(1_000);
      return call$.pipe(lib.tokenBudget(budget, { estimate: 100 }));
    }),
    refusals('client.guard, open circuit', () => {
      const client = new lib.ResilientClient({ ...policies(), circuitBreak: isolated() });
      return call$.pipe(client.guard({ tokens: 100 }));
    }),
    rejections('cockatiel breaker', () => {
      const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
      policy.isolate();
      return () => policy.execute(failing);
    }),
    rejections('rate-limiter-flexible', () => {
      const limiter = new RateLimiterMemory({ points: 1, duration: 3_600 });
      return () => limiter.consume('key');
    }),
  ],
};

function isolated() {
  const breaker = new lib.CircuitBreaker();
  breaker.isolate();
  return breaker;
}

/** Never opens. */
function closed() {
  return new lib.CircuitBreaker({ failureThreshold: 1e15 });
}

/** All guards, and no retry: what is looked for in an error, and told to the policies. */
function guarded(source$: Observable<never>): Observable<never> {
  const guards = { ...policies(), circuitBreak: closed(), retryBackoff: { maxRetries: 0 } };
  return source$.pipe(lib.resilient(guards, { tokens: 100 }));
}

/** Every other subscription fails. */
function once$(): Observable<number> {
  let isDown = false;
  return defer(() => {
    isDown = !isDown;
    return isDown ? failing$ : call$;
  });
}

/** Refusals are delivered in a later turn of the event loop; the last one ends the burst. */
function refusals(name: string, source: () => Observable<unknown>): TurnCase {
  const make = (): Body => {
    const source$ = source();
    return (n) =>
      new Promise((resolve) => {
        let rest = n;
        const error = () => {
          rest -= 1;
          if (rest === 0) {
            resolve();
          }
        };
        for (let i = 0; i < n; i += 1) {
          source$.subscribe({ error });
        }
      });
  };
  return ours(`refused: ${name}`, make, { burst });
}

function rejections(name: string, work: () => () => Promise<unknown>): TurnCase {
  const make = (): Body => {
    const reject = work();
    return async (n) => {
      await Promise.all(Array.from({ length: n }, () => reject().catch(() => undefined)));
    };
  };
  return peer(`refused: ${name}`, make, { burst });
}
