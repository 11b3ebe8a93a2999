import { Redis } from 'ioredis';
import { firstValueFrom, type Observable } from 'rxjs';
import type { AcquireOptions, Permit, Reservation } from 'rxjs-resilience';
import type { RedisCircuitBreaker } from 'rxjs-resilience/redis';
import type { Figures, OnceCase } from './job';
import { fillWindows } from './redis-fill';
import { lib, loaded } from './support';

const [entries, places, asked, window] = [100_000, 500, 300, 600_000];

type Work = (n: number) => Promise<unknown>;

/** What one script costs the server in the mean, with 500 places in line and 100,000 entries in the window. */
export const serverTime: readonly OnceCase[] = [
  timed('a script that does nothing', 'floor', async (redis) => () => redis.eval('return { ARGV[1] }', 0, '1')),
  timed('settlement', 'ours', async (redis, limiter) => {
    const permits: Permit[] = [];
    for (let n = 0; n < asked; n += 1) {
      permits.push((await firstValueFrom(limiter.acquire({ tokens: 1 }) as Observable<unknown>)) as Permit);
    }
    return async (n) => {
      permits[n]!.settle({ tokens: 2 });
      await redis.ping();
    };
  }),
  ...[
    { name: '', config: {} },
    { name: ', in flight counted', config: { maxConcurrent: entries } },
    { name: ', 50 tenants', config: { fair: true } },
  ].flatMap(({ name, config }) => [
    timed(
      `grant before those who wait${name}`,
      'ours',
      async (_, limiter) => () =>
        firstValueFrom(limiter.acquire({ tokens: 1 }, { priority: 1 }) as Observable<unknown>),
      config,
    ),
    timed(
      `no grant behind them${name}`,
      'ours',
      async (_, limiter) => () =>
        firstValueFrom(limiter.acquire({ tokens: 5 * asked }, { maxWait: 0 }) as Observable<unknown>).catch(() => {}),
      config,
    ),
  ]),
  timed('look', 'ours', async (_, limiter) => () => firstValueFrom(limiter.look() as Observable<unknown>)),
  timed(
    'refusal',
    'ours',
    async (_redis, _limiter, budget) => (n) =>
      firstValueFrom(budget.reserve(entries - n) as Observable<Reservation>).catch(() => undefined),
  ),
  breaker('look', (breaker) => breaker.state$.subscribe().unsubscribe()),
  breaker('decision', (breaker) => breaker.reset()),
];

interface Asked {
  acquire(cost: { tokens: number }, options?: AcquireOptions): unknown;
  look(): unknown;
}

function timed(
  name: string,
  kind: OnceCase['kind'],
  make: (redis: Redis, limiter: Asked, budget: { reserve(tokens: number): unknown }) => Promise<Work>,
  config: { maxConcurrent?: number; fair?: boolean } = {},
): OnceCase {
  return { name: `server time: ${name}`, kind, measure: () => measured(`time ${name}`, make, config) };
}

/** One question of a breaker. Its cost depends on nothing else. */
function breaker(name: string, ask: (breaker: RedisCircuitBreaker) => void): OnceCase {
  const measure = async () => {
    const { RedisCircuitBreaker } = await loaded<typeof import('rxjs-resilience/redis')>('redis/index.js');
    const redis = new Redis(process.env.BENCH_REDIS!);
    return meanOf(redis, async (n) => {
      ask(new RedisCircuitBreaker(redis, { key: `${name} ${n % 10}` }));
      await redis.ping();
    });
  };
  return { name: `server time: breaker, ${name}`, kind: 'ours', measure };
}

async function measured(
  key: string,
  make: Parameters<typeof timed>[2],
  given: { maxConcurrent?: number; fair?: boolean },
): Promise<Figures> {
  const { RedisRateLimiter, RedisTokenBudget } = await loaded<typeof import('rxjs-resilience/redis')>('redis/index.js');
  const redis = new Redis(process.env.BENCH_REDIS!);
  const limit = lib.slidingWindow({ limit: entries + 2 * asked, window });
  const config = { ...given, key, limits: { requests: limit, tokens: limit } };
  const limiter = new RedisRateLimiter(redis, { ...config, deadline: 60_000 });
  const budget = new RedisTokenBudget(redis, { key, limits: limit, deadline: 60_000 });
  await firstValueFrom(limiter.acquire({ tokens: 1 }) as Observable<unknown>);
  await firstValueFrom(budget.reserve(1) as Observable<unknown>);
  await fillWindows(redis, key, 'limiter', entries, window);
  await fillWindows(redis, key, 'budget', entries, window);
  const work = await make(redis, limiter, budget);
  const waiting = Array.from({ length: places }, () => new RedisRateLimiter(redis, { ...config, deadline: 10_000 }));
  const calls = waiting.map((each, n) =>
    (each.acquire({ tokens: 5 * asked }, { tenant: String(n % 50) }) as Observable<unknown>).subscribe(),
  );
  while ((await firstValueFrom(limiter.look())).processes < places) {
    // all have to be in line
  }
  const figures = await meanOf(redis, work);
  for (const call of calls) {
    call.unsubscribe();
  }
  return figures;
}

async function meanOf(redis: Redis, work: Work): Promise<Figures> {
  const times: number[] = [];
  for (let n = 0; n < asked; n += 1) {
    await redis.config('RESETSTAT');
    await work(n);
    times.push(...(await meanOfScripts(redis)));
  }
  return { server: times.reduce((sum, each) => sum + each, 0) / times.length };
}

/** In µs: nothing if those who wait have asked as well meanwhile. */
async function meanOfScripts(redis: Redis): Promise<number[]> {
  const stats = await redis.info('commandstats');
  const scripts = [...stats.matchAll(/cmdstat_eval(?:sha)?:calls=(\d+),usec=(\d+)/g)];
  const calls = scripts.reduce((sum, [, count]) => sum + Number(count), 0);
  const usec = scripts.reduce((sum, [, , time]) => sum + Number(time), 0);
  return calls === 1 ? [usec] : [];
}
