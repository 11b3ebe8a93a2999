import { asyncScheduler } from 'rxjs';
import { classifyError, retryAfterOf } from 'rxjs-resilience';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { type Answer, FaultServer } from '../support/fault-server';
import { geminiRefusal, perDayQuota, perMinuteQuota, retryInfo } from '../support/gemini-peer';
import { LeapingScheduler } from '../support/leaping-scheduler';
import { type OutcomeOptions, outcomeOf } from '../support/outcome';
import { anthropic, chat, gemini, type Peer, responses, wholeAnswer } from '../support/peers';

vi.setConfig({ testTimeout: 30_000 }); // for machines that do much else at the time

let server: FaultServer;
beforeEach(async () => {
  server = await FaultServer.start();
});
afterEach(() => server.stop());

const start = Date.UTC(1994, 10, 6, 8, 49, 37);

const throttledWith = (peer: Peer, headers: Record<string, string>): Answer => ({ ...peer.refusals.throttled, headers });

function outcomeAfter(peer: Peer, first: Answer, options: OutcomeOptions = {}) {
  server.answer(first, wholeAnswer(peer));
  return outcomeOf(peer.open(server.url), { scheduler: new LeapingScheduler(start), ...options });
}

describe.each([chat, responses, anthropic])('a throttled call of $name is made again', (peer) => {
  it.each([
    { headers: { 'retry-after-ms': '20' },                                 ms:     20 },
    { headers: { 'retry-after-ms': '15', 'retry-after': '1' },             ms:     15 },
    { headers: { 'x-ms-retry-after-ms': '43', 'retry-after': '1' },        ms:     43 },
    { headers: { 'retry-after': '2' },                                     ms:  2_000 },
    { headers: { 'retry-after': '0.03' },                                  ms:     30 },
    { headers: { 'retry-after': '1, 3' },                                  ms:  3_000 },
    { headers: { 'retry-after': '1m' },                                    ms: 60_000 },
    { headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:42 GMT' },         ms:  5_000 },
    { headers: { 'retry-after': 'Sunday, 06-Nov-94 08:49:42 GMT' },        ms:  5_000 },
    { headers: { 'retry-after': 'Sun Nov  6 08:49:42 1994' },              ms:  5_000 },
    { headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:42 GMT', date: 'Sun, 06 Nov 1994 08:49:40 GMT' },   ms: 2_000 },
    { headers: { 'retry-after': 'Sunday, 06-Nov-94 08:49:42 GMT', date: 'Sun, 06 Nov 1994 08:49:40 GMT' },  ms: 2_000 },
    { headers: { 'retry-after': 'Sun Nov  6 08:49:42 1994', date: 'Sun, 06 Nov 1994 08:49:40 GMT' },        ms: 2_000 },
  ])('$ms ms later: $headers', async ({ headers, ms }) => {
    const { text, retries, attemptsAt, budgetEvents } = await outcomeAfter(peer, throttledWith(peer, headers));

    expect(retries.map(({ error }) => classifyError(error))).toEqual(['throttled']);
    expect(retries.map(({ error, delay }) => [retryAfterOf(error, start), delay])).toEqual([[ms, ms]]);
    expect(attemptsAt).toEqual([0, ms]);
    expect(text).toBe('Hello world');
    expect(budgetEvents).toEqual(['reserved 104', 'refunded 104', 'reserved 104', 'settled 104 to 11']);
  });

  it.each([
    { headers: { 'retry-after': '0' },                              hint: 0         },
    { headers: { 'retry-after': 'Sun, 06 Nov 1994 08:49:36 GMT' },  hint: 0         },
    { headers: { 'retry-after': 'soon' },                           hint: undefined },
    { headers: { 'retry-after': '-5' },                             hint: undefined },
  ])('after the backoff, which is longer: $headers', async ({ headers, hint }) => {
    const { retries, attemptsAt } = await outcomeAfter(peer, throttledWith(peer, headers));

    expect(retries.map(({ error }) => retryAfterOf(error, start))).toEqual([hint]);
    expect(attemptsAt).toEqual([0, 5]);
  });

  it('never before the hint, and at most a tenth later, whatever the jitter', async () => {
    const first = throttledWith(peer, { 'retry-after': '2' });
    const soonest = await outcomeAfter(peer, first, { jitter: 'full', random: () => 0 });
    const latest = await outcomeAfter(peer, first, { jitter: 'full', random: () => 1 - Number.EPSILON });

    expect(soonest.attemptsAt).toEqual([0, 2_000]);
    expect(latest.attemptsAt).toEqual([0, 2_200]);
  });

  it('not before a server that is overloaded asks for it', async () => {
    const { retries, attemptsAt } = await outcomeAfter(peer, { ...peer.refusals.overloaded, headers: { 'retry-after': '7' } });

    expect(retries.map(({ error }) => classifyError(error))).toEqual(['transient']);
    expect(attemptsAt).toEqual([0, 7_000]);
  });

  it('in real time as well, not before the hint', async () => {
    const { text, retries, attemptsAt } = await outcomeAfter(peer, throttledWith(peer, { 'retry-after-ms': '30' }), {
      scheduler: asyncScheduler,
    });

    expect(retries).toMatchObject([{ delay: 30 }]);
    expect(attemptsAt[1]).toBeGreaterThanOrEqual(30);
    expect(text).toBe('Hello world');
  });
});

describe.each([chat, responses, anthropic])('a hint of more than maxRetryAfter, sent to $name,', (peer) => {
  const tomorrow = { 'retry-after': '86400' };

  it('passes the error on at once', async () => {
    const { error, retries, attemptsAt, budgetEvents } = await outcomeAfter(peer, throttledWith(peer, tomorrow));

    expect(error).toMatchObject({ status: 429 });
    expect(retryAfterOf(error)).toBe(86_400_000);
    expect(retries).toEqual([]);
    expect(attemptsAt).toEqual([0]);
    expect(budgetEvents).toEqual(['reserved 104', 'refunded 104']);
  });

  it.each([
    { onLongRetryAfter: 'clamp', ms:     60_000 },
    { onLongRetryAfter: 'wait',  ms: 86_400_000 },
  ] as const)('is waited for as onLongRetryAfter says: $onLongRetryAfter', async ({ onLongRetryAfter, ms }) => {
    const { text, attemptsAt } = await outcomeAfter(peer, throttledWith(peer, tomorrow), { onLongRetryAfter });

    expect(attemptsAt).toEqual([0, ms]);
    expect(text).toBe('Hello world');
  });

  it('passes the error on now, not after the wait, when maxElapsed would pass', async () => {
    const first = throttledWith(peer, { 'retry-after': '5' });
    const { error, attemptsAt } = await outcomeAfter(peer, first, { maxElapsed: 4_999 });

    expect(error).toMatchObject({ status: 429 });
    expect(attemptsAt).toEqual([0]);
  });
});

describe('the hint in an error of google genai, which has no headers,', () => {
  const throttledBy = (...details: object[]) => geminiRefusal(429, 'RESOURCE_EXHAUSTED', ...details);
  const quotaResetDelay = (delay: string) => ({
    '@type': 'type.googleapis.com/google.rpc.ErrorInfo',
    reason: 'RATE_LIMIT_EXCEEDED',
    metadata: { quotaResetDelay: delay },
  });

  it.each([
    { says: 'RetryInfo',                     details: [perMinuteQuota, retryInfo('34.4s')],                  ms: 34_400 },
    { says: 'RetryInfo in nanoseconds',      details: [retryInfo('0.039999999s')],                      ms:     40 },
    { says: 'quotaResetDelay',               details: [quotaResetDelay('373.801628ms')],                ms:    374 },
    { says: 'RetryInfo beside quotaResetDelay', details: [quotaResetDelay('9s'), retryInfo('2s')],      ms:  2_000 },
  ])('is read from the JSON in its message: $says', async ({ details, ms }) => {
    const { text, retries, attemptsAt } = await outcomeAfter(gemini, throttledBy(...details));

    expect(retries.map(({ error }) => classifyError(error))).toEqual(['throttled']);
    expect(attemptsAt).toEqual([0, ms]);
    expect(text).toBe('Hello world');
  });

  it('does not matter when a daily quota is used up', async () => {
    const first = throttledBy(perDayQuota, retryInfo('0.02s'));
    const { error, attemptsAt } = await outcomeAfter(gemini, first);

    expect(classifyError(error)).toBe('fatal');
    expect(attemptsAt).toEqual([0]);
  });
});
