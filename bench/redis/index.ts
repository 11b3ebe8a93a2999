import type { Redis } from 'ioredis';
import { RedisServer } from '../../spec/redis/support/redis-server';
import { fairness } from './fairness';
import type { RedisResults } from './results';
import { throughput } from './throughput';

/** Measures on a server of its own, or on the one that REDIS_URL names, and leaves nothing there. */
export async function measureRedis(rounds: number): Promise<RedisResults> {
  const server = await started();
  if (server instanceof Error) {
    console.log(`  ! redis: ${server.message}`);
    return { missing: server.message };
  }
  const redis = server.ioredis();
  const id = `bench-${process.pid}-${Date.now()}`;
  try {
    const about = await redis.info('server');
    return {
      server: /redis_version:(\S+)/.exec(about)?.[1] ?? 'of unknown version',
      throughput: await throughput(redis, id, rounds),
      fairness: await fairness(redis, server.url, id),
    };
  } finally {
    await removeKeys(redis, id);
    await server.stop();
  }
}

/** A server that answers, or why there is none. */
async function started(): Promise<RedisServer | Error> {
  let server: RedisServer | undefined;
  try {
    server = await RedisServer.start();
    await server.ioredis().ping();
    return server;
  } catch (error) {
    await server?.stop();
    const reason = error instanceof Error && server === undefined ? error.message.split('\n')[0] : 'it does not answer';
    return new Error(`no Redis server: ${reason}`);
  }
}

async function removeKeys(redis: Redis, id: string): Promise<void> {
  for await (const keys of redis.scanStream({ match: `*${id}*` })) {
    if (keys.length > 0) {
      await redis.unlink(keys);
    }
  }
}
