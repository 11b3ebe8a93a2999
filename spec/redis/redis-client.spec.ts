import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, expectTypeOf, it } from 'vitest';
import { type Limiter, type Permit, perMinute, perSecond } from '../../src/index';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { RecordedClient } from './support/recorded-client';
import { RedisServer } from './support/redis-server';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

describe('a Redis client', () => {
  it.each<[string, () => Promise<RedisClient>]>([
    ['ioredis', async () => server.ioredis()],
    ['ioredis with a key prefix', async () => server.ioredis({ keyPrefix: 'app:' })],
    ['ioredis with auto pipelining', async () => server.ioredis({ enableAutoPipelining: true })],
    ['node-redis', () => server.nodeRedis()],
    ['a wrapper', async () => new RecordedClient(server.ioredis())],
  ])('of %s will do: scripts are sent in full when the server does not know them', async (name, connect) => {
    const [client, admin] = [await connect(), server.ioredis()];
    const key = `client ${process.pid} ${name}`;
    const limiter = new RedisRateLimiter(client, { key, limits: { requests: perMinute(5), tokens: perMinute(100) } });
    const budget = new RedisTokenBudget(client, { key, limits: perMinute(100.0) });
    for (let round = 1; round <= 2; round += 1) {
      await admin.script('FLUSH');
      const permit = await firstValueFrom(limiter.acquire({ tokens: 2.5 }));
      permit.settle({ tokens: 4.25 });
      const reservation = await firstValueFrom(budget.reserve(10));
      reservation.settle(7);
      await expect.poll(async () => {
        const { limits } = await firstValueFrom(limiter.look());
        return [limits.requests[0]!.used, limits.tokens[0]!.used, (await firstValueFrom(budget.look())).remaining];
      }).toEqual([round, 4.25 * round, 100 - 7 * round]);
    }
  });

  it('may be a cluster', () => {
    const config = { key: 'cluster', limits: perSecond(1) };
    const nodes = [{ host: '127.0.0.1', port: 1 }];
    const cluster = new Cluster(nodes, { lazyConnect: true });
    expect(new RedisRateLimiter(cluster, config).dimensions).toEqual(['requests']);
    expect(new RedisRateLimiter(createCluster({ rootNodes: [{ url: 'redis://127.0.0.1:1' }] }), config).dimensions).toEqual(['requests']);
  });

  it('gives the limiter dimensions of which a typo does not compile', () => {
    const limiter = new RedisRateLimiter(server.ioredis(), { key: 'types', limits: { requests: perSecond(1), tokens: perSecond(1) } });
    expectTypeOf(limiter).toExtend<Limiter<'requests' | 'tokens'>>();
    expectTypeOf(limiter.acquire).returns.toExtend<import('rxjs').Observable<Permit<'requests' | 'tokens'>>>();
    // @ts-expect-error there is no such dimension
    expect(() => limiter.acquire({ tokenz: 1 })).toThrow('unknown dimension');
    const bare = new RedisRateLimiter(server.ioredis(), { key: 'types', limits: perSecond(1) });
    // @ts-expect-error it limits requests only
    expect(() => bare.acquire({ tokens: 1 })).toThrow('unknown dimension');
  });

  it('a client that gives numbers as texts will do', async () => {
    const config = { key: `texts ${process.pid}`, limits: perMinute(3), deadline: 300, whenUnavailable: 'allow' } as const;
    const limiter = new RedisRateLimiter(server.ioredis({ stringNumbers: true }), config);
    const [one, two] = [await firstValueFrom(limiter.acquire()), await firstValueFrom(limiter.acquire())];
    one.refund();
    await sleep(400);
    two.refund();
    let granted = 0;
    for (let call = 0; call < 20; call += 1) {
      limiter.acquire(1, { maxWait: 0 }).subscribe({ next: () => { granted += 1; }, error: () => undefined });
    }
    await sleep(100);
    expect(granted).toBe(3);
  });
});
