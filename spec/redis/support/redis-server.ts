import { type ChildProcess, execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Redis, type RedisOptions } from 'ioredis';
import { createClient } from 'redis';

/** Where `REDIS_URL` names a running server, it is used for everything that does not stop it or empty it. */
const given = process.env.REDIS_URL;
export const isOwnServer = given === undefined;

/** A real server for one spec file, or for the bench: started on a free loopback port in a temporary folder, and stopped. */
export class RedisServer {
  #process: ChildProcess | undefined;
  #folder: string | undefined;
  readonly #closing: (() => unknown)[] = [];

  private constructor(
    public url: string,
    private readonly options: readonly string[] = [],
  ) {}

  static async start(): Promise<RedisServer> {
    if (given !== undefined) {
      return new RedisServer(given);
    }
    return RedisServer.startOwn();
  }

  /** One of its own even where `REDIS_URL` names another. */
  static async startOwn(options: readonly string[] = []): Promise<RedisServer> {
    installIfMissing();
    const server = new RedisServer(`redis://127.0.0.1:${await freePort()}`, options);
    server.#folder = mkdtempSync(join(tmpdir(), 'rxjs-resilience-redis-'));
    await server.restart();
    return server;
  }

  /** Starts it again, on the same port and with nothing in it. */
  async restart(): Promise<void> {
    const words = [
      '--port',
      new URL(this.url).port,
      '--bind',
      '127.0.0.1',
      '--dir',
      this.#folder!,
      '--save',
      '',
      ...this.options,
    ];
    this.#process = spawn('redis-server', words, { stdio: 'ignore' });
    await this.#answers();
  }

  /** Starts it if a test has ended it. */
  async isThere(): Promise<void> {
    if (isOwnServer && this.#process === undefined) {
      await this.restart();
    }
  }

  /** Ends it as a crash does. */
  async kill(): Promise<void> {
    const process = this.#process;
    if (process !== undefined && process.exitCode === null) {
      const gone = new Promise((resolve) => process.once('exit', resolve));
      process.kill('SIGKILL');
      await gone;
    }
    this.#process = undefined;
  }

  async stop(): Promise<void> {
    for (const close of this.#closing) {
      await close();
    }
    await this.kill();
    if (this.#folder !== undefined) {
      rmSync(this.#folder, { recursive: true, force: true });
    }
  }

  /** Something to be closed before the server stops. */
  closes(close: () => unknown): void {
    this.#closing.push(close);
  }

  ioredis(options: RedisOptions = {}): Redis {
    const client = new Redis(this.url, { retryStrategy: () => 50, ...options });
    client.on('error', () => {}); // it is stopped on purpose
    this.#closing.push(() => client.disconnect());
    return client;
  }

  async nodeRedis() {
    const client = createClient({ url: this.url, socket: { reconnectStrategy: () => 50 } });
    client.on('error', () => {});
    await client.connect();
    this.#closing.push(() => client.destroy());
    return client;
  }

  async #answers(): Promise<void> {
    const client = new Redis(this.url, { retryStrategy: () => 20, maxRetriesPerRequest: null });
    client.on('error', () => {});
    try {
      await client.ping();
    } finally {
      client.disconnect();
    }
  }
}

function installIfMissing(): void {
  if (spawnSync('redis-server', ['--version']).status === 0) {
    return;
  }
  if (process.getuid?.() !== 0) {
    throw new Error('redis-server is missing: install it (apt-get install redis-server), or set REDIS_URL');
  }
  execFileSync('apt-get', ['update', '-qq'], { stdio: 'inherit' });
  execFileSync('apt-get', ['install', '-qq', '-y', '-o', 'DPkg::Lock::Timeout=300', 'redis-server'], {
    stdio: 'inherit',
  });
}

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as { port: number };
  await new Promise((resolve) => server.close(resolve));
  return port;
}
