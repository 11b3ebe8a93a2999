import { RateLimiter as Limiter } from 'limiter';
import PQueue from 'p-queue';
import pThrottle from 'p-throttle';
import { perMinute, RateLimiter, rateLimit } from 'rxjs-resilience';
import type { CrowdJob, Figures } from '../job';
import { msSince } from '../measure';
import { early, heapUsed, heapUsedBeforeTimers, nsEach } from './crowd';
import { call, call$ } from './support';

/** Everybody enters the line, `open` lets them through, and the last one reports that it ran. */
async function throughLine(n: number, enter: (ran: () => void) => void, open: () => void): Promise<Figures> {
  let rest = early + n;
  let allRan = (): void => undefined;
  const end = new Promise<void>((resolve) => {
    allRan = resolve;
  });
  const ran = () => {
    rest -= 1;
    if (rest === 0) {
      allRan();
    }
  };
  for (let i = 0; i < early; i += 1) {
    enter(ran);
  }
  const before = await heapUsed();
  const start = process.cpuUsage();
  for (let i = 0; i < n; i += 1) {
    enter(ran);
  }
  const enqueue = nsEach(n, msSince(start));
  const bytes = ((await heapUsedBeforeTimers()) - before) / n;
  const opening = process.cpuUsage();
  open();
  await end;
  const drain = nsEach(early + n, msSince(opening));
  return { enqueue, drain, both: enqueue + drain, bytes };
}

/** In ms, for those who can only be kept waiting by the clock: longer than it takes to get in line. */
const intervalFor = (n: number) => 200 + n / 60;

export const job: CrowdJob = {
  kind: 'crowd',
  name: 'queue',
  title: 'Calls that wait in line',
  about:
    'All enter the line, then all are let through. Ours and p-queue are paused and resumed, the others wait for the next interval, of which only the processor time counts.',
  of: 'waiting calls',
  sizes: [1e3, 1e4, 1e5, 1e6],
  figures: [
    { key: 'both', title: 'enter and leave', unit: 'ns', isDrawn: true },
    { key: 'enqueue', title: 'enter', unit: 'ns' },
    { key: 'drain', title: 'leave', unit: 'ns' },
    { key: 'bytes', title: 'memory', unit: 'B', isDrawn: true },
  ],
  cases: [
    {
      name: 'pending promise',
      role: 'floor',
      measure: (n) => {
        const resolvers: (() => void)[] = [];
        return throughLine(
          n,
          (ran) =>
            new Promise<void>((resolve) => {
              resolvers.push(resolve);
            }).then(ran),
          () => {
            for (const resolve of resolvers) {
              resolve();
            }
          },
        );
      },
    },
    {
      name: 'rateLimit',
      role: 'ours',
      measure: (n) => {
        const limiter = new RateLimiter({ limits: perMinute(1e9) });
        const guarded$ = call$.pipe(rateLimit(limiter));
        limiter.pause(3_600_000);
        return throughLine(
          n,
          (ran) => guarded$.subscribe(ran),
          () => limiter.resume(),
        );
      },
    },
    {
      name: 'limiter.acquire()',
      role: 'ours',
      measure: (n) => {
        const limiter = new RateLimiter({ limits: perMinute(1e9) });
        limiter.pause(3_600_000);
        return throughLine(
          n,
          (ran) => limiter.acquire().subscribe(ran),
          () => limiter.resume(),
        );
      },
    },
    {
      name: 'p-throttle',
      role: 'peer',
      measure: (n) => {
        // The first call takes all of the first interval, everybody else waits for the second.
        const weight = (_: () => void, taken = 1) => taken;
        const enter = pThrottle({ limit: early + n, interval: intervalFor(n), weight })(
          async (ran: () => void, _?: number) => ran(),
        );
        void enter(() => undefined, early + n);
        return throughLine(n, enter, () => undefined);
      },
    },
    {
      name: 'p-queue',
      role: 'peer',
      measure: (n) => {
        const queue = new PQueue({ autoStart: false, intervalCap: early + n, interval: 60_000 });
        return throughLine(
          n,
          (ran) => queue.add(call).then(ran),
          () => queue.start(),
        );
      },
    },
    {
      name: 'limiter',
      role: 'peer',
      measure: async (n) => {
        const limiter = new Limiter({ tokensPerInterval: early + n, interval: intervalFor(n) });
        await limiter.removeTokens(early + n);
        return throughLine(
          n,
          (ran) => limiter.removeTokens(1).then(call).then(ran),
          () => undefined,
        );
      },
    },
  ],
};
