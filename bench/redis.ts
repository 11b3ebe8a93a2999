import { type ChildProcess, fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { Redis } from 'ioredis';
import { lastValueFrom, type Observable, tap } from 'rxjs';
import type { Limits, Permit } from 'rxjs-resilience';
import type { Figures, Job, TurnCase } from './job';
import { serverTime } from './redis-server-time';
import { libraries, task } from './redis-waiters';
import { awaiting, lib, loaded, plenty } from './support';

/** The server of this run, which run.ts has started. */
const url = () => process.env.BENCH_REDIS!;
const waiters = fileURLToPath(new URL('redis-waiters.mjs', import.meta.url));

/** Permits of a limiter in Redis beside INCR; and four processes that share one limit. */
export const job: Job = {
  clock: 'wall',
  columns: ['perSecond', 'ratio', 'span', 'most', 'tenth', 'apart', 'scripts', 'server'],
  cases: [
    ...[1, 16, 64, 256].flatMap((inFlight) => [
      asked('INCR', 'floor', inFlight, (redis, key) => () => redis.incr(key)),
      permits('token bucket', inFlight, () => lib.tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 })),
      permits('rolling window', inFlight, () => lib.perDay(plenty)),
      permits('requests and tokens', inFlight, () => ({ requests: lib.perDay(plenty), tokens: lib.perDay(plenty) })),
    ]),
    ...Object.keys(libraries).map((name) => ({
      name: `4 processes: ${name}`,
      kind: name === 'rxjs-resilience' ? ('ours' as const) : ('peer' as const),
      measure: () => together(name),
      isHuge: true,
    })),
    ...serverTime,
  ],
};

function asked(
  name: string,
  kind: TurnCase['kind'],
  inFlight: number,
  way: (redis: Redis, key: string) => (() => Promise<unknown>) | Promise<() => Promise<unknown>>,
): TurnCase {
  const make = async () => awaiting(await way(new Redis(url()), `bench-${name}`), inFlight);
  return { name: `${name}, ${inFlight} in flight`, kind, floor: `INCR, ${inFlight} in flight`, make };
}

function permits(name: string, inFlight: number, limits: () => Limits): TurnCase {
  return asked(name, 'ours', inFlight, async (redis, key) => {
    const { RedisRateLimiter } = await loaded<typeof import('rxjs-resilience/redis')>('redis/index.js');
    const limiter = new RedisRateLimiter(redis, { key, limits: limits(), deadline: 10_000 });
    return () => lastValueFrom((limiter.acquire() as Observable<Permit>).pipe(tap((permit) => permit.settle())));
  });
}

/** Processes that begin at once when all are ready: who keeps the limit, wastes no time, and is fair? */
async function together(library: string): Promise<Figures> {
  const redis = new Redis(url());
  const before = await scriptsRun(redis);
  const words = [url(), library];
  const children = Array.from({ length: task.processes }, () => fork(waiters, words));
  await Promise.all(children.map(nextMessage));
  const reports = Promise.all(children.map(nextMessage));
  for (const child of children) {
    child.send('go');
  }
  const times = (await reports) as number[][];
  const all = times.flat().sort((one, other) => one - other);
  const span = all.at(-1)! - all[0]!;
  const shares = times.map((each) => each.filter((at) => at <= all[0]! + span / 2).length);
  const mean = shares.reduce((sum, share) => sum + share) / shares.length;
  return {
    ...{ span: span / 1_000, most: mostWithin(all, 1_000), tenth: mostWithin(all, 100) },
    apart: ((Math.max(...shares) - Math.min(...shares)) / mean) * 100,
    scripts: (await scriptsRun(redis)) - before,
  };
}

function nextMessage(child: ChildProcess): Promise<unknown> {
  return new Promise((resolve, reject) => {
    child.once('message', resolve);
    child.once('exit', () => reject(new Error('a process ended before it told anything')));
  });
}

async function scriptsRun(redis: Redis): Promise<number> {
  const stats = await redis.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(?:eval|evalsha|multi):calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

function mostWithin(times: readonly number[], window: number): number {
  let [first, most] = [0, 0];
  times.forEach((at, index) => {
    while (times[first]! + window <= at) {
      first += 1;
    }
    most = Math.max(most, index - first + 1);
  });
  return most;
}
