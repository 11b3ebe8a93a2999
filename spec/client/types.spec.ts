import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { type Observable, of, tap } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  type Answer,
  CircuitBreaker,
  fromStream,
  initialAnswer,
  type Keyed,
  keyed,
  type Limiter,
  perMinute,
  RateLimiter,
  ResilientClient,
  resilient,
  TokenBudget,
} from '../../src/index';

const openai = new OpenAI({ apiKey: 'none' });
const anthropic = new Anthropic({ apiKey: 'none' });
const question = { model: 'gpt', messages: [{ role: 'user' as const, content: 'hello' }] };
const request = { ...question, max_tokens: 100 };
type Chunk = OpenAI.Chat.ChatCompletionChunk;

describe('the types of fromStream', () => {
  it('S2: infers the values from what the SDKs return', () => {
    expectTypeOf(
      fromStream((signal) => openai.chat.completions.create({ ...question, stream: true }, { signal })),
    ).toEqualTypeOf<Observable<Chunk>>();
    expectTypeOf(fromStream((signal) => openai.chat.completions.create(question, { signal }))).toExtend<
      Observable<OpenAI.Chat.ChatCompletion>
    >();
    expectTypeOf(
      fromStream((signal) => openai.responses.create({ model: 'gpt', input: 'hello', stream: true }, { signal })),
    ).toEqualTypeOf<Observable<OpenAI.Responses.ResponseStreamEvent>>();
    expectTypeOf(
      fromStream((signal) => anthropic.messages.create({ ...request, stream: true }, { signal })),
    ).toEqualTypeOf<Observable<Anthropic.RawMessageStreamEvent>>();
    expectTypeOf(fromStream((signal) => anthropic.messages.create(request, { signal }))).toExtend<
      Observable<Anthropic.Message>
    >();
    expectTypeOf(fromStream((signal) => anthropic.messages.stream(request, { signal }))).toEqualTypeOf<
      Observable<Anthropic.MessageStreamEvent>
    >();
  });

  it('S2: infers the values from streams, promises of streams, Observables and single values', () => {
    expectTypeOf(fromStream(() => of(1))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(fromStream(async () => of(1))).toEqualTypeOf<Observable<number>>();
    expectTypeOf(fromStream(() => new ReadableStream<string>())).toEqualTypeOf<Observable<string>>();
    expectTypeOf(fromStream(async () => new Response())).toEqualTypeOf<Observable<Response>>();
    expectTypeOf(fromStream(() => 'text')).toEqualTypeOf<Observable<string>>();
    expectTypeOf(fromStream(() => ['a'])).toEqualTypeOf<Observable<string[]>>();
  });

  it('gives isFinal the type of the values', () => {
    fromStream(() => of({ text: 'a' }), { isFinal: (value) => value.text === '' });
    // @ts-expect-error there is no such field
    fromStream(() => of({ text: 'a' }), { isFinal: (value) => value.txt === '' });
  });
});

describe('the types of ResilientClient', () => {
  const client = new ResilientClient({
    retryBackoff: {},
    rateLimit: { limits: { requests: perMinute(500), tokens: perMinute(1_000) }, maxConcurrent: 5 },
    circuitBreak: {},
    tokenBudget: { limits: perMinute(1_000) },
  });

  it('types the policies by what was given', () => {
    expectTypeOf(client.limiter).toEqualTypeOf<RateLimiter<'requests' | 'tokens'>>();
    expectTypeOf(client.breaker).toEqualTypeOf<CircuitBreaker>();
    expectTypeOf(client.budget).toEqualTypeOf<TokenBudget>();
    // @ts-expect-error a typo in a dimension
    expect(() => client.limiter.tryAcquire({ tokn: 1 })).toThrow(TypeError);
    // @ts-expect-error and there
    expect(client.limiter.state.limits.tokn).toBeUndefined();
  });

  it('types absent policies as undefined', () => {
    const bare = new ResilientClient({});
    expectTypeOf(bare.limiter).toEqualTypeOf<undefined>();
    expectTypeOf(bare.breaker).toEqualTypeOf<undefined>();
    expectTypeOf(bare.budget).toEqualTypeOf<undefined>();
  });

  it('types policies and keyed policies as they are', () => {
    const given = new ResilientClient({
      rateLimit: new RateLimiter({ limits: { tokens: perMinute(5) } }),
      circuitBreak: keyed(() => new CircuitBreaker()),
      tokenBudget: keyed(() => new TokenBudget({ limits: perMinute(5) })),
    });
    expectTypeOf(given.limiter).toEqualTypeOf<RateLimiter<'tokens'>>();
    expectTypeOf(given.breaker).toEqualTypeOf<Keyed<CircuitBreaker>>();
    expectTypeOf(given.budget).toEqualTypeOf<Keyed<TokenBudget>>();
    const fake: Limiter = { acquire: () => of({ cost: {}, settle: () => undefined, refund: () => undefined }) };
    expectTypeOf(new ResilientClient({ rateLimit: fake }).limiter).toEqualTypeOf<Limiter>();
  });

  it('knows the dimensions of a limiter that is made in place', () => {
    const client = new ResilientClient({ rateLimit: new RateLimiter({ limits: perMinute(5) }) });
    expectTypeOf(client.limiter).toEqualTypeOf<RateLimiter<'requests'>>();
    const perModel = new ResilientClient({ rateLimit: keyed(() => new RateLimiter({ limits: perMinute(5) })) });
    expectTypeOf(perModel.limiter).toEqualTypeOf<Keyed<RateLimiter<'requests'>>>();
  });

  it('types limiters of bare limits, lists and concurrency alone by requests', () => {
    expectTypeOf(new ResilientClient({ rateLimit: { limits: perMinute(5) } }).limiter).toEqualTypeOf<
      RateLimiter<'requests'>
    >();
    expectTypeOf(new ResilientClient({ rateLimit: { limits: [perMinute(5), perMinute(9)] } }).limiter).toEqualTypeOf<
      RateLimiter<'requests'>
    >();
    expectTypeOf(new ResilientClient({ rateLimit: { maxConcurrent: 5 } }).limiter).toEqualTypeOf<
      RateLimiter<'requests'>
    >();
  });

  it('C15: types lists as lists', () => {
    const perUser = keyed(() => new TokenBudget({ limits: perMinute(5) }), { by: 'user' });
    const all = new TokenBudget({ limits: perMinute(5) });
    const limits = new RateLimiter({ limits: { tokens: perMinute(5) } });
    const listed = new ResilientClient({ rateLimit: [{ limits: perMinute(5) }, limits], tokenBudget: [perUser, all] });
    expectTypeOf(listed.budget).toEqualTypeOf<readonly [Keyed<TokenBudget, 'user'>, TokenBudget]>();
    expectTypeOf(listed.limiter).toEqualTypeOf<readonly [RateLimiter<'requests'>, RateLimiter<'tokens'>]>();
    expect(listed.budget).toEqual([perUser, all]);
    const any: ResilientClient = listed;
    expect(any.breaker).toBeUndefined();
  });

  it('C15: asks for the key that policies need, by its names', () => {
    const open = () => of(1);
    const plain = keyed(() => new TokenBudget({ limits: perMinute(5) }));
    const perUser = keyed(() => new TokenBudget({ limits: perMinute(5) }), { by: 'user' });
    const perOrg = keyed(() => new TokenBudget({ limits: perMinute(5) }), { by: 'org', maxKeys: 5 });
    const free = new ResilientClient({ tokenBudget: { limits: perMinute(5) } });
    free.call(open);
    const one = new ResilientClient({ tokenBudget: plain });
    one.call(open, { key: 'ada' });
    one.call(open, { key: { budget: 'ada' } });
    of(1).pipe(one.guard({ key: 'ada' }));
    // @ts-expect-error the budget is keyed
    one.call(open);
    // @ts-expect-error the budget is keyed
    one.call(open, { tokens: 5 });
    // @ts-expect-error the budget is keyed
    of(1).pipe(one.guard());
    const two = new ResilientClient({ tokenBudget: [perUser, perOrg], rateLimit: { limits: perMinute(5) } });
    two.call(open, { key: { user: 'ada', org: 'analytical' }, tokens: 5 });
    // @ts-expect-error whose organisation?
    two.call(open, { key: { user: 'ada' } });
    // @ts-expect-error whose?
    two.call(open, { key: 'ada' });
    const usual = new ResilientClient({ tokenBudget: perUser, defaults: { key: { user: 'ada' } } });
    usual.call(open);
    const config: { tokenBudget?: Keyed<TokenBudget, string | undefined> | TokenBudget } = { tokenBudget: perUser };
    new ResilientClient(config).call(open);
  });

  it('C15: functions in a config need no types', () => {
    const known = new ResilientClient({
      retryAfter: (error) => Number(error),
      retryBackoff: { retryIf: (error, retry) => retry.attempt > 1 && error !== undefined },
      circuitBreak: { outcome: (error) => (error === 1 ? 'ignore' : 'failure'), recoveryTimeout: (n) => n },
      tokenBudget: { limits: perMinute(1), refundOn: (error) => error === 1 },
      defaults: { onStatus: (status) => status.phase, tokens: (attempt) => attempt.number },
    });
    expectTypeOf(known.budget).toEqualTypeOf<TokenBudget>();
    const listed = new ResilientClient({ tokenBudget: [{ limits: perMinute(1), refundOn: (error: unknown) => error === 1 }] });
    expectTypeOf(listed.budget).toEqualTypeOf<readonly [TokenBudget]>();
  });

  it('C15: refuses names that mean nothing', () => {
    const limits = perMinute(5);
    const mistakes = [
      // @ts-expect-error an option
      () => new ResilientClient({ circuitbreak: {} }),
      // @ts-expect-error an option
      () => new ResilientClient({ retryBackof: {}, rateLimit: { limits } }),
      // @ts-expect-error an option of a budget
      () => new ResilientClient({ tokenBudget: { limits, org: 3 } }),
      // @ts-expect-error an option of a limiter
      () => new ResilientClient({ rateLimit: { limits, maxQ: 3 } }),
      // @ts-expect-error an option of a breaker
      () => new ResilientClient({ circuitBreak: { failureTreshold: 3 } }),
      // @ts-expect-error an option of retries
      () => new ResilientClient({ retryBackoff: { retries: 3 } }),
      // @ts-expect-error a timeout
      () => new ResilientClient({ timeout: { frist: 3 } }),
      // @ts-expect-error an option of a call
      () => new ResilientClient({ defaults: { token: 3 } }),
      // @ts-expect-error a dimension that no client fills
      () => new ResilientClient({ rateLimit: { limits: { request: limits } } }),
      // @ts-expect-error a dimension that no client fills
      () => new ResilientClient({ rateLimit: { limits: { requests: limits, token: limits } } }),
    ];
    for (const mistake of mistakes) {
      expect(mistake).toThrow(TypeError);
    }
  });

  it('stands for any client where its config is not known', () => {
    const any: ResilientClient = client;
    expectTypeOf(any.breaker).toExtend<object | undefined>();
    const other: ResilientClient = new ResilientClient({});
    expectTypeOf(other.call(() => of(1))).toEqualTypeOf<Observable<number>>();
  });

  it('infers the values of a call from what it opens, with and without streaming', () => {
    const streamed = client.call(
      (signal, { number }) => openai.chat.completions.create({ ...question, n: number, stream: true }, { signal }),
      { usage: (chunk) => chunk.usage?.total_tokens, isFinal: (chunk) => chunk.choices[0]?.finish_reason === 'stop' },
    );
    expectTypeOf(streamed).toEqualTypeOf<Observable<Chunk>>();
    const single = client.call((signal) => openai.chat.completions.create({ ...question, stream: false }, { signal }));
    expectTypeOf(single).toExtend<Observable<OpenAI.Chat.ChatCompletion>>();
    const message = client.call((signal) => anthropic.messages.create(request, { signal }));
    expectTypeOf(message).toExtend<Observable<Anthropic.Message>>();
    const events = client.call((signal) => anthropic.messages.create({ ...request, stream: true }, { signal }));
    expectTypeOf(events).toEqualTypeOf<Observable<Anthropic.RawMessageStreamEvent>>();
    // @ts-expect-error a chunk has no such field
    client.call(() => of({ text: 'a' }), { usage: (chunk) => chunk.tokens });
  });

  it('infers the last value that run promises', () => {
    const ask = () => client.run((signal) => openai.chat.completions.create(question, { signal }), { key: 'ada' });
    expectTypeOf(ask).returns.resolves.toExtend<OpenAI.Chat.ChatCompletion>();
  });

  it('infers T of guard in a pipe', () => {
    const guarded = of({ text: 'a' }).pipe(
      client.guard({ isContent: (value) => value.text !== '' }),
      tap((value) => expectTypeOf(value).toEqualTypeOf<{ text: string }>()),
    );
    expectTypeOf(guarded).toEqualTypeOf<Observable<{ text: string }>>();
    expectTypeOf(of('a').pipe(client.guard())).toEqualTypeOf<Observable<string>>();
    // @ts-expect-error there is no such field
    of({ text: 'a' }).pipe(client.guard({ isContent: (value) => value.txt !== '' }));
  });

  it('takes the default config of a client as it is meant', () => {
    const count = (chunk: Chunk) => chunk.choices.length;
    const afterValues = ({ values }: { values: readonly string[] }) => of(values.length);
    new ResilientClient({ retryBackoff: { afterValues, isContent: (value: string) => value !== '' } });
    new ResilientClient({ defaults: { count, tokens: { input: 1, output: 2 } }, retryBackoff: { afterValues: 'restart' } });
    // @ts-expect-error there is no such option
    expect(() => new ResilientClient({ rateLimits: {} })).toThrow(TypeError);
  });
});

describe('the types of resilient', () => {
  const guards = {
    rateLimit: new RateLimiter({ limits: { requests: perMinute(5), tokens: perMinute(5) } }),
    circuitBreak: new CircuitBreaker(),
    tokenBudget: new TokenBudget({ limits: perMinute(5) }),
    retryBackoff: { maxRetries: 2 },
    timeout: { first: 5 },
  };

  it('infers T in a pipe', () => {
    const guarded = of({ text: 'a' }).pipe(
      resilient(guards, { count: (value) => value.text.length }),
      tap((value) => expectTypeOf(value).toEqualTypeOf<{ text: string }>()),
    );
    expectTypeOf(guarded).toEqualTypeOf<Observable<{ text: string }>>();
    expectTypeOf(of(1).pipe(resilient(guards))).toEqualTypeOf<Observable<number>>();
  });

  it('takes policies, not configs', () => {
    // @ts-expect-error a config
    const refused = () => resilient({ rateLimit: { limits: perMinute(5) } });
    expectTypeOf(refused).toBeFunction();
  });
});

describe('the types of answer', () => {
  it('U1: infers the last value from what open returns, and asks for a key where call does', () => {
    const client = new ResilientClient({});
    const answer = client.answer((signal) => openai.chat.completions.create({ ...question, stream: true }, { signal }), {
      text: (chunk) => chunk.choices[0]?.delta.content ?? '',
      smooth: { by: 'line' },
    });
    expectTypeOf(answer).toEqualTypeOf<Observable<Answer<Chunk>>>();
    const perUser = new ResilientClient({ tokenBudget: keyed(() => new TokenBudget({ limits: perMinute(1) })) });
    // @ts-expect-error whose budget?
    perUser.answer(() => of('a'));
    perUser.answer(() => of('a'), { key: 'ada', tokens: 1 });
    // @ts-expect-error there is no such field
    client.answer(() => of({ a: 1 }), { text: ({ b }) => String(b) });
    expectTypeOf(initialAnswer).toExtend<Answer<Chunk>>();
  });
});
