import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { inTotal, perMinute } from '../../src/index';
import { RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { isOwnServer, RedisServer } from './support/redis-server';

describe.runIf(isOwnServer)('D10: settings of the server that the guide names', { timeout: 60_000 }, () => {
  it('appendonly with appendfsync everysec: what was counted a second before a crash is still counted', async () => {
    const server = await RedisServer.startOwn(['--appendonly', 'yes', '--appendfsync', 'everysec']);
    const limiter = new RedisRateLimiter(server.ioredis(), { key: 'kept', limits: { requests: perMinute(5), tokens: inTotal(1_000) }, deadline: 10_000 });
    const budget = new RedisTokenBudget(server.ioredis(), { key: 'kept', counts: 'cost', limits: inTotal(2), deadline: 10_000 });
    (await firstValueFrom(limiter.acquire({ tokens: 10 }))).settle({ tokens: 30 });
    (await firstValueFrom(budget.reserve(0.5))).settle(0.75);
    await sleep(2_500);
    await server.kill();
    await server.restart();
    const { limits } = await firstValueFrom(limiter.look());
    expect([limits.requests[0]!.used, limits.tokens[0]!.used]).toEqual([1, 30]);
    expect((await firstValueFrom(budget.look())).remaining).toBe(1.25);
    await server.stop();
  });

  it('maxmemory-policy noeviction: a full server refuses, and forgets nothing', async () => {
    const server = await RedisServer.startOwn(['--maxmemory', '3mb', '--maxmemory-policy', 'noeviction']);
    const redis = server.ioredis();
    const limiter = new RedisRateLimiter(redis, { key: 'full', limits: perMinute(3), deadline: 300 });
    await firstValueFrom(limiter.acquire());
    await firstValueFrom(limiter.acquire());
    await fill(redis);
    const error = await firstValueFrom(limiter.acquire()).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'LimiterUnavailableError', message: expect.stringContaining('OOM') });
    await redis.del('junk');
    await vi.waitFor(async () => expect(await firstValueFrom(limiter.acquire())).toMatchObject({ cost: { requests: 1 } }), { timeout: 5_000 });
    expect((await firstValueFrom(limiter.look())).limits.requests[0]!.used).toBe(3);
    await server.stop();
  });

  it('maxmemory-policy volatile-ttl: what ends soonest goes first, so limits without an end, and others with a longer one, stay', async () => {
    const server = await RedisServer.startOwn(['--maxmemory', '3mb', '--maxmemory-policy', 'volatile-ttl']);
    const redis = server.ioredis();
    const budget = new RedisTokenBudget(redis, { key: 'stays', limits: inTotal(100) });
    await firstValueFrom(budget.reserve(40));
    for (let n = 0; n < 3_000; n += 1) {
      await redis.set(`soon ${n}`, 'x'.repeat(1_000), 'EX', 60);
    }
    expect(await redis.dbsize()).toBeLessThan(3_000);
    expect((await firstValueFrom(budget.look())).remaining).toBe(60);
    await server.stop();
  });
});

/** Writes until the server takes nothing more. */
async function fill(redis: ReturnType<RedisServer['ioredis']>): Promise<void> {
  try {
    for (;;) {
      await redis.append('junk', 'x'.repeat(20_000));
    }
  } catch {
    // it is full
  }
}
