// Also one of the processes that redis.ts starts: lets many calls wait at once, and tells when each was let through.
import { Redis } from 'ioredis';
import { lastValueFrom, tap } from 'rxjs';
import { lib, loaded } from './support';

/** So many permits in a second for all processes together, with bursts of 10 where a library knows of bursts. */
export const task = { processes: 4, waiters: 200, capacity: 10, perSecond: 100 };
const { waiters, capacity, perSecond } = task;

/** How each library is asked for one permit. */
export const libraries: Readonly<Record<string, (url: string) => Promise<() => Promise<unknown>>>> = {
  async 'rxjs-resilience'(url) {
    const { RedisRateLimiter } = await loaded<typeof import('rxjs-resilience/redis')>('redis/index.js');
    const limits = lib.tokenBucket({ capacity, refill: perSecond, interval: 1_000 });
    const limiter = new RedisRateLimiter(new Redis(url), { key: 'bench-ours', limits });
    return () => lastValueFrom(limiter.acquire().pipe(tap((permit) => permit.settle())));
  },
  async 'rate-limiter-flexible queue'(url) {
    const { RateLimiterQueue, RateLimiterRedis } = await import('rate-limiter-flexible');
    const limiter = new RateLimiterRedis({ storeClient: new Redis(url), points: perSecond, duration: 1 });
    const queue = new RateLimiterQueue(limiter, { maxQueueSize: 10_000 });
    return () => queue.removeTokens(1);
  },
  async 'bottleneck cluster'(url) {
    const { default: Bottleneck } = await import('bottleneck');
    const { hostname: host, port } = new URL(url);
    const limiter = new Bottleneck({
      ...{ id: 'bench', datastore: 'ioredis', Redis, clearDatastore: false, timeout: 60_000 },
      ...{ reservoir: perSecond, reservoirRefreshAmount: perSecond, reservoirRefreshInterval: 1_000 },
      ...{ heartbeatInterval: 250, clientOptions: { host, port: Number(port) } },
    } as ConstructorParameters<typeof Bottleneck>[0]);
    await limiter.ready();
    return () => limiter.schedule(async () => undefined);
  },
};

const [, , url, library] = process.argv;
if (process.send !== undefined && library !== undefined) {
  const take = await libraries[library]!(url!);
  process.send('ready');
  process.once('message', async () => {
    const times: number[] = [];
    await Promise.all(Array.from({ length: waiters }, () => take().then(() => times.push(Date.now()))));
    process.send!(times, () => process.exit());
  });
}
