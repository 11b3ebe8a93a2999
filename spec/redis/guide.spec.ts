import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { examplesOf } from '../support/examples';
import { RedisServer } from './support/redis-server';

const folder = resolve('reports', 'guide');
const [example] = examplesOf('docs/guides/several-processes.md');

describe('the guide "From one process to many"', { timeout: 30_000 }, () => {
  let server: RedisServer;
  beforeAll(async () => {
    server = await RedisServer.start();
    mkdirSync(folder, { recursive: true });
    writeFileSync(resolve(folder, 'guide.ts'), example!.code);
  });
  afterAll(async () => {
    rmSync(folder, { recursive: true, force: true });
    await server.stop();
  });

  it('has an example that streams an answer', async () => {
    vi.stubEnv('REDIS_URL', server.url);
    let printed = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      const { redis } = await import(/* @vite-ignore */ resolve(folder, 'guide.ts'));
      await vi.waitFor(() => expect(printed).toContain('hello'), 10_000);
      redis.disconnect();
    } finally {
      write.mockRestore();
      vi.unstubAllEnvs();
    }
    expect(printed).toBe('You said hello');
  });
});
