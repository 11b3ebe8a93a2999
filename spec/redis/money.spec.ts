import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { inTotal, keyed, perCalendarDay, perCalendarMonth, perMinute, ResilientClient, TokenBudget } from '../../src/index';
import { type RedisClient, RedisTokenBudget } from '../../src/redis';
import { RedisServer } from './support/redis-server';

let server: RedisServer;
beforeAll(async () => {
  server = await RedisServer.start();
});
afterAll(() => server.stop());

const price = { input: 2, output: 10 }; // for a million tokens
const tokens = { input: 30_000, output: 20_000 };
const answer = { text: 'Hello', usage: { input: 30_000, output: 14_000, final: true } };
const usage = (value: typeof answer) => value.usage;

describe.each<[string, () => Promise<RedisClient>]>([
  ['ioredis', async () => server.ioredis()],
  ['node-redis', () => server.nodeRedis()],
])('T6, D11: a budget of money in Redis, with %s', (name, connect) => {
  const key = (room: string) => `money ${process.pid} ${name} ${room}`;

  it('reserves the estimate by its price, settles to what it cost, and refuses in its currency', async () => {
    const limits = [perCalendarMonth(0.5, 'Europe/Berlin'), inTotal(100)];
    const budget = new RedisTokenBudget(await connect(), { key: key('one'), name: 'everybody', counts: 'cost', limits });
    const reserved: number[] = [];
    budget.events$.subscribe((event) => event.type === 'reserved' && reserved.push(event.tokens));
    const client = new ResilientClient({ tokenBudget: budget });
    const call = () => client.run(async () => answer, { tokens, price, usage });
    await call();
    expect(reserved).toEqual([0.26]);
    await vi.waitFor(async () => expect((await firstValueFrom(budget.look())).remaining).toBe(0.3));
    await call();
    await vi.waitFor(async () => expect((await firstValueFrom(budget.look())).remaining).toBe(0.1));
    const error = await call().catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TokenBudgetExceededError', requested: 0.26, remaining: 0.1, limit: 0.5, counts: 'cost', policyName: 'everybody' });
    expect((error as Error).message).toBe('The budget is exceeded: 0.26 asked for, 0.1 of 0.5 left');
    expect(budget.counts).toBe('cost');
  });

  it('S10, C13: stands in a list beside budgets of tokens, keyed and local; what is refused by one costs nothing in the others', async () => {
    const redis = await connect();
    const users = keyed((user) => new RedisTokenBudget(redis, { key: key(user), counts: 'cost', limits: perCalendarDay(0.3) }), { by: 'user' });
    const all = new TokenBudget({ limits: perMinute(1_000_000) });
    const both = new RedisTokenBudget(redis, { key: key('both'), limits: perMinute(1_000_000) });
    const client = new ResilientClient({ tokenBudget: [users, both, all] });
    const call = (user: string) => client.run(async () => answer, { key: { user }, tokens, price, usage });
    await call('ada');
    await vi.waitFor(async () => expect((await firstValueFrom(users.get('ada').look())).remaining).toBe(0.1));
    expect(await call('ada').catch((thrown: unknown) => thrown)).toMatchObject({ key: 'ada', remaining: 0.1, counts: 'cost' });
    await call('bob');
    await vi.waitFor(async () => expect((await firstValueFrom(both.look())).limits[0]!.used).toBe(88_000));
    expect(all.state.limits[0]!.used).toBe(88_000);
    expect(users.get('bob').isIdle).toBe(true);
  });

  it('counts tokens and money with the same key apart', async () => {
    const redis = await connect();
    const limits = perMinute(100);
    const [money, counted] = [new RedisTokenBudget(redis, { key: key('apart'), counts: 'cost', limits }), new RedisTokenBudget(redis, { key: key('apart'), limits })];
    await firstValueFrom(money.reserve(99.5));
    await firstValueFrom(counted.reserve(100));
    expect([(await firstValueFrom(money.look())).remaining, (await firstValueFrom(counted.look())).remaining]).toEqual([0.5, 0]);
  });
});

describe('C2: options of a budget of money', () => {
  it('may be fractions; what decides while Redis is away must count the same', () => {
    const redis = server.ioredis();
    const make = (config: object) => () => new RedisTokenBudget(redis, { key: 'money', limits: perCalendarDay(0.5), counts: 'cost', ...config } as never);
    expect(make({ maxTokensPerRequest: 0.25 })).not.toThrow();
    expect(make({ counts: 'tokens' })).toThrow('RedisTokenBudget: limits.tokens');
    expect(make({ counts: 'dollars' })).toThrow("counts must be one of 'tokens', 'cost', got \"dollars\"");
    expect(make({ whenUnavailable: new TokenBudget({ limits: perMinute(5) }) })).toThrow('whenUnavailable must be a budget that counts cost as well, got one of tokens');
    expect(make({ whenUnavailable: new TokenBudget({ counts: 'cost', limits: perMinute(0.5) }) })).not.toThrow();
    const own = { reserve: () => undefined };
    expect(make({ whenUnavailable: own })).toThrow('got one of tokens');
  });

  it('overrun: an answer that costs too much is cut, one answer of Redis later', async () => {
    const budget = new RedisTokenBudget(server.ioredis(), { key: `overrun ${process.pid}`, counts: 'cost', limits: perMinute(0.001) });
    const client = new ResilientClient({ tokenBudget: budget });
    async function* endless() {
      for (;;) {
        yield { choices: [{ delta: { content: 'word '.repeat(40) } }] };
        await new Promise((resolve) => setTimeout(resolve, 5));
      }
    }
    const error = await client.run(() => endless(), { tokens: { input: 10, output: 10 }, price, overrun: 'error' }).catch((thrown: unknown) => thrown);
    expect(error).toMatchObject({ name: 'TokenBudgetExceededError', counts: 'cost', limit: 0.001 });
  });
});
