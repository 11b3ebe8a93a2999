// One of the processes of fairness.ts: lets many calls wait at once, and tells when each was let through.
import { Redis } from 'ioredis';
import { limiters } from './limiters';
import { task } from './results';

const [url, name, id] = process.argv.slice(2);
const redis = new Redis(url!);
await redis.ping();
const { take, granted } = await limiters[name!]!(redis, url!, id!);
process.send!('ready');
process.once('message', async () => {
  const times: number[] = [];
  let failure: string | undefined;
  const one = () =>
    take().then(
      () => times.push(Date.now()),
      (error) => {
        failure = String(error);
      },
    );
  await Promise.all(Array.from({ length: task.waiters }, one));
  process.send!({ times, granted, failure }, () => process.exit());
});
