import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import type { LLMock } from '@copilotkit/aimock';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { RedisServer } from './redis/support/redis-server';
import { allExamples, examplesOf, filesBelow, writeExamples } from './support/examples';
import { mockProvider } from './support/mock-provider';
import { isVirtual, runExample } from './support/run-example';

const folder = resolve('.examples', 'run');
const examples = allExamples();
const files = writeExamples(folder, examples);
const guides = filesBelow('docs/guides', '.md');

const connections: { disconnect(): void }[] = [];

// Examples leave their connections open, as a server does. And they may mean the default server: here it has another port.
vi.mock('ioredis', async (load) => {
  const original = await load<typeof import('ioredis')>();
  class Redis extends original.Redis {
    constructor(...options: []) {
      super(...(options.length > 0 ? options : ([process.env.REDIS_URL] as unknown as [])));
      connections.push(this);
    }
  }
  return { ...original, Redis };
});

describe('what the examples in README, guides and JSDoc say that they print', () => {
  let provider: LLMock;
  let redis: RedisServer;
  beforeAll(async () => {
    [provider, redis] = await Promise.all([mockProvider(), RedisServer.start()]);
    const { fetch } = globalThis;
    vi.stubGlobal('fetch', (...request: Parameters<typeof fetch>) =>
      String(request[0]).startsWith('https://example.com') ? Promise.resolve(new Response('hello')) : fetch(...request),
    );
    vi.stubEnv('OPENAI_API_KEY', 'none');
    vi.stubEnv('OPENAI_BASE_URL', `${provider.url}/v1`);
    vi.stubEnv('ANTHROPIC_API_KEY', 'none');
    vi.stubEnv('ANTHROPIC_BASE_URL', provider.url);
    vi.stubEnv('OLLAMA_HOST', provider.url);
    vi.stubEnv('REDIS_URL', redis.url);
  });
  afterAll(async () => {
    for (const connection of connections) {
      connection.disconnect();
    }
    vi.unstubAllEnvs();
    vi.unstubAllGlobals();
    await Promise.all([provider.stop(), redis.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  it.each(guides)('%s says what at least one of its examples prints', (guide) => {
    expect(examplesOf(guide).flatMap(({ expected }) => expected)).not.toEqual([]);
  });

  it.each(examples.map((example, index) => [example.at, example, files[index]!] as const))('%s', async (_, example, file) => {
    const printed = await runExample(file, example, isVirtual(example, examples));
    if (guides.includes(example.document) || example.expected.length > 0) {
      expect(printed).toEqual(example.expected);
    }
  });
});
