import { afterAll, beforeAll, beforeEach } from 'vitest';
import { RedisServer } from './redis-server';
import { VirtualRedis } from './virtual-redis';

/** What a test gets: the server of its file, the same in virtual time, and a key of its own. */
interface Given {
  readonly server: RedisServer;
  readonly redis: VirtualRedis;
  readonly key: string;
}

/** Starts a server for a file of properties. What it returns gives each run its own: the server in virtual time, and a key. */
export function serverForRuns(): (name: string) => Pick<Given, 'redis' | 'key'> {
  let server: RedisServer;
  let runs = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  afterAll(() => server.stop());
  return (name) => {
    runs += 1;
    return { redis: new VirtualRedis(server.ioredis()), key: `${name} ${process.pid} ${runs}` };
  };
}

/** Starts a server for a file of specs. `begin` is called before each test; the keys of a file begin with its name. */
export function beforeEachTest(name: string, begin: (given: Given) => void): void {
  let server: RedisServer;
  let tests = 0;
  beforeAll(async () => {
    server = await RedisServer.start();
  });
  beforeEach(() => {
    tests += 1;
    begin({ server, redis: new VirtualRedis(server.ioredis()), key: `${name} ${process.pid} ${tests}` });
  });
  afterAll(() => server.stop());
}
