import Anthropic from '@anthropic-ai/sdk';
import { defer, firstValueFrom, type Observable, timeout, toArray } from 'rxjs';
import { classifyError, isFinalChunk, ProviderFailureError, perDay, ResilientClient, retryAfterOf, StreamTruncatedError, textOf } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { messagesRequest } from '../support/anthropic-peers';
import { FaultServer } from '../support/fault-server';
import { LeapingScheduler } from '../support/leaping-scheduler';
import { dyingAfter, estimate, type OutcomeOptions, outcomeOf } from '../support/outcome';
import { anthropic, chat, gemini, type Peer, peers, responses, startOfAnswer, wholeAnswer } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

/** Input by the estimate, 4, or by the provider's report, 9; output by the five bytes of "Hello". */
const costOfHello = (peer: Peer) => (peer === chat || peer === responses ? 6 : 11);
const cutOff = (peer: Peer) => ['reserved 104', `settled 104 to ${costOfHello(peer)}`];
/** Failed before its first value: the input of the estimate, unless the error says that nothing was billed (T3). */
const inputOnly = ['reserved 104', 'settled 104 to 4'];
const refunded = ['reserved 104', 'refunded 104'];
const thenTheAnswer = ['reserved 104', 'settled 104 to 11'];

const outcome = (peer: Peer, options?: OutcomeOptions) => outcomeOf(peer.open(server.url), options);

/** What the provider sends in the middle of a stream when something went wrong. */
const event = (type: string, data: object) => `event: ${type}\ndata: ${JSON.stringify({ type, ...data })}\n\n`;
const data = (body: object) => `data: ${JSON.stringify(body)}\n\n`;
const failures = {
  chatServerError: data({ error: { message: 'The server had an error', type: 'server_error', param: null, code: null } }),
  chatRateLimit: data({
    error: { message: 'Rate limit reached. Please try again in 20ms.', type: 'tokens', param: null, code: 'rate_limit_exceeded' },
  }),
  responsesServerError: event('error', { error: { type: 'server_error', code: 'server_error', message: 'Try again', param: null } }),
  anthropicOverloaded: event('error', { error: { type: 'overloaded_error', message: 'Overloaded' } }),
  anthropicRateLimit: event('error', { error: { type: 'rate_limit_error', message: 'Number of tokens exceeded' } }),
  anthropicInvalid: event('error', { error: { type: 'invalid_request_error', message: 'Too long' } }),
  geminiUnavailable: data({ error: { code: 503, message: 'The model is overloaded', status: 'UNAVAILABLE' } }),
  geminiUnframed: JSON.stringify({ error: { code: 429, message: 'Quota exceeded', status: 'RESOURCE_EXHAUSTED' } }),
};

describe.each(peers)('a stream of $name', (peer) => {
  it('that is whole completes, and costs what it reports', async () => {
    server.answer(wholeAnswer(peer));
    const { text, error, values, budgetEvents } = await outcome(peer);

    expect({ text, error }).toEqual({ text: 'Hello world', error: undefined });
    expect(values.some(isFinalChunk)).toBe(true);
    expect(budgetEvents).toEqual(thenTheAnswer);
  });

  it('that ends cleanly before its last chunk is a StreamTruncatedError, and is not typed twice', async () => {
    server.answer(startOfAnswer(peer), wholeAnswer(peer));
    const { text, error, retries, budgetEvents } = await outcome(peer);

    expect(error).toBeInstanceOf(StreamTruncatedError);
    expect(error).toMatchObject({ emitted: peer.start.values });
    expect(classifyError(error)).toBe('transient');
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(cutOff(peer));
  });

  it('that is truncated starts over if afterValues says so, and each attempt costs what it brought', async () => {
    server.answer(startOfAnswer(peer), wholeAnswer(peer));
    const { text, error, retries, budgetEvents, used } = await outcome(peer, { afterValues: 'restart' });

    expect({ text, error }).toEqual({ text: 'HelloHello world', error: undefined });
    expect(retries).toMatchObject([{ attempt: 1, delay: 5, emitted: peer.start.values }]);
    expect(budgetEvents).toEqual([...cutOff(peer), ...thenTheAnswer]);
    expect(used).toBe(costOfHello(peer) + 11);
  });

  it('T3: that ends before its first value is truncated, is made again, and costs its input', async () => {
    server.answer({}, wholeAnswer(peer));
    const { text, retries, budgetEvents } = await outcome(peer);

    expect(retries.map((retry) => retry.error)).toEqual([new StreamTruncatedError({ emitted: 0 })]);
    expect(text).toBe('Hello world');
    expect(budgetEvents).toEqual([...inputOnly, ...thenTheAnswer]);
  });

  it('that ends in the middle of an event never completes', async () => {
    const next = peer.pieces[peer.start.pieces]!;
    server.answer(startOfAnswer(peer, next.slice(0, next.length / 2)), wholeAnswer(peer));
    const { text, error, retries, budgetEvents } = await outcome(peer);

    expect(classifyError(error)).toBe('transient');
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(cutOff(peer));
  });

  it('whose socket dies after some text is transient, and is not typed twice', async () => {
    server.answer({ ...startOfAnswer(peer), ending: 'stall' });
    const { text, error, retries, budgetEvents } = await outcome(peer, { onValue: dyingAfter(peer.start.values, server) });

    expect(error).toBeInstanceOf(TypeError);
    expect(error).toMatchObject({ message: 'terminated', cause: { code: 'UND_ERR_SOCKET' } });
    expect(classifyError(error)).toBe('transient');
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(cutOff(peer));
  });

  it('whose socket dies starts over if afterValues says so', async () => {
    server.answer({ ...startOfAnswer(peer), ending: 'stall' }, wholeAnswer(peer));
    const onValue = (count: number) => server.exchanges.length === 1 && dyingAfter(peer.start.values, server)(count);
    const { text, attemptsAt, budgetEvents } = await outcome(peer, { afterValues: 'restart', onValue });

    expect(text).toBe('HelloHello world');
    expect(attemptsAt).toEqual([0, 5]);
    expect(budgetEvents).toEqual([...cutOff(peer), ...thenTheAnswer]);
  });

  it('that stalls after some text ends by a timeout, and the server sees the connection close', async () => {
    server.answer({ ...startOfAnswer(peer), ending: 'stall' });
    const { text, error, retries, budgetEvents } = await outcome(peer, { guard: timeout({ first: 10_000, each: 150 }) });

    expect(error).toMatchObject({ name: 'TimeoutError' });
    expect(classifyError(error)).toBe('transient');
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(cutOff(peer));
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
  });

  it('T3: that stalls before its first value is made again after a timeout, and costs its input', async () => {
    server.answer({ ending: 'stall' }, wholeAnswer(peer));
    let first = 300;
    const guard = (source: Observable<unknown>) =>
      defer(() => {
        const timed = source.pipe(timeout({ first }));
        first = 10_000;
        return timed;
      });
    const { text, retries, budgetEvents } = await outcome(peer, { guard });

    expect(retries).toMatchObject([{ error: { name: 'TimeoutError' }, delay: 5, emitted: 0 }]);
    expect(text).toBe('Hello world');
    expect(budgetEvents).toEqual([...inputOnly, ...thenTheAnswer]);
    expect(await server.exchanges[0]!.closed).toMatchObject({ isComplete: false });
  });
});

describe('an error event in mid-stream', () => {
  it.each([
    { peer: chat,      failure: 'chatServerError',      kind: 'transient', hint: undefined },
    { peer: chat,      failure: 'chatRateLimit',        kind: 'throttled', hint: 20        },
    { peer: responses, failure: 'responsesServerError', kind: 'transient', hint: undefined },
    { peer: anthropic, failure: 'anthropicOverloaded',  kind: 'transient', hint: undefined },
    { peer: anthropic, failure: 'anthropicRateLimit',   kind: 'throttled', hint: undefined },
    { peer: anthropic, failure: 'anthropicInvalid',     kind: 'fatal',     hint: undefined },
    { peer: gemini,    failure: 'geminiUnavailable',    kind: 'transient', hint: undefined },
  ] as const)('is $kind: $failure; the text before it is not typed twice', async ({ peer, failure, kind, hint }) => {
    server.answer(startOfAnswer(peer, failures[failure]), wholeAnswer(peer));
    const { text, error, retries, budgetEvents } = await outcome(peer);

    expect(classifyError(error)).toBe(kind);
    expect(retryAfterOf(error)).toBe(hint);
    expect({ text, retries }).toEqual({ text: 'Hello', retries: [] });
    expect(budgetEvents).toEqual(cutOff(peer));
  });

  it.each([
    { peer: chat,      failure: 'chatServerError',      delay:  5, cost: inputOnly },
    { peer: chat,      failure: 'chatRateLimit',        delay: 20, cost: inputOnly },
    { peer: responses, failure: 'responsesServerError', delay:  5, cost: inputOnly },
    { peer: anthropic, failure: 'anthropicOverloaded',  delay:  5, cost: inputOnly },
    { peer: anthropic, failure: 'anthropicRateLimit',   delay:  5, cost: inputOnly },
    { peer: gemini,    failure: 'geminiUnavailable',    delay:  5, cost: refunded  },
    { peer: gemini,    failure: 'geminiUnframed',       delay:  5, cost: refunded  },
  ] as const)('T3: as the very first event is retried $delay ms later, and is refunded only with a status: $failure', async (each) => {
    const { peer, failure, delay, cost } = each;
    server.answer({ pieces: [failures[failure]] }, wholeAnswer(peer));
    const { text, attemptsAt, budgetEvents } = await outcome(peer);

    expect(text).toBe('Hello world');
    expect(attemptsAt).toEqual([0, delay]);
    expect(budgetEvents).toEqual([...cost, ...thenTheAnswer]);
  });

  it.each([
    { peer: chat,      failure: 'chatServerError'     },
    { peer: anthropic, failure: 'anthropicOverloaded' },
  ] as const)('of $peer.name before any content is retried, and headers of the failed attempt are dropped', async ({ peer, failure }) => {
    server.answer({ pieces: [peer.pieces[0]!, failures[failure]] }, wholeAnswer(peer));
    const isContent = (value: unknown) => textOf(value) !== '';
    const { text, values, retries } = await outcome(peer, { isContent });

    expect(text).toBe('Hello world');
    expect(retries).toMatchObject([{ attempt: 1, emitted: 0 }]);
    // One beginning, that of the second attempt: without `isContent` the first would have been delivered, and no retry.
    const beginnings = values.filter((value) => JSON.stringify(value) === peer.pieces[0]!.match(/data: (.*)/)![1]);
    expect(beginnings).toHaveLength(1);
  });

  // The SDK hands this form on as a value.
  it.each([
    { flat: 'an error', piece: event('error', { code: 'server_error', message: 'Try again', param: null, sequence_number: 2 }) },
  ])('S8: of openai responses that comes as a value fails the call, and is not delivered: $flat', async ({ piece }) => {
    server.answer(startOfAnswer(responses, piece), wholeAnswer(responses));
    const { values, error, budgetEvents } = await outcome(responses);

    expect(values.at(-1)).toMatchObject({ type: 'response.output_text.delta' });
    expect(error).toBeInstanceOf(ProviderFailureError);
    expect(error).toMatchObject({ code: 'server_error', message: 'Try again' });
    expect(classifyError(error)).toBe('transient');
    expect(budgetEvents).toEqual(cutOff(responses));
  });

  it('S8: of openai responses that says response.failed fails the call, and is not delivered', async () => {
    const failed = {
      response: {
        object: 'response',
        status: 'failed',
        error: { code: 'server_error', message: 'Try again' },
        usage: { input_tokens: 9, output_tokens: 1, total_tokens: 10 },
      },
    };
    server.answer(startOfAnswer(responses, event('response.failed', failed)));
    const { values, error, budgetEvents } = await outcome(responses);

    expect(error).toMatchObject({ name: 'ProviderFailureError', code: 'server_error', message: 'Try again' });
    expect(values.at(-1)).toMatchObject({ type: 'response.output_text.delta' });
    expect(budgetEvents).toEqual(cutOff(responses)); // a budget outside hears nothing of what was not delivered
  });
});

describe('a guarded call whose stream is cut off', () => {
  it('goes on from there: the next request has what was delivered, and is paid for apart', async () => {
    const [head, rest] = [anthropic.pieces.slice(0, 2), anthropic.pieces.slice(anthropic.start.pieces)];
    server.answer(startOfAnswer(anthropic), { pieces: [...head, ...rest] });
    const { messages } = new Anthropic({ apiKey: 'test', baseURL: server.url, maxRetries: 0 });
    const client = new ResilientClient({
      retryBackoff: {},
      tokenBudget: { limits: perDay(1_000) },
      scheduler: new LeapingScheduler(),
    });
    const call = client.call(
      (signal, { delivered }) => {
        const said = delivered.length > 0 ? [{ role: 'assistant' as const, content: delivered.map(textOf).join('') }] : [];
        const request = { ...messagesRequest, messages: [...messagesRequest.messages, ...said] };
        return messages.create({ ...request, stream: true }, { signal });
      },
      { tokens: estimate, isFinal: isFinalChunk, afterValues: 'continue' },
    );
    const values = await firstValueFrom(call.pipe(toArray()));

    expect(values.map(textOf).join('')).toBe('Hello world');
    expect(server.exchanges.map(({ body }) => (body as typeof messagesRequest).messages)).toEqual([
      [{ role: 'user', content: 'Say hello' }],
      [{ role: 'user', content: 'Say hello' }, { role: 'assistant', content: 'Hello' }],
    ]);
    expect(client.budget.remaining).toBe(1_000 - costOfHello(anthropic) - 11);
  });
});
