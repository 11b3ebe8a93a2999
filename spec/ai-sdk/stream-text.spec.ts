import { APICallError, LoadAPIKeyError, streamText, wrapLanguageModel } from 'ai';
import { MockLanguageModelV3, simulateReadableStream } from 'ai/test';
import { fromEvent, takeUntil } from 'rxjs';
import { fromStream, perHour, perMinute, ResilientClient, type ResilientClientConfig, TokenBudget, tokenBudget } from 'rxjs-resilience';
import { resilientMiddleware } from 'rxjs-resilience/ai-sdk';
import { describe, expect, it } from 'vitest';

type Streamed = Awaited<ReturnType<MockLanguageModelV3['doStream']>>;
type Part = Streamed['stream'] extends ReadableStream<infer P> ? P : never;

const start: Part = { type: 'stream-start', warnings: [] };
const text: Part[] = [{ type: 'text-start', id: '1' }, { type: 'text-delta', id: '1', delta: 'Hello there' }, { type: 'text-end', id: '1' }];
const finish: Part = {
  type: 'finish',
  finishReason: { unified: 'stop', raw: 'stop' },
  usage: { inputTokens: { total: 30, noCache: 30, cacheRead: 0, cacheWrite: 0 }, outputTokens: { total: 7, text: 7, reasoning: 0 } },
};
const failing = (statusCode: number | undefined, cause?: unknown) =>
  new APICallError({ message: `status ${statusCode}`, url: 'https://api.example.com', requestBodyValues: {}, ...(statusCode === undefined ? {} : { statusCode }), cause });
const refused = Object.assign(new TypeError('fetch failed'), { cause: Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' }) });
const overloaded: Part = { type: 'error', error: failing(529) };

/** What a model does: it throws, or streams these parts, with an error of the stream at their end. */
interface Model {
  readonly throws?: unknown;
  readonly parts?: readonly Part[];
  readonly breaks?: unknown;
}

function modelOf({ throws, parts = [], breaks }: Model): MockLanguageModelV3 {
  return new MockLanguageModelV3({
    doStream: async () => {
      if (throws !== undefined) {
        throw throws;
      }
      if (breaks === undefined) {
        return { stream: simulateReadableStream<Part>({ chunks: [...parts], initialDelayInMs: null, chunkDelayInMs: null }) };
      }
      const rest = [...parts];
      const pull = (controller: ReadableStreamDefaultController<Part>) =>
        rest.length > 0 ? controller.enqueue(rest.shift()!) : controller.error(breaks);
      return { stream: new ReadableStream<Part>({ pull }, { highWaterMark: 0 }) };
    },
  });
}

const tokens = { input: 20, output: 100 };
const quiet = { prompt: 'Say hello', maxRetries: 0, onError: () => undefined };

/** The client, and what its calls are charged. */
function charged(config: ResilientClientConfig = {}) {
  const client = new ResilientClient({ tokenBudget: { limits: perHour(1_000) }, ...config });
  const { budget } = client as unknown as { readonly budget: TokenBudget };
  return { client, used: () => 1_000 - budget.remaining, reserved: () => budget.state.limits[0]!.reserved };
}

const around = {
  'streamText inside of a call': async (model: MockLanguageModelV3) => {
    const { client, used } = charged();
    await client.run((abortSignal) => streamText({ ...quiet, model, abortSignal }).fullStream, { tokens }).catch(() => undefined);
    return used();
  },
  'streamText inside of tokenBudget': async (model: MockLanguageModelV3) => {
    const budget = new TokenBudget({ limits: perHour(1_000) });
    const parts = fromStream((abortSignal) => streamText({ ...quiet, model, abortSignal }).fullStream).pipe(tokenBudget(budget, { estimate: tokens }));
    await new Promise<void>((done) => parts.subscribe({ complete: done, error: () => done() }));
    return 1_000 - budget.remaining;
  },
  'the middleware inside of streamText': async (model: MockLanguageModelV3) => {
    const { client, used } = charged();
    const guarded = wrapLanguageModel({ model, middleware: resilientMiddleware(client, { tokens }) });
    await streamText({ ...quiet, model: guarded }).consumeStream();
    return used();
  },
};

describe.each(Object.entries(around))('T3: %s', (_, chargeOf) => {
  it.each<[string, Model, number]>([
    ['a bad request', { throws: failing(400) }, 0],
    ['a key that is not valid', { throws: failing(401) }, 0],
    ['a limit', { throws: failing(429) }, 0],
    ['an outage', { throws: failing(503) }, 0],
    ['a connection that was never made', { throws: failing(undefined, refused) }, 0],
    ['a key that is missing, so that nothing is sent', { throws: new LoadAPIKeyError({ message: 'The API key is missing' }) }, 0],
    ['an overload that the stream begins with', { parts: [start, overloaded] }, 0],
    ['a gateway that gave up', { throws: failing(504) }, 20],
    ['a connection that broke before the answer', { throws: failing(undefined, new TypeError('terminated')) }, 20],
    ['a stream that breaks before its first part', { parts: [start], breaks: new TypeError('terminated') }, 20],
    ['an overload after text', { parts: [start, ...text, overloaded] }, 23],
    ['a stream that breaks after text', { parts: [start, ...text], breaks: new TypeError('terminated') }, 23],
    ['an answer', { parts: [start, ...text, finish] }, 37],
  ])('%s is charged as it was billed', async (_name, model, cost) => {
    expect(await chargeOf(modelOf(model))).toBe(cost);
  });
});

describe('the part with which streamText begins before it asks', () => {
  /** A model that asks until it is aborted. */
  const silent = () => new MockLanguageModelV3({ doStream: ({ abortSignal }) => new Promise((_, reject) => abortSignal!.addEventListener('abort', () => reject(abortSignal!.reason))) });
  const open = (model: MockLanguageModelV3) => (abortSignal: AbortSignal) => streamText({ ...quiet, model, abortSignal }).fullStream;

  it('S1: is no first value: timeout.first ends a call of which nothing else comes', async () => {
    const { client, used } = charged({ timeout: { first: 40 } });
    await expect(client.run(open(silent()), { tokens })).rejects.toThrow('no first value within 40 ms');
    expect(used()).toBe(20);
  });

  it('S15: is nothing that was accepted', async () => {
    const accepted: string[] = [];
    const { client } = charged({ rateLimit: { limits: perMinute(100) } });
    client.events$.subscribe(({ type }) => accepted.push(type));
    await client.run(open(modelOf({ throws: failing(429) })), { tokens }).catch(() => undefined);
    expect(accepted).toContain('refunded');
    expect(accepted).not.toContain('accepted');
    await client.run(open(modelOf({ parts: [start, ...text, finish] })), { tokens });
    expect(accepted.filter((type) => type === 'accepted')).toHaveLength(1);
  });

  it('is delivered like every other part', async () => {
    const { client } = charged();
    const types: string[] = [];
    await new Promise<void>((complete) => client.call(open(modelOf({ parts: [start, ...text, finish] })), { tokens }).subscribe({ next: ({ type }) => types.push(type), complete }));
    expect(types).toEqual(['start', 'start-step', 'text-start', 'text-delta', 'text-end', 'finish-step', 'finish']);
  });

  it('T3: is content if the call says so, and then is a value', async () => {
    const { client, used } = charged();
    await client.run(open(modelOf({ throws: failing(429) })), { tokens, isContent: () => true }).catch(() => undefined);
    expect(used()).toBe(20);
  });

  it('T2: an answer that is left in the middle is charged for what came', async () => {
    const { client, used, reserved } = charged();
    const left = new AbortController();
    const stalled = modelOf({ parts: [start, ...text], breaks: undefined });
    const parts = client.call((abortSignal) => streamText({ ...quiet, model: stalled, abortSignal, onChunk: () => left.abort() }).fullStream, { tokens });
    await new Promise<void>((complete) => parts.pipe(takeUntil(fromEvent(left.signal, 'abort'))).subscribe({ complete }));
    expect([used(), reserved()]).toEqual([20, 0]);
  });
});
