import { ConsecutiveBreaker, circuitBreaker, ExponentialBackoff, handleAll, retry, wrap } from 'cockatiel';
import { defer, firstValueFrom, type Observable } from 'rxjs';
import { resilient } from 'rxjs-resilience';
import type { CallJob } from '../job';
import { operators, policies } from './policies';
import { awaiting, call, call$, promiseFloor, rxFloor, subscribing } from './support';

const promised$ = defer(call);

export const job: CallJob = {
  kind: 'calls',
  name: 'stack',
  title: 'The whole stack: a call that succeeds',
  about:
    'Ours is retry, rate limit, breaker and token budget. cockatiel has neither a rate limit nor a budget: it does retry and breaker.',
  cases: [
    rxFloor,
    { name: 'resilient', role: 'ours', make: () => subscribing(call$.pipe(resilient(policies(), { tokens: 100 }))) },
    { name: 'four operators', role: 'ours', make: () => subscribing(chained(call$)) },
    promiseFloor,
    {
      name: 'firstValueFrom(defer(fn))',
      role: 'floor',
      make: () => awaiting(() => firstValueFrom(promised$)),
    },
    {
      name: 'resilient, promise',
      role: 'ours',
      make: () => {
        const guarded$ = promised$.pipe(resilient(policies(), { tokens: 100 }));
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    {
      name: 'resilient, retry and breaker only, promise',
      role: 'ours',
      make: () => {
        const { retryBackoff, circuitBreak } = policies();
        const guarded$ = promised$.pipe(resilient({ retryBackoff, circuitBreak }));
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    {
      name: 'cockatiel wrap(retry, breaker)',
      role: 'peer',
      make: () => {
        const retrying = retry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
        const breaking = circuitBreaker(handleAll, { halfOpenAfter: 30_000, breaker: new ConsecutiveBreaker(5) });
        const policy = wrap(retrying, breaking);
        return awaiting(() => policy.execute(call));
      },
    },
  ],
};

function chained<T>(source: Observable<T>): Observable<T> {
  const { circuitBreak, tokenBudget, rateLimit, retryBackoff } = operators<T>();
  return source.pipe(circuitBreak, tokenBudget, rateLimit, retryBackoff);
}
