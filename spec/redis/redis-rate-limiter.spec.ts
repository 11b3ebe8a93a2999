import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, noop, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { AcquireOptions, Permit } from '../../src/limiter/limiter';
import { type Cost, inTotal, type Limit, type Limits, perMinute, perSecond, slidingWindow, tokenBucket, totalOf } from '../../src/quota/limits';
import { type RedisClient, RedisRateLimiter, type RedisRateLimiterConfig, type SharedLimiterState } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import type { RedisServer } from './support/redis-server';
import { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
let redis: VirtualRedis;
let key: string;
let log: string[];
beforeEachTest('limiter', (given) => {
  ({ server, redis, key } = given);
  log = [];
});

const per = (window: number, limit: number) => slidingWindow({ limit, window });
const both = { requests: per(10, 2), tokens: per(100, 10) };

/** A process's limiter on the test's key. */
function limiterOf(limits: Limit | readonly Limit[], config?: Partial<RedisRateLimiterConfig>): RedisRateLimiter;
function limiterOf<D extends string>(limits: { readonly [dimension in D]: Limit | readonly Limit[] }, config?: Partial<RedisRateLimiterConfig<D>>): RedisRateLimiter<D>;
function limiterOf(limits: Limits, config: Partial<RedisRateLimiterConfig<string>> = {}): RedisRateLimiter<string> {
  return new RedisRateLimiter<string>(redis, { key, limits, scheduler: redis.scheduler, ...config });
}

/** Asks and notes what happens; keeps the permits by name. */
const permits = new Map<string, Permit>();
function ask<D extends string>(limiter: RedisRateLimiter<D>, name: string, cost?: Cost<D>, options?: AcquireOptions): Subscription {
  return limiter.acquire(cost, options).subscribe({
    next: (permit) => {
      permits.set(name, permit);
      log.push(`${redis.scheduler.elapsed} ${name}`);
    },
    error: (error) => log.push(`${redis.scheduler.elapsed} ${name}: ${error.reason ?? error}${error.retryAfter ? `, ${error.retryAfter}` : ''}`),
  });
}

async function lookAt<D extends string>(limiter: RedisRateLimiter<D>): Promise<SharedLimiterState<D>> {
  let seen: SharedLimiterState<D> | undefined;
  limiter.look().subscribe((state) => {
    seen = state;
  });
  await redis.settled();
  return seen!;
}

const used = async (limiter: RedisRateLimiter) => (await lookAt(limiter)).limits.requests[0]!.used;

describe('RedisRateLimiter', () => {
  it('grants with the answer, one script for each call that need not wait', async () => {
    const limiter = limiterOf(per(10, 5));
    const scripts = redis.scripts;
    ask(limiter, 'a');
    expect(log).toEqual([]);
    await redis.settled();
    ask(limiter, 'b');
    await redis.settled();
    expect(log).toEqual(['0 a', '0 b']);
    expect(redis.scripts - scripts).toBe(2);
    expect(redis.scheduler.pending).toBe(0);
  });

  it('lets calls of two processes wait in turn, each for the first ms at which the window has room', async () => {
    const [one, two] = [limiterOf(per(10, 2)), limiterOf(per(10, 2))];
    for (const name of ['a', 'b', 'c', 'd']) {
      ask(one, `one ${name}`);
    }
    await redis.settled();
    ask(two, 'two a');
    ask(two, 'two b');
    await redis.pass(25);
    expect(log).toEqual(['0 one a', '0 one b', '10 one c', '10 two a', '20 one d', '20 two b']);
    expect((await lookAt(one)).processes).toBe(0);
    expect(redis.scheduler.pending).toBe(0);
  });

  it('asks once for many waiters that all fit, and once for each that has to wait', async () => {
    const limiter = limiterOf(per(10, 200));
    for (let call = 0; call < 205; call += 1) {
      ask(limiter, String(call));
    }
    await redis.settled();
    expect(redis.scripts).toBeLessThan(12);
    await redis.pass(10);
    expect(log).toHaveLength(205);
  });

  it('asks for the next calls of those that await their permits by one question for all', async () => {
    const limiter = limiterOf(per(10, 100_000));
    const callers = Array.from({ length: 60 }, async () => {
      for (let call = 0; call < 20; call += 1) {
        const permit = await firstValueFrom(limiter.acquire());
        await Promise.resolve().then(() => permit.settle());
      }
    });
    await redis.settled();
    await Promise.all(callers);
    expect(redis.scripts).toBeLessThan(20 + 5);
    expect(await used(limiter)).toBe(60 * 20);
  });

  it.each<[string, Limit, Partial<RedisRateLimiterConfig>]>([
    ['a window', per(10, 37), {}],
    ['a bucket', tokenBucket({ capacity: 37, refill: 37, interval: 10 }), {}],
    ['a small bucket', tokenBucket({ capacity: 5, refill: 5, interval: 10 }), {}],
    ['a period', inTotal(37), {}],
    ['calls in flight', per(10, 1_000), { maxConcurrent: 37 }],
  ])('L2: grants as many as there is room for to calls that want the same: %s', async (_, limits, config) => {
    const limiter = limiterOf(limits, config);
    limiter.acquire(0).subscribe((permit) => {
      for (let call = 0; call < 200; call += 1) {
        ask(limiter, String(call), 1, { maxWait: 0 });
      }
      permit.settle();
    });
    await redis.settled();
    const room = Math.min(config.maxConcurrent ?? 37, totalOf(limits));
    expect(log.filter((line) => /^0 \d+$/.test(line))).toEqual(Array.from({ length: room }, (_, call) => `0 ${call}`));
    expect([log.length, await used(limiter)]).toEqual([200, room]);
  });

  it('takes several dimensions and limits all together or not at all', async () => {
    const limiter = limiterOf({ requests: [per(10, 3), per(40, 4)], tokens: tokenBucket({ capacity: 10, refill: 1, interval: 4 }) });
    ask(limiter, 'a', { tokens: 8 });
    ask(limiter, 'b', { tokens: 6 }, { maxWait: 0 });
    await redis.settled();
    expect((await lookAt(limiter)).limits).toEqual({
      requests: [
        { limit: 3, window: 10, used: 1, remaining: 2 },
        { limit: 4, window: 40, used: 1, remaining: 3 },
      ],
      tokens: [{ limit: 10, used: 8, remaining: 2 }],
    });
    ask(limiter, 'c', { tokens: 6 });
    await redis.pass(20);
    expect(log).toEqual(['0 a', '0 b: wait-too-long, 16', '16 c']);
  });

  it('refuses at once what costs more than a limit can ever grant', async () => {
    ask(limiterOf(both), 'a', { tokens: 11 });
    redis.scheduler.run(0);
    expect(log).toEqual(['0 a: cost-too-large']);
    expect(redis.scripts).toBe(0);
  });

  it('refuses when as many calls of this process wait as maxQueue allows, the last ones first', async () => {
    const limiter = limiterOf(per(10, 1), { maxQueue: 2 });
    for (const name of ['a', 'b', 'c', 'd']) {
      ask(limiter, name);
    }
    await redis.settled();
    ask(limiter, 'e');
    await redis.pass(30);
    expect(log).toEqual(['0 a', '0 d: queue-full, 10', '0 e: queue-full, 30', '10 b', '20 c']);
  });

  it('refuses at once a wait that is longer than maxWait as far as can be foreseen, else when maxWait has passed', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    ask(limiter, 'b', 1, { maxWait: 9 });
    ask(limiter, 'c', 1, { maxWait: 10 });
    ask(limiter, 'd', 1, { maxWait: 19 });
    ask(limiter, 'd2', 1, { maxWait: 20 });
    await redis.pass(3);
    ask(limiter, 'e', 1, { maxWait: 6 });
    ask(limiter, 'f', 1, { maxWait: 0 });
    await redis.pass(30);
    expect(log).toEqual(['0 a', '0 b: wait-too-long, 10', '0 d: wait-too-long, 20', '3 e: wait-too-long, 27', '3 f: wait-too-long, 27', '10 c', '20 d2']);
    expect((await lookAt(limiter)).processes).toBe(0);
  });

  it('refuses a told waiter when maxWait has passed, though others went before', async () => {
    const [one, two] = [limiterOf(per(10, 1)), limiterOf(per(10, 1))];
    ask(one, 'a');
    await redis.settled();
    ask(one, 'b');
    ask(one, 'c', 1, { maxWait: 25 });
    await redis.settled();
    two.pause(30);
    await redis.pass(50);
    expect(log).toEqual(['0 a', '25 c: wait-too-long', '30 b']);
  });

  it('L3: foresees the wait from the costs ahead, in every dimension', async () => {
    const limiter = limiterOf({ requests: per(10, 3), tokens: tokenBucket({ capacity: 10, refill: 1, interval: 2 }) });
    ask(limiter, 'a', { tokens: 10 });
    ask(limiter, 'b', { tokens: 10 });
    await redis.settled();
    ask(limiter, 'c', { tokens: 5 }, { maxWait: 29 });
    ask(limiter, 'd', { tokens: 5 }, { maxWait: 30 });
    ask(limiter, 'e', { tokens: 5 }, { maxWait: 39 });
    await redis.pass(60);
    expect(log).toEqual(['0 a', '0 c: wait-too-long, 30', '0 e: wait-too-long, 40', '20 b', '30 d']);
  });

  it('L3: foresees nothing from those who left', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    const b = ask(limiter, 'b');
    ask(limiter, 'c');
    await redis.settled();
    ask(limiter, 'd', 1, { maxWait: 29 });
    b.unsubscribe();
    await redis.settled();
    ask(limiter, 'e', 1, { maxWait: 20 });
    await redis.pass(60);
    expect(log).toEqual(['0 a', '0 d: wait-too-long, 30', '10 c', '20 e']);
  });

  it('L1, L3: a newcomer of higher priority is not refused for the wait of those it overtakes', async () => {
    const limiter = limiterOf({ tokens: per(10, 10) });
    ask(limiter, 'a', { tokens: 8 });
    ask(limiter, 'b', { tokens: 5 });
    await redis.settled();
    ask(limiter, 'urgent', { tokens: 2 }, { priority: 1, maxWait: 0 });
    ask(limiter, 'urgent too', { tokens: 2 }, { priority: 1, maxWait: 9 });
    ask(limiter, 'next', { tokens: 5 }, { maxWait: 9 });
    await redis.pass(30);
    expect(log).toEqual(['0 a', '0 urgent', '0 next: wait-too-long, 10', '0 urgent too: wait-too-long, 10', '10 b']);
  });

  it('L3: one who asks while others are told to wait, and may not wait, is refused at once as well', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    ask(limiter, 'b', 1, { onWait: () => ask(limiter, 'within', 1, { maxWait: 0 }) });
    ask(limiter, 'c');
    await redis.settled();
    expect(log).toEqual(['0 a', '0 within: wait-too-long, 30']);
  });

  it('L1, L4: one who came behind somebody that leaves meanwhile is not refused for the wait of that one', async () => {
    const limiter = limiterOf({ tokens: per(10, 10) });
    ask(limiter, 'a', { tokens: 8 });
    await redis.settled();
    const large = ask(limiter, 'large', { tokens: 9 });
    ask(limiter, 'small', { tokens: 2 }, { maxWait: 0 });
    ask(limiter, 'larger', { tokens: 10 }, { maxWait: 0 });
    large.unsubscribe();
    await redis.pass(30);
    expect(log).toEqual(['0 a', '0 larger: wait-too-long, 10', '0 small']);
  });

  it('keeps no place for calls that may not wait', async () => {
    const limiter = limiterOf(per(10, 1), { maxWait: 0 });
    ask(limiter, 'a');
    ask(limiter, 'b');
    await redis.settled();
    expect(log).toEqual(['0 a', '0 b: wait-too-long, 10']);
    expect([redis.scripts, (await lookAt(limiter)).processes]).toEqual([2, 0]);
  });

  it('lets a higher priority and retries go first, also before the one for whom a place is kept', async () => {
    const limiter = limiterOf({ tokens: per(10, 10) });
    ask(limiter, 'a', { tokens: 10 });
    ask(limiter, 'b', { tokens: 2 });
    await redis.settled();
    ask(limiter, 'retry', { tokens: 2 }, { retry: true });
    ask(limiter, 'urgent', { tokens: 7 }, { priority: 1 });
    await redis.pass(25);
    expect(log).toEqual(['0 a', '10 urgent', '10 retry', '20 b']);
  });

  it('tells who has to wait how many stand before, and until when at least', async () => {
    const limiter = limiterOf(per(10, 1));
    const waits: unknown[] = [];
    const onWait = (wait: object) => waits.push({ at: redis.scheduler.elapsed, ...wait });
    for (const name of ['a', 'b', 'c']) {
      ask(limiter, name, 1, { onWait });
    }
    await redis.pass(2);
    ask(limiter, 'd', 1, { onWait });
    await redis.settled();
    const until = redis.scheduler.wall(10);
    expect(waits).toEqual([{ at: 0, ahead: 0, until }, { at: 0, ahead: 1, until: until + 10 }, { at: 2, ahead: 2, until: until + 20 }]);
  });

  it('asks for a call that is made inside next once all have what the answer brings', async () => {
    const limiter = limiterOf(per(10, 5));
    const scripts = redis.scripts;
    ask(limiter, 'a');
    limiter.acquire().subscribe(() => ask(limiter, 'd'));
    ask(limiter, 'c');
    await redis.settled();
    expect([log, redis.scripts - scripts, await used(limiter)]).toEqual([['0 a', '0 c', '0 d'], 3, 4]);
  });

  it('does not tell that a call left whose onWait throws', async () => {
    const limiter = limiterOf(per(10, 1));
    const told: unknown[] = [];
    limiter.events$.subscribe(({ type, call }) => told.push(`${type} ${call}`));
    ask(limiter, 'a', 1, { call: 1 });
    ask(limiter, 'b', 1, { call: 2, onWait: () => { throw 'no wait'; } });
    await redis.settled();
    expect([told, log]).toEqual([['granted 1', 'waiting 2'], ['0 a', '0 b: no wait']]);
    expect(limiter.state).toMatchObject({ inFlight: 1, waiting: 0 });
  });

  it('gives what onWait throws to its call', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    ask(limiter, 'b', 1, { onWait: () => { throw new Error('mistake'); } });
    ask(limiter, 'c');
    await redis.pass(20);
    expect(log).toEqual(['0 a', '0 b: Error: mistake', '10 c']);
  });

  describe('when a call leaves', () => {
    it('gives its place to the next one in this process', async () => {
      const limiter = limiterOf(per(10, 1));
      ask(limiter, 'a');
      const b = ask(limiter, 'b');
      ask(limiter, 'c');
      await redis.pass(5);
      const scripts = redis.scripts;
      b.unsubscribe();
      await redis.pass(10);
      expect(log).toEqual(['0 a', '10 c']);
      expect(redis.scripts - scripts).toBe(1);
    });

    it('gives its place up when nobody else waits, so that other processes move forward', async () => {
      const [one, two] = [limiterOf({ tokens: per(10, 10) }), limiterOf({ tokens: per(10, 10) })];
      ask(one, 'a', { tokens: 6 });
      await redis.pass(4);
      ask(one, 'b', { tokens: 4 });
      const c = ask(one, 'c', { tokens: 10 });
      await redis.settled();
      ask(two, 'd', { tokens: 6 });
      await redis.settled();
      c.unsubscribe();
      await redis.pass(25);
      expect(log.slice(0, 2)).toEqual(['0 a', '4 b']);
      expect((await lookAt(two)).processes).toBe(0);
      expect(log).toHaveLength(3);
      expect(redis.scheduler.pending).toBe(0);
    });

    it('gives back what the answer brings', async () => {
      const limiter = limiterOf(per(10, 2));
      ask(limiter, 'a').unsubscribe();
      await redis.settled();
      expect([log, await used(limiter), limiter.isIdle]).toEqual([[], 0, true]);
    });

    it('hands what the answer brings to the next one whose cost is within it, and gives back the rest', async () => {
      const limiter = limiterOf({ tokens: per(10, 10) });
      const a = ask(limiter, 'a', { tokens: 8 });
      ask(limiter, 'b', { tokens: 5 });
      a.unsubscribe();
      await redis.settled();
      expect([log, (await lookAt(limiter)).limits.tokens[0]!.used]).toEqual([['0 b'], 5]);
      const c = ask(limiter, 'c', { tokens: 2 });
      ask(limiter, 'd', { tokens: 5 });
      c.unsubscribe();
      await redis.settled();
      expect([log, (await lookAt(limiter)).limits.tokens[0]!.used]).toEqual([['0 b', '0 d'], 10]);
    });

    it('hands what the answer brings to a call that came meanwhile, without another question', async () => {
      const limiter = limiterOf(per(10, 5));
      const told: unknown[] = [];
      limiter.events$.subscribe(({ type, call }) => told.push(`${type} ${call}`));
      const scripts = redis.scripts;
      ask(limiter, 'a', 1, { call: 1 }).unsubscribe();
      ask(limiter, 'b', 1, { call: 2 });
      await redis.settled();
      expect([told, log, redis.scripts - scripts]).toEqual([['left 1', 'granted 2'], ['0 b'], 1]);
    });

    it('may make others leave while they are granted', async () => {
      const limiter = limiterOf(per(10, 5));
      const calls: Subscription[] = [];
      limiter.acquire().subscribe(() => {
        for (const call of calls) {
          call.unsubscribe();
        }
      });
      calls.push(ask(limiter, 'b'), ask(limiter, 'c'));
      await redis.settled();
      expect([log, await used(limiter), limiter.state]).toEqual([[], 1, { inFlight: 1, waiting: 0, isAvailable: true }]);
    });
  });

  describe('when a call ends', () => {
    it('counts what it really used, either way, and the first of settle and refund', async () => {
      const limiter = limiterOf({ tokens: [per(20, 100), tokenBucket({ capacity: 100, refill: 1, interval: 1 })] });
      const counts = async () => (await lookAt(limiter)).limits.tokens.map(({ used }) => used);
      for (const name of ['a', 'b', 'c', 'd']) {
        ask(limiter, name, { tokens: 20 });
      }
      await redis.settled();
      permits.get('a')!.settle({ tokens: 5 });
      permits.get('a')!.refund();
      permits.get('b')!.settle({ tokens: 31 });
      permits.get('c')!.refund();
      permits.get('d')!.settle();
      expect(await counts()).toEqual([56, 56]);
      await redis.pass(19);
      expect(await counts()).toEqual([56, 37]);
      await redis.pass(1);
      expect(await counts()).toEqual([0, 36]);
    });

    it('counts an excess from now once the window has passed, and a late refund not at all', async () => {
      const limiter = limiterOf({ tokens: per(20, 100) });
      ask(limiter, 'a', { tokens: 10 });
      await redis.pass(3);
      ask(limiter, 'b', { tokens: 10 });
      await redis.pass(20);
      permits.get('a')!.settle({ tokens: 25 });
      permits.get('b')!.refund();
      await redis.settled();
      expect((await lookAt(limiter)).limits.tokens[0]!.used).toBe(15);
    });

    it('moves the turn of a waiter forward with what another call pays back', async () => {
      const limiter = limiterOf({ tokens: per(100, 10) });
      ask(limiter, 'a', { tokens: 10 });
      await redis.settled();
      ask(limiter, 'b', { tokens: 6 });
      await redis.pass(7);
      permits.get('a')!.settle({ tokens: 4 });
      await redis.pass(2);
      expect(log).toEqual(['0 a', '7 b']);
    });

    it('moves the turn of a waiter of another process forward within a second', async () => {
      const [one, two] = [limiterOf({ tokens: per(5_000, 10) }), limiterOf({ tokens: per(5_000, 10) })];
      ask(one, 'a', { tokens: 10 });
      await redis.settled();
      ask(two, 'b', { tokens: 6 });
      await redis.settled();
      permits.get('a')!.settle({ tokens: 4 });
      await redis.settled();
      redis.scheduler.run(999);
      await redis.settled();
      expect(log).toEqual(['0 a']);
      await redis.pass(1);
      expect(log).toEqual(['0 a', '1000 b']);
    });

    it('corrects once, however often the client sends it', async () => {
      const limiter = limiterOf({ tokens: per(20, 100) });
      ask(limiter, 'a', { tokens: 10 });
      await redis.settled();
      redis.sendsTwice = true;
      permits.get('a')!.settle({ tokens: 4 });
      await redis.settled();
      expect((await lookAt(limiter)).limits.tokens[0]!.used).toBe(4);
    });

    it('takes nothing from a state that has forgotten the grant', async () => {
      const limiter = limiterOf(per(20, 3));
      ask(limiter, 'a');
      await redis.settled();
      await redis.forget(key);
      await redis.pass(1);
      ask(limiter, 'b');
      await redis.settled();
      permits.get('a')!.refund();
      await redis.settled();
      expect(await used(limiter)).toBe(1);
    });
  });

  it('pauses every process, only ever extends a pause, and ends it in every process', async () => {
    const [one, two] = [limiterOf(per(10, 5)), limiterOf(per(10, 5))];
    one.pause(20);
    one.pause(5);
    ask(two, 'a');
    await redis.settled();
    expect((await lookAt(two)).pausedUntil).toBe(redis.scheduler.wall(20));
    await redis.pass(20);
    two.pause(5_000);
    ask(one, 'b');
    await redis.pass(30);
    two.resume();
    one.resume();
    await redis.settled();
    expect(log).toEqual(['20 a', '50 b']);
    expect((await lookAt(one)).pausedUntil).toBe(0);
  });

  it('learns from headers for all processes, until what they said is full again', async () => {
    const [one, two] = [limiterOf({ requests: per(10, 100), tokens: per(10, 100) }), limiterOf({ requests: per(10, 100), tokens: per(10, 100) })];
    one.sync({ tokens: { limit: 100, remaining: 20, resetMs: 80 }, requests: {} });
    await redis.settled();
    ask(two, 'a', { tokens: 20 });
    ask(two, 'b', { tokens: 30 });
    ask(two, 'c', { tokens: 100 });
    await redis.pass(40);
    expect(log).toEqual(['0 a', '30 b']);
    one.sync({ tokens: { limit: 100, remaining: 100 } }); // replaced by one that is full already
    one.sync({ tokens: { limit: 100, remaining: 10, resetMs: Number.POSITIVE_INFINITY } });
    one.sync({ inputTokens: { remaining: 0 } });
    await redis.pass(2_000);
    expect(log.at(-1)).toMatch(/ c$/);
    one.sync({ tokens: { remaining: 0 } }); // full after the own window, with the own total
    await redis.settled();
    log = [];
    const now = redis.scheduler.elapsed;
    ask(two, 'd', { tokens: 50 });
    await redis.pass(10);
    expect(log).toEqual([`${now + 5} d`]);
  });

  it('takes the limit with the longest period for the one that headers speak of, where they leave something out', async () => {
    const limiter = limiterOf([tokenBucket({ capacity: 8, refill: 1, interval: 100 }), per(10, 20), per(5, 100)]);
    limiter.sync({ requests: { remaining: 2 } }); // 6 of 8 are missing, and flow back in 800 ms
    ask(limiter, 'a', 2);
    ask(limiter, 'b', 2);
    await redis.pass(300);
    expect(log).toEqual(['0 a', '267 b']);
  });

  it('corrects what headers told of by grants made since, and lets an excess of earlier ones count', async () => {
    const limiter = limiterOf({ tokens: per(1_000, 1_000) });
    ask(limiter, 'before', { tokens: 10 });
    await redis.pass(1);
    limiter.sync({ tokens: { limit: 100, remaining: 40, resetMs: 600 } });
    await redis.pass(1);
    ask(limiter, 'after', { tokens: 40 });
    await redis.settled();
    permits.get('before')!.settle({ tokens: 20 });
    permits.get('after')!.settle({ tokens: 10 });
    await redis.settled();
    ask(limiter, 'next', { tokens: 30 });
    await redis.pass(120);
    expect(log.at(-1)).toBe('101 next'); // 40.1 - 40 + 30 - 10 were left at 2, and 0.1 flow back each ms
  });

  it('tells what it knows of itself, and what happens', async () => {
    const limiter = limiterOf(both);
    const states: unknown[] = [];
    const events: unknown[] = [];
    limiter.state$.subscribe((state) => states.push(state));
    limiter.events$.subscribe(({ policy, at, ...event }) => events.push(event));
    expect(limiter.isIdle).toBe(true);
    ask(limiter, 'a', { tokens: 3 }, { call: 7 });
    ask(limiter, 'b');
    const c = ask(limiter, 'c');
    ask(limiter, 'd', 1, { maxWait: 0 });
    expect(limiter.isIdle).toBe(false);
    await redis.settled();
    c.unsubscribe();
    permits.get('a')!.settle({ tokens: 4 });
    permits.get('b')!.refund();
    limiter.pause(5);
    limiter.resume();
    limiter.sync({ tokens: { remaining: 1 } });
    await redis.settled();
    expect(events).toEqual([
      { type: 'granted', cost: { requests: 1, tokens: 3 }, waited: 0, call: 7 },
      { type: 'granted', cost: { requests: 1 }, waited: 0, call: undefined },
      { type: 'waiting', cost: { requests: 1 }, ahead: 0, until: redis.scheduler.wall(10), call: undefined },
      { type: 'refused', reason: 'wait-too-long', call: undefined },
      { type: 'left', waited: 0, call: undefined },
      { type: 'settled', reserved: { requests: 1, tokens: 3 }, actual: { requests: 1, tokens: 4 }, call: 7 },
      { type: 'settled', reserved: { requests: 1 }, actual: { requests: 0 }, call: undefined },
      { type: 'paused', until: redis.scheduler.wall(5), by: 'user' },
      { type: 'resumed' },
      { type: 'synced' },
    ]);
    expect(states[0]).toEqual({ inFlight: 0, waiting: 0, isAvailable: true });
    expect(states.at(-1)).toEqual({ inFlight: 0, waiting: 0, isAvailable: true });
    expect(states).toContainEqual({ inFlight: 2, waiting: 1, isAvailable: true });
    expect(limiter.isIdle).toBe(true);
  });

  it('gives a permit back that a listener of its event has made nobody receive', async () => {
    const limiter = limiterOf(per(10, 2));
    const call = ask(limiter, 'a');
    limiter.events$.subscribe(({ type }) => type === 'granted' && call.unsubscribe());
    await redis.settled();
    expect([log, await used(limiter)]).toEqual([[], 0]);
  });

  it('does not tell a call that left as it heard of its wait', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    const waits: unknown[] = [];
    const b = ask(limiter, 'b', 1, { onWait: (wait) => waits.push(wait) });
    limiter.events$.subscribe(({ type }) => type === 'waiting' && b.unsubscribe());
    await redis.pass(20);
    expect([log, waits]).toEqual([['0 a'], []]);
  });

  it('C7: goes on when the clock of the server is set back, and exceeds no limit by more than one window when it leaps', async () => {
    const limiter = limiterOf(per(10, 1));
    ask(limiter, 'a');
    await redis.pass(3);
    redis.ahead = -3_600_000;
    ask(limiter, 'b');
    await redis.pass(20);
    expect(log).toEqual(['0 a', '13 b']);
    redis.ahead = 3_600_000;
    ask(limiter, 'c');
    await redis.pass(1);
    expect(log.at(-1)).toBe('23 c');
  });

  it('gives up the place of a process that does not come', async () => {
    const dead = new VirtualRedis(server.ioredis()); // its time stands still
    const gone = new RedisRateLimiter(dead, { key, limits: per(10, 1), scheduler: dead.scheduler, deadline: 300 });
    const here = limiterOf(per(10, 1));
    ask(gone, 'a');
    ask(gone, 'never');
    await dead.settled();
    ask(here, 'b');
    await redis.settled();
    expect((await lookAt(here)).processes).toBe(2);
    await redis.pass(1_300, 50);
    expect(log).toEqual(['0 a']); // it is kept for a deadline and a second after it was due
    await redis.pass(900, 50);
    expect([log.slice(1), (await lookAt(here)).processes]).toEqual([[expect.stringMatching(/^1[3-9]\d\d b$|^20\d\d b$/)], 0]);
  });

  it('drops a long backlog step by step, and plans over no more entries than it can look at', async () => {
    const limiter = limiterOf(per(4_000, 5_000));
    for (let ms = 0; ms < 2_500; ms += 1) {
      limiter.acquire().subscribe(noop);
      await redis.settled();
      redis.scheduler.run(1);
    }
    expect(await used(limiter)).toBe(2_500);
    ask(limiter, 'a', 4_900);
    await redis.settled();
    await redis.pass(3_600, 100);
    ask(limiter, 'b', 5_000);
    await redis.pass(10_000, 100);
    expect(log.map((line) => line.split(' ')[1])).toEqual(['a', 'b']);
  });

  it('leaves nothing behind of a state that was evicted', async () => {
    const limiter = limiterOf(per(1_000, 50));
    const askEachMs = async (calls: number) => {
      for (let call = 0; call < calls; call += 1) {
        ask(limiter, String(call));
        await redis.pass(1);
      }
    };
    await askEachMs(40);
    expect(await redis.entries(key)).toBe(3 + 2); // each leaf has 16 of them, and there are two levels above
    await redis.evict(key);
    await askEachMs(3);
    expect([await redis.entries(key), await used(limiter)]).toEqual([1 + 2, 3]);
  });

  it('keeps keys in one slot of a cluster, with an end, and counts limits of another shape apart', async () => {
    const limiter = limiterOf(both);
    ask(limiter, 'a', { tokens: 2 });
    await redis.pass(1);
    ask(limiter, 'b', { tokens: 2 });
    await redis.settled();
    permits.get('a')!.settle({ tokens: 1 });
    await redis.settled();
    const made = await redis.keys(key);
    expect(made.length).toBeGreaterThan(3);
    expect(made.filter((name) => !name.startsWith(`{${key}}:limiter:`))).toEqual([]);
    expect((await Promise.all(made.map((name) => redis.expiry(name)))).filter((ms) => ms <= 0 || ms > 62_000)).toEqual([]);

    const tagged = limiterOf(per(10, 1), { key: `app:{${key}}:x` });
    ask(tagged, 'c');
    ask(limiterOf(per(11, 1)), 'd');
    await redis.settled();
    expect((await redis.keys(key)).filter((name) => name.includes(`:app:{${key}}:x:limiter`) && !name.includes(':of:'))).toHaveLength(1);
    expect(log).toEqual(['0 a', '1 b', '1 c', '1 d']);
  });

  it('C2: checks its options, its client and its costs', () => {
    const limits = per(10, 1);
    const make = (client: unknown, config: object) => () => new RedisRateLimiter(client as never, config as never);
    expect(make({}, { key, limits })).toThrow('client must be an ioredis or a node-redis client');
    expect(make(undefined, { key, limits })).toThrow(TypeError);
    expect(make(redis, { limits })).toThrow('key must be given');
    expect(make(redis, { key: 5, limits })).toThrow('key must be a string, got 5');
    expect(make(redis, { key: '', limits })).toThrow(RangeError);
    expect(make(redis, { key })).toThrow('limits or maxConcurrent must be given, got neither');
    expect(make(redis, { key, limits: [] })).toThrow(RangeError);
    expect(make(redis, { key, limits, deadline: 0 })).toThrow('deadline must be a finite number above 0');
    expect(make(redis, { key, limits, maxQueue: 0.5 })).toThrow('maxQueue');
    expect(make(redis, { key, limits, whenUnavailable: 'deny' })).toThrow("whenUnavailable must be 'error', 'allow' or a limiter");
    expect(() => limiterOf(limits).acquire(-1)).toThrow(RangeError);
    expect(() => limiterOf(limits).acquire({ tokens: 1 } as never)).toThrow('unknown dimension');
    expect(() => limiterOf(limits).acquire(1, { maxwait: 1 } as never)).toThrow('unknown option maxwait');
    expect(() => limiterOf(limits).pause(-1)).toThrow(RangeError);
    expect(limiterOf(both).dimensions).toEqual(['requests', 'tokens']);
    expect([limiterOf(limits).maxPause, limiterOf(limits, { maxPause: 5 }).maxPause]).toEqual([60_000, 5]);
  });

  it('L6: a pause comes before what is asked for after it, also on a server that has never seen its script', async () => {
    const redis = server.ioredis();
    await redis.script('FLUSH');
    const limiter = new RedisRateLimiter(redis, { key, limits: perMinute(10) });
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
    const limiter = new RedisRateLimiter(redis, { key, limits: { tokens: perMinute(10) } });
    (await firstValueFrom(limiter.acquire({ tokens: 1 }))).settle({ tokens: 10 });
    const granted: string[] = [];
    const call = limiter.acquire({ tokens: 5 }).subscribe(() => granted.push('permit'));
    await sleep(200);
    call.unsubscribe();
    expect(granted).toEqual([]);
  });

  it.each([['a pause', perSecond(10), 1e25], ['a bucket', tokenBucket({ capacity: 1, refill: 1e-12, interval: 1_000 }), 0]] as const)('%s that never ends is waited for, not asked about', async (_, limits, ms) => {
    const redis = server.ioredis();
    let asked = 0;
    const client: RedisClient = {
      evalsha: (sha: string, count: number, ...words: string[]) => { asked += 1; return redis.evalsha(sha, count, ...words); },
      eval: (text: string, count: number, ...words: string[]) => { asked += 1; return redis.eval(text, count, ...words); },
    };
    const limiter = new RedisRateLimiter(client, { key, limits });
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

  it('the same limits in another order are the same', async () => {
    const redis = server.ioredis();
    const [requests, tokens] = [perMinute(1), perMinute(10)];
    const one = new RedisRateLimiter(redis, { key, limits: { requests, tokens } });
    const other = new RedisRateLimiter(redis, { key, limits: { tokens, requests } });
    await firstValueFrom(one.acquire());
    await expect(firstValueFrom(other.acquire(1, { maxWait: 0 }))).rejects.toMatchObject({ reason: 'wait-too-long' });
  });

  it('so is a list of limits in another order, and each process sees it in its own', async () => {
    const redis = server.ioredis();
    const [short, long] = [perSecond(5), perMinute(7)];
    const one = new RedisRateLimiter(redis, { key, limits: [short, long] });
    const other = new RedisRateLimiter(redis, { key, limits: [long, short] });
    await firstValueFrom(one.acquire(4));
    const { requests } = (await firstValueFrom(other.look())).limits;
    expect(requests.map(({ limit, used }) => [limit, used])).toEqual([[7, 4], [5, 4]]);
    await expect(firstValueFrom(other.acquire(2, { maxWait: 0 }))).rejects.toMatchObject({ reason: 'wait-too-long' });
  });
});
