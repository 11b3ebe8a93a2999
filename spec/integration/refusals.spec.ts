import { classifyError } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, FaultServer } from '../support/fault-server';
import { outcomeOf } from '../support/outcome';
import { anthropic, chat, gemini, helpers, peers, responses, wholeAnswer } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

const oneFailure    = ['reserved 104', 'refunded 104'];
/** The provider may have read the prompt (T3): the input of the estimate. */
const inputOnly     = ['reserved 104', 'settled 104 to 4'];
const thenTheAnswer = ['reserved 104', 'settled 104 to 11'];
const json = { error: { message: 'Not today' } };

describe.each([...peers, ...helpers])('a call of $name that is refused before it streams', (peer) => {
  it.each([
    { refusal: 'throttled',  kind: 'throttled' },
    { refusal: 'overloaded', kind: 'transient' },
  ] as const)('is made again when the server is $refusal, and only the answer costs something', async ({ refusal, kind }) => {
    server.answer(peer.refusals[refusal], wholeAnswer(peer));
    const { text, error, retries, budgetEvents, used } = await outcomeOf(peer.open(server.url));

    expect(retries.map((retry) => classifyError(retry.error))).toEqual([kind]);
    expect(retries).toMatchObject([{ attempt: 1, retriesLeft: 0, emitted: 0 }]);
    expect({ text, error }).toEqual({ text: 'Hello world', error: undefined });
    expect(budgetEvents).toEqual([...oneFailure, ...thenTheAnswer]);
    expect(used).toBe(11);
  });

  it.each(['exhausted', 'invalid'] as const)('is not made again when the request is %s, and costs nothing', async (refusal) => {
    server.answer(peer.refusals[refusal], wholeAnswer(peer));
    const { error, retries, budgetEvents, used } = await outcomeOf(peer.open(server.url));

    expect(classifyError(error)).toBe('fatal');
    expect(error).toMatchObject({ status: peer.refusals[refusal].status });
    expect(retries).toEqual([]);
    expect(server.exchanges).toHaveLength(1);
    expect(budgetEvents).toEqual(oneFailure);
    expect(used).toBe(0);
  });

  it('passes the last error on unchanged when attempts are used up', async () => {
    server.answer(peer.refusals.overloaded, { status: 502, json });
    const { error, retries, budgetEvents } = await outcomeOf(peer.open(server.url));

    expect(error).toMatchObject({ status: 502 });
    expect(retries).toHaveLength(1);
    expect(server.exchanges).toHaveLength(2);
    expect(budgetEvents).toEqual([...oneFailure, ...oneFailure]);
  });

  it('T3: is made again after a connection that was reset, and costs its input', async () => {
    server.answer({ ending: 'reset' }, wholeAnswer(peer));
    const { text, retries, attemptsAt, budgetEvents } = await outcomeOf(peer.open(server.url));

    expect(retries.map((retry) => classifyError(retry.error))).toEqual(['transient']);
    expect(attemptsAt).toEqual([0, 5]);
    expect(text).toBe('Hello world');
    expect(budgetEvents).toEqual([...inputOnly, ...thenTheAnswer]);
  });

  it('T3: is made again after a connection that was refused, and costs nothing', async () => {
    const { url } = server;
    await server.stop();
    const { error, retries, attemptsAt, budgetEvents } = await outcomeOf(peer.open(url));
    server = await FaultServer.start();

    expect([error, ...retries.map((retry) => retry.error)].map(classifyError)).toEqual(['transient', 'transient']);
    expect(attemptsAt).toEqual([0, 5]);
    expect(budgetEvents).toEqual([...oneFailure, ...oneFailure]);
  });
});

describe.each([chat, anthropic, gemini])('the status of an error of $name', (peer) => {
  it.each([
    [400, 'fatal'    ], [401, 'fatal'    ], [403, 'fatal'    ], [404, 'fatal'    ], [413, 'fatal'    ], [422, 'fatal'    ],
    [408, 'transient'], [409, 'transient'], [500, 'transient'], [502, 'transient'], [503, 'transient'], [504, 'transient'],
    [429, 'throttled'],
  ] as const)('%i is %s', async (status, kind) => {
    server.answer({ status, json });
    const { error } = await outcomeOf(peer.open(server.url), { maxRetries: 0 });

    expect(error).toMatchObject({ status });
    expect(classifyError(error)).toBe(kind);
  });

  it('is known also when the body is a page of HTML', async () => {
    const page = { headers: { 'content-type': 'text/html' }, pieces: ['<html><h1>502 Bad Gateway</h1></html>'] };
    server.answer({ status: 502, ...page });
    const { error } = await outcomeOf(peer.open(server.url), { maxRetries: 0 });

    expect(classifyError(error)).toBe('transient');
  });
});

describe.each([chat, responses, anthropic])('x-should-retry, sent to $name,', (peer) => {
  const told = (answer: Answer, shouldRetry: string): Answer => ({ ...answer, headers: { 'x-should-retry': shouldRetry } });

  it.each(['throttled', 'overloaded'] as const)('forbids a retry though the server is %s', async (refusal) => {
    server.answer(told(peer.refusals[refusal], 'false'), wholeAnswer(peer));
    const { error, retries, budgetEvents } = await outcomeOf(peer.open(server.url));

    expect(classifyError(error)).toBe('fatal');
    expect(retries).toEqual([]);
    expect(server.exchanges).toHaveLength(1);
    expect(budgetEvents).toEqual(oneFailure);
  });

  it.each([
    { refusal: 'invalid',   kind: 'transient' },
    { refusal: 'throttled', kind: 'throttled' },
  ] as const)('asks for a retry after an answer that is $refusal', async ({ refusal, kind }) => {
    server.answer(told(peer.refusals[refusal], 'true'), wholeAnswer(peer));
    const { text, retries } = await outcomeOf(peer.open(server.url));

    expect(retries.map((retry) => classifyError(retry.error))).toEqual([kind]);
    expect(text).toBe('Hello world');
  });
});

describe("the SDK's own timeout", () => {
  const silence: Answer = { after: new Promise(() => undefined) };

  it.each([chat, responses, anthropic, gemini])('T3: of $name is transient: the call is made again, and costs its input', async (peer) => {
    server.answer(silence, silence);
    const { error, retries, attemptsAt, budgetEvents } = await outcomeOf(peer.open(server.url, { timeout: 40 }));

    expect([error, ...retries.map((retry) => retry.error)].map(classifyError)).toEqual(['transient', 'transient']);
    expect(attemptsAt).toEqual([0, 5]);
    expect(budgetEvents).toEqual([...inputOnly, ...inputOnly]);
  });
});
