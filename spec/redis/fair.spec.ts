import type { Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { slidingWindow, tokenBucket } from '../../src/index';
import type { AcquireOptions, Permit } from '../../src/limiter/limiter';
import { RedisRateLimiter, type RedisRateLimiterConfig } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

let redis: VirtualRedis;
let key: string;
let log: string[];
const permits = new Map<string, Permit>();
beforeEachTest('fair', (given) => {
  ({ redis, key } = given);
  log = [];
});

/** One permit each 10 ms. */
const slow = tokenBucket({ capacity: 1, refill: 1, interval: 10 });
const weight = (tenant: string) => (tenant === 'big' ? 3 : 1);

/** A process's limiter on the test's key. */
function limiterOf(config: Partial<RedisRateLimiterConfig>): RedisRateLimiter {
  return new RedisRateLimiter(redis, { key, scheduler: redis.scheduler, limits: slow, ...config } as RedisRateLimiterConfig);
}

function ask(limiter: RedisRateLimiter, name: string, options?: AcquireOptions, cost = 1): Subscription {
  return limiter.acquire(cost, options).subscribe({
    next: (permit) => {
      permits.set(name, permit);
      log.push(`${redis.scheduler.elapsed} ${name}`);
    },
    error: (error) => log.push(`${redis.scheduler.elapsed} ${name}: ${error.reason ?? error}`),
  });
}

/** How many calls of each name are in the log. */
function shares(): Record<string, number> {
  const count: Record<string, number> = {};
  for (const line of log) {
    const name = line.split(' ')[1]!;
    count[name] = (count[name] ?? 0) + 1;
  }
  return count;
}

describe('L1, D9: priority across processes', () => {
  it('goes first, and becomes the head at once, also where it costs the same as the one that was placed', async () => {
    const [one, two] = [limiterOf({}), limiterOf({})];
    for (const name of ['a', 'b', 'c']) {
      ask(one, name);
    }
    ask(two, 'x');
    ask(two, 'y');
    await redis.pass(5);
    ask(two, 'z', { priority: 1 });
    await redis.pass(60);
    expect(log[0]).toBe('0 a');
    expect(log[1]).toBe('10 z');
    expect(log).toHaveLength(6);
  });

  it('L12: a low one that has waited for long goes before a high one that came late, in whichever process', async () => {
    const [one, two] = [limiterOf({ ageing: 20 }), limiterOf({ ageing: 20 })];
    ask(one, 'first');
    await redis.settled();
    ask(one, 'low');
    for (let call = 0; call < 12; call += 1) {
      ask(two, `high${call}`, { priority: 2 });
      await redis.pass(10);
    }
    const place = log.findIndex((line) => line.endsWith(' low'));
    expect(place).toBeGreaterThanOrEqual(4);
    expect(place).toBeLessThanOrEqual(6); // 40 ms count as two priorities
  });
});

describe('turns of processes', () => {
  it('go by what calls cost, not by calls', async () => {
    const limits = tokenBucket({ capacity: 4, refill: 1, interval: 10 });
    const [one, two] = [limiterOf({ limits }), limiterOf({ limits })];
    for (let call = 0; call < 20; call += 1) {
      ask(one, 'large', {}, 4);
      for (let small = 0; small < 4; small += 1) {
        ask(two, 'small');
      }
    }
    await redis.pass(800, 5);
    const { large, small } = shares();
    expect(large! * 4 - small!).toBeLessThanOrEqual(8);
    expect(small! - large! * 4).toBeLessThanOrEqual(8);
  });
});

describe('L11, D9: tenants of several processes', () => {
  it('share what is granted by weight, whatever anybody queues up, and wherever', async () => {
    const all = Array.from({ length: 4 }, () => limiterOf({ fair: { weight } }));
    all.forEach((limiter, index) => {
      for (let call = 0; call < 100; call += 1) {
        ask(limiter, 'big', { tenant: 'big' });
        for (let more = 0; more <= index; more += 1) {
          ask(limiter, 'small', { tenant: 'small' });
        }
      }
    });
    await redis.pass(4_000, 5);
    const { big, small } = shares();
    expect(big! + small!).toBeGreaterThanOrEqual(399);
    expect(Math.abs(big! - 300)).toBeLessThanOrEqual(6);
  });

  it('share calls in flight as well, without limits', async () => {
    const all = Array.from({ length: 2 }, () => limiterOf({ limits: undefined, maxConcurrent: 4, fair: { weight } }));
    const serve = (limiter: RedisRateLimiter, tenant: string) =>
      limiter.acquire(1, { tenant }).subscribe((permit) => {
        log.push(`0 ${tenant}`);
        redis.scheduler.schedule(() => permit.settle(), 50);
      });
    for (let call = 0; call < 200; call += 1) {
      serve(all[0]!, 'big');
      serve(all[1]!, 'small');
    }
    await redis.pass(2_500, 1);
    const { big, small } = shares();
    expect(big! + small!).toBeGreaterThan(120);
    expect(big! / (big! + small!)).toBeGreaterThan(0.7);
    expect(big! / (big! + small!)).toBeLessThan(0.8);
  });

  it('by what they really used: a settlement counts', async () => {
    const limits = tokenBucket({ capacity: 100, refill: 1, interval: 10 });
    const [one, two] = [limiterOf({ limits, fair: true }), limiterOf({ limits, fair: true })];
    ask(one, 'a', { tenant: 'a' }, 50);
    ask(one, 'b', { tenant: 'b' }, 50);
    await redis.settled();
    ask(two, 'b2', { tenant: 'b' }, 10);
    ask(two, 'a2', { tenant: 'a' }, 10);
    permits.get('b')!.settle({ requests: 90 });
    permits.get('a')!.settle({ requests: 10 });
    await redis.pass(700, 5);
    expect(log.slice(2).map((line) => line.split(' ')[1])).toEqual(['a2', 'b2']);
  });

  it('do not all wait for the huge call of one', async () => {
    const limits = tokenBucket({ capacity: 10, refill: 1, interval: 10 });
    const [one, two] = [limiterOf({ limits, fair: true }), limiterOf({ limits, fair: true })];
    ask(one, 'start', { tenant: 'c' }, 10);
    await redis.settled();
    ask(one, 'huge', { tenant: 'a' }, 10);
    await redis.settled();
    ask(two, 'tiny1', { tenant: 'b' });
    ask(two, 'tiny2', { tenant: 'b' });
    await redis.pass(300, 5);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['start', 'tiny1', 'tiny2', 'huge']);
  });

  it('are served in order each, retries first, by priority, and each by what stands first in which process', async () => {
    const [one, two] = [limiterOf({ fair: true }), limiterOf({ fair: true })];
    ask(one, 'start', { tenant: 'a' });
    await redis.settled();
    ask(one, 'a1', { tenant: 'a' });
    ask(one, 'a2', { tenant: 'a' });
    ask(one, 'a0', { tenant: 'a', retry: true });
    await redis.settled();
    ask(two, 'urgent', { tenant: 'b', priority: 5 });
    ask(two, 'b', { tenant: 'b' });
    await redis.pass(80);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['start', 'urgent', 'a0', 'b', 'a1', 'a2']);
  });

  it('L12: have their next call age, so that a priority of another process does not keep it waiting for ever', async () => {
    const [one, two] = [limiterOf({ fair: true, ageing: 25 }), limiterOf({ fair: true, ageing: 25 })];
    ask(one, 'start');
    await redis.settled();
    ask(one, 'low', { tenant: 'a' });
    for (let call = 0; call < 12; call += 1) {
      ask(two, 'high', { tenant: 'b', priority: 2 });
      await redis.pass(10);
    }
    const place = log.findIndex((line) => line.endsWith(' low'));
    expect(place).toBeGreaterThan(3);
    expect(place).toBeLessThan(9);
  });

  it('give their places up when nobody of them waits any more', async () => {
    const [one, two] = [limiterOf({ fair: true }), limiterOf({ fair: true })];
    ask(one, 'start');
    await redis.settled();
    const leaving = ask(one, 'leaves', { tenant: 'a' });
    ask(one, 'b', { tenant: 'b' });
    await redis.settled();
    ask(two, 'c', { tenant: 'c' });
    await redis.pass(3);
    leaving.unsubscribe();
    await redis.pass(40);
    expect(log.map((line) => line.split(' ')[1]).sort()).toEqual(['b', 'c', 'start']);
    expect(log.slice(1)).toEqual(['10 b', '30 c']); // it was told so, and asks then
    expect((await redis.keys(key)).filter((name) => name.endsWith(':order'))).toEqual([]);
  });

  it('L3: are told of the wait, or refused, as calls of a limiter that is not shared', async () => {
    const limiter = limiterOf({ fair: true, maxQueue: 2 });
    const told: string[] = [];
    const wait = (name: string, tenant: string, maxWait?: number) =>
      ask(limiter, name, { tenant, maxWait, onWait: ({ ahead, until }) => told.push(`${name} ${ahead} ${until - redis.scheduler.wall(0)}`) });
    wait('start', 'a');
    await redis.settled();
    wait('a', 'a');
    wait('never', 'b', 0);
    wait('b', 'b', 9);
    await redis.settled();
    wait('a3', 'a');
    wait('full', 'c');
    await redis.pass(30);
    expect(log).toEqual(['0 start', '0 b: queue-full', '0 never: wait-too-long', '0 full: queue-full', '10 a', '20 a3']);
    expect(told).toEqual(['a 0 10', 'a3 1 0']);
  });

  it('that are more than one question names are all served', async () => {
    const limiter = limiterOf({ fair: true, limits: slidingWindow({ limit: 10, window: 10 }) });
    for (let tenant = 0; tenant < 100; tenant += 1) {
      ask(limiter, `t${tenant}`, { tenant: `t${tenant}` });
      ask(limiter, `t${tenant}`, { tenant: `t${tenant}`, maxWait: tenant === 99 ? 5 : undefined });
    }
    await redis.pass(250);
    expect(log).toHaveLength(200);
    expect(log.filter((line) => line.includes('wait-too-long')).length).toBe(1);
  });

  it('get only what was granted to them: what a call leaves behind goes back', async () => {
    const limiter = limiterOf({ fair: true, limits: slidingWindow({ limit: 1, window: 1_000 }) });
    ask(limiter, 'a', { tenant: 'a' }).unsubscribe();
    ask(limiter, 'b', { tenant: 'b' });
    await redis.pass(5);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['b']);
  });

  it('have weights above 0: what the function throws is the error of the call', async () => {
    const limiter = limiterOf({ fair: { weight: (tenant) => (tenant === 'a' ? 1 : -1) } });
    ask(limiter, 'a', { tenant: 'a' });
    ask(limiter, 'b', { tenant: 'b' });
    await redis.settled();
    expect(log.map((line) => line.slice(2))).toEqual(['b: RangeError: RedisRateLimiter: fair.weight must return a finite number above 0, got -1 for the tenant "b"', 'a']);
  });

  it('fail together when Redis does not answer, and those that can never be granted are refused when limits change', async () => {
    const gone = () => Promise.reject(new Error('gone'));
    const away = new RedisRateLimiter({ evalsha: gone, eval: gone }, { key, limits: slow, fair: true, deadline: 50, scheduler: redis.scheduler });
    ask(away, 'a', { tenant: 'a' });
    ask(away, 'b', { tenant: 'b' });
    await redis.pass(60);
    expect(log.map((line) => line.split(' ').slice(1, 3).join(' '))).toEqual(['a: LimiterUnavailableError:', 'b: LimiterUnavailableError:']);
    log = [];
    const limiter = limiterOf({ fair: true, limits: slidingWindow({ limit: 5, window: 100 }) });
    ask(limiter, 'c', { tenant: 'a' }, 5);
    ask(limiter, 'large', { tenant: 'a' }, 4);
    ask(limiter, 'd', { tenant: 'b' }, 2);
    await redis.pass(10);
    limiter.update({ limits: slidingWindow({ limit: 3, window: 100 }) });
    await redis.pass(150);
    expect(log.map((line) => line.replace(/^\d+ /, ''))).toEqual(['c', 'large: cost-too-large', 'd']);
  });
});
