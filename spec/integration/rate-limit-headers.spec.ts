import Anthropic from '@anthropic-ai/sdk';
import OpenAI from 'openai';
import { firstValueFrom, lastValueFrom, map, merge } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  type Cost,
  fromStream,
  type Open,
  perMinute,
  RateLimiter,
  type RateLimiterEvent,
  ResilientClient,
  rateLimit,
  rateLimitOf,
  type SlidingWindow,
} from 'rxjs-resilience';
import { afterAll, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { messagesRequest } from '../support/anthropic-peers';
import { FaultServer } from '../support/fault-server';
import { LeapingScheduler } from '../support/leaping-scheduler';
import { chatRequest } from '../support/openai-peers';
import { anthropic, chat, type Peer, wholeAnswer } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

const sent = {
  openai: {
    'x-ratelimit-limit-requests':     '60',
    'x-ratelimit-remaining-requests': '0',
    'x-ratelimit-reset-requests':     '1m0s',
    'x-ratelimit-limit-tokens':       '150000',
    'x-ratelimit-remaining-tokens':   '100',
    'x-ratelimit-reset-tokens':       '59.96s',
  },
  anthropic: {
    date: 'Sun, 06 Nov 1994 08:49:37 GMT',
    'anthropic-ratelimit-requests-limit':          '50',
    'anthropic-ratelimit-requests-remaining':      '0',
    'anthropic-ratelimit-requests-reset':          '1994-11-06T08:50:37Z',
    'anthropic-ratelimit-tokens-limit':            '38000',
    'anthropic-ratelimit-tokens-remaining':        '12000',
    'anthropic-ratelimit-tokens-reset':            '1994-11-06T08:50:29Z',
    'anthropic-ratelimit-input-tokens-limit':      '30000',
    'anthropic-ratelimit-input-tokens-remaining':  '5000',
    'anthropic-ratelimit-input-tokens-reset':      '1994-11-06T08:50:27Z',
    'anthropic-ratelimit-output-tokens-limit':     '8000',
    'anthropic-ratelimit-output-tokens-remaining': '7000',
    'anthropic-ratelimit-output-tokens-reset':     '1994-11-06T08:49:37.500Z',
  },
} as const;
const start = Date.UTC(1994, 10, 6, 8, 49, 37);

let server: FaultServer;
let openai: OpenAI;
let claude: Anthropic;
/** As they came out of a response of the SDKs. */
let headersOf: { readonly openai: Headers; readonly anthropic: Headers };

beforeAll(async () => {
  server = await FaultServer.start();
  openai = new OpenAI({ apiKey: 'test', baseURL: `${server.url}/v1`, maxRetries: 0 });
  claude = new Anthropic({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
  server.answer({ ...wholeAnswer(chat), headers: sent.openai }, { ...wholeAnswer(anthropic), headers: sent.anthropic });
  const completion = await openai.chat.completions.create({ ...chatRequest, stream: true }).withResponse();
  const message = await claude.messages.create({ ...messagesRequest, stream: true }).asResponse();
  headersOf = { openai: completion.response.headers, anthropic: message.headers };
});
afterAll(() => server.stop());

describe('rateLimitOf', () => {
  it('reads the headers of a response of openai', () => {
    expect(rateLimitOf(headersOf.openai)).toEqual({
      requests: { limit:      60, remaining:   0, resetMs: 60_000 },
      tokens:   { limit: 150_000, remaining: 100, resetMs: 59_960 },
    });
  });

  it('reads the headers of a response of anthropic, with resets relative to its date', () => {
    expect(rateLimitOf(headersOf.anthropic)).toEqual({
      requests:     { limit:     50, remaining:      0, resetMs: 60_000 },
      tokens:       { limit: 38_000, remaining: 12_000, resetMs: 52_000 },
      inputTokens:  { limit: 30_000, remaining:  5_000, resetMs: 50_000 },
      outputTokens: { limit:  8_000, remaining:  7_000, resetMs:    500 },
    });
  });
});

describe('after a sync a limiter lets a call go', () => {
  const run = (test: (helpers: Parameters<Parameters<TestScheduler['run']>[0]>[0]) => void) =>
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);

  type Dimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';
  /** With limits of its own that are never reached. */
  const limiterOf = (...dimensions: Dimension[]) => {
    const limits = Object.fromEntries(dimensions.map((name) => [name, perMinute(1_000_000)]));
    return new RateLimiter<Dimension>({ limits: limits as Record<Dimension, SlidingWindow> });
  };
  /** `g` at the moment of the grant. */
  const grant = <D extends string>(limiter: RateLimiter<D>, cost: Cost<D>) => limiter.acquire(cost).pipe(map(() => 'g'));

  it.each([
    { by: 'openai',    dimension: 'requests',     cost:       1, ms:  1_000 },
    { by: 'openai',    dimension: 'requests',     cost:      60, ms: 60_000 },
    { by: 'openai',    dimension: 'tokens',       cost:     100, ms:      0 },
    { by: 'openai',    dimension: 'tokens',       cost:     101, ms:      1 }, // 0.4 ms for each token
    { by: 'openai',    dimension: 'tokens',       cost:   1_000, ms:    360 },
    { by: 'openai',    dimension: 'tokens',       cost: 150_000, ms: 59_960 },
    { by: 'anthropic', dimension: 'requests',     cost:       1, ms:  1_200 },
    { by: 'anthropic', dimension: 'tokens',       cost:  13_000, ms:  2_000 },
    { by: 'anthropic', dimension: 'inputTokens',  cost:   5_000, ms:      0 },
    { by: 'anthropic', dimension: 'inputTokens',  cost:   7_000, ms:  4_000 },
    { by: 'anthropic', dimension: 'outputTokens', cost:   7_101, ms:     51 }, // half a ms for each token
    { by: 'anthropic', dimension: 'outputTokens', cost:   8_000, ms:    500 },
  ] as const)('that costs $cost $dimension $ms ms later, by the headers of $by', ({ by, dimension, cost, ms }) => {
    const info = rateLimitOf(headersOf[by]);
    const { limit = 0, remaining = 0, resetMs = 0 } = info[dimension] ?? {};
    expect(Math.ceil(Math.max(0, ((cost - remaining) * resetMs) / (limit - remaining)))).toBe(ms);

    run(({ expectObservable }) => {
      const limiter = limiterOf(dimension);
      limiter.sync(info);
      expectObservable(grant(limiter, { [dimension]: cost })).toBe(ms === 0 ? '(g|)' : `${ms}ms (g|)`);
    });
  });

  it('when the tightest of its dimensions allows it', () => {
    run(({ expectObservable }) => {
      const limiter = limiterOf('requests', 'inputTokens', 'outputTokens');
      limiter.sync(rateLimitOf(headersOf.anthropic));
      expectObservable(grant(limiter, { inputTokens: 5_100, outputTokens: 100 })).toBe('1200ms (g|)');
      expectObservable(grant(limiter, { inputTokens: 1_900, outputTokens: 100 })).toBe('4s (g|)');
    });
  });

  it('one after the other: each draws on what the headers left', () => {
    run(({ expectObservable }) => {
      const limiter = limiterOf('requests');
      limiter.sync(rateLimitOf(headersOf.openai));
      const calls = ['a', 'b', 'c'].map((name) => limiter.acquire().pipe(map(() => name)));
      expectObservable(merge(...calls)).toBe('1s a 999ms b 999ms (c|)');
    });
  });

  it('that costs more than the reported limit when that is full again', () => {
    run(({ expectObservable }) => {
      const limiter = limiterOf('tokens');
      limiter.sync(rateLimitOf(headersOf.openai));
      expectObservable(grant(limiter, { tokens: 200_000 })).toBe('59960ms (g|)');
    });
  });

  it('not before its own limits allow it as well, of which the sync changes nothing', () => {
    run(({ expectObservable }) => {
      const limiter = new RateLimiter({ limits: { tokens: perMinute(1_000) } });
      limiter.tryAcquire({ tokens: 900 })!.settle();
      limiter.sync(rateLimitOf(headersOf.openai));
      expect(limiter.state.limits.tokens).toMatchObject([{ used: 900, remaining: 100 }]);
      expectObservable(grant(limiter, { tokens: 500 })).toBe('1m (g|)');
    });
  });

  it('by the last headers that came', () => {
    run(({ expectObservable }) => {
      const limiter = limiterOf('requests');
      limiter.sync(rateLimitOf(headersOf.openai));
      limiter.sync(rateLimitOf(headersOf.anthropic));
      expectObservable(grant(limiter, 1)).toBe('1200ms (g|)');
    });
  });

  it('that waits already, by what the headers say', () => {
    run(({ cold, expectObservable }) => {
      const limiter = limiterOf('requests');
      limiter.sync(rateLimitOf(headersOf.anthropic));
      cold('     100ms s').subscribe(() => limiter.sync(rateLimitOf(headersOf.openai)));
      expectObservable(grant(limiter, 1)).toBe('1100ms (g|)');
    });
  });
});

describe('a real error of a call under a limiter', () => {
  let scheduler: LeapingScheduler;
  beforeEach(() => {
    scheduler = new LeapingScheduler(start);
  });

  /** Lets a call fail, and then asks for a permit: tells what the limiter heard, and when the permit came. */
  async function afterFailure(peer: Peer, headers: Record<string, string>, options: { pauseOnThrottle?: boolean } = {}) {
    const limiter = new RateLimiter({ limits: { requests: perMinute(1_000), inputTokens: perMinute(1_000_000) }, pace: false, scheduler });
    const heard: RateLimiterEvent['type'][] = [];
    limiter.events$.subscribe(({ type }) => heard.push(type));
    server.answer({ ...peer.refusals.throttled, headers });
    const call = fromStream(peer.open(server.url)).pipe(rateLimit(limiter, options));
    await expect(lastValueFrom(call)).rejects.toMatchObject({ status: 429 });
    const paused = limiter.state.pausedUntil;
    await firstValueFrom(limiter.acquire());
    return { heard, pausedFor: paused === 0 ? 0 : paused - start, waited: scheduler.now() - start };
  }

  it.each([chat, anthropic])('of $name pauses it for the hint: one 429 quiets everybody', async (peer) => {
    expect(await afterFailure(peer, { 'retry-after': '3' })).toEqual({
      heard: ['granted', 'paused', 'settled', 'waiting', 'granted'],
      pausedFor: 3_000,
      waited: 3_000,
    });
  });

  it.each([chat, anthropic])('of $name pauses it for at most maxPause', async (peer) => {
    expect(await afterFailure(peer, { 'retry-after': '86400' })).toMatchObject({ pausedFor: 60_000, waited: 60_000 });
  });

  it.each([
    { peer: chat,      headers: sent.openai,    ms: 1_000 },
    { peer: anthropic, headers: sent.anthropic, ms: 1_200 },
  ])('of $peer.name that has rate limit headers is synced, hint or not; without one, the reset of what is used up is the hint', async ({ peer, headers, ms }) => {
    expect(await afterFailure(peer, headers)).toMatchObject({ heard: ['granted', 'paused', 'synced', 'settled', 'waiting', 'granted'], waited: 60_000 });
    scheduler = new LeapingScheduler(start);
    expect(await afterFailure(peer, { ...headers, 'retry-after-ms': '20' })).toMatchObject({ pausedFor: 20, waited: ms });
    scheduler = new LeapingScheduler(start);
    expect(await afterFailure(peer, { ...headers, 'retry-after': '5' })).toMatchObject({ pausedFor: 5_000, waited: 5_000 });
  });

  it('does not pause it when pauseOnThrottle is off', async () => {
    const { pausedFor, waited } = await afterFailure(anthropic, { ...sent.anthropic, 'retry-after': '5' }, { pauseOnThrottle: false });
    expect({ pausedFor, waited }).toEqual({ pausedFor: 0, waited: 1_200 });
  });

  it('in mid-stream is synced too: it carries the headers of the 200', async () => {
    const limiter = new RateLimiter({ limits: { requests: perMinute(1_000) }, scheduler });
    const overloaded = 'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}\n\n';
    server.answer({ pieces: [...anthropic.pieces.slice(0, 4), overloaded], headers: sent.anthropic });
    const call = fromStream(anthropic.open(server.url)).pipe(rateLimit(limiter));
    await expect(lastValueFrom(call)).rejects.toMatchObject({ type: 'overloaded_error' });
    await firstValueFrom(limiter.acquire());

    expect(scheduler.now() - start).toBe(1_200);
  });
});

describe('attempt.sync of a ResilientClient', () => {
  const limits = { requests: perMinute(1_000), tokens: perMinute(1_000_000), inputTokens: perMinute(500_000), outputTokens: perMinute(500_000) };

  /** A whole call through a client, then a permit: tells when that came. */
  async function afterCall<X>(open: Open<X>, cost: Cost<'tokens' | 'inputTokens' | 'outputTokens'>, tokens: number | { input: number; output: number }) {
    const scheduler = new LeapingScheduler(start);
    const client = new ResilientClient({ retryBackoff: {}, rateLimit: { limits }, scheduler });
    await client.run(open, { tokens });
    const { limits: used } = client.limiter.state;
    await firstValueFrom(client.limiter.acquire(cost));
    return { used, waited: scheduler.now() - start };
  }
  const chatWithHeaders: Open<Promise<AsyncIterable<unknown>>> = async (signal, attempt) => {
    const { data, response } = await openai.chat.completions.create({ ...chatRequest, stream: true }, { signal }).withResponse();
    attempt.sync(response.headers);
    return data;
  };
  const messagesWithHeaders: Open<Promise<AsyncIterable<unknown>>> = async (signal, attempt) => {
    const { data, response } = await claude.messages.create({ ...messagesRequest, stream: true }, { signal }).withResponse();
    attempt.sync(response.headers);
    return data;
  };

  it('makes the next call wait as the headers of openai say', async () => {
    server.answer({ ...wholeAnswer(chat), headers: sent.openai });
    const { used, waited } = await afterCall(chatWithHeaders, { requests: 0, tokens: 1_000 }, { input: 4, output: 100 });

    expect(used.tokens).toMatchObject([{ used: 11 }]);
    expect(waited).toBe(360);
  });

  it('makes the next call wait as the headers of anthropic say', async () => {
    server.answer({ ...wholeAnswer(anthropic), headers: sent.anthropic });
    const { used, waited } = await afterCall(messagesWithHeaders, { inputTokens: 7_000, outputTokens: 10 }, { input: 40, output: 100 });

    expect(used.inputTokens).toMatchObject([{ used: 9 }]);
    expect(used.outputTokens).toMatchObject([{ used: 2 }]);
    expect(waited).toBe(4_000);
  });

  it('lets what a call costs beyond its reservation draw on what the headers left', async () => {
    server.answer({ ...wholeAnswer(chat), headers: sent.openai });
    const { waited } = await afterCall(chatWithHeaders, { requests: 0, tokens: 1_000 }, 1);

    expect(waited).toBe(364); // (1000 − (100 − 10)) · 0.4
  });
});
