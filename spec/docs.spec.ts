import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { LLMock } from '@copilotkit/aimock';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { examplesOf, filesBelow } from './support/examples';

const folder = resolve('.examples');
const examples = ['README.md', ...filesBelow('docs/guides', '.md'), ...filesBelow('src', '.ts')].flatMap(examplesOf);
const fileOf = (index: number) => resolve(folder, `example-${index}.ts`);

describe('the examples in README, guides and JSDoc', () => {
  beforeAll(() => {
    mkdirSync(folder, { recursive: true });
    examples.forEach(({ code }, index) => {
      writeFileSync(fileOf(index), `${code}\nexport {};\n`);
    });
  });

  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('are found', () => {
    expect(examples.length).toBeGreaterThan(10);
  });

  it('compile', { timeout: 120_000 }, () => {
    const { config } = ts.readConfigFile('tsconfig.json', ts.sys.readFile);
    const { options } = ts.parseJsonConfigFileContent(config, ts.sys, '.');
    const unused = { noUnusedLocals: false, noUnusedParameters: false };
    const program = ts.createProgram(examples.map((_, index) => fileOf(index)), { ...options, ...unused });
    const complaints = ts.getPreEmitDiagnostics(program).map(({ file, messageText }) => {
      const index = Number(/example-(\d+)\.ts$/.exec(file?.fileName ?? '')?.[1]);
      return `${examples[index]?.at ?? file?.fileName}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
    });
    expect(complaints).toEqual([]);
  });

  it('the first pipeline of the README streams an answer over real HTTP', { timeout: 30_000 }, async () => {
    const server = new LLMock({ port: 0 });
    server.onMessage('Say hello.', { content: 'Hello from the provider.' });
    await server.start();
    vi.stubEnv('OPENAI_API_KEY', 'none');
    vi.stubEnv('OPENAI_BASE_URL', `${server.url}/v1`);
    let printed = '';
    const write = vi.spyOn(process.stdout, 'write').mockImplementation((text) => {
      printed += String(text);
      return true;
    });
    try {
      await import(/* @vite-ignore */ fileOf(0));
      await vi.waitFor(() => expect(printed).toContain('provider.'), 10_000);
    } finally {
      write.mockRestore();
      vi.unstubAllEnvs();
      await server.stop();
    }
    expect(printed).toBe('Hello from the provider.');
  });
});
