import { setTimeout as sleep } from 'node:timers/promises';
import { firstValueFrom } from 'rxjs';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { RedisRateLimiter } from '../../src/redis';
import { mostInFlight } from './support/recorded-client';
import { RedisServer } from './support/redis-server';
import { endAll, type Order, type Report, type Worker, workersAt } from './support/workers';

let server: RedisServer;
const workers: Worker[] = [];
let key: string;
let keys = 0;
beforeAll(async () => {
  server = await RedisServer.start();
});
beforeEach(async () => {
  keys += 1;
  key = `shares ${process.pid} ${keys}`;
  workers.push(...(await workersAt(server.url, 4 - workers.length)));
}, 60_000);
afterAll(() => endAll(workers, server));

type Task = Omit<Order, 'key' | 'clockShift'>;
const start = (worker: number, task: Task) => workers[worker]!.carryOut({ key, clockShift: 0, ...task });
const startAll = (task: (worker: number) => Task) => Promise.all(workers.map((_, worker) => start(worker, task(worker)))) as Promise<Report[]>;

/** Each grant's time by the server's clock. */
const timesOf = ({ granted }: Report) => granted.flatMap(({ at, calls }) => Array<number>(calls).fill(at));

async function serverTime(): Promise<number> {
  const [seconds, us] = await server.ioredis().time();
  return Number(seconds) * 1_000 + Number(us) / 1_000;
}

/** How many calls are counted as in flight, and how many more the limit lets through now. */
async function left(maxConcurrent: number) {
  const limiter = new RedisRateLimiter(server.ioredis(), { key, maxConcurrent });
  const { inFlight } = await firstValueFrom(limiter.look());
  const permits = await Promise.all(Array.from({ length: maxConcurrent + 1 }, () => firstValueFrom(limiter.acquire(1, { maxWait: 0 })).catch(() => undefined)));
  for (const permit of permits) {
    permit?.settle();
  }
  return { inFlight, more: permits.filter((permit) => permit !== undefined).length };
}

describe('D9: four processes', { timeout: 120_000 }, () => {
  it('never have more calls in flight than maxConcurrent, by the time of the server, and lose few moments', async () => {
    const takes = [20, 50, 35, 80, 5, 60];
    const reports = await startAll(() => ({ maxConcurrent: 6, waiters: 60, takes }));
    const granted = reports.flatMap((report) => report.granted);
    const ended = reports.flatMap((report) => report.ended);
    expect(reports.flatMap(({ finished }) => finished)).toEqual(Array(240).fill('granted'));
    expect(ended).toHaveLength(240);
    expect(mostInFlight(granted, ended)).toBe(6);
    expect(await left(6)).toEqual({ inFlight: 0, more: 6 });
  });

  it('have the places of one that is killed back within its lease and a second', async () => {
    const [maxConcurrent, lease] = [4, 2_000];
    const dead = start(0, { maxConcurrent, lease, waiters: 4, takes: [600_000] });
    await sleep(1_000);
    const others = [1, 2].map((worker) => start(worker, { maxConcurrent, lease, waiters: 4, takes: [10] }));
    await sleep(2_500); // the living one has renewed
    const killed = await serverTime();
    workers[0]!.kill();
    workers.shift();
    expect(await dead).toBeUndefined();
    const times = ((await Promise.all(others)) as Report[]).flatMap(timesOf);
    expect(times).toHaveLength(8);
    expect(Math.min(...times)).toBeGreaterThan(killed);
    expect(Math.max(...times)).toBeLessThanOrEqual(killed + lease + 1_000);
    expect(await left(maxConcurrent)).toEqual({ inFlight: 0, more: 4 });
  });

  it('count right after one stood still for longer than its lease', async () => {
    const [maxConcurrent, lease] = [3, 1_000];
    const slow = start(0, { maxConcurrent, lease, waiters: 3, takes: [5_000] });
    await sleep(500);
    workers[0]!.signal('SIGSTOP');
    const other = start(1, { maxConcurrent, lease, waiters: 60, takes: [200] });
    await sleep(3_000);
    workers[0]!.signal('SIGCONT');
    const back = await serverTime();
    const [stopped, went] = (await Promise.all([slow, other])) as [Report, Report];
    const times = timesOf(went);
    const end = Math.min(...stopped.ended);
    expect(times.filter((at) => at < back).length).toBeGreaterThanOrEqual(6);
    expect(end).toBeGreaterThan(back + 800);
    expect(times.filter((at) => at > back + 600 && at < end)).toEqual([]); // what it holds counts again
    expect(times).toHaveLength(60);
    expect(await left(maxConcurrent)).toEqual({ inFlight: 0, more: 3 });
  });

  it('share permits between two tenants by their weights, within 5 %', async () => {
    const limit = { capacity: 20, refill: 400, interval: 1_000 };
    const reports = await startAll(() => ({ limit, waiters: 700, weights: { big: 3, small: 1 } }));
    const grants = reports.flatMap((report) => timesOf(report).map((at, index) => ({ at, tenant: report.served[index]! })));
    const first = Math.max(...reports.map((report) => timesOf(report)[20]!));
    const inOrder = grants.filter(({ at }) => at > first).sort((one, other) => one.at - other.at).slice(0, 2_800);
    const share = inOrder.filter(({ tenant }) => tenant === 'small').length / inOrder.length;
    expect(inOrder).toHaveLength(2_800);
    expect(share).toBeGreaterThan(0.25 * 0.95);
    expect(share).toBeLessThan(0.25 * 1.05);
  });

  it('let a high priority of one go before a low one of another', async () => {
    const limit = { capacity: 5, refill: 100, interval: 1_000 };
    const low = [0, 1].map((worker) => start(worker, { limit, waiters: 150 }));
    await sleep(500);
    const [high, ...others] = (await Promise.all([start(2, { limit, waiters: 50, priority: 1 }), ...low])) as Report[];
    const times = timesOf(high!);
    const between = others.flatMap(timesOf).filter((at) => at > times[0]! && at < times.at(-1)!);
    expect(times).toHaveLength(50);
    expect(between.length).toBeLessThanOrEqual(3);
  });

  it('L12: let nobody starve with ageing, whatever the others ask for', async () => {
    const limit = { capacity: 5, refill: 100, interval: 1_000 };
    const [low, ...high] = (await startAll((worker) =>
      worker === 0 ? { limit, ageing: 200, waiters: 20 } : { limit, ageing: 200, waiters: 160, every: 15, priority: 3 },
    )) as [Report, ...Report[]];
    const last = Math.max(...high.flatMap(timesOf));
    expect(timesOf(low)).toHaveLength(20);
    expect(Math.max(...timesOf(low))).toBeLessThan(last - 1_000);
  });
});
