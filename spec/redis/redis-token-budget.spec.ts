import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, of, type Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../src/budget/budget';
import { tokenBudget } from '../../src/index';
import { perMinute, slidingWindow } from '../../src/quota/limits';
import { RedisRateLimiter, RedisTokenBudget, type RedisTokenBudgetConfig, type SharedBudgetState } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import { RecordedClient } from './support/recorded-client';
import type { RedisServer } from './support/redis-server';
import { VirtualRedis } from './support/virtual-redis';

let server: RedisServer;
let redis: VirtualRedis;
let key: string;
let log: unknown[];
beforeEachTest('budget', (given) => {
  ({ server, redis, key } = given);
  log = [];
});

const limits = slidingWindow({ limit: 100, window: 50 });
const budgetOf = (config: Partial<RedisTokenBudgetConfig> = {}) => new RedisTokenBudget(redis, { key, limits, scheduler: redis.scheduler, ...config });

const given: Reservation[] = [];
function reserve(budget: RedisTokenBudget, tokens: number, call?: number): Subscription {
  return budget.reserve(tokens, call).subscribe({
    next: (reservation) => {
      given.unshift(reservation);
      log.push(tokens);
    },
    error: (error) => log.push({ ...error }),
  });
}

async function used(budget: RedisTokenBudget): Promise<number> {
  let state: SharedBudgetState | undefined;
  budget.look().subscribe((seen) => {
    state = seen;
  });
  await redis.settled();
  return state!.limits[0]!.used;
}

describe('RedisTokenBudget', () => {
  it('reserves with the answer, for all processes, and refuses what does not fit', async () => {
    const [one, two] = [budgetOf(), budgetOf()];
    reserve(one, 60);
    expect(log).toEqual([]);
    await redis.pass(3);
    reserve(two, 60);
    reserve(two, 101);
    await redis.settled();
    expect(log).toEqual([
      60,
      { requested: 60, remaining: 40, limit: 100, reason: 'budget', retryAfter: 47 },
      { requested: 101, remaining: 40, limit: 100, reason: 'budget' },
    ]);
  });

  it('refuses what is above maxTokensPerRequest without asking', async () => {
    reserve(budgetOf({ maxTokensPerRequest: 20 }), 21);
    await redis.settled();
    expect(log).toEqual([{ requested: 21, remaining: 100, limit: 20, reason: 'request-too-large' }]);
    expect(redis.scripts).toBe(0);
  });

  it('gives back what the answer brings when nobody is there any more', async () => {
    const budget = budgetOf();
    reserve(budget, 60).unsubscribe();
    await redis.settled();
    expect([log, await used(budget), budget.isIdle]).toEqual([[], 0, true]);
    const heard = budget.events$.subscribe(({ type }) => type === 'reserved' && call.unsubscribe());
    const call = reserve(budget, 60);
    await redis.settled();
    heard.unsubscribe();
    expect([log, await used(budget)]).toEqual([[], 0]);
  });

  it('settles once, also with what was reported beyond the reservation', async () => {
    const budget = budgetOf();
    reserve(budget, 20);
    await redis.settled();
    expect(given[0]!.report(15)).toBe(true);
    expect(given[0]!.report(30)).toBe(true);
    expect(given[0]!.report(40)).toBe(true); // while 30 are asked for
    await redis.settled();
    expect([given[0]!.tokens, await used(budget), budget.state]).toEqual([40, 40, { reserved: 40, isAvailable: true }]);
    given[0]!.settle(25);
    given[0]!.refund();
    expect(given[0]!.report(99)).toBe(true);
    expect([await used(budget), budget.state.reserved, budget.isIdle]).toEqual([25, 0, true]);
  });

  it('knows with the next report that there is no room', async () => {
    const budget = budgetOf({ maxTokensPerRequest: 90 });
    reserve(budget, 20);
    reserve(budget, 60);
    await redis.settled();
    expect(given[0]!.report(91)).toBe(false);
    expect(given[0]!.report(85)).toBe(true);
    await redis.settled();
    expect(given[0]!.report(85)).toBe(false);
    expect({ ...budget.exceeded(85) }).toEqual({ requested: 85, remaining: 20, limit: 100, reason: 'budget' });
    expect({ ...budget.exceeded(91) }).toMatchObject({ reason: 'request-too-large', limit: 90 });
    expect(await used(budget)).toBe(80);
  });

  it('asks again with each report, for others may have paid back', async () => {
    const budget = budgetOf();
    reserve(budget, 60);
    reserve(budget, 20);
    await redis.settled();
    expect(given[0]!.report(50)).toBe(true);
    await redis.settled();
    given[1]!.refund();
    expect(given[0]!.report(50)).toBe(false); // as far as was known
    await redis.settled();
    expect(given[0]!.report(50)).toBe(true);
    expect([given[0]!.tokens, await used(budget)]).toEqual([50, 50]);
    given[0]!.settle(50);
    expect(await used(budget)).toBe(50);
  });

  it('gives back an excess that is granted after the call has ended', async () => {
    const budget = budgetOf();
    reserve(budget, 20);
    await redis.settled();
    given[0]!.report(50);
    given[0]!.settle(50);
    await redis.settled();
    expect(await used(budget)).toBe(50);
  });

  it('D2: remembers a refusal for a second at most, unless something was given back, and asks Redis nothing', async () => {
    const budget = budgetOf({ limits: slidingWindow({ limit: 100, window: 5_000 }) });
    reserve(budget, 60);
    reserve(budget, 60);
    await redis.settled();
    const before = redis.scripts;
    await redis.pass(10);
    reserve(budget, 70);
    await redis.settled();
    expect(redis.scripts - before).toBe(0);
    expect(log.slice(1)).toMatchObject([{ requested: 60, retryAfter: 5_000 }, { requested: 70, retryAfter: 4_990 }]);
    reserve(budget, 30);
    await redis.settled();
    expect(log.at(-1)).toBe(30);
    given[1]!.refund();
    reserve(budget, 60);
    await redis.settled();
    expect(redis.scripts - before).toBe(3);
    redis.scheduler.run(1_000);
    reserve(budget, 60);
    await redis.settled();
    expect(redis.scripts - before).toBe(4);
  });

  it('D2: what Redis remembers of a refusal goes with what is corrected before it, and in it', async () => {
    const config = { limits: slidingWindow({ limit: 100, window: 60_000 }) };
    const budget = budgetOf(config);
    for (const [tokens, ms] of [[30, 5_000], [30, 5_000], [30, 500], [1, 500]] as const) {
      reserve(budget, tokens);
      await redis.pass(ms, 500);
    }
    const [second, first] = given.slice(2);
    const retryAfter = async (tokens: number) => {
      reserve(budgetOf(config), tokens); // a process that remembers nothing
      await redis.settled();
      return (log.at(-1) as { retryAfter: number }).retryAfter;
    };
    expect(await retryAfter(50)).toBe(54_000); // with the second one
    first!.settle(50);
    expect(await retryAfter(30)).toBe(49_000); // with the first
    expect(await retryAfter(60)).toBe(54_000);
    second!.settle(5);
    expect(await retryAfter(70)).toBe(59_000); // with the third
  });

  it('counts tokens that were used elsewhere, into debt', async () => {
    const budget = budgetOf();
    budget.record(130);
    reserve(budget, 0);
    await redis.settled();
    expect(log).toEqual([{ requested: 0, remaining: -30, limit: 100, reason: 'budget', retryAfter: 50 }]);
  });

  it('ends a runaway answer, one answer of Redis later', async () => {
    const budget = budgetOf();
    reserve(budget, 70);
    await redis.settled();
    const heard: unknown[] = [];
    const chunk = (total: number) => ({ total });
    const answer = redis.over([chunk(10), chunk(40), chunk(50), chunk(60)]);
    answer.pipe(tokenBudget(budget, { estimate: 10, usage: ({ total }) => ({ total, final: false }), overrun: 'error' })).subscribe({
      next: ({ total }) => heard.push(total),
      error: (error) => heard.push(error.name),
    });
    await redis.pass(10);
    expect(heard).toEqual([10, 40, 50, 'TokenBudgetExceededError']);
  });

  it('is settled before the call ends, and not waited for', async () => {
    const budget = budgetOf();
    const told: unknown[] = [];
    budget.events$.subscribe(({ type, call }) => told.push([type, call]));
    of('12345678').pipe(tokenBudget(budget, { estimate: 50, count: (text) => text.length })).subscribe({ complete: () => told.push('complete') });
    await redis.settled();
    expect(told).toEqual([['reserved', undefined], ['settled', undefined], 'complete']);
    expect(await used(budget)).toBe(50);
  });

  it('C11: settlements of one turn of the event loop go together, and before what is asked next', async () => {
    const client = new RecordedClient(server.ioredis());
    const budget = new RedisTokenBudget(client, { key, limits: slidingWindow({ limit: 4_000, window: 60_000 }) });
    const reservations = await Promise.all(Array.from({ length: 40 }, () => firstValueFrom(budget.reserve(100))));
    for (const reservation of reservations) {
      reservation.settle(50);
    }
    expect(client.corrections).toBe(0);
    await firstValueFrom(budget.reserve(2_000)); // for which the settlements made room
    expect(client.corrections).toBe(2); // 32 at a time
    await expect(firstValueFrom(budget.reserve(1))).rejects.toMatchObject({ name: 'TokenBudgetExceededError' });
  });

  it('tells what it knows of itself, and what happens', async () => {
    const budget = budgetOf();
    const [states, events] = [[] as unknown[], [] as unknown[]];
    budget.state$.subscribe((state) => states.push(state));
    budget.events$.subscribe(({ policy, at, ...event }) => events.push(event));
    reserve(budget, 60, 1);
    reserve(budget, 60, 2);
    expect(budget.isIdle).toBe(false);
    await redis.settled();
    given[0]!.refund();
    await redis.settled();
    expect(events).toEqual([
      { type: 'reserved', tokens: 60, call: 1 },
      { type: 'refused', requested: 60, remaining: 40, call: 2 },
      { type: 'refunded', tokens: 60, call: 1 },
    ]);
    expect(states).toEqual([0, 60, 0].map((reserved) => ({ reserved, isAvailable: true })));
    expect(redis.scheduler.pending).toBe(0);
  });

  it('counts apart from a limiter with the same key', async () => {
    const limiter = new RedisRateLimiter(redis, { key, limits: { tokens: limits }, scheduler: redis.scheduler });
    limiter.acquire({ tokens: 70 }).subscribe();
    reserve(budgetOf(), 70);
    await redis.settled();
    expect(log).toEqual([70]);
  });

  it('C2: checks its options and amounts', () => {
    const make = (config: object) => () => new RedisTokenBudget(redis, config as never);
    expect(make({ limits })).toThrow('RedisTokenBudget: key must be given');
    expect(make({ key })).toThrow('limits must be given');
    expect(make({ key, limits, maxTokensPerRequest: 0 })).toThrow(RangeError);
    expect(make({ key, limits, initial: {} })).toThrow('unknown option initial');
    expect(make({ key, limits, whenUnavailable: {} })).toThrow("whenUnavailable must be 'error', 'allow' or a budget");
    expect(() => budgetOf().reserve(-1)).toThrow(RangeError);
    expect(() => budgetOf().record(Number.NaN)).toThrow(RangeError);
  });

  it('Q1: a window holds, however many of its entries have expired since somebody looked', { timeout: 60_000 }, async () => {
    const redis = new VirtualRedis(server.ioredis());
    const budget = new RedisTokenBudget(redis, { key, limits: slidingWindow({ limit: 30_000, window: 20_000 }), scheduler: redis.scheduler });
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

  it('nobody is told of the refusal of a reservation whose call has left', async () => {
    const budget = new RedisTokenBudget(server.ioredis(), { key, limits: perMinute(10) });
    const events: string[] = [];
    budget.events$.subscribe(({ type }) => events.push(type));
    budget.reserve(60).subscribe().unsubscribe();
    await sleep(200);
    expect(events).toEqual([]);
  });
});
