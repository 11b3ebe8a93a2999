import { APICallError, streamText, type TextStreamPart, type ToolSet } from 'ai';
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test';
import OpenAI from 'openai';
import { firstValueFrom, from, mergeMap, of, throwError, toArray } from 'rxjs';
import { isFinalChunk, ResilientClient, textOf, usageOf } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { within } from '../sdks/caller';
import { FaultServer } from '../support/fault-server';
import { chatRequest } from '../support/openai-peers';
import { chat, wholeAnswer } from '../support/peers';

// What people reported in public of other libraries, in small versions of our own.

describe('a timeout of the program\'s own inside of open', () => {
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
  });
  afterEach(() => server.stop());

  const completions = () => new OpenAI({ apiKey: 'none', maxRetries: 0, baseURL: `${server.url}/v1`, logLevel: 'off' }).chat.completions;
  const request = { ...chatRequest, stream: true } as const;

  it.each<[string, (signal: AbortSignal) => unknown]>([
    ['fetch with a joined signal', async (signal) => (await fetch(server.url, { method: 'POST', signal: within(signal, 80) })).text()],
    ['the timeout of an SDK', (signal) => completions().create(request, { signal, timeout: 80 })],
    ['an SDK with a joined signal', (signal) => completions().create(request, { signal: within(signal, 80) })],
  ])('S2: is no abort of the user: the call is made again: %s', async (_, open) => {
    server.answer({ after: new Promise(() => {}) }, wholeAnswer(chat));
    const client = new ResilientClient({ retryBackoff: { baseDelay: 5 } });
    await firstValueFrom(client.call(open).pipe(toArray()));
    expect(server.exchanges).toHaveLength(2);
  });
});

describe('streamText of the AI SDK, which does not throw', () => {
  type LanguageModelV3StreamPart = Awaited<ReturnType<MockLanguageModelV3['doStream']>>['stream'] extends ReadableStream<infer Part> ? Part : never;
  const usage = { inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 1, text: 1, reasoning: 0 } };
  const limited = () =>
    new APICallError({ message: 'Too Many Requests', url: 'https://api.example.com', requestBodyValues: {}, statusCode: 429, responseHeaders: { 'retry-after-ms': '20' }, responseBody: '' });

  /** A model that is limited so many times. */
  function newModel(failures = 0) {
    let calls = 0;
    return new MockLanguageModelV3({
      doStream: async () => {
        calls += 1;
        if (calls <= failures) throw limited();
        const stream = simulateReadableStream<LanguageModelV3StreamPart>({
          chunks: [
            { type: 'stream-start', warnings: [] },
            { type: 'text-start', id: '1' },
            { type: 'text-delta', id: '1', delta: 'Hi' },
            { type: 'text-end', id: '1' },
            { type: 'finish', finishReason: { unified: 'stop', raw: 'stop' }, usage },
          ],
        });
        return { stream };
      },
    });
  }
  const ask = (model: MockLanguageModelV3, abortSignal: AbortSignal) => streamText({ model, prompt: 'x', maxRetries: 0, abortSignal, onError: () => undefined });
  const byHand = (model: MockLanguageModelV3, signal: AbortSignal) =>
    from(ask(model, signal).fullStream as AsyncIterable<TextStreamPart<ToolSet>>).pipe(mergeMap((part) => (part.type === 'error' ? throwError(() => part.error) : of(part))));

  it.each<[string, (model: MockLanguageModelV3, signal: AbortSignal) => unknown]>([
    ['fullStream', (model, signal) => ask(model, signal).fullStream],
    ['fullStream, whose errors are thrown by hand', byHand],
  ])('S8: a 429 in %s is an error of the call, seen by the breaker and made again', async (_, open) => {
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 }, circuitBreak: { outcome: () => 'failure' } });
    const verdicts: string[] = [];
    client.breaker.events$.subscribe(({ type }) => verdicts.push(type));
    const model = newModel(1);
    const values = await firstValueFrom(client.call((signal) => open(model, signal)).pipe(toArray()));

    expect(values.map(textOf).join('')).toBe('Hi');
    expect(values.some((value) => usageOf(value)?.output === 1)).toBe(true);
    expect(values.some(isFinalChunk)).toBe(true);
    expect(verdicts).toEqual(['failure', 'success']);
    expect(model.doStreamCalls).toHaveLength(2);
  });

  it('textStream says nothing of its failure: it ends as if all were well', async () => {
    const client = new ResilientClient({ retryBackoff: { baseDelay: 1 } });
    const model = newModel(1);
    const values = await firstValueFrom(client.call((signal) => ask(model, signal).textStream).pipe(toArray()));
    expect([values, model.doStreamCalls.length]).toEqual([[], 1]);
  });
});
