import { firstValueFrom, lastValueFrom, mergeMap, of, range, throwError, toArray } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { classifyError, isRetryable, keyed, perMinute, ResilientClient, rateLimit, rateLimitEach, resilient, slidingWindow } from '../../src/index';
import { LimiterUnavailableError, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { beforeEachTest } from './support/each-test';
import type { RedisServer } from './support/redis-server';

let server: RedisServer;
let key: string;
beforeEachTest('operators', (given) => {
  ({ server, key } = given);
});

const limiterOf = () => new RedisRateLimiter(server.ioredis(), { key, limits: { requests: perMinute(10), tokens: perMinute(1_000) } });
const budgetOf = () => new RedisTokenBudget(server.ioredis(), { key, limits: perMinute(1_000) });
const usedOf = async (limiter: RedisRateLimiter<'requests' | 'tokens'>) => {
  const { limits } = await firstValueFrom(limiter.look());
  return [limits.requests[0]!.used, limits.tokens[0]!.used];
};

describe('the operators with shared policies', { timeout: 20_000 }, () => {
  it('rateLimit counts what a call reports', async () => {
    const limiter = limiterOf();
    const call = of(3, 7).pipe(rateLimit(limiter, { cost: { tokens: 100 }, usage: (tokens) => ({ tokens }) }));
    expect(await lastValueFrom(call)).toBe(7);
    await vi.waitFor(async () => expect(await usedOf(limiter)).toEqual([1, 7]));
  });

  it('rateLimit pauses all processes for what one of them was told', async () => {
    const [one, two] = [limiterOf(), limiterOf()];
    const throttled = Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after-ms': '600' } });
    await expect(lastValueFrom(throwError(() => throttled).pipe(rateLimit(one)))).rejects.toBe(throttled);
    await vi.waitFor(async () => expect((await firstValueFrom(two.look())).pausedUntil).toBeGreaterThan(0));
    const start = performance.now();
    await lastValueFrom(of('a').pipe(rateLimit(two)));
    expect(performance.now() - start).toBeGreaterThan(300);
  });

  it('rateLimitEach keeps the order and loses nothing', async () => {
    const limiter = new RedisRateLimiter(server.ioredis(), { key, limits: slidingWindow({ limit: 10, window: 100 }) });
    const values = await lastValueFrom(range(25).pipe(rateLimitEach(limiter), toArray()));
    expect(values).toEqual(Array.from({ length: 25 }, (_, index) => index));
  });

  it('ResilientClient, and resilient, settle limiter and budget with what each call has cost, and drain', async () => {
    const [limiter, budget] = [limiterOf(), budgetOf()];
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 }, rateLimit: limiter, tokenBudget: budget });
    const told: string[] = [];
    client.events$.subscribe(({ policy, type }) => told.push(`${policy} ${type}`));
    let failures = 0;
    const answer = client.call(
      () => {
        failures += 1;
        return failures === 1 ? throwError(() => new TypeError('fetch failed')) : of({ usage: { prompt_tokens: 5, completion_tokens: 20 }, choices: [{ delta: { content: 'Hi' }, finish_reason: 'stop' }] });
      },
      { tokens: { input: 10, output: 100 } },
    );
    await lastValueFrom(answer);
    await lastValueFrom(of('abcd').pipe(resilient({ rateLimit: limiter, tokenBudget: budget }, { tokens: 50 })));
    await vi.waitFor(async () => expect([await usedOf(limiter), (await firstValueFrom(budget.look())).remaining]).toEqual([[3, 75], 915])); // the first attempt costs its input
    expect(told.filter((event) => /granted|reserved|refunded/.test(event))).toHaveLength(6);
    expect(client.state).toMatchObject({ limiter: { inFlight: 0, isAvailable: true }, budget: { reserved: 0 } });
    await lastValueFrom(client.drain(), { defaultValue: 'drained' });
  });

  it('keyed keeps one policy for each user, and may forget it: what is used is kept by Redis', async () => {
    const redis = server.ioredis();
    const budgets = keyed((user) => new RedisTokenBudget(redis, { key: `${key} ${user}`, limits: perMinute(100) }), { maxKeys: 1 });
    for (const user of ['ada', 'bob', 'ada']) {
      (await firstValueFrom(budgets.get(user).reserve(40))).settle(40);
      await vi.waitFor(() => expect(budgets.get(user).isIdle).toBe(true));
    }
    expect([budgets.size, (await firstValueFrom(budgets.get('ada').look())).remaining]).toEqual([1, 20]);
  });

  it('many calls at once are let through as fast as the limit allows', async () => {
    const limiter = new RedisRateLimiter(server.ioredis(), { key, limits: slidingWindow({ limit: 1_000, window: 60_000 }) });
    const calls = range(1_000).pipe(mergeMap((call) => of(call).pipe(rateLimit(limiter))), toArray());
    expect(await lastValueFrom(calls)).toHaveLength(1_000);
  });

  it('take an unavailable limiter for worth a retry', () => {
    const error = new LimiterUnavailableError({ key: 'a', deadline: 5, cause: new TypeError('no') });
    expect([classifyError(error), isRetryable(error)]).toEqual(['transient', true]);
  });
});
