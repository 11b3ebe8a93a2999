import { setTimeout as sleep } from 'node:timers/promises';
import { Cluster } from 'ioredis';
import { createCluster } from 'redis';
import { freePort, RedisServer } from './redis-server';

const slots = 16_384;

/** Three real servers that share the slots among them. */
export class RedisCluster {
  private constructor(private readonly servers: readonly RedisServer[]) {}

  static async start(): Promise<RedisCluster> {
    const busPorts = [await freePort(), await freePort(), await freePort()].map(String);
    const servers = await Promise.all(
      busPorts.map((port) => RedisServer.startOwn(['--cluster-enabled', 'yes', '--cluster-port', port])),
    );
    const cluster = new RedisCluster(servers);
    for (const [index, server] of servers.entries()) {
      const [from, to] = [index, index + 1].map((share) => Math.floor((share * slots) / servers.length));
      await server.ioredis().call('CLUSTER', 'ADDSLOTSRANGE', from!, to! - 1);
    }
    for (const [index, { url }] of servers.entries()) {
      await servers[0]!.ioredis().call('CLUSTER', 'MEET', '127.0.0.1', new URL(url).port, busPorts[index]!);
    }
    for (const server of servers) {
      const redis = server.ioredis();
      const isWhole = async () =>
        /cluster_state:ok[\s\S]*cluster_known_nodes:3/.test(String(await redis.cluster('INFO')));
      while (!(await isWhole())) {
        await sleep(20);
      }
    }
    return cluster;
  }

  ioredis(): Cluster {
    const cluster = new Cluster(this.servers.map(({ url }) => url));
    this.servers[0]!.closes(() => cluster.disconnect());
    return cluster;
  }

  async nodeRedis() {
    const cluster = createCluster({ rootNodes: this.servers.map(({ url }) => ({ url })) });
    await cluster.connect();
    this.servers[0]!.closes(() => cluster.destroy());
    return cluster;
  }

  /** How many keys each server holds. */
  keys(): Promise<number[]> {
    return Promise.all(this.servers.map((server) => server.ioredis().dbsize()));
  }

  async stop(): Promise<void> {
    await Promise.all(this.servers.map((server) => server.stop()));
  }
}
