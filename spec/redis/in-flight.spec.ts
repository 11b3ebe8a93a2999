import type { Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { aimd, slidingWindow } from '../../src/index';
import type { AcquireOptions, Permit } from '../../src/limiter/limiter';
import { type RedisClient, RedisRateLimiter, type RedisRateLimiterConfig } from '../../src/redis';
import { renew } from '../../src/redis/lua/scripts';
import { Script } from '../../src/redis/script';
import { beforeEachTest } from './support/each-test';
import type { RedisServer } from './support/redis-server';
import { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
let redis: VirtualRedis;
let key: string;
let log: string[];
const permits = new Map<string, Permit>();
beforeEachTest('in flight', (given) => {
  ({ server, redis, key } = given);
  log = [];
});

/** A process's limiter on the test's key. */
function limiterOf(config: Partial<RedisRateLimiterConfig>, of = redis, client: RedisClient = of): RedisRateLimiter {
  return new RedisRateLimiter(client, { key, scheduler: of.scheduler, ...config } as RedisRateLimiterConfig);
}

function ask(limiter: RedisRateLimiter, name: string, options?: AcquireOptions): Subscription {
  return limiter.acquire(1, options).subscribe({
    next: (permit) => {
      permits.set(name, permit);
      log.push(`${redis.scheduler.elapsed} ${name}`);
    },
    error: (error) => log.push(`${redis.scheduler.elapsed} ${name}: ${error.reason ?? error}`),
  });
}

async function inFlight(limiter: RedisRateLimiter): Promise<number> {
  let seen = -1;
  limiter.look().subscribe((state) => {
    seen = state.inFlight;
  });
  await redis.settled();
  return seen;
}

describe('D9: maxConcurrent in several processes', () => {
  it('lets so many calls of all processes be in flight, until they are settled or refunded', async () => {
    const [one, two] = [limiterOf({ maxConcurrent: 2 }), limiterOf({ maxConcurrent: 2 })];
    ask(one, 'a');
    ask(two, 'b');
    ask(one, 'c');
    ask(two, 'd');
    await redis.pass(40);
    expect([log, await inFlight(one)]).toEqual([['0 a', '0 b'], 2]);
    permits.get('b')!.refund();
    await redis.pass(60);
    permits.get('a')!.settle();
    permits.get('a')!.settle();
    await redis.pass(60);
    expect(log.map((line) => line.split(' ')[1]).sort()).toEqual(['a', 'b', 'c', 'd']);
    permits.get('c')!.settle();
    permits.get('d')!.settle();
    await redis.settled();
    expect([await inFlight(one), one.isIdle, redis.scheduler.pending]).toEqual([0, true, 0]);
  });

  it('grants at once what a call of the same process gives back, and what one of another does within a few looks', async () => {
    const [one, two] = [limiterOf({ maxConcurrent: 1 }), limiterOf({ maxConcurrent: 1 })];
    ask(one, 'a');
    await redis.settled();
    ask(one, 'b');
    await redis.pass(10);
    permits.get('a')!.settle();
    await redis.settled();
    expect(log).toEqual(['0 a', '10 b']);
    ask(two, 'c');
    await redis.pass(100);
    permits.get('b')!.settle();
    await redis.pass(30);
    expect(log[2]).toMatch(/^1[1-3]\d c$/);
    permits.get('c')!.settle();
  });

  it('asks ever more rarely while no call ends, once a second at last', async () => {
    const [one, two] = [limiterOf({ maxConcurrent: 1 }), limiterOf({ maxConcurrent: 1 })];
    ask(one, 'a');
    ask(two, 'b');
    await redis.pass(2_000, 5);
    const early = redis.scripts;
    await redis.pass(40_000, 25);
    const late = redis.scripts;
    await redis.pass(20_000, 25);
    expect(early).toBeLessThan(90);
    expect(redis.scripts - late).toBeLessThan(25);
    permits.get('a')!.settle();
    await redis.pass(1_100, 25);
    expect(log).toHaveLength(2);
    permits.get('b')!.settle();
  });

  it('is asked for together with limits, and what is in flight counts also if it cost nothing more than was taken', async () => {
    const limiter = limiterOf({ limits: slidingWindow({ limit: 3, window: 100 }), maxConcurrent: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      ask(limiter, name);
    }
    await redis.pass(10);
    permits.get('a')!.settle();
    await redis.pass(10);
    permits.get('b')!.settle();
    await redis.pass(100);
    expect(log).toEqual(['0 a', '0 b', '10 c', '100 d']);
    permits.get('c')!.settle({ requests: 2 });
    permits.get('d')!.settle();
    await redis.settled();
    expect(await inFlight(limiter)).toBe(0);
  });

  it('L3: is not foreseen: a call that may wait a little waits so long, and one that may not is refused', async () => {
    const limiter = limiterOf({ maxConcurrent: 1 });
    ask(limiter, 'a');
    await redis.settled();
    const told: number[] = [];
    ask(limiter, 'b', { maxWait: 0 });
    ask(limiter, 'c', { maxWait: 7, onWait: ({ until }) => told.push(until - redis.scheduler.wall(0)) });
    await redis.pass(20);
    expect([log, told]).toEqual([['0 a', '0 b: wait-too-long', '7 c: wait-too-long'], [0]]);
    permits.get('a')!.settle();
    await redis.settled();
    expect(await inFlight(limiter)).toBe(0);
  });

  it('L13: update changes it for this process: what fits now is granted, and what is in flight goes on', async () => {
    const limiter = limiterOf({ maxConcurrent: 1 });
    for (const name of ['a', 'b', 'c', 'd']) {
      ask(limiter, name);
    }
    await redis.pass(10);
    limiter.update({ maxConcurrent: 3 });
    await redis.pass(10);
    expect(log).toEqual(['0 a', '10 b', '10 c']);
    limiter.update({ maxConcurrent: 2 });
    permits.get('a')!.settle();
    await redis.pass(50);
    expect([log.length, await inFlight(limiter)]).toEqual([3, 2]);
    permits.get('b')!.settle();
    await redis.settled();
    expect(log.length).toBe(4);
    expect(() => limiter.update({ maxConcurrent: 0 })).toThrow('RedisRateLimiter.update: maxConcurrent must be a whole number of at least 1');
    expect(() => limiter.update({ maxConcurrent: aimd() as never })).toThrow('RedisRateLimiter.update: maxConcurrent must be a number');
    permits.get('c')!.settle();
    permits.get('d')!.settle();
  });

  it('Infinity is no limit, and counts nothing', async () => {
    const limiter = limiterOf({ maxConcurrent: Number.POSITIVE_INFINITY });
    ask(limiter, 'a');
    await redis.settled();
    expect([log, await inFlight(limiter)]).toEqual([['0 a'], 0]);
  });

  it('C2: checks its options, and tells of those that cannot be had together', () => {
    expect(() => limiterOf({})).toThrow('RedisRateLimiter: limits or maxConcurrent must be given, got neither');
    expect(() => limiterOf({ maxConcurrent: 0 })).toThrow(RangeError);
    expect(() => limiterOf({ maxConcurrent: 1.5 })).toThrow('maxConcurrent must be a whole number of at least 1');
    expect(() => limiterOf({ maxConcurrent: aimd() as never })).toThrow(/maxConcurrent must be a number, got what aimd\(\) or gradient\(\) made/);
    const limits = slidingWindow({ limit: 1, window: 1 });
    expect(() => limiterOf({ limits, lease: 5_000 })).toThrow(TypeError);
    expect(() => limiterOf({ limits, lease: 5_000 })).toThrow('lease is how long a call counts for maxConcurrent, which is not given');
    expect(() => limiterOf({ maxConcurrent: 1, lease: 500 })).toThrow('lease must be at least deadline, which is 1000 ms, got 500');
    expect(() => limiterOf({ limits, ageing: 0 })).toThrow('ageing must be a finite number above 0');
    expect(() => limiterOf({ limits, fair: 'yes' as never })).toThrow('RedisRateLimiter: fair must be true, false or { weight }');
    expect(limiterOf({ maxConcurrent: 1 }).dimensions).toEqual([]);
  });
});

describe('D9: the leases of calls in flight', () => {
  const config = { maxConcurrent: 2, lease: 3_000 };

  it('end where a process has died', async () => {
    const dead = new VirtualRedis(server.ioredis()); // its time stands still
    const here = limiterOf(config);
    ask(limiterOf(config, dead), 'x');
    ask(limiterOf(config, dead), 'y');
    await dead.settled();
    ask(here, 'a');
    await redis.pass(2_900, 50);
    expect([log, await inFlight(here)]).toEqual([['0 x', '0 y'], 2]);
    await redis.pass(1_000, 20);
    expect(log[2]).toMatch(/^3\d\d\d a$/);
    permits.get('a')!.settle();
    await redis.settled();
    expect(await inFlight(here)).toBe(0);
  });

  it('are renewed while calls run', async () => {
    const [one, two] = [limiterOf(config), limiterOf(config)];
    ask(one, 'a');
    ask(one, 'b');
    await redis.settled();
    ask(two, 'c');
    await redis.pass(20_000, 50);
    expect([log, await inFlight(one)]).toEqual([['0 a', '0 b'], 2]);
    permits.get('a')!.settle();
    await redis.pass(1_000, 20);
    expect(log).toHaveLength(3);
  });

  it('of more calls than one script takes are renewed as well', async () => {
    const limiter = limiterOf({ maxConcurrent: 250, lease: 1_500 });
    for (let call = 0; call < 250; call += 1) {
      ask(limiter, String(call));
    }
    await redis.pass(4_000, 100);
    expect([log.length, await inFlight(limiter)]).toEqual([250, 250]);
  });

  it('are taken up again by a process that stood still for longer: nobody is granted more until as many have ended', async () => {
    const slow = new VirtualRedis(server.ioredis());
    const [there, here] = [limiterOf(config, slow), limiterOf(config)];
    ask(there, 'x');
    ask(there, 'y');
    await slow.settled();
    await redis.pass(4_000, 100);
    ask(here, 'a');
    await redis.pass(100);
    expect(log.slice(2)).toEqual(['4000 a']);
    slow.ahead = redis.scheduler.elapsed - slow.scheduler.elapsed;
    await slow.pass(1_000, 100);
    expect(await inFlight(here)).toBe(3);
    ask(here, 'b');
    permits.get('x')!.settle();
    await redis.pass(100);
    expect([log.length, await inFlight(here)]).toEqual([3, 2]);
    permits.get('a')!.settle();
    await redis.pass(100);
    permits.get('y')!.settle();
    permits.get('b')!.settle();
    await redis.settled();
    expect([log.length, await inFlight(here)]).toEqual([4, 0]);
  });

  it('that have ended when their call does count once', async () => {
    const slow = new VirtualRedis(server.ioredis());
    const [there, here] = [limiterOf(config, slow), limiterOf(config)];
    ask(there, 'x');
    await slow.settled();
    await redis.pass(4_000, 100);
    ask(here, 'a');
    ask(here, 'b');
    await redis.settled();
    slow.ahead = redis.scheduler.elapsed;
    permits.get('x')!.settle();
    await redis.settled();
    expect(await inFlight(here)).toBe(2);
  });

  it('are taken up again as soon as the state was lost', async () => {
    const limiter = limiterOf(config);
    ask(limiter, 'a');
    await redis.pass(10);
    await redis.forget(key);
    redis.scheduler.run(1);
    expect(await inFlight(limiter)).toBe(0);
    ask(limiter, 'b');
    await redis.settled();
    expect(await inFlight(limiter)).toBe(2);
    permits.get('a')!.settle();
    permits.get('b')!.settle();
    await redis.settled();
    expect(await inFlight(limiter)).toBe(0);
  });

  it('are taken up again when Redis is back', async () => {
    let isAway = false;
    const client: RedisClient = {
      evalsha: (sha: string, count: number, ...words: string[]) => (isAway ? Promise.reject(new Error('gone')) : redis.evalsha(sha, count, ...words)),
      eval: (text: string, count: number, ...words: string[]) => (isAway ? Promise.reject(new Error('gone')) : redis.eval(text, count, ...words)),
    };
    const limiter = limiterOf(config, redis, client);
    ask(limiter, 'a');
    await redis.pass(100);
    isAway = true;
    await redis.pass(6_000, 50);
    isAway = false;
    expect(await inFlight(limiterOf(config))).toBe(0);
    await redis.pass(1_200, 50);
    expect(await inFlight(limiterOf(config))).toBe(1);
    permits.get('a')!.settle();
  });

  it('that are renewed after the end of their calls are given up', async () => {
    let late: (() => void) | undefined;
    const evalsha = async (sha: string, count: number, ...words: string[]) => {
      if (sha === renew.sha && late === undefined) {
        await new Promise<void>((resolve) => {
          late = resolve;
        });
      }
      return redis.evalsha(sha, count, ...words);
    };
    const client: RedisClient = { evalsha, eval: (text: string, count: number, ...words: string[]) => evalsha(new Script('number', text).sha, count, ...words) };
    const limiter = limiterOf({ ...config, deadline: 2_900 }, redis, client);
    ask(limiter, 'a');
    await redis.pass(1_100, 50);
    permits.get('a')!.settle();
    await redis.settled();
    expect(await inFlight(limiter)).toBe(0);
    late!();
    await redis.settled();
    expect(await inFlight(limiter)).toBe(0);
  });

  it('of a grant that nobody took any more end at once', async () => {
    const limiter = limiterOf(config);
    ask(limiter, 'a').unsubscribe();
    await redis.settled();
    expect([log, await inFlight(limiter)]).toEqual([[], 0]);
  });
});
