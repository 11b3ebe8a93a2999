// How each library is asked for one permit at 100 per second in all processes together, with bursts of 10 where it knows
// of bursts. Each is loaded only where it is measured.
const tokenBucket = { capacity: 10, refill: 100, interval: 1_000 };

export const limiters = {
  async 'rxjs-resilience'(redis) {
    const lib = await import('../../dist/index.js');
    const { RedisRateLimiter } = await import('../../dist/redis/index.js');
    const limiter = new RedisRateLimiter(redis, { key: 'fair', limits: lib.tokenBucket(tokenBucket) });
    return () =>
      new Promise((resolve, reject) => {
        limiter.acquire().subscribe({ next: (permit) => permit.settle(), complete: resolve, error: reject });
      });
  },

  async 'rate-limiter-flexible queue'(redis) {
    const { RateLimiterQueue, RateLimiterRedis } = await import('rate-limiter-flexible');
    const limiter = new RateLimiterRedis({ storeClient: redis, points: 100, duration: 1, keyPrefix: 'rlf' });
    const queue = new RateLimiterQueue(limiter, { maxQueueSize: 10_000 });
    return () => queue.removeTokens(1);
  },

  async 'bottleneck cluster'(_redis, url) {
    const { default: Bottleneck } = await import('bottleneck');
    const { Redis } = await import('ioredis');
    const limiter = new Bottleneck({
      ...{ id: 'fair', datastore: 'ioredis', Redis, clearDatastore: false },
      ...{ reservoir: 100, reservoirRefreshAmount: 100, reservoirRefreshInterval: 1_000, heartbeatInterval: 250 },
      clientOptions: { host: new URL(url).hostname, port: Number(new URL(url).port) },
    });
    await limiter.ready();
    return () => limiter.schedule(async () => {});
  },

  // Its scripts begin with a flag that only Upstash's servers know; without that line they run on any Redis.
  async '@upstash/ratelimit'(redis) {
    const { Ratelimit } = await import('@upstash/ratelimit');
    const plain = (script) => script.replace(/^#!lua.*\n/, '');
    const client = {
      evalsha: async () => {
        throw new Error('NOSCRIPT');
      },
      eval: (script, keys, args) => redis.eval(plain(script), keys.length, ...keys, ...args.map(String)),
    };
    const limiter = new Ratelimit({
      redis: client,
      limiter: Ratelimit.slidingWindow(100, '1 s'),
      ...{ ephemeralCache: false, timeout: 0 },
    });
    return async () => {
      const { success } = await limiter.blockUntilReady('fair', 60_000);
      if (!success) {
        throw new Error('not let through within a minute');
      }
    };
  },
};
