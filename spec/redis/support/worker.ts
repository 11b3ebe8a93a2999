import { Redis } from 'ioredis';
import { asyncScheduler, type SchedulerLike } from 'rxjs';
import { type Limits, slidingWindow, tokenBucket } from '../../../src/quota/limits';
import { RedisRateLimiter } from '../../../src/redis';
import { RecordedClient } from './recorded-client';
import type { Order, Report } from './workers';

const redis = new Redis(process.argv[2]!);

/** Lets calls wait for permits, all at once; resolves when all have ended. */
async function carryOut({ key, limit, waiters, clockShift }: Order): Promise<Report> {
  const scheduler: SchedulerLike = {
    now: () => asyncScheduler.now() + clockShift,
    schedule: asyncScheduler.schedule.bind(asyncScheduler) as SchedulerLike['schedule'],
  };
  const limits: Limits<'requests'> = 'window' in limit ? slidingWindow(limit) : tokenBucket(limit);
  const client = new RecordedClient(redis);
  const limiter = new RedisRateLimiter(client, { key, limits, scheduler });
  const call = () =>
    new Promise<string>((resolve) => {
      limiter.acquire().subscribe({
        next: (permit) => permit.settle(),
        error: (error) => resolve(String(error)),
        complete: () => resolve('granted'),
      });
    });
  const finished = await Promise.all(Array.from({ length: waiters }, call));
  return { granted: client.granted, turns: client.turns, finished };
}

process.on('message', async (order: Order) => process.send!(await carryOut(order)));
process.on('disconnect', () => redis.disconnect());
await redis.ping();
process.send!('ready');
