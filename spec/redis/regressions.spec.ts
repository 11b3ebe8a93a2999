import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { perMinute, perSecond, RateLimiter, slidingWindow, tokenBucket } from '../../src/index';
import { type RedisClient, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { RedisServer } from './support/redis-server';
import { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const key = (name: string) => `regression ${process.pid} ${name}`;

describe('found by reviews', () => {
  it('Q1: a window holds, however many of its entries have expired since somebody looked', { timeout: 60_000 }, async () => {
    const redis = new VirtualRedis(server.ioredis());
    const budget = new RedisTokenBudget(redis, { key: key('backlog'), limits: slidingWindow({ limit: 30_000, window: 20_000 }), scheduler: redis.scheduler });
    const got: number[] = [];
    const reserve = (tokens: number) => budget.reserve(tokens).subscribe({ next: () => got.push(tokens), error: () => got.push(-tokens) });
    for (let ms = 0; ms < 12_500; ms += 1) {
      budget.record(1);
      await redis.pass(1);
    }
    await redis.pass(2_500, 500);
    reserve(15_000);
    await redis.settled();
    await redis.pass(18_000, 1_000); // at 33,000: the first 12,500 are gone, the others live
    reserve(29_000);
    await redis.settled();
    expect(got).toEqual([15_000, -29_000]);
  });

  it('L6: a pause comes before what is asked for after it, also on a server that has never seen its script', async () => {
    const redis = server.ioredis();
    await redis.script('FLUSH');
    const limiter = new RedisRateLimiter(redis, { key: key('pause'), limits: perMinute(10) });
    await firstValueFrom(limiter.acquire());
    limiter.pause(60_000);
    const granted: string[] = [];
    const call = limiter.acquire().subscribe(() => granted.push('permit'));
    await sleep(200);
    call.unsubscribe();
    expect(granted).toEqual([]);
  });

  it('L5: so does an excess', async () => {
    const redis = server.ioredis();
    await redis.script('FLUSH');
    const limiter = new RedisRateLimiter(redis, { key: key('excess'), limits: { tokens: perMinute(10) } });
    (await firstValueFrom(limiter.acquire({ tokens: 1 }))).settle({ tokens: 10 });
    const granted: string[] = [];
    const call = limiter.acquire({ tokens: 5 }).subscribe(() => granted.push('permit'));
    await sleep(200);
    call.unsubscribe();
    expect(granted).toEqual([]);
  });

  it('a client that gives numbers as texts will do', async () => {
    const config = { key: key('texts'), limits: perMinute(3), deadline: 300, whenUnavailable: 'allow' } as const;
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

  it.each([['a pause', perSecond(10), 1e25], ['a bucket', tokenBucket({ capacity: 1, refill: 1e-20, interval: 1_000 }), 0]] as const)('%s that never ends is waited for, not asked about', async (name, limits, ms) => {
    const redis = server.ioredis();
    let asked = 0;
    const client: RedisClient = {
      evalsha: (sha: string, count: number, ...words: string[]) => { asked += 1; return redis.evalsha(sha, count, ...words); },
      eval: (text: string, count: number, ...words: string[]) => { asked += 1; return redis.eval(text, count, ...words); },
    };
    const limiter = new RedisRateLimiter(client, { key: key(name), limits });
    if (ms === 0) {
      await firstValueFrom(limiter.acquire());
    } else {
      limiter.pause(ms);
    }
    const call = limiter.acquire().subscribe();
    await sleep(500);
    call.unsubscribe();
    expect(asked).toBeLessThan(10);
  });

  it.each([['a number for a list', 1], ['an empty list', []]])('%s is no answer: the call fails in time', async (name, reply) => {
    let asked = 0;
    const answer = async () => { asked += 1; return reply; };
    const limiter = new RedisRateLimiter({ evalsha: answer, eval: answer }, { key: key(name), limits: perMinute(10), deadline: 200 });
    expect(await firstValueFrom(limiter.acquire()).catch((error: Error) => error.name)).toBe('LimiterUnavailableError');
    expect(asked).toBeLessThan(10);
  });

  it('resume reaches the local limiter that pause has paused', () => {
    const local = new RateLimiter({ limits: perSecond(10) });
    const limiter = new RedisRateLimiter(server.ioredis(), { key: key('resume'), limits: perSecond(10), whenUnavailable: local });
    limiter.pause(60_000);
    limiter.resume();
    expect(local.state.pausedUntil).toBe(0);
  });

  it('the same limits in another order are the same', async () => {
    const redis = server.ioredis();
    const [requests, tokens] = [perMinute(1), perMinute(10)];
    const one = new RedisRateLimiter(redis, { key: key('order'), limits: { requests, tokens } });
    const other = new RedisRateLimiter(redis, { key: key('order'), limits: { tokens, requests } });
    await firstValueFrom(one.acquire());
    await expect(firstValueFrom(other.acquire(1, { maxWait: 0 }))).rejects.toMatchObject({ reason: 'wait-too-long' });
  });

  it('so is a list of limits in another order, and each process sees it in its own', async () => {
    const redis = server.ioredis();
    const [short, long] = [perSecond(5), perMinute(7)];
    const one = new RedisRateLimiter(redis, { key: key('list'), limits: [short, long] });
    const other = new RedisRateLimiter(redis, { key: key('list'), limits: [long, short] });
    await firstValueFrom(one.acquire(4));
    const { requests } = (await firstValueFrom(other.look())).limits;
    expect(requests.map(({ limit, used }) => [limit, used])).toEqual([[7, 4], [5, 4]]);
    await expect(firstValueFrom(other.acquire(2, { maxWait: 0 }))).rejects.toMatchObject({ reason: 'wait-too-long' });
  });

  it('nobody is told of the refusal of a reservation whose call has left', async () => {
    const budget = new RedisTokenBudget(server.ioredis(), { key: key('left'), limits: perMinute(10) });
    const events: string[] = [];
    budget.events$.subscribe(({ type }) => events.push(type));
    budget.reserve(60).subscribe().unsubscribe();
    await sleep(200);
    expect(events).toEqual([]);
  });
});
