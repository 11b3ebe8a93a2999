import { setImmediate, setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { createClient } from 'redis';
import { firstValueFrom, tap } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { classifyError, perDay, perMinute, slidingWindow } from '../../src/index';
import { LimiterMisconfiguredError, RedisCircuitBreaker, type RedisClient, RedisRateLimiter, type RedisRateLimiterConfig, RedisTokenBudget } from '../../src/redis';
import { RedisServer } from './support/redis-server';
import { TcpProxy } from './support/tcp-proxy';
import { endAll, type Worker, workersAt } from './support/workers';

let server: RedisServer;
let workers: Worker[] = [];
beforeAll(async () => {
  server = await RedisServer.startOwn();
  workers = await workersAt(server.url, 3);
}, 60_000);
afterAll(() => endAll(workers, server));

const outcome = (call: Parameters<typeof firstValueFrom>[0]) => firstValueFrom(call).catch((error: Error) => error);

describe('D1: processes that are killed while they wait', () => {
  it('are out of the queue within the deadline and a second, while others settle', { timeout: 60_000 }, async () => {
    const limit = { limit: 50, window: 60_000 };
    const limiter = new RedisRateLimiter(server.ioredis(), { key: 'deaths', limits: slidingWindow(limit) });
    const permits = await Promise.all(Array.from({ length: 50 }, () => firstValueFrom(limiter.acquire())));
    limiter.pause(60_000);
    const living = limiter.acquire().subscribe();
    for (const worker of workers) {
      void worker.carryOut({ key: 'deaths', limit, waiters: 2, clockShift: 0 });
    }
    const processes = async () => (await firstValueFrom(limiter.look())).processes;
    await vi.waitFor(async () => expect(await processes()).toBe(4), { timeout: 10_000 });
    for (const worker of workers) {
      worker.kill();
    }
    for (const permit of permits.slice(0, 42)) {
      permit.refund();
      await sleep(50);
    }
    expect(await processes()).toBe(1);
    living.unsubscribe();
  });
});

describe('D4: a lost reply', () => {
  it.each(['a turn', 'a reservation'])('of %s loses nothing: asked again, it says the same', async (what) => {
    const redis = server.ioredis();
    let lost = 0;
    const losing = (reply: Promise<unknown>) =>
      reply.then((heard) => {
        lost += 1;
        if (lost % 2 === 1) {
          throw new Error('Socket closed unexpectedly');
        }
        return heard;
      });
    const client: RedisClient = {
      evalsha: (sha, count, ...rest) => losing(redis.evalsha(sha, count, ...rest)),
      eval: (text: string, count: number, ...rest: string[]) => losing(redis.eval(text, count, ...rest) as Promise<unknown>),
    };
    const config = { key: `lost ${what}`, limits: perMinute(100) };
    const limiter = new RedisRateLimiter(client, config);
    const budget = new RedisTokenBudget(client, config);
    for (let call = 0; call < 3; call += 1) {
      await (what === 'a turn' ? firstValueFrom(limiter.acquire()) : firstValueFrom(budget.reserve(1)));
    }
    const judge = what === 'a turn' ? new RedisRateLimiter(redis, config).look() : new RedisTokenBudget(redis, config).look();
    const { limits } = (await firstValueFrom(judge as ReturnType<RedisRateLimiter['look']>)) as { limits: unknown };
    expect(JSON.stringify(limits)).toContain('"used":3');
  });

  it('that comes after the deadline, or never, gives its permits back when Redis is there again', async () => {
    const redis = server.ioredis();
    let isLosing = false;
    const late = async (reply: Promise<unknown>) => {
      const heard = await reply;
      if (isLosing) {
        await sleep(300);
        throw new Error('Socket closed unexpectedly');
      }
      return heard;
    };
    const client: RedisClient = {
      evalsha: (sha, count, ...rest) => late(redis.evalsha(sha, count, ...rest)),
      eval: (text: string, count: number, ...rest: string[]) => late(redis.eval(text, count, ...rest) as Promise<unknown>),
    };
    const limiter = new RedisRateLimiter(client, { key: 'never', limits: perMinute(100), deadline: 200 });
    await firstValueFrom(limiter.acquire());
    isLosing = true;
    expect(await outcome(limiter.acquire(10))).toMatchObject({ name: 'LimiterUnavailableError' });
    isLosing = false;
    await vi.waitFor(async () => expect((await firstValueFrom(limiter.look())).limits.requests[0]!.used).toBe(1), { timeout: 5_000 });
  });
});

describe('D5: what an administrator must mend', () => {
  const isMisconfigured = async (limiter: RedisRateLimiter, message: RegExp) => {
    const start = performance.now();
    const error = await outcome(limiter.acquire());
    expect(error).toBeInstanceOf(LimiterMisconfiguredError);
    expect((error as Error).message).toMatch(message);
    expect(classifyError(error)).toBe('fatal');
    expect(performance.now() - start).toBeLessThan(500);
    expect(limiter.state.isAvailable).toBe(true);
  };

  it('is an error at once, and never allowed: a missing permission', async () => {
    await server.ioredis().call('ACL', 'SETUSER', 'poor', 'on', '>secret', '~*', '+@connection', '+info', '+ping');
    const poor = server.ioredis({ username: 'poor', password: 'secret' });
    await isMisconfigured(new RedisRateLimiter(poor, { key: 'acl', limits: perMinute(5), whenUnavailable: 'allow' }), /NOPERM/);
  });

  it.each([['a text', (redis: Redis, key: string) => redis.set(key, 'hello')], ['a list', (redis: Redis, key: string) => redis.del(key).then(() => redis.lpush(key, 'x'))]])(
    'is an error at once, and never allowed: the value of another program, %s',
    async (_, write) => {
      const redis = server.ioredis();
      const limiter = new RedisRateLimiter(redis, { key: 'foreign', limits: perMinute(5), whenUnavailable: 'allow' });
      await write(redis, '{foreign}:limiter:3/requests/60000');
      await isMisconfigured(limiter, /WRONGTYPE/);
    },
  );

  it('D10: the permissions that the guide names suffice', async () => {
    const commands = ['eval', 'evalsha', 'time', 'get', 'set', 'unlink', 'pexpire', 'hget', 'hset', 'hdel', 'hmget', 'zadd', 'zrem', 'zcard', 'zcount', 'zrank', 'zrange', 'zrangebyscore', 'zremrangebyscore', 'zscore', 'zmscore'];
    const keys = ['~{enough}*', '~{again}*'];
    await server.ioredis().call('ACL', 'SETUSER', 'enough', 'on', '>secret', ...keys, '+@connection', '+info', ...commands.map((name) => `+${name}`));
    const redis = server.ioredis({ username: 'enough', password: 'secret' });
    const limiter = new RedisRateLimiter(redis, { key: 'enough', limits: [slidingWindow({ limit: 2, window: 300 }), perDay(100)] });
    const permits = [];
    for (let call = 0; call < 5; call += 1) {
      permits.push(await firstValueFrom(limiter.acquire()));
    }
    permits[4]!.refund();
    limiter.sync({ requests: { remaining: 1, limit: 2, resetMs: 50 } });
    limiter.pause(10);
    limiter.acquire(2).subscribe().unsubscribe();
    const fair = Array.from({ length: 2 }, () => new RedisRateLimiter(redis, { key: 'enough', limits: slidingWindow({ limit: 2, window: 400 }), maxConcurrent: 2, fair: true, lease: 1_000 }));
    const shared = await Promise.all(Array.from({ length: 8 }, (_, call) => firstValueFrom(fair[call % 2]!.acquire(1, { tenant: String(call % 3) }).pipe(tap((permit) => setTimeout(() => permit.settle({ requests: 2 }), 400))))));
    expect(shared).toHaveLength(8);
    const budget = new RedisTokenBudget(redis, { key: 'again', limits: perDay(100) });
    (await firstValueFrom(budget.reserve(10))).settle(5);
    expect((await firstValueFrom(limiter.look())).limits.requests[1]!.used).toBe(4);
    expect(await outcome(budget.reserve(96))).toMatchObject({ name: 'TokenBudgetExceededError' });
    const breaker = new RedisCircuitBreaker(redis, { key: 'enough', failureThreshold: 1, recoveryTimeout: 0 });
    breaker.admit().fail();
    (await firstValueFrom(breaker.turn()))!.succeed();
    await vi.waitFor(() => expect(breaker.core.isTold).toBe(true));
    const admin = server.ioredis();
    const made = [...(await admin.keys('{enough}*')), ...(await admin.keys('{again}*'))];
    expect((await Promise.all(made.map((key) => admin.pttl(key)))).filter((ms) => ms < 0)).toEqual([]); // D10: all have an end
  });
});

describe('D5: a busy process', () => {
  it.each<[string, () => Promise<RedisClient>]>([['ioredis', async () => server.ioredis()], ['node-redis', () => server.nodeRedis()]])(
    'does not take a healthy Redis for one that is away, with %s',
    async (name, connect) => {
      const limiter = new RedisRateLimiter(await connect(), { key: `busy ${name}`, limits: perMinute(50), deadline: 200 });
      await firstValueFrom(limiter.acquire());
      const told: string[] = [];
      limiter.events$.subscribe(({ type }) => told.push(type));
      const call = outcome(limiter.acquire());
      for (const end = performance.now() + 600; performance.now() < end; ) {
        // the event loop stands still
      }
      expect(await call).toMatchObject({ cost: { requests: 1 } });
      expect(told).toEqual(['granted']);
    },
  );
});

describe('D6: other limits on the same key', () => {
  it('are told, once', async () => {
    const redis = server.ioredis();
    const [one, other] = [new RedisRateLimiter(redis, { key: 'other', limits: perMinute(5) }), new RedisRateLimiter(redis, { key: 'other', limits: perMinute(7) })];
    const told: unknown[] = [];
    other.events$.subscribe((event) => event.type === 'mismatch' && told.push(event.theirs));
    for (const limiter of [one, other, one, other]) {
      await firstValueFrom(limiter.acquire());
    }
    expect(told).toEqual([{ requests: [{ limit: 5, window: 60_000 }] }]);
    const budgets = [3, 4].map((tokens) => new RedisTokenBudget(redis, { key: 'other', limits: { kind: 'bucket', capacity: tokens, refill: 1, interval: 500 } }));
    const heard: unknown[] = [];
    budgets[1]!.events$.subscribe((event) => event.type === 'mismatch' && heard.push(event.theirs));
    await firstValueFrom(budgets[0]!.reserve(1));
    await firstValueFrom(budgets[1]!.reserve(1));
    expect(heard).toEqual([{ tokens: [{ limit: 3, msPerUnit: 500 }] }]);
  });

  it('are told where processes let other numbers be in flight, share otherwise among tenants or count waiting otherwise', async () => {
    const redis = server.ioredis();
    const of = (config: Partial<RedisRateLimiterConfig>) => new RedisRateLimiter(redis, { key: 'terms', limits: perMinute(50), ...config });
    const [one, other] = [of({ maxConcurrent: 7, fair: { weight: () => 2 }, ageing: 500 }), of({})];
    const told: unknown[] = [];
    for (const limiter of [one, other]) {
      limiter.events$.subscribe((event) => event.type === 'mismatch' && told.push({ ...event }));
    }
    const theirs = { requests: [{ limit: 50, window: 60_000 }] };
    for (const limiter of [one, other, one, other]) {
      (await firstValueFrom(limiter.acquire())).settle();
      await setImmediate(); // what was settled in this turn goes at its end
    }
    expect(told).toEqual([
      expect.objectContaining({ theirs, maxConcurrent: 7, fair: true, ageing: 500 }),
      expect.objectContaining({ theirs, maxConcurrent: Number.POSITIVE_INFINITY, fair: false, ageing: 0 }),
    ]);
    other.update({ maxConcurrent: 6 });
    for (const limiter of [other, one, other]) {
      (await firstValueFrom(limiter.acquire())).settle();
      await setImmediate();
    }
    expect(told.slice(2)).toEqual([expect.objectContaining({ maxConcurrent: 6 }), expect.objectContaining({ maxConcurrent: 7 })]);
  });
});

describe('D7: a pause while Redis is away', () => {
  it('holds calls that are let through without it, and reaches it when it is back', async () => {
    const redis = server.ioredis();
    let isThere = false;
    const client: RedisClient = {
      evalsha: (sha, count, ...rest) => (isThere ? redis.evalsha(sha, count, ...rest) : Promise.reject(new Error('away'))),
      eval: (text: string, count: number, ...rest: string[]) => (isThere ? redis.eval(text, count, ...rest) : Promise.reject(new Error('away'))),
    };
    const limiter = new RedisRateLimiter(client, { key: 'paused', limits: perMinute(5), deadline: 100, whenUnavailable: 'allow' });
    await firstValueFrom(limiter.acquire());
    limiter.pause(1_000);
    const start = performance.now();
    expect(await outcome(limiter.acquire(1, { maxWait: 500 }))).toMatchObject({ reason: 'wait-too-long' });
    const call = outcome(limiter.acquire());
    expect(await call).toMatchObject({ cost: { requests: 1 } });
    expect(performance.now() - start).toBeGreaterThan(990);
    limiter.pause(30_000);
    isThere = true;
    await vi.waitFor(async () => expect((await firstValueFrom(limiter.look())).pausedUntil).toBeGreaterThan(Date.now() + 20_000), { timeout: 5_000 });
  });
});

describe('D10: half-open connections', () => {
  it.each<[string, (url: string) => Promise<RedisClient>]>([
    ['ioredis with a socketTimeout', async (url) => {
      const client = new Redis(url, { socketTimeout: 1_000, retryStrategy: () => 50 });
      server.closes(() => client.disconnect());
      return client.on('error', () => {});
    }],
    ['node-redis with a socketTimeout, a pingInterval and a reconnectStrategy', async (url) => {
      const client = createClient({ url, pingInterval: 500, socket: { socketTimeout: 1_500, reconnectStrategy: () => 50 } });
      client.on('error', () => {});
      await client.connect();
      server.closes(() => client.destroy());
      return client as RedisClient;
    }],
  ])('are left by %s', { timeout: 30_000 }, async (name, connect) => {
    const proxy = await TcpProxy.to(server.url);
    const limiter = new RedisRateLimiter(await connect(proxy.url), { key: `half-open ${name}`, limits: perMinute(100), deadline: 300 });
    await firstValueFrom(limiter.acquire());
    proxy.swallow();
    expect(await outcome(limiter.acquire())).toMatchObject({ name: 'LimiterUnavailableError' });
    await vi.waitFor(async () => expect(await outcome(limiter.acquire())).toMatchObject({ cost: { requests: 1 } }), { timeout: 6_000, interval: 100 });
    proxy.stop();
  });
});
