import { createOpenAI } from '@ai-sdk/openai';
import { APICallError, generateText, type LanguageModelMiddleware, Output, stepCountIs, streamText, tool, wrapLanguageModel } from 'ai';
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test';
import { type CallStatus, perHour, perMinute, ResilientClient, type ResilientClientConfig, StreamTruncatedError, TokenBudgetExceededError } from 'rxjs-resilience';
import { type MiddlewareOptions, resilientMiddleware } from 'rxjs-resilience/ai-sdk';
import { VirtualScheduler } from 'rxjs-resilience/testing';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { z } from 'zod';
import { type Answer, FaultServer } from '../support/fault-server';
import { chat } from '../support/openai-peers';
import { event } from '../support/peer';

const retryBackoff = { baseDelay: 1, jitter: 'none' } as const;
const usage = { prompt_tokens: 9, completion_tokens: 2, total_tokens: 11 };

/** The pieces of a streamed answer with this text. */
function pieces(...texts: readonly string[]): string[] {
  const chunk = (choices: readonly object[], rest: object = {}) =>
    event({ id: 'chatcmpl-1', object: 'chat.completion.chunk', created: 1, model: 'gpt-4o', choices, ...rest });
  return [
    chunk([{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }]),
    ...texts.map((content) => chunk([{ index: 0, delta: { content }, finish_reason: null }])),
    chunk([{ index: 0, delta: {}, finish_reason: 'stop' }]),
    chunk([], { usage }),
    'data: [DONE]\n\n',
  ];
}

function whole(message: object, finish_reason = 'stop'): Answer {
  const choices = [{ index: 0, message: { role: 'assistant', content: null, ...message }, finish_reason }];
  return { json: { id: 'chatcmpl-1', object: 'chat.completion', created: 1, model: 'gpt-4o', choices, usage } };
}

const streamed: Answer = { headers: { 'content-type': 'text/event-stream' }, pieces: chat.pieces };
const begun = (ending: 'stall' | 'close', count: number): Answer => ({ ...streamed, pieces: chat.pieces.slice(0, count), ending });
const failure = event({ error: { message: 'Overloaded', type: 'server_error', code: 'server_error', param: null } });
const throttled: Answer = { status: 429, headers: { 'retry-after-ms': '5' }, json: { error: { message: 'Too many', type: 'requests', param: null, code: 'rate_limit_exceeded' } } };
const overloaded: Answer = { status: 503, json: { error: { message: 'Overloaded', type: 'server_error', param: null, code: null } } };

/** What may go wrong before the answer: the guards must make one whole answer of all of it. */
const troubles: readonly (readonly [string, { readonly stream: Answer; readonly generate: Answer }])[] = [
  ['a 429', { stream: throttled, generate: throttled }],
  ['a 503', { stream: overloaded, generate: overloaded }],
  ['an error inside the stream', { stream: { ...streamed, pieces: [chat.pieces[0]!, failure] }, generate: { ...overloaded, status: 500 } }],
  ['an end without a reason', { stream: begun('close', 1), generate: { pieces: ['{"id":'], ending: 'close' } }],
  ['a cut', { stream: begun('close', 1), generate: { ending: 'reset' } }],
  ['a stall', { stream: begun('stall', 1), generate: { ending: 'stall' } }],
];

describe('resilientMiddleware before a real server', () => {
  let server: FaultServer;
  beforeEach(async () => {
    server = await FaultServer.start();
  });
  afterEach(() => server.stop());

  function guarded(config: ResilientClientConfig = {}, options?: MiddlewareOptions) {
    const client = new ResilientClient({
      retryBackoff,
      circuitBreak: {},
      rateLimit: { limits: { requests: perMinute(100), tokens: perMinute(10_000) } },
      tokenBudget: { limits: perHour(10_000) },
      timeout: { first: 400, content: 400 },
      ...config,
    } as ResilientClientConfig);
    const model = createOpenAI({ apiKey: 'test', baseURL: `${server.url}/v1` }).chat('gpt-4o');
    return { client, model: wrapLanguageModel({ model, middleware: resilientMiddleware(client, options) }) };
  }

  /** What the failed attempt is charged: its input, unless the provider refused it. */
  function charges(client: ResilientClient, isRefused: boolean) {
    const inputs: number[] = [];
    client.events$.subscribe((event) => event.type === 'reserved' && inputs.push(event.tokens - 512));
    return { get wasted() { return isRefused ? 0 : inputs.filter((_, index) => index % 2 === 0).reduce((sum, each) => sum + each, 0); } };
  }

  const used = (client: ResilientClient) => {
    const { budget, calls } = client.state as unknown as { budget: { limits: { used: number; reserved: number }[] }; calls: object };
    return { ...budget.limits.map(({ used, reserved }) => ({ used, reserved }))[0], ...calls };
  };
  const settled = { used: 11, reserved: 0, waiting: 0, connecting: 0, streaming: 0 };

  describe.each(troubles)('after %s', (_, { stream, generate }) => {
    const isRefused = ({ status = 200, pieces = [] }: Answer) => status !== 200 || pieces.includes(failure);

    it('gives the answer of streamText once and whole, charged as used', async () => {
      const { client, model } = guarded();
      const charged = charges(client, isRefused(stream));
      server.answer(stream, streamed);
      const answer = streamText({ model, prompt: 'Say hello' });
      const parts: string[] = [];
      for await (const part of answer.textStream) {
        parts.push(part);
      }
      expect(parts).toEqual(['Hello', ' world']);
      expect(await answer.finishReason).toBe('stop');
      expect(await answer.usage).toMatchObject({ inputTokens: 9, outputTokens: 2 });
      expect(await answer.warnings).toEqual([]);
      expect(server.exchanges).toHaveLength(2);
      expect(used(client)).toEqual({ ...settled, used: 11 + charged.wasted });
      expect((await server.exchanges[0]!.closed).at).toBeLessThan(performance.now());
    });

    it('gives the answer of generateText, charged as used', async () => {
      const { client, model } = guarded();
      const charged = charges(client, isRefused(generate));
      server.answer(generate, whole({ content: 'Hello world' }));
      const { text } = await generateText({ model, prompt: 'Say hello' });
      expect(text).toBe('Hello world');
      expect(server.exchanges).toHaveLength(2);
      expect(used(client)).toEqual({ ...settled, used: 11 + charged.wasted });
    });

    it('gives a structured output', async () => {
      const { client, model } = guarded();
      const charged = charges(client, isRefused(stream));
      server.answer(stream, { ...streamed, pieces: pieces('{"name":', '"Ada"}') });
      const answer = streamText({ model, prompt: 'Who?', output: Output.object({ schema: z.object({ name: z.string() }) }) });
      const partial: unknown[] = [];
      for await (const each of answer.partialOutputStream) {
        partial.push(each);
      }
      expect(await answer.output).toEqual({ name: 'Ada' });
      expect(partial.at(-1)).toEqual({ name: 'Ada' });
      expect(used(client)).toEqual({ ...settled, used: 11 + charged.wasted });
    });

    it('goes through a loop of tools, each step a call of its own', async () => {
      const { client, model } = guarded();
      const charged = charges(client, isRefused(generate));
      const call = { id: 'call_1', type: 'function', function: { name: 'weather', arguments: '{"city":"Rome"}' } };
      server.answer(generate, whole({ tool_calls: [call] }, 'tool_calls'), generate, whole({ content: 'Sunny' }));
      const asked: string[] = [];
      const weather = tool({
        inputSchema: z.object({ city: z.string() }),
        execute: ({ city }) => {
          asked.push(city);
          return { sky: 'clear' };
        },
      });
      const { text, steps } = await generateText({ model, prompt: 'Weather?', tools: { weather }, stopWhen: stepCountIs(3) });
      expect([text, steps.length, asked]).toEqual(['Sunny', 2, ['Rome']]);
      expect(server.exchanges).toHaveLength(4);
      expect(used(client)).toEqual({ ...settled, used: 22 + charged.wasted });
    });
  });

  it('aborts at the server a stream that stalled before its content', async () => {
    const { model } = guarded();
    server.answer(begun('stall', 1), streamed);
    expect(await streamText({ model, prompt: 'Say hello' }).text).toBe('Hello world');
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
  });

  it.each([
    ['a cut', begun('close', 3)],
    ['a stall', begun('stall', 3)],
    ['an error inside', { ...streamed, pieces: [...chat.pieces.slice(0, 3), failure] }],
  ])('tells of %s after content by a part of the stream, and asks no more', async (_, answer) => {
    const { client, model } = guarded();
    server.answer(answer, streamed);
    const errors: unknown[] = [];
    const stream = streamText({ model, prompt: 'Say hello', onError: ({ error }) => void errors.push(error) });
    const types: string[] = [];
    let text = '';
    for await (const part of stream.fullStream) {
      types.push(part.type);
      text += part.type === 'text-delta' ? part.text : '';
    }
    expect(text).toBe('Hello world');
    expect(types).toContain('error');
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(Error);
    expect(await stream.finishReason).toBe('error');
    expect(server.exchanges).toHaveLength(1);
    expect((await server.exchanges[0]!.closed).at).toBeGreaterThan(0);
    expect(used(client)).toMatchObject({ reserved: 0, streaming: 0 });
  });

  it('stops the request when the call is aborted in the middle, and charges what came', async () => {
    const { client, model } = guarded({ timeout: {} });
    server.answer(begun('stall', 2));
    const abort = new AbortController();
    const types: string[] = [];
    for await (const part of streamText({ model, prompt: 'Say hello', abortSignal: abort.signal }).fullStream) {
      types.push(part.type);
      if (part.type === 'text-delta') {
        abort.abort();
      }
    }
    expect(types.at(-1)).toBe('abort');
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
    expect(used(client)).toMatchObject({ reserved: 0, connecting: 0, streaming: 0 });
    expect(used(client).used).toBeGreaterThan(0);
    expect(client.state.breaker).toMatchObject({ status: 'closed', failures: 0 });
  });

  it('stops the request when its stream is cancelled', async () => {
    const { client, model } = guarded({ timeout: {} });
    server.answer(begun('stall', 2));
    const { stream } = await model.doStream({ prompt: [{ role: 'user', content: [{ type: 'text', text: 'Hi' }] }] });
    await stream.cancel();
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
    expect(used(client)).toMatchObject({ reserved: 0, streaming: 0 });
  });

  it.each(['generate', 'stream'])('rejects %s with the reason when it is aborted while it waits', async (type) => {
    const { client, model } = guarded({ timeout: {} });
    server.answer({ ending: 'stall' });
    const abort = new AbortController();
    const reason = new Error('the user left');
    const params = { prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }], abortSignal: abort.signal };
    const asked = type === 'generate' ? model.doGenerate(params) : model.doStream(params);
    const { closed } = await server.exchange(0);
    abort.abort(reason);
    await expect(asked).rejects.toBe(reason);
    expect(await closed).toMatchObject({ isComplete: false });
    expect(used(client)).toEqual({ ...settled, used: 1 }); // its input
  });

  it('asks nothing when it is aborted already', async () => {
    const { model } = guarded();
    const params = { prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }], abortSignal: AbortSignal.abort('no') };
    await expect(model.doStream(params)).rejects.toBe('no');
    await expect(model.doGenerate(params)).rejects.toBe('no');
    expect(server.exchanges).toHaveLength(0);
  });

  it.each(['generate', 'stream'])('asks as often as the client retries, and the AI SDK not once more: %s', async (type) => {
    const { model } = guarded({ retryBackoff: { ...retryBackoff, maxRetries: 2 } });
    server.answer(...Array.from({ length: 20 }, () => overloaded));
    const errors: unknown[] = [];
    if (type === 'generate') {
      await generateText({ model, prompt: 'Hi' }).catch((error) => errors.push(error));
    } else {
      await streamText({ model, prompt: 'Hi', onError: ({ error }) => void errors.push(error) }).consumeStream();
    }
    expect(errors).toMatchObject([{ statusCode: 503, isRetryable: false }]);
    expect(APICallError.isInstance(errors[0])).toBe(true);
    expect(server.exchanges).toHaveLength(3);
  });

  it('tells of the response of the attempt that answered, and lets the limiter learn from its headers', async () => {
    const { client, model } = guarded();
    server.answer(overloaded, {
      ...streamed,
      headers: { ...streamed.headers, 'x-request-id': 'second', 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '40', 'x-ratelimit-reset-requests': '60s' },
    });
    const synced: string[] = [];
    client.events$.subscribe(({ type }) => synced.push(type));
    const answer = streamText({ model, prompt: 'Say hello' });
    expect((await answer.response).headers).toMatchObject({ 'x-request-id': 'second' });
    expect(synced).toContain('synced');
  });

  it('refuses what the budget has no room for, without a request', async () => {
    const { model } = guarded({ tokenBudget: { limits: perHour(100) } });
    await expect(generateText({ model, prompt: 'Hi', maxOutputTokens: 1_000 })).rejects.toBeInstanceOf(TokenBudgetExceededError);
    expect(server.exchanges).toHaveLength(0);
  });
});

describe('resilientMiddleware', () => {
  const finish = {
    type: 'finish' as const,
    finishReason: { unified: 'stop' as const, raw: 'stop' },
    usage: {
      inputTokens: { total: 3, noCache: 3, cacheRead: 0, cacheWrite: 0 },
      outputTokens: { total: 2, text: 2, reasoning: 0 },
    },
  };
  const params = { prompt: [{ role: 'user' as const, content: [{ type: 'text' as const, text: 'Hi' }] }] };
  const result = { content: [{ type: 'text' as const, text: 'Hi' }], finishReason: finish.finishReason, usage: finish.usage, warnings: [] };
  const text = [{ type: 'text-start' as const, id: '1' }, { type: 'text-delta' as const, id: '1', delta: 'Hi' }, { type: 'text-end' as const, id: '1' }];
  type Part = { type: string };

  async function partsOf(stream: ReadableStream<Part>): Promise<Part[]> {
    const parts: Part[] = [];
    for await (const part of stream) {
      parts.push(part);
    }
    return parts;
  }

  function streaming(...streams: readonly (readonly object[])[]) {
    let asked = 0;
    return new MockLanguageModelV3({
      doStream: async () => ({ stream: simulateReadableStream({ chunks: streams[asked++] as never[], initialDelayInMs: null, chunkDelayInMs: null }) }),
    });
  }

  const wrapped = (model: MockLanguageModelV3, client: ResilientClient, options?: MiddlewareOptions) =>
    wrapLanguageModel({ model, middleware: resilientMiddleware(client, options) });

  it('is a middleware of the AI SDK by its types', () => {
    const middleware: LanguageModelMiddleware = resilientMiddleware(new ResilientClient({}));
    expect(middleware.specificationVersion).toBe('v3');
  });

  it('holds back what comes before the content, and gives every part once', async () => {
    const start = { type: 'stream-start', warnings: [] };
    const model = streaming([start, { type: 'error', error: { message: 'Overloaded', type: 'overloaded_error' } }], [start, ...text, finish]);
    const { stream } = await wrapped(model, new ResilientClient({ retryBackoff })).doStream(params);
    expect(await partsOf(stream)).toEqual([start, ...text, finish]);
  });

  it('calls a stream truncated that ends without an end, or with one that the SDK made up', async () => {
    const madeUp = { ...finish, finishReason: { unified: 'other', raw: undefined } };
    for (const last of [[], [madeUp]]) {
      const { stream } = await wrapped(streaming([...text, ...last]), new ResilientClient({ retryBackoff })).doStream(params);
      expect((await partsOf(stream)).at(-1)).toEqual({ type: 'error', error: expect.any(StreamTruncatedError) });
    }
  });

  it('rejects an empty stream', async () => {
    await expect(wrapped(streaming([]), new ResilientClient({})).doStream(params)).rejects.toBeInstanceOf(StreamTruncatedError);
  });

  it('takes a result that reports an error, or is empty, for a failure', async () => {
    let asked = 0;
    const results = [{ ...result, finishReason: { unified: 'error' as const, raw: 'x' } }, { ...result, content: [] }, result];
    const model = new MockLanguageModelV3({ doGenerate: async () => results[asked++]! });
    expect(await wrapped(model, new ResilientClient({ retryBackoff })).doGenerate(params)).toEqual(result);
    expect(asked).toBe(3);
  });

  it('believes an answer that was filtered, and results of models that are made by hand', async () => {
    const filtered = { ...result, content: [], finishReason: { unified: 'content-filter' as const, raw: 'x' } };
    const model = new MockLanguageModelV3({ doGenerate: filtered });
    expect(await wrapped(model, new ResilientClient({ retryBackoff })).doGenerate(params)).toEqual(filtered);
    const odd = new MockLanguageModelV3({ doGenerate: async () => ({ finishReason: 'stop' }) as never });
    // Not through the AI SDK, whose versions read different things of such a result.
    const { wrapGenerate } = resilientMiddleware(new ResilientClient({ retryBackoff }));
    expect(await wrapGenerate({ doGenerate: () => odd.doGenerate(params), params, model: odd })).toEqual({ finishReason: 'stop' });
  });

  it('tells of the response of the attempt that won, where a call is hedged', async () => {
    const scheduler = new VirtualScheduler();
    const controllers: ReadableStreamDefaultController[] = [];
    const model = new MockLanguageModelV3({
      doStream: async () => {
        const response = { headers: { 'x-request-id': String(controllers.length + 1) } };
        const stream = new ReadableStream({ start: (controller) => void controllers.push(controller) });
        return { stream, response };
      },
    });
    const phases: string[] = [];
    const onStatus = ({ phase }: CallStatus) => phases.push(phase);
    const answer = wrapped(model, new ResilientClient({ hedge: { after: 100 }, scheduler }), { onStatus }).doStream(params);
    const settled = () => new Promise((resolve) => setTimeout(resolve));
    await settled();
    scheduler.flush(100);
    await settled();
    expect(controllers).toHaveLength(2);
    for (const part of [...text, finish]) {
      controllers[0]!.enqueue(part);
    }
    controllers[0]!.close();
    expect((await answer).response?.headers).toEqual({ 'x-request-id': '1' });
    expect(await partsOf((await answer).stream)).toEqual([...text, finish]);
    expect(phases).toEqual(['connecting', 'streaming', 'done']);
  });

  it('lets validate reject an answer, and gives the result of the model, whatever validate returns', async () => {
    let asked = 0;
    const model = new MockLanguageModelV3({ doGenerate: async () => ({ ...result, asked: ++asked }) });
    const validate = () => {
      if (asked === 1) {
        throw new Error('not good');
      }
      return asked === 2 ? Promise.reject(new Error('nor this')) : 'validated';
    };
    const client = new ResilientClient({ retryBackoff });
    expect(await wrapped(model, client, { validate }).doGenerate(params)).toMatchObject({ asked: 3, content: result.content });
    expect(await wrapped(model, client, { validate: async () => 'later' }).doGenerate(params)).toMatchObject({ asked: 4 });
  });

  it('chooses the options for each call, and tells observers what is called', async () => {
    const client = new ResilientClient({ tokenBudget: { limits: perHour(1_000) } });
    const seen: unknown[] = [];
    client.events$.subscribe((event) => {
      if (event.type === 'began' || event.type === 'reserved') {
        seen.push('meta' in event ? event.meta : 'tokens' in event && event.tokens);
      }
    });
    const model = new MockLanguageModelV3({ provider: 'mock', modelId: 'small', doGenerate: result, doStream: streaming([...text, finish]).doStream });
    const kinds: string[] = [];
    const middleware = resilientMiddleware(client, ({ type, model, params }) => {
      kinds.push(`${type} ${model.modelId} ${params.maxOutputTokens}`);
      return type === 'stream' ? { tokens: 7, meta: { mine: true } } : {};
    });
    const guarded = wrapLanguageModel({ model, middleware });
    await guarded.doGenerate({ ...params, maxOutputTokens: 40 });
    await partsOf((await guarded.doStream(params)).stream);
    expect(kinds).toEqual(['generate small 40', 'stream small undefined']);
    expect(seen).toEqual([{ operation: 'chat', provider: 'mock', model: 'small' }, 41, { mine: true }, 7]);
    expect(client.budget.state.limits[0]).toMatchObject({ used: 10, reserved: 0 });
  });

  it('prints no warning and leaves no listener with a thousand calls on one signal', async () => {
    const { signal } = new AbortController();
    const warnings: unknown[] = [];
    const listen = (warning: Error) => warnings.push(warning);
    process.on('warning', listen);
    const model = wrapped(streaming(...Array.from({ length: 1_000 }, () => [...text, finish])), new ResilientClient({}));
    const streams = await Promise.all(Array.from({ length: 1_000 }, () => model.doStream({ ...params, abortSignal: signal })));
    await Promise.all(streams.map(({ stream }) => partsOf(stream)));
    process.off('warning', listen);
    expect(warnings).toEqual([]);
  });

  it('is refused for what is no client, and for options that would give something twice', () => {
    expect(() => resilientMiddleware({} as never)).toThrow('resilientMiddleware: client must be a ResilientClient, got {}');
    expect(() => resilientMiddleware(undefined as never)).toThrow('resilientMiddleware: client must be given, got undefined');
    const client = new ResilientClient({});
    expect(() => resilientMiddleware(client, 5 as never)).toThrow('resilientMiddleware: options must be an object or a function that returns one, got 5');
    expect(() => resilientMiddleware(client, { afterValues: 'restart' })).toThrow("resilientMiddleware: afterValues must be 'error'");
  });

  it('fails the call whose options a function gets wrong', async () => {
    const middleware = resilientMiddleware(new ResilientClient({}), () => ({ prioritty: 1 }) as never);
    const model = wrapLanguageModel({ model: new MockLanguageModelV3({ doGenerate: result }), middleware });
    await expect(model.doGenerate(params)).rejects.toThrow('unknown option prioritty');
    await expect(model.doStream(params)).rejects.toThrow('unknown option prioritty');
  });

  it('is given the error as it is, also one that cannot be changed', async () => {
    const error = Object.freeze(Object.assign(new Error('no'), { isRetryable: true, statusCode: 400 }));
    const model = new MockLanguageModelV3({ doGenerate: () => Promise.reject(error), doStream: () => Promise.reject('no') });
    await expect(wrapped(model, new ResilientClient({})).doGenerate(params)).rejects.toBe(error);
    await expect(wrapped(model, new ResilientClient({})).doStream(params)).rejects.toBe('no');
  });

  it('is given the error as it is, also one whose fields throw', async () => {
    for (const accessors of [{ get() { throw new Error('hostile'); } }, { get: () => true, set() { throw new Error('hostile'); } }]) {
      const error = Object.defineProperty(new Error('no'), 'isRetryable', accessors);
      const model = new MockLanguageModelV3({ doGenerate: () => Promise.reject(error), doStream: () => Promise.reject(error) });
      await expect(wrapped(model, new ResilientClient({})).doGenerate(params)).rejects.toBe(error);
      await expect(wrapped(model, new ResilientClient({})).doStream(params)).rejects.toBe(error);
    }
  });
});
