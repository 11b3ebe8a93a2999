import { throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type Limiter, type Permit, perDay, RateLimiter, rateLimit } from '../../src/index';
import { RedisRateLimiter, type RedisRateLimiterConfig } from '../../src/redis';
import { FakeScheduler } from '../support/fake-scheduler';
import { beforeEachTest } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

let redis: VirtualRedis;
let key: string;
beforeEachTest('pace', (given) => {
  ({ redis, key } = given);
});

const limits = perDay(1_000_000);
const limiterOf = (config: Partial<RedisRateLimiterConfig> = {}) =>
  new RedisRateLimiter(redis, { key, limits, scheduler: redis.scheduler, ...config });

/** Takes a permit at once. */
async function taken(limiter: RedisRateLimiter): Promise<Permit> {
  let permit: Permit | undefined;
  limiter.acquire().subscribe((given) => { permit = given; });
  await redis.settled();
  return permit!;
}

/** Calls at a provider that takes so many a second: when each began, in ms. */
function flood(limiter: Limiter, scheduler: FakeScheduler, calls: number, perSecond: number): number[] {
  const began: number[] = [];
  let [level, at] = [perSecond, 0];
  for (let call = 0; call < calls; call += 1) {
    limiter.acquire().subscribe((permit) => {
      began.push(scheduler.elapsed);
      level = Math.min(perSecond, level + ((scheduler.elapsed - at) / 1_000) * perSecond);
      at = scheduler.elapsed;
      const isTaken = level >= 1;
      level -= isTaken ? 1 : 0;
      scheduler.schedule(() => {
        isTaken ? permit.accepted?.() : permit.throttled?.();
        permit.settle();
      }, 20);
    });
  }
  return began;
}

describe('L6, L10, D11: a limiter in Redis hears the provider', () => {
  it('without a hint pauses all processes, then lets one call through, then goes on at a pace of its own', async () => {
    const [one, two] = [limiterOf(), limiterOf()];
    const [events, log] = [[] as unknown[], [] as string[]];
    one.events$.subscribe((event) => (event.type === 'paused' || event.type === 'paced') && events.push(event.type === 'paced' ? event.perSecond : event.by));
    const permit = await taken(one);
    permit.throttled!();
    permit.settle();
    expect(events).toEqual([1, 'throttle']);
    const ask = (limiter: RedisRateLimiter, name: string) => limiter.acquire().subscribe((given) => { log.push(`${name} ${redis.scheduler.elapsed}`); redis.scheduler.schedule(() => { given.accepted!(); given.settle(); }, 10); });
    for (const name of ['a', 'b', 'c']) {
      ask(one, name);
    }
    ask(two, 'x');
    ask(two, 'y');
    await redis.pass(3_500, 10);
    expect(log.sort()).toEqual(['a 1000', 'b 2010', 'c 2510', 'x 1000', 'y 1000']);
    expect([one.state.pace, two.state.pace]).toEqual([expect.any(Number), undefined]);
  });

  it('with a hint pauses all for that, at most for maxPause, once for many calls', async () => {
    const [one, two] = [limiterOf({ maxPause: 5_000 }), limiterOf()];
    const permits = [await taken(one), await taken(one), await taken(one)];
    const before = redis.scripts;
    for (const permit of permits) {
      permit.throttled!(60_000);
      permit.settle();
    }
    await redis.settled();
    expect(redis.scripts - before).toBe(1);
    const log: number[] = [];
    two.acquire().subscribe(() => log.push(redis.scheduler.elapsed));
    await redis.pass(5_000, 500);
    expect(log).toEqual([5_000]);
  });

  it('refuses at once what the pace would let wait for too long, and tells when the others begin', async () => {
    const limiter = limiterOf({ throttlePause: 0 });
    const permit = await taken(limiter);
    permit.throttled!();
    permit.settle();
    const probe = await taken(limiter);
    const heard: unknown[] = [];
    const ask = (maxWait?: number) => limiter.acquire(1, { maxWait, onWait: ({ until }) => heard.push(until - redis.scheduler.now()) }).subscribe({ error: ({ reason, retryAfter }) => heard.push([reason, retryAfter]) });
    ask(0);
    ask(500);
    ask();
    await redis.settled();
    expect(heard).toEqual([1_000, ['wait-too-long', 1_000], ['wait-too-long', 1_000]]);
    probe.settle();
    await redis.pass(1_000, 100);
    expect(limiter.state.waiting).toBe(0);
  });

  it('comes to the same rate, call by call, as a local limiter does', { timeout: 60_000 }, async () => {
    const local = new FakeScheduler((elapsed) => 1_700_000_000_000 + elapsed);
    const expected = flood(new RateLimiter({ limits, scheduler: local }), local, 60, 4);
    local.run(15_000);
    const began = flood(limiterOf(), redis.scheduler, 60, 4);
    await redis.pass(15_000, 1);
    expect(began.length).toBeGreaterThan(30);
    expect(began).toEqual(expected);
  });

  it('forgets the pace after ten minutes without a throttled call, and has none where that is not wanted', async () => {
    const [paced, plain] = [limiterOf(), limiterOf({ pace: false, throttlePause: 100 })];
    for (const permit of [await taken(paced), await taken(plain)]) {
      permit.throttled!();
      permit.throttled!();
      permit.accepted!();
      permit.settle();
      permit.throttled!();
      permit.accepted!();
    }
    expect([paced.state.pace, plain.state.pace]).toEqual([1, undefined]);
    await redis.pass(600_000, 100_000);
    expect(paced.state.pace).toBeUndefined();
  });

  it('in the operator, and by `hearsProvider`', async () => {
    const limiter = limiterOf();
    expect([limiterOf({ hearsProvider: false }).hearsProvider, limiter.hearsProvider]).toEqual([false, undefined]);
    const told: string[] = [];
    limiter.events$.subscribe(({ type }) => told.push(type));
    throwError(() => Object.assign(new Error('Too many'), { status: 429 })).pipe(rateLimit(limiter)).subscribe({ error: () => undefined });
    await redis.settled();
    expect(told).toEqual(['granted', 'paced', 'paused', 'settled']);
  });

  it('C2: checks its options', () => {
    expect(() => limiterOf({ throttlePause: -1 })).toThrow('RedisRateLimiter: throttlePause');
    expect(() => limiterOf({ pace: 1 as never })).toThrow('RedisRateLimiter: pace must be a boolean');
    expect(() => limiterOf({ hearsProvider: 'yes' as never })).toThrow('hearsProvider must be a boolean');
  });

  it('a hint that makes no sense is refused with its name', async () => {
    const permit = await taken(limiterOf());
    expect(() => permit.throttled!(-1)).toThrow('Permit.throttled: hint');
  });
});
