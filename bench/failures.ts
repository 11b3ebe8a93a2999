import { ConsecutiveBreaker, circuitBreaker, retry as cockatielRetry, handleAll } from 'cockatiel';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { defer, type Observable, throwError } from 'rxjs';
import type { Body, Job } from './job';
import { awaiting, call$, lib, operators, policies, subscribing } from './support';

const burst = 10_000;
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
      'x-request-id': 'req_1',
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
    { name: 'rx floor, fails', kind: 'floor', make: () => subscribing(failing$) },
    { name: 'rateLimit, fails', kind: 'ours', make: () => subscribing(failing$.pipe(operators<never>().rateLimit)) },
    { name: 'circuitBreak, fails', kind: 'ours', make: () => subscribing(failing$.pipe(lib.circuitBreak(closed()))) },
    {
      name: 'tokenBudget, fails',
      kind: 'ours',
      make: () => subscribing(failing$.pipe(operators<never>().tokenBudget)),
    },
    { name: 'resilient, fails', kind: 'ours', make: () => subscribing(guarded(failing$)) },
    { name: 'rx floor, fails with headers', kind: 'floor', make: () => subscribing(answering$) },
    {
      name: 'resilient, fails with headers',
      kind: 'ours',
      floor: 'rx floor, fails with headers',
      make: () => subscribing(guarded(answering$)),
    },
    {
      name: 'retryBackoff, fails once',
      kind: 'ours',
      make: () => subscribing(once$().pipe(lib.retryBackoff({ baseDelay: 0 }))),
    },
    { name: 'await fn(), fails', kind: 'floor', make: () => awaiting(() => failing().catch(() => undefined)) },
    {
      name: 'cockatiel retry, fails',
      kind: 'peer',
      make: () => {
        const policy = cockatielRetry(handleAll, { maxAttempts: 0 });
        return awaiting(() => policy.execute(failing).catch(() => undefined));
      },
    },
    {
      name: 'refused: open circuit',
      kind: 'ours',
      burst,
      make: () => {
        const breaker = new lib.CircuitBreaker();
        breaker.isolate();
        return refused(call$.pipe(lib.circuitBreak(breaker)));
      },
    },
    {
      name: 'refused: full line',
      kind: 'ours',
      burst,
      make: () => {
        const limiter = new lib.RateLimiter({ limits: lib.perMinute(60), maxQueue: 0 });
        limiter.pause(3_600_000);
        return refused(call$.pipe(lib.rateLimit(limiter)));
      },
    },
    {
      name: 'refused: budget used up',
      kind: 'ours',
      burst,
      make: () => {
        const budget = new lib.TokenBudget({ limits: lib.perDay(1_000) });
        budget.record(1_000);
        return refused(call$.pipe(lib.tokenBudget(budget, { estimate: 100 })));
      },
    },
    {
      name: 'refused: client.guard, open circuit',
      kind: 'ours',
      burst,
      make: () => {
        const guards = policies();
        guards.circuitBreak.isolate();
        return refused(call$.pipe(new lib.ResilientClient(guards).guard({ tokens: 100 })));
      },
    },
    {
      name: 'refused: cockatiel breaker',
      kind: 'peer',
      burst,
      make: () => {
        const policy = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
        policy.isolate();
        return atOnce(() => policy.execute(failing));
      },
    },
    {
      name: 'refused: rate-limiter-flexible',
      kind: 'peer',
      burst,
      make: async () => {
        const limiter = new RateLimiterMemory({ points: 1, duration: 3_600 });
        await limiter.consume('key');
        return atOnce(() => limiter.consume('key'));
      },
    },
  ],
};

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
function refused(source$: Observable<unknown>): Body {
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
}

function atOnce(work: () => Promise<unknown>): Body {
  return async (n) => {
    await Promise.all(Array.from({ length: n }, () => work().catch(() => undefined)));
  };
}
