import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Example, examplesOf, writeExamples } from '../support/examples';
import { FaultServer } from '../support/fault-server';
import { anthropic, chat, type Peer, responses, wholeAnswer } from '../support/peers';
import { runExample } from '../support/run-example';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

const folder = resolve('.examples', 'first-pipeline');

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
  vi.stubEnv('OPENAI_API_KEY', 'none');
  vi.stubEnv('OPENAI_BASE_URL', `${server.url}/v1`);
  vi.stubEnv('ANTHROPIC_API_KEY', 'none');
  vi.stubEnv('ANTHROPIC_BASE_URL', server.url);
});
afterEach(async () => {
  vi.unstubAllEnvs();
  rmSync(folder, { recursive: true, force: true });
  await server.stop();
});

const first = examplesOf('README.md')[0]!;
const [request] = /openai\.chat\.completions\.create\([\s\S]*?\{ signal },\n\s*\)/.exec(first.code)!;

/** The same program with the request of another API: nothing else is changed. */
const calls: readonly (readonly [Peer, string])[] = [
  [chat,      request],
  [responses, "openai.responses.create({ model: 'gpt-4.1-mini', input: 'Say hello.', stream: true }, { signal })"],
  [anthropic, "new Anthropic({ maxRetries: 0 }).messages.create({ model: 'claude-haiku-4-5', max_tokens: 100, messages: [{ role: 'user', content: 'Say hello.' }], stream: true }, { signal })"],
];

function written(call: string): { readonly file: string; readonly example: Example } {
  const code = `import Anthropic from '@anthropic-ai/sdk';\n${first.code.replace(request, () => call)}`;
  const example = { ...first, code, expected: ['Hello world'], path: `${crypto.randomUUID()}.ts` };
  return { file: writeExamples(folder, [example])[0]!, example };
}

describe.each(calls)('the first pipeline of the README, as it stands there, with $name', (peer, call) => {
  it('streams the answer', async () => {
    server.answer(wholeAnswer(peer));
    const { file, example } = written(call);

    expect(await runExample(file, example, false)).toEqual(['Hello world']);
    expect(server.exchanges).toHaveLength(1);
  });

  const beginnings = [...new Set([1, peer.start.pieces - 1])];

  it.each(beginnings)('R8: survives a connection that dies after %i events without content', async (events) => {
    server.answer({ pieces: peer.pieces.slice(0, events), ending: 'stall' }, wholeAnswer(peer));
    const { file, example } = written(call);
    const printed = runExample(file, example, false);
    const exchange = await server.exchange(0);
    setTimeout(() => exchange.die(), 100); // the client has read those events by then

    expect(await printed).toEqual(['Hello world']);
    expect(server.exchanges).toHaveLength(2);
  });
});
