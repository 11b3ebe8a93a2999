import { rmSync } from 'node:fs';
import { resolve } from 'node:path';
import { lastValueFrom, map, type Observable, reduce } from 'rxjs';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { isFinalChunk, ResilientClient, ResilientRouter, textOf } from '../../src/index';
import { anthropic } from '../support/anthropic-peers';
import { examplesOf, writeExamples } from '../support/examples';
import { type Answer, FaultServer } from '../support/fault-server';
import { event } from '../support/peer';

/** The functions of the guide. */
interface Recipe {
  askAnthropic(messages: Message[], signal: AbortSignal, attempt: unknown): Promise<AsyncIterable<unknown>>;
  askOpenAI(messages: Message[], signal: AbortSignal, attempt: unknown): Promise<AsyncIterable<unknown>>;
}
interface Message {
  readonly role: string;
  readonly content: string;
}

const folder = resolve('.examples', 'go-on');
const messages: Message[] = [{ role: 'user', content: 'Tell me a story.' }];
let servers: { openai: FaultServer; anthropic: FaultServer };
let recipe: Recipe;

beforeAll(async () => {
  const examples = examplesOf('docs/guides/several-providers.md');
  const files = writeExamples(folder, examples);
  servers = { openai: await FaultServer.start(), anthropic: await FaultServer.start() };
  vi.stubEnv('OPENAI_API_KEY', 'none');
  vi.stubEnv('OPENAI_BASE_URL', `${servers.openai.url}/v1`);
  vi.stubEnv('ANTHROPIC_API_KEY', 'none');
  vi.stubEnv('ANTHROPIC_BASE_URL', servers.anthropic.url);
  recipe = await import(files[examples.findIndex(({ path }) => path.endsWith('go-on.ts'))]!);
});
afterAll(async () => {
  vi.unstubAllEnvs();
  await Promise.all([servers.openai.stop(), servers.anthropic.stop()]);
  rmSync(folder, { recursive: true, force: true });
});

let asked: { openai: number; anthropic: number };
beforeEach(() => {
  asked = { openai: servers.openai.exchanges.length, anthropic: servers.anthropic.exchanges.length };
});
afterEach(() => vi.restoreAllMocks());

/** A call that goes to these routes in this order: `gpt` and `other` at OpenAI, `claude` at Anthropic. */
function story(...order: readonly ('gpt' | 'claude' | 'other')[]): Observable<string> {
  const routes = order.map((name, place) => [name, { client: new ResilientClient({}), order: place }]);
  const router = new ResilientRouter({ routes: Object.fromEntries(routes) });
  const ask = (name: string) => (signal: AbortSignal, attempt: unknown) =>
    name === 'claude' ? recipe.askAnthropic(messages, signal, attempt) : recipe.askOpenAI(messages, signal, attempt);
  return router.call(ask, { afterValues: 'continue', isFinal: isFinalChunk }).pipe(
    map((chunk) => textOf(chunk)),
    reduce((text, piece) => text + piece, ''),
  );
}

const gptSays = (...texts: string[]) => texts.map((content) => event({ choices: [{ index: 0, delta: { content } }] }));
const gptEnds = [event({ choices: [{ index: 0, delta: {}, finish_reason: 'stop' }] }), 'data: [DONE]\n\n'];
const claudeEnds = anthropic.pieces.slice(5);
const claudeSays = (...texts: string[]) =>
  [...anthropic.pieces.slice(0, 2), ...texts.map((text) => `event: content_block_delta\n${event({ type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text } })}`)];
const breaks = (pieces: readonly string[]): Answer => ({ pieces, ending: 'close' });
const noPrefill: Answer = {
  status: 400,
  json: { type: 'error', error: { type: 'invalid_request_error', message: 'This model does not support assistant message prefill.' } },
};

/** The messages of the requests that this test has made. */
const sent = (name: 'openai' | 'anthropic') =>
  servers[name].exchanges.slice(asked[name]).map(({ body }) => (body as { messages: Message[] }).messages);

describe('the recipe for going on in the middle of an answer, over real HTTP', () => {
  it('V2: Anthropic goes on after a prefill, which does not end in white space', async () => {
    servers.openai.answer(breaks(gptSays('Once ', 'upon a ')));
    servers.anthropic.answer({ pieces: [...claudeSays(' time', '.'), ...claudeEnds] });
    expect(await lastValueFrom(story('gpt', 'claude'))).toBe('Once upon a  time.');
    expect(sent('anthropic')).toEqual([[...messages, { role: 'assistant', content: 'Once upon a' }]]);
  });

  it('V2: OpenAI is asked to go on', async () => {
    servers.anthropic.answer(breaks(claudeSays('Once upon', ' a')));
    servers.openai.answer({ pieces: [...gptSays(' time.'), ...gptEnds] });
    expect(await lastValueFrom(story('claude', 'gpt'))).toBe('Once upon a time.');
    expect(sent('openai')).toEqual([[...messages, { role: 'assistant', content: 'Once upon a' }, { role: 'user', content: expect.stringContaining('broke off') }]]);
  });

  it('V2: of a model without prefill, which answers 400, the error that made the call go on passes', async () => {
    servers.openai.answer(breaks(gptSays('Once')));
    servers.anthropic.answer(noPrefill);
    const error = await lastValueFrom(story('gpt', 'claude')).catch((thrown) => thrown);
    expect([error.status, String(error)]).toEqual([undefined, expect.stringContaining('terminated')]);
    expect(sent('anthropic')).toHaveLength(1);
  });

  it('V2: then it goes on to one more route, with all that was delivered', async () => {
    servers.openai.answer(breaks(gptSays('Once')), { pieces: [...gptSays(' upon a time.'), ...gptEnds] });
    servers.anthropic.answer(noPrefill);
    expect(await lastValueFrom(story('gpt', 'claude', 'other'))).toBe('Once upon a time.');
    expect(sent('openai')[1]!.slice(0, 2)).toEqual([...messages, { role: 'assistant', content: 'Once' }]);
  });

  it('V2: three write one answer, each after all that came before', async () => {
    servers.openai.answer(breaks(gptSays('Once')), { pieces: [...gptSays(' a time.'), ...gptEnds] });
    servers.anthropic.answer(breaks(claudeSays(' upon')));
    expect(await lastValueFrom(story('gpt', 'claude', 'other'))).toBe('Once upon a time.');
    expect(sent('openai')[1]![1]).toEqual({ role: 'assistant', content: 'Once upon' });
  });

  it('N2: a request that is wrong, before anything was delivered, is told as it is', async () => {
    servers.anthropic.answer(noPrefill);
    await expect(lastValueFrom(story('claude', 'gpt'))).rejects.toMatchObject({ status: 400 });
    expect([sent('anthropic'), sent('openai')]).toEqual([[messages], []]);
  });
});
