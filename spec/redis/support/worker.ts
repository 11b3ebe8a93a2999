import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type Limits, slidingWindow, tokenBucket } from '../../../src/quota/limits';
import { RedisRateLimiter } from '../../../src/redis';
import { RecordedClient } from './recorded-client';
import type { Order, Report } from './workers';

const redis = new Redis(process.argv[2]!);

/** Lets calls wait for permits; resolves when all have ended. */
async function carryOut({ key, limit, waiters, clockShift, takes = [0], ...order }: Order): Promise<Report> {
  const scheduler: SchedulerLike = {
    now: () => asyncScheduler.now() + clockShift,
    schedule: asyncScheduler.schedule.bind(asyncScheduler) as SchedulerLike['schedule'],
  };
  const limits: Limits<'requests'> | undefined =
    limit && ('window' in limit ? slidingWindow(limit) : tokenBucket(limit));
  const client = new RecordedClient(redis);
  const { maxConcurrent, lease, ageing, weights } = order;
  const fair = weights && { weight: (tenant: string) => weights[tenant] ?? 1 };
  const limiter = new RedisRateLimiter(client, { key, limits, scheduler, maxConcurrent, lease, ageing, fair });
  const tenants = Object.keys(weights ?? { '': 1 });
  const served: string[] = [];
  const call = (tenant: string, number: number) =>
    new Promise<string>((resolve) => {
      limiter.acquire(1, { tenant, priority: order.priority }).subscribe({
        next: (permit) => {
          served.push(tenant);
          const ms = takes[number % takes.length]!;
          if (ms > 0) {
            setTimeout(() => permit.settle(), ms);
          } else {
            permit.settle();
          }
        },
        error: (error) => resolve(String(error)),
        complete: () => resolve('granted'),
      });
    });
  const calls: Promise<string>[] = [];
  for (let number = 0; number < waiters; number += 1) {
    calls.push(...tenants.map((tenant) => call(tenant, number)));
    if (order.every !== undefined) {
      await sleep(order.every);
    }
  }
  const finished = await Promise.all(calls);
  while (limiter.state.inFlight > 0 || !limiter.isIdle) {
    await sleep(5);
  }
  return { granted: client.granted, ended: await Promise.all(client.ended), turns: client.turns, finished, served };
}

process.on('message', async (order: Order) => process.send!(await carryOut(order)));
process.on('disconnect', () => redis.disconnect());
await redis.ping();
process.send!('ready');
