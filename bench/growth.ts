import { asyncScheduler, type Observable, type SchedulerLike } from 'rxjs';
import type { AcquireOptions, RateLimiter } from 'rxjs-resilience';
import type { Body, Figures, Job, TurnCase } from './job';
import { heapUsed, processorNs } from './measure';
import { lib } from './support';

const day = 86_400_000;
const grants = 300_000;
const cost = { requests: 1, tokens: 1_000 };
const million = 1e6;

/** What must not cost more after a day of work, with many priorities, or with many calls open. */
export const job: Job = {
  columns: ['ns', 'ratio', 'ms', 'bytes'],
  cases: [
    waiting('a waiting acquire', 'ours', grants, {}),
    waiting('a waiting acquire, no grants before', 'floor', 0, {}),
    waiting('a waiting acquire, maxWait', 'ours', grants, { maxWait: day }),
    waiting('a waiting acquire, onWait', 'ours', grants, { onWait: () => undefined }),
    waiting('a waiting acquire, events$ heard', 'ours', grants, {}, (limiter) => limiter.events$),
    { name: '40,000 waiters of 40,000 priorities', kind: 'ours', measure: () => priorities(40_000) },
    { name: '40,000 waiters of 40,000 priorities, fair', kind: 'ours', measure: () => priorities(40_000, true) },
    budgeted('a reservation', 0, false),
    budgeted('a reservation, 16,000 open', 16_000, false),
    budgeted('a reservation, state$ watched', 0, true),
    budgeted('a reservation, state$ watched, 16,000 open', 16_000, true),
    { name: 'a million refunds of permits', kind: 'ours', measure: () => left(permits()) },
    { name: 'a million refunds of reservations', kind: 'ours', measure: () => left(reservations()) },
  ],
};

/** A call enters the line and leaves it, after so many grants in the last 24 hours. */
function waiting(
  name: string,
  kind: TurnCase['kind'],
  history: number,
  options: AcquireOptions,
  heard?: (limiter: RateLimiter<'requests' | 'tokens'>) => Observable<unknown>,
): TurnCase {
  const make = () => {
    const limiter = busy(history);
    heard?.(limiter).subscribe();
    return (n: number) => {
      for (let i = 0; i < n; i += 1) {
        limiter.acquire(cost, options).subscribe().unsubscribe();
      }
    };
  };
  return { name, kind, make };
}

/** A limiter whose minute is full, after so many grants, one every 288 ms of a clock that is set by hand. */
function busy(history: number): RateLimiter<'requests' | 'tokens'> {
  let now = 0;
  const scheduler: SchedulerLike = Object.assign(Object.create(asyncScheduler), { now: () => now });
  const limiter = new lib.RateLimiter({
    limits: {
      requests: [lib.perMinute(600), lib.perDay(1e6)],
      tokens: [lib.perMinute(1e6), lib.perDay(1e9)],
    },
    scheduler,
  });
  for (let i = 0; i < history; i += 1) {
    limiter.tryAcquire(cost)!.settle();
    now += Math.floor(day / grants);
  }
  for (let permit = limiter.tryAcquire(cost); permit !== undefined; permit = limiter.tryAcquire(cost)) {
    permit.settle();
  }
  return limiter;
}

/** Each enters with a priority of its own, in no order; then each leaves, in another. */
function priorities(n: number, fair = false): Figures {
  const limiter = new lib.RateLimiter({ limits: lib.perMinute(1e9), fair });
  limiter.pause(3_600_000);
  const start = process.cpuUsage();
  // 17,389 and 23,789 are primes: each number below n comes once.
  const waiters = Array.from({ length: n }, (_, index) =>
    limiter.acquire(1, { priority: (index * 17_389) % n }).subscribe(),
  );
  waiters.forEach((_, index) => {
    waiters[(index * 23_789) % n]!.unsubscribe();
  });
  return { ms: processorNs(start) / 1e6 };
}

function budgeted(name: string, open: number, isWatched: boolean): TurnCase {
  const make = (): Body => {
    const budget = new lib.TokenBudget({ limits: lib.perDay(1e12) });
    const reservations = Array.from({ length: open }, () => budget.tryReserve(100));
    if (isWatched) {
      budget.state$.subscribe();
    }
    return (n) => {
      for (let i = 0; i < n; i += 1) {
        budget.tryReserve(100)!.settle(80);
      }
      if (reservations.length !== open) {
        throw new Error('they were to stay open');
      }
    };
  };
  const floor = isWatched ? 'a reservation, state$ watched' : 'a reservation';
  return { name, kind: 'ours', floor, make };
}

function permits(): (n: number) => void {
  const limiter = new lib.RateLimiter({ limits: { requests: lib.perDay(1e12), tokens: lib.perDay(1e12) } });
  return (n) => {
    for (let i = 0; i < n; i += 1) {
      limiter.tryAcquire(cost)!.refund();
    }
  };
}

function reservations(): (n: number) => void {
  const budget = new lib.TokenBudget({ limits: lib.perDay(1e12) });
  return (n) => {
    for (let i = 0; i < n; i += 1) {
      budget.tryReserve(100)!.refund();
    }
  };
}

/** Bytes that stay of each, and how long all take. */
async function left(refund: (n: number) => void): Promise<Figures> {
  refund(10_000);
  const before = await heapUsed();
  const start = process.cpuUsage();
  refund(million);
  const ms = processorNs(start) / 1e6;
  return { ms, bytes: Math.max(0, (await heapUsed()) - before) / million };
}
