import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { filter, firstValueFrom, lastValueFrom, type Observable, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { perDay, ResilientClient } from '../../src/index';
import { type RedisClient, RedisRateLimiter, type RedisRateLimiterEvent, RedisTokenBudget, type RedisTokenBudgetEvent } from '../../src/redis';
import { VirtualTime } from '../circuit/virtual-time';
import { RedisServer } from './support/redis-server';
import { TcpProxy } from './support/tcp-proxy';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.startOwn();
});
afterAll(() => server.stop());

/** How long outages last, in ms. `OUTAGES=3000,8000,15000` for a soak. */
const outages = (process.env.OUTAGES ?? '2000').split(',').map(Number);

async function nodeRedis(url: string, disableOfflineQueue: boolean): Promise<RedisClient> {
  const client = createClient({ url, disableOfflineQueue, socket: { reconnectStrategy: () => 50 } });
  client.on('error', () => {});
  await client.connect();
  server.closes(() => client.destroy());
  return client;
}

async function ioredis(url: string, enableOfflineQueue: boolean): Promise<RedisClient> {
  const client = new Redis(url, { enableOfflineQueue, retryStrategy: () => 50 });
  client.on('error', () => {});
  await new Promise((resolve) => client.once('ready', resolve));
  server.closes(() => client.disconnect());
  return client;
}

const clients: [string, (url: string) => Promise<RedisClient>][] = [
  ['ioredis', (url) => ioredis(url, true)],
  ['ioredis without an offline queue', (url) => ioredis(url, false)],
  ['node-redis', (url) => nodeRedis(url, false)],
  ['node-redis without an offline queue', (url) => nodeRedis(url, true)],
];

describe.each(clients)('D3: with %s', { timeout: 60_000 }, (name, connect) => {
  it.each(outages)('all usage that ended in an outage of %i ms is counted, once', async (ms) => {
    const proxy = await TcpProxy.to(server.url);
    const config = { key: `kept ${name} ${ms}`, limits: perDay(1_000_000) };
    const budget = new RedisTokenBudget(await connect(proxy.url), { ...config, deadline: 600 });
    const judge = new RedisTokenBudget(server.ioredis(), config);
    const calls = await Promise.all(Array.from({ length: 51 }, () => firstValueFrom(budget.reserve(100))));
    calls.splice(0, 1)[0]!.settle(1_000);
    await sleep(50);
    proxy.down();
    for (const call of calls) {
      call.settle(1_000);
      await sleep(ms / 100);
    }
    expect(budget.isIdle).toBe(false);
    await sleep(ms / 2);
    proxy.up();
    await vi.waitFor(() => expect(budget.isIdle).toBe(true), { timeout: 20_000 });
    expect(1_000_000 - (await firstValueFrom(judge.look())).remaining).toBe(51_000);
    proxy.stop();
  });
});

describe('D7: drain()', () => {
  it('completes when Redis knows what calls have cost', async () => {
    const config = { key: 'drained', limits: perDay(1_000_000) };
    const budget = new RedisTokenBudget(server.ioredis(), config);
    const client = new ResilientClient({ tokenBudget: budget });
    await Promise.all(Array.from({ length: 17 }, () => lastValueFrom(client.call(() => of({ usage: { input_tokens: 40, output_tokens: 10 } }), { tokens: 1_500 }))));
    expect(budget.isIdle).toBe(false);
    await lastValueFrom(client.drain(), { defaultValue: undefined });
    expect(1_000_000 - (await firstValueFrom(budget.look())).remaining).toBe(850);
  });
});

describe('C10: a settlement that Redis has not heard of', () => {
  it('is not waited for longer than half a minute, for the process may be done; the next call brings it along', async () => {
    const scheduler = new VirtualTime();
    let isThere = false;
    const redis = server.ioredis();
    const ask = (way: 'evalsha' | 'eval') => (text: string, count: number, ...rest: string[]) =>
      isThere ? redis[way](text, count, ...rest) : Promise.reject(new Error('away'));
    const config = { key: 'kept for a while', limits: perDay(1_000) };
    const client = { evalsha: ask('evalsha'), eval: ask('eval') } as RedisClient;
    const budget = new RedisTokenBudget(client, { ...config, deadline: 100, whenUnavailable: 'allow', scheduler });
    const pass = async (ms: number) => {
      for (let passed = 0; passed < ms; passed += 100) {
        scheduler.pass(100);
        await new Promise(setImmediate);
      }
    };
    const reserved = firstValueFrom(budget.reserve(5));
    await pass(1_000);
    (await reserved).settle(7);
    await pass(29_000);
    expect([budget.isIdle, scheduler.timers > 0]).toEqual([false, true]);
    await pass(5_000);
    expect([budget.isIdle, scheduler.timers]).toEqual([false, 0]);

    isThere = true;
    const next = firstValueFrom(budget.reserve(1));
    (await next).refund();
    await vi.waitFor(() => expect(budget.isIdle).toBe(true));
    expect((await firstValueFrom(new RedisTokenBudget(server.ioredis(), config).look())).remaining).toBe(993);
    expect(scheduler.timers).toBe(0);
  });
});

describe('D3: what does not fit any more', () => {
  const most = 10_000;
  const limits = perDay(1_000_000);
  let isThere = true;

  const asked = (): RedisClient => {
    const redis = server.ioredis();
    const ask = (way: 'evalsha' | 'eval') => (text: string, count: number, ...rest: string[]) =>
      isThere ? redis[way](text, count, ...rest) : Promise.reject(new Error('away'));
    return { evalsha: ask('evalsha'), eval: ask('eval') } as RedisClient;
  };
  const told = (events$: Observable<RedisTokenBudgetEvent | RedisRateLimiterEvent>) => {
    const events: unknown[] = [];
    events$.pipe(filter(({ type }) => type !== 'granted' && type !== 'settled')).subscribe(({ policy, at, ...event }) => events.push(event));
    return events;
  };
  const lost = [{ type: 'unavailable', error: expect.anything() }, { type: 'available' }, { type: 'lost', count: 3 }];

  it('is told: the oldest of more than 10,000 settlements of a budget are dropped', async () => {
    const budget = new RedisTokenBudget(asked(), { key: 'lost', limits, deadline: 100 });
    const events = told(budget.events$);
    isThere = false;
    await firstValueFrom(budget.look()).catch(() => undefined);
    for (let call = 0; call < most + 3; call += 1) {
      budget.record(1);
    }
    isThere = true;
    await vi.waitFor(() => expect(budget.isIdle).toBe(true), { timeout: 20_000 });
    expect(events).toEqual(lost);
    expect(1_000_000 - (await firstValueFrom(budget.look())).remaining).toBe(most);
  });

  it('is told: the oldest of more than 10,000 settlements of a limiter are dropped', async () => {
    const limiter = new RedisRateLimiter(asked(), { key: 'lost permits', limits: { tokens: limits }, deadline: 5_000 });
    const events = told(limiter.events$);
    const permits = await Promise.all(Array.from({ length: most + 3 }, () => firstValueFrom(limiter.acquire({ tokens: 2 }))));
    isThere = false;
    await firstValueFrom(limiter.look()).catch(() => undefined);
    for (const permit of permits) {
      permit.settle({ tokens: 1 });
    }
    isThere = true;
    await vi.waitFor(() => expect(limiter.isIdle).toBe(true), { timeout: 20_000 });
    expect(events).toEqual(lost);
    const { limits: states } = await firstValueFrom(limiter.look());
    expect(states.tokens[0]!.used).toBe(most + 2 * 3);
  });
});
