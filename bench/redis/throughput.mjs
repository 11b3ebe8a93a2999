// Permits per second and their latency beside INCR, with ioredis and limits that are never reached.
// npm run build && node bench/redis/throughput.mjs
import { perDay, tokenBucket } from '../../dist/index.js';
import { RedisRateLimiter } from '../../dist/redis/index.js';
import { connect, withServer } from './server.mjs';

const plenty = 1e9;
const rounds = 7;
const ms = 400;

/** Keeps so many in flight for a while. */
async function measured(inFlight, one) {
  const latencies = [];
  const start = performance.now();
  const loop = async () => {
    for (let now = performance.now(); now < start + ms; ) {
      await one();
      const then = now;
      now = performance.now();
      latencies.push(now - then);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const took = performance.now() - start;
  latencies.sort((one, other) => one - other);
  const at = (share) => latencies[Math.floor(share * (latencies.length - 1))];
  return { rate: (latencies.length / took) * 1_000, p50: at(0.5), p99: at(0.99) };
}

const middle = (values) => values.sort((one, other) => one - other)[Math.floor(values.length / 2)];
const permitOf = (limiter, cost) => () =>
  new Promise((resolve, reject) => {
    limiter.acquire(cost).subscribe({ next: (permit) => permit.settle(), complete: resolve, error: reject });
  });

await withServer(async (url) => {
  const redis = await connect(url);
  const limiterOf = (key, limits) => new RedisRateLimiter(redis, { key, limits, deadline: 10_000 });
  const bucket = tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 });
  const kinds = {
    INCR: () => redis.incr('counter'),
    'token bucket': permitOf(limiterOf('bucket', bucket)),
    'rolling window': permitOf(limiterOf('window', perDay(plenty))),
    'requests and tokens': permitOf(limiterOf('both', { requests: perDay(plenty), tokens: perDay(plenty) }), {
      tokens: 9,
    }),
  };
  for (const inFlight of [1, 16, 256]) {
    const results = Object.fromEntries(Object.keys(kinds).map((name) => [name, []]));
    for (let round = 0; round <= rounds; round += 1) {
      for (const [name, one] of Object.entries(kinds)) {
        const result = await measured(inFlight, one);
        if (round > 0) {
          results[name].push(result); // the first warms up
        }
      }
    }
    const table = Object.entries(results).map(([name, each]) => ({
      'in flight': inFlight,
      what: name,
      'per second': Math.round(middle(each.map(({ rate }) => rate))),
      'of INCR': Number(middle(each.map(({ rate }, round) => rate / results.INCR[round].rate)).toFixed(2)),
      'p50 ms': Number(middle(each.map(({ p50 }) => p50)).toFixed(3)),
      'p99 ms': Number(middle(each.map(({ p99 }) => p99)).toFixed(3)),
    }));
    console.table(table);
  }
  redis.disconnect();
});
