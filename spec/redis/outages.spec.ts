import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, lastValueFrom, map, mergeMap, of, range, toArray } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { perMinute, perSecond, RateLimiter, slidingWindow, TokenBudget, tokenBucket, tokenBudget } from '../../src/index';
import type { Permit } from '../../src/limiter/limiter';
import { LimiterUnavailableError, type RedisClient, RedisRateLimiter, type RedisRateLimiterConfig, RedisTokenBudget } from '../../src/redis';
import { mostWithin, RecordedClient } from './support/recorded-client';
import { isOwnServer, RedisServer } from './support/redis-server';

let server: RedisServer;
let key: string;
let keys = 0;
beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(async () => {
  await server.isThere();
  keys += 1;
  key = `outage ${process.pid} ${keys}`;
});
afterAll(() => server.stop());

const deadline = 300;
const limits = slidingWindow({ limit: 5, window: 60_000 });
const clients: [string, () => Promise<RedisClient>][] = [
  ['ioredis', async () => server.ioredis()],
  ['node-redis', () => server.nodeRedis()],
];

function limiterOf(client: RedisClient, config: Partial<RedisRateLimiterConfig> = {}) {
  const limiter = new RedisRateLimiter(client, { key, limits, deadline, ...config });
  const events: string[] = [];
  limiter.events$.subscribe(({ type }) => events.push(type));
  return { limiter, events };
}

/** What comes of a call, and how many ms later. */
async function outcomeOf(limiter: RedisRateLimiter): Promise<{ result: unknown; took: number }> {
  const start = performance.now();
  const result = await firstValueFrom(limiter.acquire()).catch((error: unknown) => error);
  return { result, took: performance.now() - start };
}

const used = async (limiter: RedisRateLimiter) => (await firstValueFrom(limiter.look())).limits.requests[0]!.used;
const isPermit = { cost: { requests: 1 } };

describe.runIf(isOwnServer).each(clients)('when the server of %s goes away', { timeout: 30_000 }, (_, connect) => {
  it("'error': every call fails in time, those in line too, and the first one after it is back is let through", async () => {
    const { limiter, events } = limiterOf(await connect(), { limits: slidingWindow({ limit: 1, window: 1_500 }) });
    await outcomeOf(limiter);
    const inLine = outcomeOf(limiter);
    await sleep(50);
    await server.kill();
    const [waited, asked] = await Promise.all([inLine, outcomeOf(limiter)]);
    for (const { result, took } of [waited, asked]) {
      expect(result).toBeInstanceOf(LimiterUnavailableError);
      expect(took).toBeLessThan(2_500);
    }
    const atOnce = await outcomeOf(limiter);
    expect(atOnce.result).toMatchObject({ name: 'LimiterUnavailableError', key });
    expect(limiter.state.isAvailable).toBe(false);

    await server.restart();
    await vi.waitFor(async () => expect((await outcomeOf(limiter)).result).toMatchObject(isPermit), { timeout: 10_000, interval: 50 });
    expect(limiter.state).toEqual({ inFlight: 2, waiting: 0, isAvailable: true });
    expect(events.filter((type) => type.endsWith('available'))).toEqual(['unavailable', 'available']);
  });

  it('a restart that takes less than the deadline is not noticed', async () => {
    const { limiter, events } = limiterOf(await connect(), { deadline: 5_000 });
    await outcomeOf(limiter);
    await server.kill();
    const asked = outcomeOf(limiter);
    await server.restart();
    expect((await asked).result).toMatchObject(isPermit);
    expect(events).not.toContain('unavailable');
  });

  it("'allow': every call is let through, and what it ends with goes nowhere", async () => {
    const { limiter } = limiterOf(await connect(), { whenUnavailable: 'allow' });
    await server.kill();
    const { result } = await outcomeOf(limiter);
    expect(result).toMatchObject(isPermit);
    (result as Permit).settle();
    (await outcomeOf(limiter)).result as Permit;
    await server.restart();
    await vi.waitFor(async () => expect(await used(limiter)).toBe(0), { timeout: 10_000 });
  });

  it('a local limiter decides, for those in line too, and is paused as well', async () => {
    const local = new RateLimiter({ limits: perMinute(1) });
    const { limiter } = limiterOf(await connect(), { whenUnavailable: local, limits: slidingWindow({ limit: 1, window: 60_000 }) });
    await outcomeOf(limiter);
    const inLine = lastValueFrom(limiter.acquire(1, { maxWait: 61_000 }));
    await sleep(50);
    await server.kill();
    expect(await inLine).toMatchObject(isPermit); // after its look of each second
    const held = limiter.acquire().subscribe();
    await vi.waitFor(() => expect(local.state).toMatchObject({ inFlight: 1, waiting: 1 }), { timeout: 5_000 });
    limiter.pause(5_000);
    limiter.sync({ requests: { remaining: 0, limit: 5, resetMs: 9_000 } });
    expect(local.state.pausedUntil).toBeGreaterThan(Date.now());
    held.unsubscribe();
  });

  it('a budget fails, allows, or asks a local one, and counts what went through once Redis is back', async () => {
    const client = await connect();
    const budgetOf = (whenUnavailable: 'error' | 'allow' | TokenBudget) => new RedisTokenBudget(client, { key, limits, deadline, whenUnavailable });
    const [failing, allowing, asking] = [budgetOf('error'), budgetOf('allow'), budgetOf(new TokenBudget({ limits: perMinute(3) }))];
    await server.kill();
    const results = await Promise.all([failing.reserve(2), allowing.reserve(4), asking.reserve(4), asking.reserve(2)].map((each) => firstValueFrom(each).catch((error: Error) => error)));
    expect(results).toMatchObject([{ name: 'LimiterUnavailableError' }, { tokens: 0 }, { name: 'TokenBudgetExceededError' }, { tokens: 2 }]);
    const allowed = results[1] as { report(total: number): boolean; settle(actual: number): void };
    expect(allowed.report(50)).toBe(true);
    expect(await firstValueFrom(failing.look()).catch((error: Error) => error.name)).toBe('LimiterUnavailableError');
    await server.restart();
    await vi.waitFor(() => firstValueFrom(allowing.look()), { timeout: 10_000 });
    allowed.settle(3);
    await vi.waitFor(async () => expect((await firstValueFrom(allowing.look())).remaining).toBe(2), { timeout: 5_000 });
  });
});

describe.runIf(isOwnServer)('when the server forgets', { timeout: 30_000 }, () => {
  it.each([
    ['its scripts', 'SCRIPT FLUSH', 1],
    ['everything', 'FLUSHALL', 2],
  ])('%s in mid-run, nobody hears of it, and the limit is exceeded by what was forgotten at most', async (_, command, times) => {
    const client = new RecordedClient(server.ioredis());
    const limiter = new RedisRateLimiter(client, { key, limits: tokenBucket({ capacity: 10, refill: 100, interval: 1_000 }) });
    const run = lastValueFrom(range(150).pipe(mergeMap(() => limiter.acquire()), toArray()));
    await sleep(700);
    await server.ioredis().call(...(command.split(' ') as [string, ...string[]]));
    expect(await run).toHaveLength(150);
    const most = mostWithin(client.granted, 1_000);
    expect(most).toBeGreaterThan(80);
    expect(most).toBeLessThanOrEqual(100 + 10 * times);
  });
});

describe('when Redis answers too late', { timeout: 30_000 }, () => {
  it('gives back what the answers bring, and asks again', async () => {
    const redis = server.ioredis();
    const { limiter, events } = limiterOf(redis);
    await firstValueFrom(limiter.acquire());
    await redis.client('PAUSE', 1_000);
    const { result, took } = await outcomeOf(limiter);
    expect(result).toBeInstanceOf(LimiterUnavailableError);
    expect(took).toBeLessThan(900);
    expect((await outcomeOf(limiter)).took).toBeLessThan(100); // while that hangs, nobody waits for nothing
    await vi.waitFor(() => expect(events.at(-1)).toBe('available'), { timeout: 5_000 });
    expect(await used(limiter)).toBe(1);
    expect((await outcomeOf(limiter)).result).toMatchObject(isPermit);
  });

  it('gives up the place that a late answer brings', async () => {
    const redis = server.ioredis();
    const { limiter, events } = limiterOf(redis, { limits: slidingWindow({ limit: 1, window: 60_000 }) });
    await firstValueFrom(limiter.acquire());
    await redis.client('PAUSE', 1_000);
    await outcomeOf(limiter);
    await vi.waitFor(() => expect(events.at(-1)).toBe('available'), { timeout: 5_000 });
    await vi.waitFor(async () => expect((await firstValueFrom(limiter.look())).processes).toBe(0), { timeout: 5_000 });
  });

  it('gives back the tokens that a late answer sets aside', async () => {
    const redis = server.ioredis();
    const budget = new RedisTokenBudget(redis, { key, limits, deadline });
    await firstValueFrom(budget.look());
    await redis.client('PAUSE', 800);
    await expect(firstValueFrom(budget.reserve(3))).rejects.toBeInstanceOf(LimiterUnavailableError);
    await vi.waitFor(async () => expect((await firstValueFrom(budget.look())).remaining).toBe(5), { timeout: 5_000 });
    const call = lastValueFrom(of('a').pipe(tokenBudget(budget, { estimate: 1 })));
    expect(await call).toBe('a');
  });
});

describe('a client that is no use', () => {
  const failing = (reply: () => Promise<unknown>) => ({ evalsha: reply, eval: reply });

  it('is tried until the deadline; its last error is the cause', async () => {
    let tries = 0;
    const client = failing(async () => {
      tries += 1;
      throw new Error('NOAUTH Authentication required.');
    });
    const { limiter } = limiterOf(client);
    const { result } = await outcomeOf(limiter);
    expect(result).toMatchObject({ name: 'LimiterUnavailableError', cause: { message: 'NOAUTH Authentication required.' } });
    expect(tries).toBeGreaterThan(1);
    expect((result as Error).message).toContain(`for ${deadline} ms, the last was: NOAUTH Authentication required.`);
  });

  it('is told from one that answers in time; a throw and an answer that makes no sense count as none', async () => {
    const thrown = await outcomeOf(limiterOf(failing(() => { throw new Error('closed'); })).limiter);
    expect(thrown.result).toMatchObject({ cause: { message: 'closed' } });
    const nonsense = await outcomeOf(limiterOf(failing(async () => 'OK')).limiter);
    expect(nonsense.result).toMatchObject({ cause: { message: 'A list was expected of the script, got "OK"' } });
  });

  it('that hangs for ever is asked again now and then', async () => {
    let asked = 0;
    const client = failing(() => {
      asked += 1;
      return new Promise(() => {});
    });
    const { limiter } = limiterOf(client, { deadline: 20, whenUnavailable: 'allow' });
    for (let end = performance.now() + 700; performance.now() < end; await sleep(5)) {
      await lastValueFrom(limiter.acquire().pipe(map((permit) => permit.settle())));
    }
    expect(asked).toBeGreaterThan(1);
    expect(asked).toBeLessThan(8);
  });

  it('that fails after the deadline is asked again with the next call', async () => {
    let asked = 0;
    const client = failing(async () => {
      asked += 1;
      await sleep(60);
      throw new Error('too late');
    });
    const { limiter } = limiterOf(client, { deadline: 20 });
    await Promise.all([outcomeOf(limiter), sleep(8).then(() => firstValueFrom(limiter.look()).catch((error) => error))]);
    await sleep(800); // nobody wants to know any more whether it is back
    const before = asked;
    await outcomeOf(limiter);
    expect(asked).toBe(before + 1);
  });

  it('makes a budget fail, or allow, in time, and lets running calls go on', async () => {
    let isHanging = false;
    const redis = server.ioredis();
    const hang = () => new Promise<unknown>(() => {});
    const client = {
      evalsha: (sha: string, count: number, ...rest: string[]) => (isHanging ? hang() : redis.evalsha(sha, count, ...rest)),
      eval: (text: string, count: number, ...rest: string[]) => (isHanging ? hang() : redis.eval(text, count, ...rest)),
    };
    const [failing, allowing] = (['error', 'allow'] as const).map((whenUnavailable) => new RedisTokenBudget(client, { key, limits, deadline: 100, whenUnavailable }));
    const events: string[] = [];
    failing!.events$.subscribe(({ type }) => events.push(type));
    const running = await firstValueFrom(failing!.reserve(1));
    isHanging = true;
    expect(running.report(2)).toBe(true);
    await sleep(200);
    expect([running.report(3), running.tokens]).toEqual([true, 1]);
    const start = performance.now();
    await expect(firstValueFrom(failing!.reserve(1))).rejects.toBeInstanceOf(LimiterUnavailableError);
    expect(performance.now() - start).toBeLessThan(90); // while one hangs, nobody waits for nothing
    const allowed = await firstValueFrom(allowing!.reserve(1));
    expect([allowed.report(7), allowed.report(8)]).toEqual([true, true]);
    running.settle(4);
    expect(events).toEqual(['reserved', 'unavailable', 'settled']);
    expect(failing!.state).toEqual({ reserved: 0, isAvailable: false });
  });

  it.each([['a number for a list', 1], ['an empty list', []]])('%s is no answer: the call fails at once', async (_, reply) => {
    let asked = 0;
    const answer = async () => { asked += 1; return reply; };
    const limiter = new RedisRateLimiter({ evalsha: answer, eval: answer }, { key, limits: perMinute(10), deadline: 200 });
    expect(await firstValueFrom(limiter.acquire()).catch((error: Error) => error.name)).toBe('LimiterMisconfiguredError');
    expect(asked).toBe(1);
  });

  it('resume reaches the local limiter that pause has paused', () => {
    const local = new RateLimiter({ limits: perSecond(10) });
    const limiter = new RedisRateLimiter(server.ioredis(), { key, limits: perSecond(10), whenUnavailable: local });
    limiter.pause(60_000);
    limiter.resume();
    expect(local.state.pausedUntil).toBe(0);
  });
});
