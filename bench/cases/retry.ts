import { retryBackoff as backoffRxjs } from 'backoff-rxjs';
import { retry as cockatielRetry, ExponentialBackoff, handleAll } from 'cockatiel';
import { backOff } from 'exponential-backoff';
import pRetry from 'p-retry';
import { defer, firstValueFrom, retry } from 'rxjs';
import { retryBackoff } from 'rxjs-resilience';
import type { CallJob } from '../job';
import { awaiting, call, call$, promiseFloor, rxFloor, subscribing } from './support';

const promised$ = defer(call);

export const job: CallJob = {
  kind: 'calls',
  name: 'retry',
  title: 'Retry: a call that succeeds',
  about: 'What the guard costs while nothing fails. Three retries with exponential backoff are allowed.',
  cases: [
    rxFloor,
    { name: 'retryBackoff', role: 'ours', make: () => subscribing(call$.pipe(retryBackoff())) },
    { name: 'rxjs retry', role: 'peer', make: () => subscribing(call$.pipe(retry({ count: 3, delay: 1_000 }))) },
    {
      name: 'backoff-rxjs',
      role: 'peer',
      make: () => subscribing(call$.pipe(backoffRxjs({ initialInterval: 1_000, maxRetries: 3 }))),
    },
    promiseFloor,
    {
      name: 'retryBackoff, promise',
      role: 'ours',
      make: () => {
        const guarded$ = promised$.pipe(retryBackoff());
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    {
      name: 'rxjs retry, promise',
      role: 'peer',
      make: () => {
        const guarded$ = promised$.pipe(retry({ count: 3, delay: 1_000 }));
        return awaiting(() => firstValueFrom(guarded$));
      },
    },
    {
      name: 'cockatiel retry',
      role: 'peer',
      make: () => {
        const policy = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ExponentialBackoff() });
        return awaiting(() => policy.execute(call));
      },
    },
    { name: 'p-retry', role: 'peer', make: () => awaiting(() => pRetry(call, { retries: 3 })) },
    { name: 'exponential-backoff', role: 'peer', make: () => awaiting(() => backOff(call, { numOfAttempts: 4 })) },
  ],
};
