// With ioredis, in one process, and limits that are never reached.
import type { Redis } from 'ioredis';
import type { Observable } from 'rxjs';
import { type Permit, perDay, tokenBucket } from 'rxjs-resilience';
import { RedisRateLimiter } from 'rxjs-resilience/redis';
import { median, medians } from '../measure';
import type { Throughput } from './results';

type Once = () => Promise<unknown>;

const plenty = 1e9;
const ms = 400;

/** All in turn, and again, so that whatever the machine does meanwhile hits all of them. */
export async function throughput(redis: Redis, id: string, rounds: number): Promise<Throughput[]> {
  const ways = waysToAsk(redis, id);
  const table: Throughput[] = [];
  for (const inFlight of [1, 16, 256]) {
    console.log(`- redis: ${inFlight} in flight, ${rounds} rounds`);
    await oneRound(ways, inFlight); // warms up
    const all: Awaited<ReturnType<typeof oneRound>>[] = [];
    for (let round = 1; round <= rounds; round += 1) {
      all.push(await oneRound(ways, inFlight));
    }
    for (const what of Object.keys(ways)) {
      const { perSecond, p50, p99 } = medians(all.map((each) => each[what]!)) as Measured;
      const ofIncr = median(all.map((each) => each[what]!.perSecond / each.INCR!.perSecond));
      table.push({ what, inFlight, perSecond, ofIncr, p50, p99 });
    }
  }
  return table;
}

function waysToAsk(redis: Redis, id: string): Record<string, Once> {
  const shared = { deadline: 10_000 };
  const everySecond = tokenBucket({ capacity: plenty, refill: plenty, interval: 1_000 });
  const twofold = { requests: perDay(plenty), tokens: perDay(plenty) };
  const bucket = new RedisRateLimiter(redis, { ...shared, key: `${id}-bucket`, limits: everySecond });
  const window = new RedisRateLimiter(redis, { ...shared, key: `${id}-window`, limits: perDay(plenty) });
  const both = new RedisRateLimiter(redis, { ...shared, key: `${id}-both`, limits: twofold });
  return {
    INCR: () => redis.incr(`${id}-counter`),
    'token bucket': () => taken(bucket.acquire()),
    'rolling window': () => taken(window.acquire()),
    'requests and tokens': () => taken(both.acquire({ tokens: 9 })),
  };
}

function taken(permit$: Observable<Permit<string>>): Promise<void> {
  return new Promise((resolve, reject) => {
    permit$.subscribe({ next: (permit) => permit.settle(), complete: resolve, error: reject });
  });
}

type Measured = Awaited<ReturnType<typeof measured>>;

async function oneRound(ways: Record<string, Once>, inFlight: number): Promise<Record<string, Measured>> {
  const results: Record<string, Measured> = {};
  for (const [what, once] of Object.entries(ways)) {
    results[what] = await measured(inFlight, once);
  }
  return results;
}

/** Keeps so many in flight for a while. */
async function measured(inFlight: number, once: Once) {
  const latencies: number[] = [];
  const start = performance.now();
  const loop = async () => {
    for (let now = performance.now(); now < start + ms; ) {
      await once();
      const then = now;
      now = performance.now();
      latencies.push(now - then);
    }
  };
  await Promise.all(Array.from({ length: inFlight }, loop));
  const took = performance.now() - start;
  latencies.sort((one, other) => one - other);
  const at = (share: number) => latencies[Math.floor(share * (latencies.length - 1))]!;
  return { perSecond: (latencies.length / took) * 1_000, p50: at(0.5), p99: at(0.99) };
}
