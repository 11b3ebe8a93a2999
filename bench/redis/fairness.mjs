// Four processes with 200 waiters each at 100 permits per second: who keeps the limit, wastes no time, and is fair?
// npm run build && node bench/redis/fairness.mjs [a word of a library's name]
import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { limiters } from './limiters.mjs';
import { connect, withServer } from './server.mjs';

const processes = 4;
const waiters = 200;
const longest = 60_000;

async function run(url, name) {
  const redis = await connect(url);
  await redis.flushall();
  const workers = Array.from({ length: processes }, () =>
    fork(fileURLToPath(new URL('worker.mjs', import.meta.url)), [url, name, String(waiters)]),
  );
  const heard = (worker) =>
    new Promise((resolve) => {
      worker.once('message', resolve);
      worker.once('exit', () => resolve(undefined));
    });
  const timer = setTimeout(() => {
    for (const worker of workers) {
      worker.kill('SIGKILL');
    }
  }, longest);
  try {
    await Promise.all(workers.map(heard));
    await redis.config('RESETSTAT');
    const reports = Promise.all(workers.map(heard));
    for (const worker of workers) {
      worker.send('go');
    }
    return rowOf(name, await reports, await scriptsRun(redis));
  } finally {
    clearTimeout(timer);
    for (const worker of workers) {
      worker.kill('SIGKILL');
    }
    redis.disconnect();
  }
}

async function scriptsRun(redis) {
  const stats = await redis.info('commandstats');
  const calls = [...stats.matchAll(/cmdstat_(?:eval|evalsha|multi|hmset|rlflx\w*):calls=(\d+)/g)];
  return calls.reduce((sum, [, count]) => sum + Number(count), 0);
}

function rowOf(name, reports, scripts) {
  const all = reports.flatMap((report) => report?.times ?? []).sort((one, other) => one - other);
  const [first, last] = [all[0] ?? 0, all.at(-1) ?? 0];
  const half = (first + last) / 2;
  return {
    library: name,
    'let through': all.length,
    'most in 1 s': mostWithin(all, 1_000),
    'most in 100 ms': mostWithin(all, 100),
    'span s (ideal 7.9)': (last - first) / 1_000,
    'shares at half time': reports.map((report) => report?.times.filter((at) => at <= half).length ?? '-').join(' '),
    scripts,
  };
}

function mostWithin(times, window) {
  let [first, most] = [0, 0];
  times.forEach((at, index) => {
    while (times[first] + window <= at) {
      first += 1;
    }
    most = Math.max(most, index - first + 1);
  });
  return most;
}

await withServer(async (url) => {
  const rows = [];
  for (const name of Object.keys(limiters).filter((each) => each.includes(process.argv[2] ?? ''))) {
    rows.push(await run(url, name));
  }
  console.table(rows);
});
