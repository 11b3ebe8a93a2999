// How each library is asked for one permit at 100 per second in all processes together, with bursts of 10 where it knows
// of bursts. Each is loaded only where it is measured.
import type { Redis } from 'ioredis';
import type { Granted } from '../../spec/redis/support/recorded-client';
import { task } from './results';

interface Limiter {
  /** Waits for one permit. */
  readonly take: () => Promise<unknown>;
  /** What the server granted, where it tells. */
  readonly granted?: readonly Granted[];
}

/** The `id` is the same in all processes, and new in each run. */
type MakeLimiter = (redis: Redis, url: string, id: string) => Promise<Limiter>;

const { capacity, perSecond } = task;

export const limiters: Readonly<Record<string, MakeLimiter>> = {
  async 'rxjs-resilience'(redis, _url, id) {
    const { tokenBucket } = await import('rxjs-resilience');
    const { RedisRateLimiter } = await import('rxjs-resilience/redis');
    const limits = tokenBucket({ capacity, refill: perSecond, interval: 1_000 });
    const { RecordedClient } = await import('../../spec/redis/support/recorded-client');
    const client = new RecordedClient(redis);
    const limiter = new RedisRateLimiter(client, { key: id, limits });
    const take = () =>
      new Promise<void>((resolve, reject) => {
        limiter.acquire().subscribe({ next: (permit) => permit.settle(), complete: resolve, error: reject });
      });
    return { take, granted: client.granted };
  },

  async 'rate-limiter-flexible queue'(redis, _url, id) {
    const { RateLimiterQueue, RateLimiterRedis } = await import('rate-limiter-flexible');
    const limiter = new RateLimiterRedis({ storeClient: redis, points: perSecond, duration: 1, keyPrefix: id });
    const queue = new RateLimiterQueue(limiter, { maxQueueSize: 10_000 });
    return { take: () => queue.removeTokens(1) };
  },

  async 'bottleneck cluster'(_redis, url, id) {
    const { default: Bottleneck } = await import('bottleneck');
    const { Redis } = await import('ioredis');
    const limiter = new Bottleneck({
      ...{ id, datastore: 'ioredis', Redis, clearDatastore: false, timeout: 60_000 },
      ...{ reservoir: perSecond, reservoirRefreshAmount: perSecond, reservoirRefreshInterval: 1_000 },
      ...{ heartbeatInterval: 250, clientOptions: { host: new URL(url).hostname, port: Number(new URL(url).port) } },
    } as ConstructorParameters<typeof Bottleneck>[0]);
    await limiter.ready();
    return { take: () => limiter.schedule(async () => {}) };
  },

  // Its scripts begin with a flag that only Upstash's servers know; without that line they run on any Redis.
  async '@upstash/ratelimit'(redis, _url, id) {
    const { Ratelimit } = await import('@upstash/ratelimit');
    const client = {
      evalsha: async () => {
        throw new Error('NOSCRIPT');
      },
      eval: (script: string, keys: string[], args: unknown[]) =>
        redis.eval(script.replace(/^#!lua.*\n/, ''), keys.length, ...keys, ...args.map(String)),
    };
    const limiter = new Ratelimit({
      redis: client as unknown as ConstructorParameters<typeof Ratelimit>[0]['redis'],
      limiter: Ratelimit.slidingWindow(perSecond, '1 s'),
      ...{ prefix: id, ephemeralCache: false, timeout: 0 },
    });
    const take = async () => {
      const { success } = await limiter.blockUntilReady('fair', 60_000);
      if (!success) {
        throw new Error('not let through within a minute');
      }
    };
    return { take };
  },
};
