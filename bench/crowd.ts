import Bottleneck from 'bottleneck';
import { ConstantBackoff, retry as cockatielRetry, handleAll } from 'cockatiel';
import { RateLimiterMemory } from 'rate-limiter-flexible';
import { type Observable, retry, throwError } from 'rxjs';
import type { Figures, Job, Kind, OnceCase } from './job';
import { macrotask, medians, processorNs } from './measure';
import { call$, lib, policies } from './support';

interface Crowd {
  /** One more enters; `ran` is to be called when its call has run. */
  readonly enter: (ran: () => void, index: number) => unknown;
  /** Lets all through. */
  readonly open?: () => void;
}

const huge = 1e6;
const delay = 600_000;
const failure = new Error('the provider is down');
const failing$ = throwError(() => failure);

/** Many calls at once: in line, leaving the line, in a retry delay, or each at a limiter of its own. */
export const job: Job = {
  columns: ['enter', 'leave', 'cancel'],
  cases: [
    ...[1e4, 1e5, huge].flatMap((n) => [
      inCrowd('pending promise', 'floor', 'wait', n, promises),
      inCrowd('rateLimit', 'ours', 'wait', n, () =>
        paused(({ guards }) => call$.pipe(lib.rateLimit(guards.rateLimit))),
      ),
      inCrowd('client.guard', 'ours', 'wait', n, () => paused(({ client }) => call$.pipe(client.guard({ tokens: 1 })))),
    ]),
    inCrowd('bottleneck', 'peer', 'wait', 1_000, bottleneck),
    cancelling('rateLimit', 1e5),
    inCrowd('retryBackoff', 'ours', 'wait for a retry', 1e5, () => {
      const parked$ = failing$.pipe(lib.retryBackoff({ baseDelay: delay, maxDelay: delay }));
      return { enter: () => parked$.subscribe() };
    }),
    inCrowd('rxjs retry', 'peer', 'wait for a retry', 1e5, () => {
      const parked$ = failing$.pipe(retry({ count: 3, delay }));
      return { enter: () => parked$.subscribe() };
    }),
    inCrowd('cockatiel retry', 'peer', 'wait for a retry', 1e5, () => {
      const policy = cockatielRetry(handleAll, { maxAttempts: 3, backoff: new ConstantBackoff(delay) });
      return { enter: () => policy.execute(() => Promise.reject(failure)) };
    }),
    ...[1e5, huge].flatMap((n) => [
      inCrowd('Map to a number', 'floor', 'keys', n, () => {
        const times = new Map<string, number>();
        return { enter: (_, index) => times.set(`user-${index}`, Date.now() + 0.5) };
      }),
      inCrowd('keyed RateLimiter', 'ours', 'keys', n, () => {
        const limits = lib.tokenBucket({ capacity: 10, refill: 10, interval: 60_000 });
        const limiters = lib.keyed(() => new lib.RateLimiter({ limits }), { maxKeys: Number.POSITIVE_INFINITY });
        return { enter: (_, index) => limiters.get(`user-${index}`).tryAcquire()!.settle() };
      }),
      inCrowd('rate-limiter-flexible', 'peer', 'keys', n, () => {
        const limiter = new RateLimiterMemory({ points: 10, duration: 600 });
        return { enter: (_, index) => limiter.consume(`user-${index}`) };
      }),
    ]),
  ],
};

function inCrowd(name: string, kind: Kind, does: string, n: number, make: () => Crowd): OnceCase {
  const measure = () => again((size) => entered(make(), size), n);
  return { name: named(name, does, n), kind, measure, isHuge: n === huge };
}

function cancelling(name: string, n: number): OnceCase {
  return { name: named(name, 'wait, a quarter leaves', n), kind: 'ours', measure: () => again(leaving, n) };
}

function named(name: string, does: string, n: number): string {
  return `${name}: ${n.toLocaleString('en')} ${does}`;
}

/** Small crowds first, so that all is compiled; then the one that counts, three times unless it is huge. */
async function again(measure: (n: number) => Promise<Figures>, n: number): Promise<Figures> {
  await measure(Math.min(n, 10_000));
  await measure(Math.min(n, 10_000));
  const found: Figures[] = [];
  for (let run = n === huge ? 3 : 1; run <= 3; run += 1) {
    found.push(await measure(n));
  }
  return medians(found);
}

/** All enter, then all are let through, and the last one says that it ran; in ns of each. */
async function entered({ enter, open }: Crowd, n: number): Promise<Figures> {
  let rest = n;
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
  const start = process.cpuUsage();
  for (let i = 0; i < n; i += 1) {
    enter(ran, i);
  }
  await macrotask(); // promises fail later
  const figures = { enter: processorNs(start) / n };
  if (open === undefined) {
    return figures;
  }
  const opening = process.cpuUsage();
  open();
  await end;
  return { ...figures, leave: processorNs(opening) / n };
}

/** A quarter gives up, all over the line. */
async function leaving(n: number): Promise<Figures> {
  const { enter } = paused(({ guards }) => call$.pipe(lib.rateLimit(guards.rateLimit)));
  const waiting = Array.from({ length: n }, (_, index) => enter(() => undefined, index) as { unsubscribe(): void });
  const leavers = waiting.filter((_, place) => place % 4 === 3);
  const start = process.cpuUsage();
  for (const each of leavers) {
    each.unsubscribe();
  }
  await macrotask();
  return { cancel: processorNs(start) / leavers.length };
}

function paused(guarded: (by: ReturnType<typeof client>) => Observable<unknown>): Crowd {
  const made = client();
  const guarded$ = guarded(made);
  made.guards.rateLimit.pause(3_600_000);
  return { enter: (ran) => guarded$.subscribe(ran), open: () => made.guards.rateLimit.resume() };
}

function client() {
  const guards = policies();
  return { guards, client: new lib.ResilientClient(guards) };
}

function promises(): Crowd {
  const resolvers: (() => void)[] = [];
  return {
    enter: (ran) =>
      new Promise<void>((resolve) => {
        resolvers.push(resolve);
      }).then(ran),
    open: () => {
      for (const resolve of resolvers) {
        resolve();
      }
    },
  };
}

/** Has no pause: its jobs wait for the first of them. */
function bottleneck(): Crowd {
  const limiter = new Bottleneck({ maxConcurrent: 1 });
  let open = (): void => undefined;
  const opened = new Promise<void>((resolve) => {
    open = resolve;
  });
  void limiter.schedule(() => opened);
  return { enter: (ran) => limiter.schedule(async () => ran()), open };
}
