import { of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { calendarWindow, inTotal, perCalendarDay, perCalendarMonth, perMinute, perSecond, slidingWindow } from '../../src/index';
import type { Limits } from '../../src/quota/limits';
import { RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

let redis: VirtualRedis;
let key: string;
beforeEachTest('calendar', (given) => {
  ({ redis, key } = given);
});

const [minute, hour, day] = [60_000, 3_600_000, 86_400_000];

/** The clock of the server shows this; those of the processes are so many ms behind. */
function clocks(shown: string, behind = 0): void {
  const start = Date.parse(shown) - behind;
  redis.ahead = behind;
  redis.scheduler.wall = (elapsed) => start + elapsed;
}

const limiterOf = (limits: Limits) => new RedisRateLimiter(redis, { key, limits, scheduler: redis.scheduler } as never) as RedisRateLimiter<string>;
const budgetOf = (config: object) => new RedisTokenBudget(redis, { key, scheduler: redis.scheduler, ...config } as never);

/** What comes of a reservation. */
async function reserved(budget: RedisTokenBudget, tokens: number): Promise<unknown> {
  let heard: unknown;
  budget.reserve(tokens).subscribe({ next: () => { heard = 'reserved'; }, error: (error) => { heard = { ...error }; } });
  await redis.settled();
  return heard;
}

describe('Q7, D11: calendar windows that processes share', () => {
  it('begin anew at midnight of their zone, by the clock of the server, in a budget and for all processes', async () => {
    clocks('2024-03-30T22:59:59Z'); // a second before a Sunday of 23 hours in Berlin
    const [one, two] = [budgetOf({ limits: perCalendarDay(100, 'Europe/Berlin') }), budgetOf({ limits: perCalendarDay(100, 'Europe/Berlin') })];
    expect(await reserved(one, 80)).toBe('reserved');
    expect(await reserved(two, 30)).toEqual({ requested: 30, remaining: 20, limit: 100, reason: 'budget', retryAfter: 1_000 });
    await redis.pass(1_000, 1_000);
    expect(await reserved(two, 30)).toBe('reserved');
    expect(await reserved(one, 80)).toMatchObject({ remaining: 70, retryAfter: 23 * hour });
    await redis.pass(23 * hour, hour);
    expect(await reserved(one, 80)).toBe('reserved');
  });

  it.each([['right', 0], ['40 days slow', 40 * day], ['5 hours fast', -5 * hour]])('are counted by the server where the clock of a process is %s: it is told once what time it is', async (_, behind) => {
    clocks('2024-02-29T12:59:59Z', behind);
    const limiter = limiterOf(calendarWindow({ limit: 2, every: 'hour' }));
    const granted: number[] = [];
    for (let call = 0; call < 4; call += 1) {
      limiter.acquire().subscribe((permit) => { granted.push(redis.scheduler.elapsed); permit.settle(); });
    }
    await redis.pass(1_000, 100);
    expect(granted).toEqual([0, 0, 1_000, 1_000]);
    const before = redis.scripts;
    limiter.acquire().subscribe();
    await redis.settled();
    expect(redis.scripts - before).toBe(1);
  });

  it('tell when they end, by the clock of the process', async () => {
    clocks('2024-02-29T12:00:00Z', 40 * day);
    const limiter = limiterOf(perCalendarMonth(5));
    let state: unknown;
    limiter.acquire().subscribe();
    await redis.settled();
    limiter.look().subscribe(({ limits }) => { state = limits.requests; });
    await redis.settled();
    expect(state).toEqual([{ limit: 5, used: 1, remaining: 4, resetAt: Date.parse('2024-03-01T00:00:00Z') - 40 * day }]);
  });

  it('count a correction in the period of the grant; later an excess counts now, and nothing goes back', async () => {
    clocks('2024-06-01T00:59:00Z');
    const budget = budgetOf({ limits: calendarWindow({ limit: 100, every: 'hour' }) });
    const settled: ((actual: number) => void)[] = [];
    for (let call = 0; call < 3; call += 1) {
      budget.reserve(20).subscribe((reservation) => settled.push((actual) => reservation.settle(actual)));
      await redis.settled();
    }
    const used = async () => {
      let seen: unknown;
      await redis.settled();
      budget.look().subscribe(({ limits }) => { seen = limits[0]!.used; });
      await redis.settled();
      return seen;
    };
    settled[0]!(5);
    expect(await used()).toBe(45);
    await redis.pass(minute, minute);
    expect(await used()).toBe(0);
    settled[1]!(5);
    expect(await used()).toBe(0);
    settled[2]!(50);
    expect(await used()).toBe(30);
  });

  it('free nothing where the clock of the server is set back over the boundary, and let nobody wait longer than the period of now', async () => {
    clocks('2024-06-02T00:00:10Z');
    const budget = budgetOf({ limits: perCalendarDay(100) });
    expect(await reserved(budget, 70)).toBe('reserved');
    redis.ahead = -20_000;
    expect(await reserved(budget, 70)).toMatchObject({ remaining: 30, retryAfter: 10_000 });
    await redis.pass(10_000, 10_000);
    expect(await reserved(budget, 70)).toBe('reserved');
  });

  it('are kept until the period ends, and a total for good; D10: each with a time to live', async () => {
    clocks('2024-06-30T12:00:00Z');
    await reserved(budgetOf({ limits: perCalendarMonth(10) }), 5);
    await reserved(budgetOf({ limits: inTotal(10) }), 5);
    const expiries = Object.fromEntries(await Promise.all((await redis.keys(key)).filter((name) => !name.includes(':of:')).map(async (name) => [name.split('/').at(-1), await redis.expiry(name)] as const)));
    expect(expiries.UTC).toBeGreaterThan(12 * hour - minute);
    expect(expiries.UTC).toBeLessThanOrEqual(12 * hour + 1_000);
    expect(expiries.total).toBeGreaterThan(1_000 * 365 * day);
  });
});

describe('Q7, D11: limits in total', () => {
  it('never come back: a budget refuses without a retryAfter', async () => {
    const budget = budgetOf({ limits: [inTotal(100), perMinute(100)] });
    expect(await reserved(budget, 80)).toBe('reserved');
    expect(await reserved(budget, 30)).toEqual({ requested: 30, remaining: 20, limit: 100, reason: 'budget' });
    await redis.pass(400 * day, 100 * day);
    expect(await reserved(budget, 30)).toMatchObject({ remaining: 20 });
    expect(await reserved(budget, 20)).toBe('reserved');
  });

  it('refuse those who wait in a limiter as used-up, and let the others pass that fit', async () => {
    const limiter = limiterOf({ requests: perSecond(2), tokens: inTotal(10) });
    const log: unknown[] = [];
    const ask = (tokens: number) => limiter.acquire({ tokens }).subscribe({ next: () => log.push(tokens), error: ({ reason, retryAfter }) => log.push([tokens, reason, retryAfter]) });
    [6, 6, 3, 2, 1].map(ask);
    await redis.pass(1_000, 500);
    expect(log).toEqual([6, [6, 'used-up', undefined], 3, [2, 'used-up', undefined], 1]);
    ask(11);
    await redis.settled();
    expect(log.at(-1)).toEqual([11, 'cost-too-large', undefined]);
    expect(limiter.state.waiting).toBe(0);
  });

  it('give back what was refunded', async () => {
    const limiter = limiterOf({ tokens: inTotal(10) });
    const log: number[] = [];
    limiter.acquire({ tokens: 10 }).subscribe((permit) => permit.refund());
    await redis.settled();
    limiter.acquire({ tokens: 10 }).subscribe(() => log.push(redis.scheduler.elapsed));
    await redis.settled();
    expect(log).toEqual([0]);
  });
});

describe('other numbers', () => {
  it('L13, D11: update changes those of this process, keeps what was counted, and lets go who fits now', async () => {
    const [one, two] = [limiterOf(slidingWindow({ limit: 2, window: 60_000 })), limiterOf(slidingWindow({ limit: 2, window: 60_000 }))];
    const log: unknown[] = [];
    const ask = (limiter: RedisRateLimiter<string>, requests = 1, maxWait?: number) =>
      limiter.acquire(requests, { maxWait }).subscribe({ next: () => log.push(redis.scheduler.elapsed), error: ({ reason }) => log.push(reason) });
    for (let call = 0; call < 3; call += 1) {
      ask(one);
    }
    ask(one, 2);
    await redis.settled();
    expect(log).toEqual([0, 0]);
    one.update({ limits: slidingWindow({ limit: 3, window: 60_000 }) });
    await redis.settled();
    expect(log).toEqual([0, 0, 0]);
    const theirs: unknown[] = [];
    two.events$.subscribe((event) => event.type === 'mismatch' && theirs.push(event.theirs));
    ask(two, 1, 0);
    await redis.settled();
    expect([log.at(-1), theirs]).toEqual(['wait-too-long', [{ requests: [{ limit: 3, window: 60_000 }] }]]);
    one.update({ limits: slidingWindow({ limit: 1, window: 60_000 }), maxQueue: 0, maxWait: 0 });
    await redis.settled();
    expect(log.at(-1)).toBe('cost-too-large');
    ask(one);
    await redis.settled();
    expect([log.at(-1), one.state.waiting]).toEqual(['queue-full', 0]);
  });

  it('T5, D11: a budget is updated likewise', async () => {
    const budget = budgetOf({ limits: [perCalendarDay(100), perMinute(50)] });
    expect(await reserved(budget, 40)).toBe('reserved');
    budget.update({ limits: [perMinute(30), perCalendarDay(100)] });
    expect({ ...budget.exceeded(60) }).toMatchObject({ limit: 30, remaining: -10 });
    expect(await reserved(budget, 20)).toMatchObject({ limit: 30, remaining: -10 });
    budget.update({ limits: [perMinute(100), perCalendarDay(200)], maxTokensPerRequest: 50 });
    expect(await reserved(budget, 51)).toMatchObject({ reason: 'request-too-large', limit: 50 });
    expect(await reserved(budget, 50)).toBe('reserved');
  });

  it('are refused with the name of the option, where they cannot be counted under the same keys', () => {
    const budget = budgetOf({ limits: perCalendarDay(100) });
    expect(() => budget.update({ limits: perCalendarDay(100, 'Asia/Tokyo') })).toThrow(
      'RedisTokenBudget.update: limits must be of the same kinds as before, because others are counted under other keys: before tokens/day/UTC; got tokens/day/Asia/Tokyo',
    );
    expect(() => budget.update({ limits: perMinute(100) })).toThrow(TypeError);
    expect(() => budget.update({ maxTokensPerRequest: 0.5 })).toThrow('RedisTokenBudget.update: maxTokensPerRequest must be a whole number');
    expect(() => budget.update({ tokens: 1 } as never)).toThrow('unknown option tokens');
    const limiter = limiterOf(perSecond(1));
    expect(() => limiter.update({ limits: { tokens: perSecond(1) } })).toThrow('RedisRateLimiter.update: limits must be of the same kinds');
    expect(() => limiter.update({ maxQueue: -1 })).toThrow('RedisRateLimiter.update: maxQueue');
    expect(() => limiter.update({ maxConcurrent: 1.5 } as never)).toThrow(/maxConcurrent/);
    expect(() => budgetOf({ limits: perCalendarDay(10, 'Nowhere/Else') })).toThrow("timeZone must be 'UTC' or a name of the IANA database");
  });

  it('D6: differences of calendars, totals and buckets are told as well', async () => {
    const theirs: unknown[] = [];
    const [one, two] = [10, 20].map((limit) => limiterOf({ requests: [calendarWindow({ limit, every: 'week' }), inTotal(10 * limit)] }));
    one!.acquire().subscribe();
    await redis.settled();
    two!.events$.subscribe((event) => event.type === 'mismatch' && theirs.push(event.theirs));
    two!.acquire().subscribe();
    await redis.settled();
    expect(theirs).toEqual([{ requests: [{ limit: 100 }, { limit: 10, every: 'week' }] }]);
  });
});

describe('C13: who refused', () => {
  it('stands in errors, events and states', async () => {
    const named = { key, name: 'everybody', scheduler: redis.scheduler, deadline: 50 };
    const budget = new RedisTokenBudget(redis, { ...named, limits: perMinute(10) });
    const limiter = new RedisRateLimiter(redis, { ...named, limits: perMinute(1) });
    const told: unknown[] = [];
    budget.events$.subscribe(({ name, type }) => told.push([name, type]));
    limiter.events$.subscribe(({ name, type }) => told.push([name, type]));
    const errors: unknown[] = [];
    budget.reserve(11).subscribe({ error: (error) => errors.push(error) });
    limiter.acquire(2).subscribe({ error: (error) => errors.push(error) });
    await redis.settled();
    expect(errors).toMatchObject([{ policyName: 'everybody', reason: 'cost-too-large' }, { policyName: 'everybody', reason: 'budget' }]);
    expect(told).toEqual([['everybody', 'refused'], ['everybody', 'refused']]);
    let looked: unknown[] = [];
    budget.look().subscribe(({ name }) => { looked = [...looked, name]; });
    limiter.look().subscribe(({ name }) => { looked = [...looked, name]; });
    await redis.settled();
    expect([looked, budget.state.name, limiter.state.name]).toEqual([['everybody', 'everybody'], 'everybody', 'everybody']);
    const silent = { evalsha: () => new Promise<never>(() => undefined), eval: () => new Promise<never>(() => undefined) };
    new RedisTokenBudget(silent, { ...named, limits: perMinute(10) }).reserve(1).subscribe({ error: (error) => errors.push(error) });
    redis.scheduler.run(200);
    expect(errors.at(-1)).toMatchObject({ name: 'LimiterUnavailableError', policyName: 'everybody', key });
    expect(() => new RedisTokenBudget(redis, { key, limits: perMinute(1), name: 1 } as never)).toThrow('name must be a string');
  });
});

it('streams of a budget over the calendar run through the operator', async () => {
  const { tokenBudget } = await import('../../src/index');
  const budget = budgetOf({ limits: perCalendarDay(100) });
  const heard: string[] = [];
  of('12345678').pipe(tokenBudget(budget, { estimate: 50, count: (text) => text.length })).subscribe({ next: (text) => heard.push(text), complete: () => heard.push('complete') });
  await redis.settled();
  expect(heard).toEqual(['12345678', 'complete']);
});
