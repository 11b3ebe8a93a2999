import { retryBackoff as backoffRxjs } from 'backoff-rxjs';
import { ConstantBackoff, retry as cockatielRetry, handleAll } from 'cockatiel';
import { backOff } from 'exponential-backoff';
import pRetry from 'p-retry';
import { type Observable, retry, throwError } from 'rxjs';
import { retryBackoff } from 'rxjs-resilience';
import type { CrowdJob, Figures } from '../job';
import { msSince } from '../measure';
import { early, heapUsed, nsEach } from './crowd';

const failure = new Error('the provider is down');
const failing$ = throwError(() => failure);
const failing = async () => {
  throw failure;
};
/** Nobody comes back while it is measured. */
const delay = 600_000;

/** Each call fails once and waits for its second attempt. */
async function parked(n: number, begin: () => unknown): Promise<Figures> {
  const kept = Array.from({ length: early + n }, (_, place) => (place < early ? begin() : undefined));
  const before = await heapUsed();
  const start = process.cpuUsage();
  for (let i = early; i < kept.length; i += 1) {
    kept[i] = begin();
  }
  // Promises fail later, some after several turns.
  await new Promise((resolve) => setTimeout(resolve, 50));
  const park = nsEach(n, msSince(start));
  const bytes = ((await heapUsed()) - before) / (kept.length - early);
  return { park, bytes };
}

const subscribed = (guarded$: Observable<unknown>) => (n: number) => parked(n, () => guarded$.subscribe());

export const job: CrowdJob = {
  kind: 'crowd',
  name: 'parked',
  title: 'Calls that wait for a retry',
  about: 'All calls fail once and wait ten minutes for their next attempt, as in an outage.',
  of: 'parked calls',
  sizes: [1e3, 1e4, 1e5],
  figures: [
    { key: 'park', title: 'fail and park', unit: 'ns', isDrawn: true },
    { key: 'bytes', title: 'memory', unit: 'B', isDrawn: true },
  ],
  cases: [
    {
      name: 'retryBackoff',
      role: 'ours',
      measure: subscribed(failing$.pipe(retryBackoff({ baseDelay: delay, maxDelay: delay }))),
    },
    { name: 'rxjs retry', role: 'peer', measure: subscribed(failing$.pipe(retry({ count: 3, delay }))) },
    {
      name: 'backoff-rxjs',
      role: 'peer',
      measure: subscribed(failing$.pipe(backoffRxjs({ initialInterval: delay, maxRetries: 3 }))),
    },
    {
      name: 'cockatiel',
      role: 'peer',
      measure: (n) => {
        const policy = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(delay) });
        return parked(n, () => policy.execute(failing));
      },
    },
    {
      name: 'p-retry',
      role: 'peer',
      measure: (n) => parked(n, () => pRetry(failing, { retries: 3, minTimeout: delay })),
    },
    {
      name: 'exponential-backoff',
      role: 'peer',
      upTo: 1e4, // it takes long
      measure: (n) => parked(n, () => backOff(failing, { numOfAttempts: 4, startingDelay: delay })),
    },
  ],
};
