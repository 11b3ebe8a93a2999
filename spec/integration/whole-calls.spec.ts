import { LLMock } from '@copilotkit/aimock';
import OpenAI from 'openai';
import { firstValueFrom, toArray } from 'rxjs';
import { type CallStatus, isFinalChunk, perDay, perMinute, ResilientClient, type ResilientClientEvent, textOf, usageOf } from 'rxjs-resilience';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { chatRequest } from '../support/openai-peers';
import { chat, gemini, helpers, peers } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

const content = 'Hello from the mock: a text that is long enough to come in some pieces.';
const usage = { prompt_tokens: 25, completion_tokens: 7, promptTokenCount: 25, candidatesTokenCount: 7 };
const tokens = { input: 40, output: 500 };

const mock = new LLMock({ port: 0, logLevel: 'silent' });
beforeAll(() => mock.start());
afterAll(() => mock.stop());
beforeEach(() => {
  mock.reset();
});

const newClient = () =>
  new ResilientClient({
    retryBackoff: { baseDelay: 5, jitter: 'none' },
    rateLimit: {
      limits: {
        requests: perMinute(60),
        tokens: perMinute(100_000),
        inputTokens: perMinute(50_000),
        outputTokens: perMinute(50_000),
      },
      maxConcurrent: 2,
    },
    circuitBreak: {},
    tokenBudget: { limits: perDay(1_000_000) },
    timeout: { first: 20_000, each: 20_000, total: 60_000 },
  });

/** What the client's policies counted. */
function countsOf({ limiter, budget, breaker }: ReturnType<typeof newClient>) {
  const { limits, inFlight } = limiter.state;
  const used = Object.fromEntries(Object.entries(limits).map(([dimension, [state]]) => [dimension, state!.used]));
  return { ...used, inFlight, budget: 1_000_000 - budget.remaining, breaker: breaker.state.status };
}
const settled = { requests: 1, tokens: 32, inputTokens: 25, outputTokens: 7, inFlight: 0, budget: 32, breaker: 'closed' };

describe.each([...peers, ...helpers])('a whole call of $name through a ResilientClient', (peer) => {
  it('brings the text, and settles what the provider reports', async () => {
    mock.onMessage('hello', { content, usage }, { chunkSize: 10 });
    const client = newClient();
    const statuses: CallStatus['phase'][] = [];
    const call = client.call(peer.open(mock.url), {
      tokens,
      isFinal: isFinalChunk,
      onStatus: ({ phase }) => statuses.push(phase),
    });
    const values = await firstValueFrom(call.pipe(toArray()));

    expect(values.map(textOf).join('')).toBe(content);
    expect(values.map(textOf).filter((text) => text !== '').length).toBeGreaterThan(5);
    expect(countsOf(client)).toEqual(settled);
    expect(statuses).toEqual(['connecting', 'streaming', 'done']);
  });

  it('holds its whole reservation until then', async () => {
    mock.onMessage('hello', { content, usage }, { chunkSize: 10 });
    const client = newClient();
    const held = { requests: 1, tokens: 540, inputTokens: 40, outputTokens: 500, inFlight: 1, budget: 540, breaker: 'closed' };
    const counts: unknown[] = [];
    await new Promise<void>((resolve, reject) => {
      client.call(peer.open(mock.url), { tokens }).subscribe({
        next: () => counts.push(countsOf(client)),
        error: reject,
        complete: resolve,
      });
    });

    expect(counts[0]).toEqual(held);
    expect(countsOf(client)).toEqual(settled);
  });
});

describe.each(peers)('a call of $name that meets trouble', (peer) => {
  it('is made again after a 429, and takes a permit and a reservation for each attempt', async () => {
    mock.on(
      { userMessage: 'hello', sequenceIndex: 0 },
      { error: { message: 'Slow down', type: 'rate_limit_error' }, status: 429, retryAfter: 0.02 },
    );
    mock.onMessage('hello', { content, usage });
    const client = newClient();
    const events: ResilientClientEvent[] = [];
    client.events$.subscribe((event) => events.push(event));
    const values = await firstValueFrom(client.call(peer.open(mock.url), { tokens, isFinal: isFinalChunk }).pipe(toArray()));

    // The error of Google's SDK has no headers, and this mock no RetryInfo: the backoff it is.
    const delay = peer === gemini ? 5 : 20;
    expect(values.map(textOf).join('')).toBe(content);
    expect(events.filter(({ type }) => type === 'retry')).toMatchObject([{ attempt: 1, delay, call: 1 }]);
    expect(events.filter(({ policy }) => policy === 'budget').map(({ type }) => type)).toEqual([
      ...['reserved', 'refunded'],
      ...['reserved', 'settled'],
    ]);
    expect(countsOf(client)).toEqual({ ...settled, requests: 2 });
  });

  it('is made again when the breaker still lets it, after an error 500', async () => {
    mock.nextRequestError(500, { message: 'The server had an error', type: 'server_error' });
    mock.onMessage('hello', { content, usage });
    const client = newClient();
    await client.run(peer.open(mock.url), { tokens, isFinal: isFinalChunk });

    expect(countsOf(client)).toEqual({ ...settled, requests: 2 });
    expect(mock.getRequests()).toHaveLength(2);
  });

  it('that is cut off in mid-stream fails, and costs what it brought', async () => {
    mock.onMessage('hello', { content, usage }, { chunkSize: 10, truncateAfterChunks: 6, latency: 20 });
    const client = newClient();
    const values: unknown[] = [];
    const error = await new Promise((resolve, reject) => {
      const call = client.call(peer.open(mock.url), { tokens, isFinal: isFinalChunk });
      call.subscribe({ next: (value) => values.push(value), error: resolve, complete: () => reject(new Error('It completed')) });
    });
    const text = values.map(textOf).join('');
    const reported = values.some((value) => usageOf(value)?.input === 25);
    const output = Math.max(Math.ceil(text.length / 4), ...values.map((value) => usageOf(value)?.output ?? 0));

    expect(content.startsWith(text)).toBe(true);
    expect(text).not.toBe('');
    expect(error).toMatchObject({ message: 'terminated' });
    expect(countsOf(client)).toMatchObject({ requests: 1, inFlight: 0, budget: Math.max(40 + Math.ceil(text.length / 4), reported ? 25 + output : 0) });
    // Cut off, the limiter keeps at least what was taken.
    expect(countsOf(client)).toMatchObject({ tokens: 540 });
  });
});

describe('a call that is not streamed, or says nothing of its cost,', () => {
  const open = () => new OpenAI({ apiKey: 'test', baseURL: `${mock.url}/v1`, maxRetries: 0 });
  const { stream_options: _, ...request } = chatRequest;

  it('is one value, and settles what that reports', async () => {
    mock.onMessage('hello', { content, usage });
    const client = newClient();
    const completion = await client.run((signal) => open().chat.completions.create(request, { signal }), { tokens });

    expect(textOf(completion)).toBe(content);
    expect(completion.choices[0]!.message.content).toBe(content);
    expect(countsOf(client)).toEqual(settled);
  });

  it('costs input as estimated and output as counted when the usage is not asked for', async () => {
    mock.onMessage('hello', { content, usage }, { chunkSize: 10 });
    const client = newClient();
    const call = client.call((signal) => open().chat.completions.create({ ...request, stream: true }, { signal }), {
      tokens,
      isFinal: isFinalChunk,
    });
    const chunks = await firstValueFrom(call.pipe(toArray()));

    expect(chunks.map(usageOf).filter((report) => report !== undefined)).toEqual([]);
    expect(countsOf(client)).toMatchObject({ tokens: 540, budget: 40 + Math.ceil(content.length / 4) });
  });

  it('starves nobody: fifty at once go two by two, and all are settled', async () => {
    mock.onMessage('hello', { content, usage });
    const client = newClient();
    let most = 0;
    client.limiter.state$.subscribe(({ inFlight }) => {
      most = Math.max(most, inFlight);
    });
    await Promise.all(Array.from({ length: 50 }, () => client.run(chat.open(mock.url), { tokens, isFinal: isFinalChunk })));

    expect(most).toBe(2);
    expect(countsOf(client)).toEqual({ requests: 50, tokens: 1_600, inputTokens: 1_250, outputTokens: 350, inFlight: 0, budget: 1_600, breaker: 'closed' });
  });
});
