import PQueue from 'p-queue';
import { perMinute, RateLimiter, rateLimit } from 'rxjs-resilience';
import type { CrowdJob, Figures } from '../job';
import { msSince } from '../measure';
import { nsEach } from './crowd';
import { call, call$ } from './support';

/** Lets `leavers` leave who stand all over the line. */
function leaving(leave: readonly (() => void)[], leavers: number): Figures {
  const step = Math.max(1, Math.floor(leave.length / leavers));
  const chosen = leave.filter((_, place) => place % step === step - 1);
  const start = process.cpuUsage();
  for (const each of chosen) {
    each();
  }
  return { cancel: nsEach(chosen.length, msSince(start)) };
}

export const job: CrowdJob = {
  kind: 'crowd',
  name: 'cancel',
  title: 'Leaving the line',
  about:
    'A quarter of those who wait give up, all over the line; or all of them do, which is what it costs to clean up as well. Of p-queue only 200 do, for it takes them long.',
  of: 'waiting calls',
  sizes: [1e3, 1e4, 1e5],
  figures: [{ key: 'cancel', title: 'cancel', unit: 'ns', isDrawn: true }],
  cases: [
    { name: 'rateLimit', role: 'ours', measure: (n) => leaving(ours(n), n / 4) },
    {
      name: 'rateLimit, all leave',
      role: 'ours',
      measure: (n) => leaving(ours(n), n),
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
        const leave = controllers.map((each) => () => each.abort());
        return leaving(leave, 200); // it takes long
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
