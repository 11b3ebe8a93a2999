import { type Observable, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  classifyError, estimateTokens, failureOf, isFinalChunk, type RateLimitInfo, ResilientClient, rateLimitOf, retryAfterOf, textOf, tokenBucket, usageOf,
} from '../../src/index';
import {
  type FakeAnthropicEvent, type FakeGeminiChunk, type FakeOpenAIChunk, type FakeProviderConfig, FakeProviderError, type FakeShape, fakeProvider, fixedWindow, seededRandom, VirtualScheduler,
} from '../../src/testing';

const shapes: readonly FakeShape[] = ['openai', 'anthropic', 'gemini', 'text'];

/** A provider in virtual time, and a way to note what an answer says and when. */
function rig<S extends FakeShape = 'openai'>(config: FakeProviderConfig<S> = {}) {
  const scheduler = new VirtualScheduler();
  const provider = fakeProvider<S>({ scheduler, ...config });
  const follow = (answer: Observable<unknown>) => {
    const seen = { values: [] as { at: number; value: unknown }[], error: undefined as unknown, ended: undefined as number | undefined };
    const subscription = answer.subscribe({
      next: (value) => seen.values.push({ at: scheduler.now(), value }),
      error: (error) => Object.assign(seen, { error, ended: scheduler.now() }),
      complete: () => { seen.ended = scheduler.now(); },
    });
    return Object.assign(seen, { subscription });
  };
  return { scheduler, provider, follow };
}

describe('fakeProvider', () => {
  it('answers in chunks, each when it is written', () => {
    const { scheduler, provider, follow } = rig({ latency: 100, tokensPerSecond: 50 });
    const seen = follow(provider.open({ input: 7, output: 3 }));
    scheduler.flush();
    expect(seen.values.map(({ at, value }) => [at, textOf(value)])).toEqual([
      [100, ''], [100, 'let '], [120, 'the '], [140, 'sun '], [160, ''], [160, ''],
    ]);
    expect(seen.ended).toBe(160);
    expect(provider.server).toMatchObject({
      requests: 1, answered: 1, refused: 0, failed: 0, aborted: 0, inFlight: 0, mostInFlight: 1, inputTokens: 7, outputTokens: 3, tokensBilled: 10,
    });
  });

  it.each(shapes)('%s: speaks so that the readers of chunks understand it', (shape) => {
    const { scheduler, provider, follow } = rig({ shape, tokensPerSecond: Infinity });
    const seen = follow(provider.open({ input: 7, output: 40 }));
    scheduler.flush();
    const values = seen.values.map(({ value }) => value);
    expect(estimateTokens(values.map(textOf).join(''))).toBe(40);
    if (shape !== 'text') {
      expect(values.filter(isFinalChunk).length).toBeGreaterThan(0);
      const usages = values.map(usageOf).filter((usage) => usage !== undefined);
      expect(Math.max(...usages.map(({ input = 0 }) => input))).toBe(7);
      expect(usages.at(-1)).toMatchObject({ output: 40, final: true });
    }
    expect(values.map((value) => failureOf(value)).filter(Boolean)).toEqual([]);
  });

  it.each(shapes)('%s: an answer without tokens ends all the same', (shape) => {
    const { scheduler, provider, follow } = rig({ shape });
    const seen = follow(provider.open({ input: 0, output: 0 }));
    scheduler.flush();
    expect(seen.ended).toBe(200);
    expect(provider.server.tokensBilled).toBe(0);
  });

  it('puts the whole text into few chunks, at the same times', () => {
    const { scheduler, provider, follow } = rig({ maxChunks: 2, latency: 100, tokensPerSecond: 100, shape: 'text' });
    const seen = follow(provider.open({ output: 5 }));
    scheduler.flush();
    expect(seen.values).toEqual([{ at: 100, value: 'let the ' }, { at: 120, value: 'sun and sea ' }]);
    expect(seen.ended).toBe(150);
  });

  it('takes the body of a request for its size', () => {
    const { scheduler, provider, follow } = rig({ shape: 'openai' });
    const messages = [{ role: 'user', content: 'x'.repeat(400) }];
    const whole = follow(provider.open({ model: 'gpt', messages }));
    follow(provider.open({ messages, max_tokens: 5 }));
    follow(provider.open());
    scheduler.flush();
    expect(provider.server).toMatchObject({ inputTokens: 200, outputTokens: 105 });
    expect(whole.values[0]!.value).toMatchObject({ model: 'gpt', id: 'chatcmpl-fake-1' });
  });

  it('draws latencies, and refuses one that is none', () => {
    const { scheduler, provider, follow } = rig({ latency: (random) => 100 + random() * 0, shape: 'text', tokensPerSecond: Infinity });
    const seen = follow(provider.open({ output: 1 }));
    scheduler.flush();
    expect(seen.values[0]!.at).toBe(100);
    const wrong = rig({ latency: () => Number.NaN });
    expect(wrong.follow(wrong.provider.open()).error).toMatchObject({ message: expect.stringContaining('latency must be') });
  });

  it('refuses what is above its limits, and takes nothing for that', () => {
    const { scheduler, provider, follow } = rig({ limits: fixedWindow({ limit: 2, window: 60_000 }), latency: 10 });
    const seen = [1, 2, 3].map(() => follow(provider.open({ output: 1 })));
    scheduler.flush();
    expect(seen.map(({ error }) => classifyError(error))).toEqual(['unknown', 'unknown', 'throttled']);
    expect(seen[2]!.ended).toBe(10);
    expect(retryAfterOf(seen[2]!.error, 10)).toBe(60_000);
    scheduler.flush(60_000);
    const later = [1, 2, 3].map(() => follow(provider.open({ output: 1 })));
    scheduler.flush();
    expect(later.map(({ error }) => error === undefined)).toEqual([true, true, false]);
    expect(provider.server).toMatchObject({ requests: 6, refused: 2, answered: 4, inFlight: 0, mostInFlight: 3 });
  });

  it('gives only a share of its limits while it is told to', () => {
    const limitsShare = (elapsed: number) => (elapsed < 100_000 ? 1 : 0.5);
    const { scheduler, provider, follow } = rig({ limits: fixedWindow({ limit: 4, window: 60_000 }), limitsShare });
    const taken = () => {
      const seen = [1, 2, 3, 4, 5].map(() => follow(provider.open({ output: 1 })));
      scheduler.flush();
      return seen.filter(({ error }) => error === undefined).length;
    };
    expect(taken()).toBe(4);
    scheduler.flush(120_000);
    expect(taken()).toBe(2);
    const wrong = rig({ limits: fixedWindow({ limit: 4, window: 60_000 }), limitsShare: () => -1 });
    expect(wrong.follow(wrong.provider.open()).error).toMatchObject({ message: expect.stringContaining('limitsShare must be') });
  });

  it('answers a refusal after 50 ms, or when it is told to', () => {
    for (const [config, at] of [[{}, 50], [{ latency: () => 5 }, 50], [{ refusalLatency: 5_000 }, 5_000], [{ refusalLatency: () => 7 }, 7]] as const) {
      const { scheduler, provider, follow } = rig({ limits: { tokens: fixedWindow({ limit: 10, window: 1_000 }) }, ...config });
      const seen = follow(provider.open({ output: 11 }));
      scheduler.flush();
      expect(seen.ended).toBe(at);
      // Larger than the limit: no time to wait is named, and OpenAI's words say that it is hopeless.
      expect(retryAfterOf(seen.error, at)).not.toBe(0);
    }
  });

  it('gives places to so many at once', () => {
    const { scheduler, provider, follow } = rig({ maxConcurrent: 2, latency: 10 });
    const seen = [1, 2, 3].map(() => follow(provider.open({ output: 1 })));
    scheduler.flush();
    expect(seen.map(({ error }) => error === undefined)).toEqual([true, true, false]);
    expect(retryAfterOf(seen[2]!.error)).toBe(1_000);
    const next = follow(provider.open({ output: 1 }));
    scheduler.flush();
    expect(next.error).toBeUndefined();
  });

  it.each(shapes)('%s: says what the provider says in a 429, as much as it is told to', (shape) => {
    const hintOf = (hints: 'all' | 'retry-after' | 'none') => {
      const { scheduler, provider, follow } = rig({ shape, hints, limits: tokenBucket({ capacity: 1, refill: 1, interval: 10_500 }), refusalLatency: 0 });
      follow(provider.open());
      const { error } = [follow(provider.open())].map((seen) => { scheduler.flush(0); return seen; })[0]!;
      expect(error).toBeInstanceOf(FakeProviderError);
      expect(classifyError(error)).toBe('throttled');
      return { hint: retryAfterOf(error, 0), limits: rateLimitOf(error, 0) };
    };
    expect(hintOf('none')).toEqual({ hint: undefined, limits: {} });
    expect(hintOf('retry-after')).toEqual({ hint: 11_000, limits: {} });
    const { hint, limits } = hintOf('all');
    expect(hint).toBe(11_000);
    expect(limits).toEqual(shape === 'openai' || shape === 'anthropic' ? { requests: { limit: 1, remaining: 0, resetMs: 10_500 } } : {});
  });

  it.each(['openai', 'anthropic'] as const)('%s: tells whoever wants to know what is left of its limits', (shape) => {
    const { scheduler, provider, follow } = rig({
      shape,
      latency: 5,
      limits: {
        requests: fixedWindow({ limit: 10, window: 90_000 }),
        tokens: fixedWindow({ limit: 1_000, window: 500 }),
        inputTokens: fixedWindow({ limit: 500, window: 1_000 }),
        outputTokens: fixedWindow({ limit: 500, window: 3_600_000 }),
      },
    });
    const told: { at: number; info: RateLimitInfo }[] = [];
    const sync = (headers: object) => told.push({ at: scheduler.now(), info: rateLimitOf(headers, 0) });
    follow(provider.open({ input: 30, output: 20 }, { sync }));
    scheduler.flush();
    expect(told).toEqual([{
      at: 5,
      info: {
        requests: { limit: 10, remaining: 9, resetMs: 90_000 },
        tokens: { limit: 1_000, remaining: 950, resetMs: 500 },
        inputTokens: { limit: 500, remaining: 470, resetMs: 1_000 },
        outputTokens: { limit: 500, remaining: 480, resetMs: 3_600_000 },
      },
    }]);
  });

  it('is aborted by unsubscribing, and bills what was written until then', () => {
    const { scheduler, provider, follow } = rig({ latency: 100, tokensPerSecond: 100, maxConcurrent: 1 });
    const early = follow(provider.open({ input: 5, output: 50 }));
    scheduler.flush(50);
    early.subscription.unsubscribe();
    expect(provider.server).toMatchObject({ aborted: 1, inFlight: 0, tokensBilled: 5 });
    const late = follow(provider.open({ input: 5, output: 50 }));
    scheduler.flush(250);
    late.subscription.unsubscribe();
    scheduler.flush();
    expect(provider.server).toMatchObject({ aborted: 2, answered: 0, refused: 0, inputTokens: 10, outputTokens: 10 });
    expect(scheduler.now()).toBe(250);
  });

  it('is aborted inside of a chunk, and sends nothing more', () => {
    for (const most of [1, 2, 3, 4, 5]) {
      const { scheduler, provider } = rig({ shape: 'anthropic', tokensPerSecond: Infinity });
      const got: unknown[] = [];
      const subscription = provider.open({ output: 1 }).subscribe((value) => {
        if (got.push(value) === most) subscription.unsubscribe();
      });
      scheduler.flush();
      expect([got.length, provider.server.aborted, provider.server.answered]).toEqual([most, 1, 0]);
    }
  });

  it('makes a request for each subscription', () => {
    const { scheduler, provider, follow } = rig();
    const answer = provider.open({ output: 1 });
    expect(provider.server.requests).toBe(0);
    follow(answer);
    follow(answer);
    scheduler.flush();
    expect(provider.server.answered).toBe(2);
  });

  it('is the same in every run, and another with another seed', () => {
    const runWith = (seed: number) => {
      const { scheduler, provider, follow } = rig({
        latency: (random) => random() * 1_000,
        faults: { throttle: 0.1, serverError: 0.1, cut: 0.1, stall: 0.1, slowFirst: 0.1, garble: 0.1, failInside: 0.1 },
        random: seededRandom(seed),
      });
      const all = Array.from({ length: 100 }, () => follow(provider.open({ output: 5 })));
      scheduler.flush(100_000);
      return JSON.stringify([all.map(({ values, ended, error }) => [values, ended, String(error)]), provider.server]);
    };
    expect(runWith(1)).toBe(runWith(1));
    expect(runWith(1)).not.toBe(runWith(2));
  });

  it('keeps to fixed windows where the wall clock is set back', () => {
    let wall = 100_000;
    const scheduler = new VirtualScheduler();
    const provider = fakeProvider({ limits: fixedWindow({ limit: 1, window: 60_000 }), scheduler: { now: () => wall, schedule: (...work) => scheduler.schedule(...work) } as VirtualScheduler });
    provider.open().subscribe();
    wall = 50_000;
    provider.open().subscribe({ error: () => undefined });
    scheduler.flush(300);
    expect(provider.server.refused).toBe(1);
  });

  it('answers a client, which waits for as long as the provider says', async () => {
    const { scheduler, provider, follow } = rig({ limits: fixedWindow({ limit: 3, window: 60_000 }) });
    const client = new ResilientClient({ retryBackoff: { jitter: 'none' }, rateLimit: { limits: tokenBucket({ capacity: 10, refill: 1, interval: 1 }) }, scheduler });
    const seen = Array.from({ length: 7 }, () => follow(client.call((_signal, attempt) => provider.open({ input: 3, output: 4 }, attempt)).pipe(toArray())));
    scheduler.flush();
    expect(seen.map(({ error }) => error)).toEqual(Array(7).fill(undefined));
    expect(seen.map(({ ended }) => Math.floor(ended! / 60_000)).sort()).toEqual([0, 0, 0, 1, 1, 1, 2]);
    expect(provider.server).toMatchObject({ answered: 7, tokensBilled: 49 });
  });

  it('simulates 100,000 calls in seconds', { timeout: 30_000 }, () => {
    const { scheduler, provider } = rig({ limits: tokenBucket({ capacity: 100, refill: 50, interval: 1_000 }), maxChunks: 1, latency: (random) => 50 + random() * 500, faults: { cut: 0.01 } });
    let [made, ended] = [0, 0];
    const callAgain = () => {
      ended += 1;
      if (made < 100_000) {
        scheduler.schedule(call, 100);
      }
    };
    const call = () => {
      made += 1;
      provider.open({ input: 100, output: 200 }).subscribe({ complete: callAgain, error: callAgain });
    };
    const begun = performance.now();
    for (let n = 0; n < 200; n += 1) call();
    scheduler.flush();
    expect(ended).toBe(made);
    expect(provider.server).toMatchObject({ requests: made, inFlight: 0 });
    expect(performance.now() - begun).toBeLessThan(10_000);
  });

  it('refuses options that it does not know, naming option and value', () => {
    const wrong: [object, string][] = [
      [{ limit: 5 }, 'fakeProvider: unknown option limit: 5'],
      [{ shape: 'cohere' }, "fakeProvider: shape must be one of 'openai', 'anthropic', 'gemini', 'text', got \"cohere\""],
      [{ latency: -1 }, 'fakeProvider: latency must be a number of at least 0, got -1'],
      [{ refusalLatency: '5' }, 'fakeProvider: refusalLatency must be a number, got "5"'],
      [{ tokensPerSecond: 0 }, 'fakeProvider: tokensPerSecond must be a finite number above 0, got 0'],
      [{ maxChunks: 0 }, 'fakeProvider: maxChunks must be a whole number of at least 1, or Infinity, got 0'],
      [{ maxConcurrent: 1.5 }, 'fakeProvider: maxConcurrent must be'],
      [{ hints: 'some' }, 'fakeProvider: hints must be one of'],
      [{ random: 5 }, 'fakeProvider: random must be a function, got 5'],
      [{ scheduler: 5 }, 'fakeProvider: scheduler must be a scheduler'],
      [{ faults: { cut: 1.5 } }, 'fakeProvider: cut must be a share from 0 to 1, got 1.5'],
      [{ faults: { cuts: 1 } }, 'fakeProvider: unknown option cuts: 1'],
      [{ limitsShare: 2 }, 'fakeProvider: limitsShare must be a share from 0 to 1, got 2'],
      [{ limits: { requests: 5 } }, 'fakeProvider: limits must be made by'],
    ];
    for (const [config, message] of wrong) {
      expect(() => fakeProvider(config)).toThrow(message);
    }
    expect(() => seededRandom(0.5)).toThrow('seededRandom: seed must be a whole number, got 0.5');
  });

  it('knows the type of its chunks', () => {
    expectTypeOf(fakeProvider().open()).toEqualTypeOf<Observable<FakeOpenAIChunk>>();
    expectTypeOf(fakeProvider({ shape: 'anthropic' }).open()).toEqualTypeOf<Observable<FakeAnthropicEvent>>();
    expectTypeOf(fakeProvider({ shape: 'gemini' }).open()).toEqualTypeOf<Observable<FakeGeminiChunk>>();
    expectTypeOf(fakeProvider({ shape: 'text' }).open()).toEqualTypeOf<Observable<string>>();
  });
});

describe('the faults of a fake provider', () => {
  const failed = <S extends FakeShape>(config: FakeProviderConfig<S>, output = 8) => {
    const { scheduler, provider, follow } = rig({ shape: 'text' as S, latency: 100, tokensPerSecond: 100, ...config });
    const seen = follow(provider.open({ input: 4, output }));
    scheduler.flush(60_000);
    return { ...seen, server: provider.server };
  };

  it.each(shapes)('%s: refuse it as if it were throttled or overloaded', (shape) => {
    const throttled = failed({ shape, faults: { throttle: 1 } });
    expect(classifyError(throttled.error)).toBe('throttled');
    expect(retryAfterOf(throttled.error)).toBe(1_000);
    const overloaded = failed({ shape, faults: { serverError: 1 } });
    expect(classifyError(overloaded.error)).toBe('transient');
    expect(overloaded.error).toMatchObject({ status: shape === 'anthropic' ? 529 : 503 });
    expect([throttled.server.refused, overloaded.server.failed, overloaded.server.tokensBilled]).toEqual([1, 1, 0]);
  });

  it('cut it, garble it or let it stall, after any number of chunks', () => {
    const random = seededRandom(3);
    for (const [kind, error] of [['cut', TypeError], ['garble', SyntaxError], ['stall', undefined]] as const) {
      const counts = new Set<number>();
      for (let n = 0; n < 100; n += 1) {
        const seen = failed({ faults: { [kind]: 1 }, random });
        counts.add(seen.values.length);
        if (error === undefined) {
          expect(seen.ended).toBeUndefined();
          expect(seen.server.inFlight).toBe(1);
          seen.subscription.unsubscribe();
          expect(seen.server).toMatchObject({ aborted: 1, inFlight: 0, inputTokens: 4, outputTokens: seen.values.length });
        } else {
          expect(seen.error).toBeInstanceOf(error);
          expect(classifyError(seen.error)).toBe('transient');
          expect(seen.server).toMatchObject({ failed: 1, inFlight: 0, inputTokens: 4, outputTokens: seen.values.length });
        }
      }
      expect([...counts].sort()).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8]);
    }
  });

  it.each(['openai', 'anthropic', 'gemini'] as const)('%s: let it report a failure in a chunk', (shape) => {
    const seen = failed({ shape, faults: { failInside: 1 } });
    expect(seen.error).toBeUndefined();
    expect(classifyError(failureOf(seen.values.at(-1)!.value))).toBe('transient');
    expect(seen.server.failed).toBe(1);
  });

  it('cut a plain text, which cannot report a failure', () => {
    expect(failed({ faults: { failInside: 1 } }).error).toBeInstanceOf(TypeError);
  });

  it('let the first chunk come late', () => {
    const seen = failed({ faults: { slowFirst: 1 } });
    expect(seen.values[0]!.at).toBe(10_100);
    expect(seen.server.answered).toBe(1);
  });

  it('come by their share, one at most for each request, and change with time', () => {
    const { scheduler, provider, follow } = rig({ faults: { throttle: 0.25, serverError: (elapsed) => (elapsed < 1_000 ? 0.5 : 0) }, latency: 10 });
    for (let n = 0; n < 1_000; n += 1) follow(provider.open({ output: 1 }));
    scheduler.flush(1_000);
    expect(provider.server.refused).toBeGreaterThan(200);
    expect(provider.server.refused).toBeLessThan(300);
    expect(provider.server.failed).toBeGreaterThan(450);
    expect(provider.server.failed).toBeLessThan(550);
    const { failed: before } = provider.server;
    for (let n = 0; n < 1_000; n += 1) follow(provider.open({ output: 1 }));
    scheduler.flush();
    expect(provider.server.failed).toBe(before);
  });

  it('are an error of the request if their function gives no share', () => {
    const { error } = failed({ faults: { cut: () => 5 } });
    expect(error).toMatchObject({ message: 'fakeProvider: cut must be a share from 0 to 1, got 5' });
  });
});
