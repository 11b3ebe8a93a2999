// One of the processes of fairness.mjs: lets many calls wait at once, and tells when each was let through.
import { Redis } from 'ioredis';
import { limiters } from './limiters.mjs';

const [url, name, count] = process.argv.slice(2);
const redis = new Redis(url);
await redis.ping();
const take = await limiters[name](redis, url);
process.send('ready');
process.once('message', async () => {
  const times = [];
  const failures = [];
  const one = () =>
    take().then(
      () => times.push(Date.now()),
      (error) => failures.push(String(error)),
    );
  await Promise.all(Array.from({ length: Number(count) }, one));
  process.send({ times, failures }, () => process.exit());
});
