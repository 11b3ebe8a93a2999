import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom, of } from 'rxjs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CircuitOpenError, circuitBreak, perDay, slidingWindow } from '../../src/index';
import { RedisCircuitBreaker, RedisRateLimiter, RedisTokenBudget } from '../../src/redis';
import { type Granted, mostWithin } from './support/recorded-client';
import { RedisServer } from './support/redis-server';
import { Child, endAll, type Order, type Report, Worker, workersAt } from './support/workers';

const hour = 3_600_000;
const hundredPerSecond = { capacity: 10, refill: 100, interval: 1_000 };

let server: RedisServer;
let workers: Worker[] = [];
beforeAll(async () => {
  server = await RedisServer.start();
  workers = await workersAt(server.url, 4);
}, 60_000);
afterAll(() => endAll(workers, server));

let keys = 0;
/** Lets all processes begin together, with clocks that are wrong. */
function runTogether(limit: NonNullable<Order['limit']>, waiters: number, clocks: readonly number[]): Promise<(Report | undefined)[]> {
  keys += 1;
  const key = `processes ${process.pid} ${keys}`;
  return Promise.all(workers.map((worker, index) => worker.carryOut({ key, limit, waiters, clockShift: clocks[index]! })));
}

const grantsOf = (reports: readonly (Report | undefined)[]): Granted[] => reports.flatMap((report) => report?.granted ?? []);
function spanOf(granted: readonly Granted[]) {
  const times = granted.map(({ at }) => at);
  const first = Math.min(...times);
  return { first, span: Math.max(...times) - first };
}

const sum = (granted: readonly Granted[]) => granted.reduce((all, { calls }) => all + calls, 0);

describe('four processes, at 100 permits per second', { timeout: 60_000 }, () => {
  it('with 200 waiters each share a token bucket evenly, within its limit and without losing time, on clocks that are hours apart', { retry: 2 }, async () => {
    const reports = await runTogether(hundredPerSecond, 200, [0, hour, -hour, 2 * hour]);
    const granted = grantsOf(reports);
    const { first, span } = spanOf(granted);
    // What is free at the beginning goes to whoever is first; once all are there they take turns.
    const together = Math.max(...reports.map((report) => spanOf(report!.granted).first));
    const shares = reports.map((report) => sum(report!.granted.filter(({ at }) => at > together && at <= first + span / 2)));
    const mean = shares.reduce((all, share) => all + share) / 4;
    const turns = reports.reduce((all, report) => all + report!.turns, 0);

    expect(reports.flatMap((report) => report!.finished)).toEqual(Array(800).fill('granted'));
    expect(sum(granted)).toBe(800);
    expect(mostWithin(granted, 1_000)).toBeLessThanOrEqual(110);
    expect(span).toBeGreaterThanOrEqual(7_900 - 1);
    expect(span).toBeLessThanOrEqual(7_900 * 1.02);
    expect(mean).toBeGreaterThan(60);
    expect(Math.max(...shares) - Math.min(...shares)).toBeLessThanOrEqual(0.15 * mean);
    expect(turns).toBeLessThanOrEqual(800 * 1.15);
  });

  it('never exceed a rolling window, not even for a ms', async () => {
    const window = { limit: 50, window: 500 };
    const reports = await runTogether(window, 75, [0, -hour, 0, hour]);
    const granted = grantsOf(reports);
    expect(reports.flatMap((report) => report!.finished)).toEqual(Array(300).fill('granted'));
    expect(sum(granted)).toBe(300);
    expect(mostWithin(granted, 500)).toBe(50);
    expect(spanOf(granted).span).toBeLessThan(2_500 + 500); // five windows have to pass, and no sixth
  });

  it('lose nothing but the turn of one that is killed while it waits', async () => {
    const run = runTogether(hundredPerSecond, 100, [0, 0, 0, 0]);
    await sleep(500);
    workers[0]!.kill();
    const reports = await run;
    const granted = grantsOf(reports);
    expect(reports[0]).toBeUndefined();
    expect(reports.slice(1).flatMap((report) => report!.finished)).toEqual(Array(300).fill('granted'));
    expect(mostWithin(granted, 1_000)).toBeLessThanOrEqual(110);
    expect(spanOf(granted).span).toBeLessThan(3_600); // 3,900 if all had been served, 2,900 if the killed one never had
  });
});

describe('D1: a crash loop', { timeout: 120_000 }, () => {
  it('of 8 processes leaves as many in the queue as live, while others settle', async () => {
    const key = `crash loop ${process.pid}`;
    const limit = { limit: 50, window: 60_000 };
    const limiter = new RedisRateLimiter(server.ioredis(), { key, limits: slidingWindow(limit) });
    const permits = await Promise.all(Array.from({ length: 50 }, () => firstValueFrom(limiter.acquire())));
    limiter.pause(60_000);
    const living = limiter.acquire().subscribe();
    const processes = async () => (await firstValueFrom(limiter.look())).processes;
    const settling = setInterval(() => permits.pop()?.refund(), 100);
    const crashing = Array.from({ length: 8 }, () => new Worker(server.url));
    await Promise.all(crashing.map(({ isReady }) => isReady));
    let most = 0;
    for (const worker of crashing) {
      void worker.carryOut({ key, limit, waiters: 2, clockShift: 0 });
      await sleep(250);
      most = Math.max(most, await processes());
      worker.kill();
    }
    expect(most).toBeGreaterThan(1);
    await sleep(2_000 + 100); // the deadline and a second, and the way there
    expect(await processes()).toBe(1);
    clearInterval(settling);
    living.unsubscribe();
  });
});

describe('D7: drain() and then process.exit(0)', { timeout: 60_000 }, () => {
  it.each(['ioredis', 'node-redis'])('with %s loses nothing: usage is counted, and others know that the breaker has opened', async (kind) => {
    const key = `spender ${process.pid} ${kind}`;
    const child = new Child('./spender.ts', [server.url, kind, key]);
    expect(await child.exit).toBe(0);
    const redis = server.ioredis();
    const limits = perDay(1_000_000);
    const budget = new RedisTokenBudget(redis, { key, limits });
    expect((await firstValueFrom(budget.look())).limits[0]!.used).toBe(17 * 50);
    const limiter = new RedisRateLimiter(redis, { key, limits: { tokens: limits } });
    const { tokens } = (await firstValueFrom(limiter.look())).limits;
    expect(tokens[0]!.used).toBe(17 * 50);
    const breaker = new RedisCircuitBreaker(redis, { key, failureThreshold: 1 });
    await expect(firstValueFrom(of('a').pipe(circuitBreak(breaker)))).rejects.toBeInstanceOf(CircuitOpenError);
  });
});
