import { firstValueFrom, toArray } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { perMinute, slidingWindow, tokenBucket } from '../../src/index';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { RedisCluster } from './support/redis-cluster';

describe('on a cluster of three servers', { timeout: 60_000 }, () => {
  let cluster: RedisCluster;
  beforeAll(async () => {
    cluster = await RedisCluster.start();
  }, 60_000);
  afterAll(() => cluster.stop());

  const clients: [string, () => RedisClient | Promise<RedisClient>][] = [
    ['ioredis', () => cluster.ioredis()],
    ['node-redis', () => cluster.nodeRedis()],
  ];

  it.each(clients)('limiters and budgets of many keys work with %s, wherever their keys are', async (name, connect) => {
    const client = await connect();
    const limits = { requests: [slidingWindow({ limit: 2, window: 60_000 }), perMinute(3)], tokens: tokenBucket({ capacity: 50, refill: 1, interval: 60_000 }) };
    const keys = Array.from({ length: 30 }, (_, index) => `${name} ${index}`);
    for (const key of keys) {
      const [one, other] = [1, 2].map(() => new RedisRateLimiter(client, { key, limits, maxWait: 0 }));
      (await firstValueFrom(one!.acquire({ tokens: 20 }))).settle({ tokens: 30 });
      (await firstValueFrom(other!.acquire({ tokens: 20 }))).settle();
      const { requests, tokens } = (await firstValueFrom(one!.look())).limits;
      expect([requests[0]!.used, tokens[0]!.used]).toEqual([2, expect.closeTo(50, 0)]);
      await expect(firstValueFrom(other!.acquire())).rejects.toMatchObject({ reason: 'wait-too-long' });

      const budget = new RedisTokenBudget(client, { key, limits: [perMinute(100), slidingWindow({ limit: 90, window: 3_000 })] });
      const reservations = await firstValueFrom(budget.reserve(80).pipe(toArray()));
      await expect(firstValueFrom(budget.reserve(11))).rejects.toMatchObject({ remaining: 10, limit: 90 });
      reservations[0]!.refund();
      expect((await firstValueFrom(budget.look())).remaining).toBe(90);
    }
    expect((await cluster.keys()).every((count) => count > 0)).toBe(true);
  });
});
