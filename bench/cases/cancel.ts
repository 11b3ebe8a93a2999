import PQueue from 'p-queue';
import { perMinute, RateLimiter, rateLimit } from 'rxjs-resilience';
import type { CrowdJob, Figures } from '../job';
import { msSince } from '../measure';
import { nsEach } from './crowd';
import { call, call$ } from './support';

/** So many at most leave the line: for some that takes long. */
const leavers = 500;

/** Lets some leave who stand all over the line. */
function leaving(n: number, leave: readonly (() => void)[]): Figures {
  const step = Math.max(1, Math.floor(n / leavers));
  const chosen = leave.filter((_, place) => place % step === step - 1);
  const start = process.cpuUsage();
  for (const each of chosen) {
    each();
  }
  return { cancel: nsEach(chosen.length, msSince(start)) };
}

export const cancelJob: CrowdJob = {
  kind: 'crowd',
  name: 'cancel',
  title: 'Leaving the line',
  about:
    'Some hundred of those who wait give up, from the front to the back of the line; or all of them do, which is what it costs to clean up as well.',
  of: 'waiting calls',
  sizes: [1e3, 1e4, 1e5],
  figures: [{ key: 'cancel', title: 'cancel', unit: 'ns' }],
  cases: [
    { name: 'rateLimit', role: 'ours', measure: (n) => leaving(n, ours(n)) },
    {
      name: 'rateLimit, all leave',
      role: 'ours',
      measure: (n) => {
        const leave = ours(n);
        const start = process.cpuUsage();
        for (const each of leave) {
          each();
        }
        return { cancel: nsEach(n, msSince(start)) };
      },
    },
    {
      name: 'p-queue',
      role: 'peer',
      measure: async (n) => {
        const queue = new PQueue({ autoStart: false });
        const controllers = Array.from({ length: n }, () => {
          const controller = new AbortController();
          queue.add(call, { signal: controller.signal }).catch(() => undefined);
          return controller;
        });
        return leaving(
          n,
          controllers.map((each) => () => each.abort()),
        );
      },
    },
  ],
};

function ours(n: number): (() => void)[] {
  const limiter = new RateLimiter({ limits: perMinute(1e9) });
  const guarded$ = call$.pipe(rateLimit(limiter));
  limiter.pause(3_600_000);
  return Array.from({ length: n }, () => {
    const waiting = guarded$.subscribe();
    return () => waiting.unsubscribe();
  });
}
