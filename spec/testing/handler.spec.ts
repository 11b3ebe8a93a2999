import { once } from 'node:events';
import { createServer, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { Anthropic } from '@anthropic-ai/sdk';
import { GoogleGenAI } from '@google/genai';
import { OpenAI } from 'openai';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { classifyError, rateLimitOf, retryAfterOf, textOf, usageOf } from '../../src/index';
import { type FakeProviderConfig, type FakeShape, fakeProvider, fixedWindow } from '../../src/testing';

const servers: Server[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections();
    server.close();
  }
});

/** A provider that listens, fast unless it is told otherwise. */
async function started<S extends FakeShape>(shape: S, config: FakeProviderConfig<S> = {}) {
  const provider = fakeProvider<S>({ shape, latency: 5, refusalLatency: 0, tokensPerSecond: 2_000, ...config });
  const server = createServer(provider.handler);
  servers.push(server);
  await once(server.listen(0, '127.0.0.1'), 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    seen: provider.server,
    openai: new OpenAI({ baseURL: `${url}/v1`, apiKey: 'none', maxRetries: 0, logLevel: 'off' }),
    anthropic: new Anthropic({ baseURL: url, apiKey: 'none', maxRetries: 0, logLevel: 'off' }),
    gemini: new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl: url } }),
  };
}

const messages = [{ role: 'user' as const, content: 'x'.repeat(40) }];
const contents = 'x'.repeat(40);
const text = 'let the sun and sea ';

async function gathered<T>(stream: AsyncIterable<T> | PromiseLike<AsyncIterable<T>>): Promise<{ chunks: T[]; error: unknown }> {
  const chunks: T[] = [];
  try {
    for await (const chunk of await stream) {
      chunks.push(chunk);
    }
  } catch (error) {
    return { chunks, error };
  }
  return { chunks, error: undefined };
}

describe('the handler of a fake provider', () => {
  it('streams to the SDK of OpenAI, with the usage if it is asked for', async () => {
    const { openai, seen } = await started('openai');
    const request = { model: 'fake', messages, max_tokens: 5, stream: true as const };
    const plain = await gathered(openai.chat.completions.create(request));
    expect(plain.error).toBeUndefined();
    expect(plain.chunks.map(textOf).join('')).toBe(text);
    expect(plain.chunks.some(usageOf)).toBe(false);
    const told = await gathered(openai.chat.completions.create({ ...request, stream_options: { include_usage: true } }));
    expect(usageOf(told.chunks.at(-1))).toMatchObject({ input: 10, output: 5, final: true });
    expect(seen).toMatchObject({ requests: 2, answered: 2, inputTokens: 20, outputTokens: 10 });
  });

  it('gives whole answers to the SDK of OpenAI', async () => {
    const { openai } = await started('openai');
    const answer = await openai.chat.completions.create({ model: 'fake', messages, max_tokens: 5 });
    expect(answer.choices[0]!.message.content).toBe(text);
    expect(usageOf(answer)).toMatchObject({ input: 10, output: 5 });
  });

  it('streams and answers to the SDK of Anthropic', async () => {
    const { anthropic, seen } = await started('anthropic');
    const request = { model: 'fake', messages, max_tokens: 5 };
    const { chunks, error } = await gathered(anthropic.messages.create({ ...request, stream: true }));
    expect(error).toBeUndefined();
    expect(chunks.map(textOf).join('')).toBe(text);
    const final = await anthropic.messages.stream(request).finalMessage();
    expect(final.content).toMatchObject([{ type: 'text', text }]);
    expect(final).toMatchObject({ stop_reason: 'end_turn', usage: { input_tokens: 10, output_tokens: 5 } });
    const whole = await anthropic.messages.create(request);
    expect(whole.content).toMatchObject([{ type: 'text', text }]);
    expect(seen.answered).toBe(3);
  });

  it('streams and answers to the SDK of Gemini', async () => {
    const { gemini, seen } = await started('gemini');
    const request = { model: 'fake', contents, config: { maxOutputTokens: 5 } };
    const { chunks, error } = await gathered(gemini.models.generateContentStream(request));
    expect(error).toBeUndefined();
    expect(chunks.map(textOf).join('')).toBe(text);
    expect(usageOf(chunks.at(-1))).toMatchObject({ input: 10, output: 5 });
    const whole = await gemini.models.generateContent(request);
    expect(whole.text).toBe(text);
    expect(seen.answered).toBe(2);
  });

  it('streams plain text to whoever asks, whole or in pieces', async () => {
    const { url, seen } = await started('text');
    for (const body of ['{"output":5}', '{"output":5,"stream":false}']) {
      const response = await fetch(url, { method: 'POST', body });
      expect(response.headers.get('content-type')).toBe('text/plain; charset=utf-8');
      expect(await response.text()).toBe(text);
    }
    expect((await fetch(url).then((response) => response.text())).length).toBe(200); // no body: 50 tokens
    expect(seen.answered).toBe(3);
  });

  it.each(['openai', 'anthropic', 'gemini'] as const)('%s: refuses with its status, headers and body', async (shape) => {
    const { openai, anthropic, gemini } = await started(shape, { limits: fixedWindow({ limit: 1, window: 86_400_000 }) });
    const ask = {
      openai: () => openai.chat.completions.create({ model: 'fake', messages, max_tokens: 1 }),
      anthropic: () => anthropic.messages.create({ model: 'fake', messages, max_tokens: 1 }),
      gemini: () => gemini.models.generateContent({ model: 'fake', contents }),
    }[shape] as () => Promise<unknown>;
    await ask();
    const error = await ask().catch((reason: unknown) => reason);
    expect(classifyError(error)).toBe('throttled');
    const hint = retryAfterOf(error, Date.now())!;
    expect(hint).toBeGreaterThan(0);
    expect(Math.abs(hint - (86_400_000 - (Date.now() % 86_400_000)))).toBeLessThan(5_000);
    if (shape !== 'gemini') {
      expect(rateLimitOf(error, Date.now()).requests).toMatchObject({ limit: 1, remaining: 0 });
    }
  });

  it('says on each response what is left of the limits', async () => {
    const { openai } = await started('openai', { limits: { tokens: fixedWindow({ limit: 1_000, window: 86_400_000 }) } });
    for (const stream of [true, false]) {
      const { response } = await openai.chat.completions.create({ model: 'fake', messages, max_tokens: 5, stream }).withResponse();
      expect(rateLimitOf(response.headers).tokens).toMatchObject({ limit: 1_000, remaining: stream ? 985 : 970 });
    }
  });

  it.each(['openai', 'anthropic', 'gemini', 'text'] as const)('%s: fails as it is told to', async (shape) => {
    const outcome = async (fault: string, stream: boolean) => {
      const { openai, anthropic, gemini, url } = await started(shape, { faults: { [fault]: 1 }, random: () => 0.5, latency: 1 });
      const ask = {
        openai: () => gathered(openai.chat.completions.create({ model: 'fake', messages, max_tokens: 5, stream: true })),
        anthropic: () => gathered(anthropic.messages.create({ model: 'fake', messages, max_tokens: 5, stream: true })),
        gemini: () => gathered(gemini.models.generateContentStream({ model: 'fake', contents, config: { maxOutputTokens: 5 } })),
        text: () => gathered(fetch(url, { method: 'POST', body: '{"output":5}' }).then((response) => response.body as unknown as AsyncIterable<unknown>)),
      }[shape] as () => Promise<{ error: unknown }>;
      const askWhole = {
        openai: () => openai.chat.completions.create({ model: 'fake', messages, max_tokens: 5 }),
        anthropic: () => anthropic.messages.create({ model: 'fake', messages, max_tokens: 5 }),
        gemini: () => gemini.models.generateContent({ model: 'fake', contents, config: { maxOutputTokens: 5 } }),
        text: () => fetch(url, { method: 'POST', body: '{"output":5,"stream":false}' }).then((response) => response.text()),
      }[shape] as () => Promise<unknown>;
      const error = stream ? (await ask()).error : await askWhole().then(() => undefined, (reason: unknown) => reason);
      return error === undefined ? 'answered' : classifyError(error);
    };
    expect(await outcome('cut', true)).toBe('transient');
    expect(await outcome('cut', false)).toBe('transient');
    if (shape !== 'text') {
      expect(await outcome('serverError', true)).toBe('transient');
      expect(await outcome('serverError', false)).toBe('transient');
      expect(await outcome('throttle', true)).toBe('throttled');
      expect(await outcome('garble', true)).toBe('transient');
      expect(await outcome('garble', false)).toBe('transient');
      expect(await outcome('failInside', false)).toBe('transient');
    }
    if (shape === 'openai' || shape === 'anthropic') {
      expect(await outcome('failInside', true)).toBe('transient');
    }
  });

  it('garbles plain text, which nobody can tell', async () => {
    const { url } = await started('text', { faults: { garble: 1 }, random: () => 0.5 });
    const response = await fetch(url, { method: 'POST', body: '{"output":5}' });
    expect(await response.text()).toContain('\ufffd');
  });

  it('hears that the connection is closed, also of a stalled answer', async () => {
    const { openai, seen } = await started('openai', { faults: { stall: 1 }, random: () => 0.5 });
    const controller = new AbortController();
    const answer = gathered(openai.chat.completions.create({ model: 'fake', messages, stream: true }, { signal: controller.signal }));
    await vi.waitFor(() => expect(seen.inFlight).toBe(1));
    controller.abort();
    await answer;
    await vi.waitFor(() => expect(seen).toMatchObject({ inFlight: 0, aborted: 1 }));
  });

  it.each(['openai', 'anthropic', 'gemini'] as const)('%s: answers a path that it does not know with a 404', async (shape) => {
    const { url, seen } = await started(shape);
    const response = await fetch(`${url}/v1/elsewhere`, { method: 'POST', body: '{}' });
    expect(response.status).toBe(404);
    expect(classifyError(Object.assign(new Error(), { status: 404, error: await response.json() }))).toBe('fatal');
    expect(seen.requests).toBe(0);
  });

  it('takes a body that is no JSON for an empty one, and forgets a request that is never whole', async () => {
    const { url, seen } = await started('openai');
    const response = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: 'hello' });
    expect(await response.json()).toMatchObject({ usage: { prompt_tokens: 0, completion_tokens: 50 } });
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.write('POST /v1/chat/completions HTTP/1.1\r\nhost: fake\r\ncontent-length: 100\r\n\r\n{"stream"');
    await new Promise((resolve) => setTimeout(resolve, 20));
    socket.destroy();
    await new Promise((resolve) => setTimeout(resolve, 20));
    expect(seen.requests).toBe(1);
  });
});
