import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Budget, type Limiter, perMinute, RateLimiter } from '../../src/index';
import { RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { RedisServer } from './support/redis-server';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const limits = { requests: perMinute(5), tokens: perMinute(100) };
const outcome = (call: Parameters<typeof firstValueFrom>[0]) => firstValueFrom(call).catch((error: Error) => error);

/** A client that the user has closed. */
async function closed(): Promise<Redis> {
  const client = server.ioredis();
  await client.quit();
  return client;
}

describe('typical mistakes', () => {
  it('keys that look alike share nothing', async () => {
    const client = server.ioredis();
    const keys = ['{alice}', 'alice', '{{alice}}', '{}alice', 'a}lice', 'a%7Dlice', '{a}lice', 'alice:limiter'].map((key) => `${process.pid}${key}`);
    for (const [index, key] of [...keys, `{${process.pid}}`, `${process.pid}`].entries()) {
      const budget = new RedisTokenBudget(client, { key, limits: perMinute(100) });
      (await firstValueFrom(budget.reserve(index + 1))).settle(index + 1);
      await expect.poll(async () => (await firstValueFrom(budget.look())).remaining).toBe(99 - index);
    }
  });

  it('a local limiter with fewer dimensions limits what it knows', async () => {
    const local = new RateLimiter({ limits: perMinute(1) });
    const whenUnavailable: Limiter<'requests' | 'tokens'> = local as Limiter<string>;
    const limiter = new RedisRateLimiter(await closed(), { key: 'mistakes', limits, deadline: 200, whenUnavailable });
    expect(await outcome(limiter.acquire({ tokens: 20 }))).toMatchObject({ cost: { requests: 1 } });
    expect(local.state.limits.requests[0]!.used).toBe(1);
  });

  it('what a local limiter or budget throws is the error of that call', async () => {
    const thrown = new Error('not today');
    const local: Limiter & Budget = { acquire: () => { throw thrown; }, reserve: () => { throw thrown; } };
    const config = { key: 'mistakes', deadline: 200, whenUnavailable: local };
    expect(await outcome(new RedisRateLimiter(await closed(), { ...config, limits }).acquire())).toBe(thrown);
    expect(await outcome(new RedisTokenBudget(await closed(), { ...config, limits: perMinute(1) }).reserve(1))).toBe(thrown);
  });

  it('the error says what the client said, or that it said nothing', async () => {
    const config = { key: 'mistakes', deadline: 200, limits };
    const failing = await outcome(new RedisRateLimiter(await closed(), config).acquire());
    expect((failing as Error).message).toMatch(/only answered with errors for 200 ms, the last was: Connection is closed/);
    const silent = new Redis(1, { lazyConnect: true, retryStrategy: () => 60_000, maxRetriesPerRequest: null });
    silent.on('error', () => undefined);
    expect(((await outcome(new RedisRateLimiter(silent, config).acquire())) as Error).message).toMatch(/did not answer within 200 ms/);
    silent.disconnect();
  });

  it('a client that was not awaited is told apart, and no option of it is shown', () => {
    const connecting = createClient({ url: server.url, password: 'secret' }).on('error', () => undefined).connect();
    connecting.catch(() => undefined);
    const make = (client: unknown, config: unknown) => () => new RedisRateLimiter(client as never, config as never);
    expect(make(connecting, { key: 'mistakes', limits })).toThrow('got a Promise: await connect() first');
    expect(make({ key: 'mistakes', password: 'secret' }, server.ioredis())).toThrow(/must be an ioredis or a node-redis client.*got \[object Object\]$/);
  });
});
