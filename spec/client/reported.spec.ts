import { getEventListeners } from 'node:events';
import { concat, defer, filter, interval, map, mergeMap, NEVER, type Observable, of, throwError, type VirtualTimeScheduler } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CallOptions, estimateRequest, isFinalChunk, perDay, perMinute, perSecond, RateLimiter, ResilientClient, type ResilientClientConfig, resilient, textOf, type Usage } from '../../src/index';
import { apiError, endlessTime, timeline } from '../support/timeline';

// What people reported in public of other libraries, in small versions of our own.

const hi = { choices: [{ index: 0, delta: { content: 'Hi' }, finish_reason: 'stop' }] };
const withText = (value: unknown) => textOf(value) !== '';

type Attempt = (scheduler: VirtualTimeScheduler) => Observable<unknown>;

/** What becomes of a call whose attempts are these; the last is made again and again. */
function made(attempts: readonly Attempt[], options: CallOptions<unknown> = {}, config: ResilientClientConfig = {}) {
  const scheduler = endlessTime();
  const client = new ResilientClient({ scheduler, random: () => 0, retryBackoff: {}, circuitBreak: {}, ...config });
  const [opened, verdicts]: [number[], string[]] = [[], []];
  client.events$.subscribe(({ policy, type }) => policy === 'breaker' && verdicts.push(type));
  const values: unknown[] = [];
  let end: string | undefined;
  const open = () => attempts[Math.min(opened.push(scheduler.now()), attempts.length) - 1]!(scheduler);
  client.call(open, { isFinal: isFinalChunk, ...options }).subscribe({
    next: (value) => values.push(value),
    complete: () => { end = 'complete'; },
    error: (error) => { end = error.name; },
  });
  scheduler.flush();
  return { opened, values, text: values.map(textOf).join(''), end, verdicts };
}

const answered = { text: 'Hi', end: 'complete' };
const good: Attempt = (scheduler) => timeline(scheduler, [[0, hi]]);

describe('a stream of status 200 that says that it failed', () => {
  const limited = { type: 'response.failed', response: { status: 'failed', output: [], error: { code: 'rate_limit_exceeded', message: 'Rate limit reached: Limit 200000, Used 190000, Requested 60000. Please try again in 9.5s.' } } };

  it('S8, R4: by response.failed: is made again after its hint, and no success for the breaker', () => {
    const { opened, verdicts, ...rest } = made([(s) => timeline<unknown>(s, [[0, { type: 'response.created' }], [80, limited]]), good], { isContent: withText });
    expect(rest).toMatchObject(answered);
    expect(opened).toEqual([0, 80 + 9_500]);
    expect(verdicts).toEqual(['ignored', 'success']);
  });

  it.each<[string, object]>([
    ['OpenAI', { type: 'error', code: 'server_error', message: 'Overloaded', param: null, sequence_number: 0 }],
    ['Anthropic', { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } }],
  ])('S8: by an error event of %s: is made again, and the event is no chunk for the UI', (_, event) => {
    for (const options of [{}, { isContent: withText }]) {
      const { opened, values, end } = made([(s) => timeline(s, [[0, event]]), good], options);
      expect([opened.length, values, end]).toEqual([2, [hi], 'complete']);
    }
  });
});

describe('a finish without an answer', () => {
  const gemini = (finishReason: string) => ({ candidates: [{ content: { parts: [] }, finishReason }] });

  it.each(['STOP', 'MALFORMED_FUNCTION_CALL'])('S8: is a failure, and made again: %s', (reason) => {
    const { opened, verdicts, ...rest } = made([(s) => timeline(s, [[0, gemini(reason)]]), good], { isContent: withText });
    expect([rest.text, rest.end, opened.length, verdicts]).toEqual(['Hi', 'complete', 2, ['failure', 'success']]);
  });

  it('R9: is one, too, where the program itself throws over it inside of open', () => {
    const empty: Attempt = (s) => concat(timeline(s, [[0, gemini('STOP')]]), throwError(() => new Error('empty answer')));
    const { opened, verdicts, ...rest } = made([empty, good], { isContent: withText });
    expect([rest.text, rest.end, opened.length, verdicts]).toEqual(['Hi', 'complete', 2, ['failure', 'success']]);
  });
});

describe('what fails before any text, with the first pipeline of the README', () => {
  const config = { rateLimit: { limits: perMinute(500) }, timeout: { first: 20_000, each: 10_000 } };
  const role = { choices: [{ index: 0, delta: { role: 'assistant', content: '' }, finish_reason: null }] };
  const started = { type: 'message_start', message: { usage: { input_tokens: 3, output_tokens: 1 } } };

  it.each<[string, Attempt]>([
    ['a role, then the connection dies', (s) => timeline(s, [[0, role]], new TypeError('terminated'))],
    ['a role, then silence', () => concat(of(role), NEVER)],
    ['message_start, then overload', (s) => timeline(s, [[0, started]], apiError(undefined, { type: 'error', error: { type: 'overloaded_error', message: 'x' } }))],
    ['response.in_progress, then a failure', (s) => timeline(s, [[0, { type: 'response.created' }], [1, { type: 'response.in_progress' }]], apiError(undefined, { code: 'server_error' }))],
  ])('R8: is made again: %s', (_, attempt) => {
    for (const options of [{}, { isContent: withText }]) {
      const { opened, ...rest } = made([attempt, good], options, config);
      expect(rest).toMatchObject(answered);
      expect(opened).toHaveLength(2);
    }
  });

  it('R8: forty thoughts that are shown live do not keep it from being made again', () => {
    const thought = { type: 'content_block_delta', delta: { type: 'thinking_delta', thinking: 'hm ' } };
    const thinking: Attempt = (s) => timeline(s, Array.from({ length: 40 }, (_, index) => [index * 100, thought] as const), new TypeError('terminated'));
    const { opened, values, ...rest } = made([thinking, good], { isContent: withText }, { retryBackoff: { maxHeldBack: 0 } });
    expect(rest).toMatchObject(answered);
    expect([opened.length, values.length]).toEqual([2, 41]);
  });
});

describe('a stall', () => {
  const said = { choices: [{ delta: { content: 'Hi' }, finish_reason: null }] };
  const ping = { choices: [{ delta: {}, finish_reason: null }] };
  const pinging = (first: object): Attempt => (s) => concat(of(first), interval(15_000, s).pipe(map(() => ping)));
  const ended = (attempt: Attempt, content?: number) => {
    const scheduler = endlessTime();
    let isAborted = false;
    let end: unknown;
    const timeout = content === undefined ? { first: 20_000, each: 30_000 } : { first: 20_000, each: 30_000, content };
    const call = new ResilientClient({ scheduler, timeout }).call((signal) => {
      signal.addEventListener('abort', () => { isAborted = true; });
      return attempt(scheduler);
    });
    const subscription = call.subscribe({ error: ({ name }) => { end = [name, scheduler.now()]; } });
    scheduler.schedule(() => subscription.unsubscribe(), 3_600_000);
    scheduler.flush();
    return [end, isAborted];
  };

  it.each<[string, Attempt, number | undefined, number]>([
    ['silence',                        () => concat(of(said), NEVER), undefined, 30_000],
    ['pings',                          pinging(said), 30_000, 30_000],
    ['pings that the program leaves out', (s) => pinging(said)(s).pipe(filter(withText)), undefined, 30_000],
    ['pings before the first word',    pinging({ choices: [{ delta: { role: 'assistant' } }] }), 20_000, 20_000],
  ])('S12: ends the call, and the request: %s', (_, attempt, content, at) => {
    expect(ended(attempt, content)).toEqual([['TimeoutError', at], true]);
  });
});

describe('a hint that only the program can read', () => {
  it('R11: keeps all calls of the client away', () => {
    const scheduler = endlessTime();
    const opened: number[] = [];
    const client = new ResilientClient({ retryAfter: (error) => (error as { wait?: number }).wait, retryBackoff: {}, rateLimit: { limits: perMinute(1_000), pace: false }, scheduler, random: () => 0 });
    const slow = Object.assign(new Error('slow'), { status: 429, wait: 25_000 });
    const ask = () => client.call(() => (opened.push(scheduler.now()) === 1 ? throwError(() => slow) : of('ok')));
    for (const at of [0, 1_000, 2_000]) {
      scheduler.schedule(() => ask().subscribe(), at);
    }
    scheduler.flush();
    expect(opened).toEqual([0, 25_000, 25_000, 25_000]);
  });
});

describe('tokens that no cap or a large cap foretells', () => {
  const usage = (prompt_tokens: number, completion_tokens: number, cached_tokens = 0) => ({ choices: [], usage: { prompt_tokens, completion_tokens, total_tokens: prompt_tokens + completion_tokens, prompt_tokens_details: { cached_tokens } } });

  it('S5: reserved at the worst, settled at once: 40 calls of 700 tokens go in the first minute of 30,000', () => {
    const scheduler = endlessTime();
    const client = new ResilientClient({ scheduler, rateLimit: { limits: { tokens: perMinute(30_000) } } });
    const done: number[] = [];
    for (let call = 0; call < 40; call++) {
      client.call(() => timeline(scheduler, [[2_000, usage(500, 200)]]), { tokens: { input: 500, output: 4_000 } }).subscribe(() => done.push(scheduler.now()));
    }
    scheduler.flush();
    expect(done.filter((at) => at < 60_000).length).toBeGreaterThanOrEqual(35);
  });

  it.each<[string, CallOptions<unknown>, number]>([
    ['by `weigh` only what was not cached', { weigh: ({ input = 0, cachedInput = 0 }: Usage) => ({ inputTokens: input - cachedInput }) }, 5],
    ['by default all', {}, 1],
  ])('S11: of cached input the limiter takes %s, the budget all of it', (_, options, first) => {
    const scheduler = endlessTime();
    const client = new ResilientClient({ scheduler, rateLimit: { limits: { inputTokens: perMinute(8_000) } }, tokenBudget: { limits: perDay(1_000_000) } });
    const begun: number[] = [];
    const open = () => {
      begun.push(scheduler.now());
      return timeline(scheduler, [[10, usage(8_000, 20, 6_400)]]);
    };
    for (let call = 0; call < 5; call++) {
      scheduler.schedule(() => client.call(open, { tokens: { input: 1_600, output: 20 }, ...options }).subscribe(), call * 5_000);
    }
    scheduler.flush();
    expect([begun.filter((at) => at < 60_000).length, 1_000_000 - client.budget.remaining]).toEqual([first, 5 * 8_020]);
  });

  it('S11: without a cap a first call fits a limit of 1,000 a minute', async () => {
    const client = new ResilientClient({ rateLimit: { limits: { tokens: perMinute(1_000) } } });
    const body = { messages: [{ role: 'user', content: 'hi' }] };
    await expect(client.run(() => 'five', { tokens: estimateRequest(body) })).resolves.toBe('five');
  });
});

describe('a signal', () => {
  it('S2: each attempt has one of its own, and retries leave no listener on that of the user', async () => {
    const client = new ResilientClient({ retryBackoff: { baseDelay: 0, jitter: 'none' } });
    const { signal } = new AbortController();
    const seen = new Set<AbortSignal>();
    for (let call = 0; call < 20; call++) {
      await client.run((own) => (seen.add(own).size % 4 === 0 ? 'ok' : throwError(() => apiError(503))), { signal });
    }
    expect(seen.size).toBe(80);
    expect(getEventListeners(signal, 'abort')).toEqual([]);
  });
});

describe('a limiter of calls', () => {
  it('L9: has the places of jobs that hang again after their timeout', () => {
    const scheduler = endlessTime();
    const limiter = new RateLimiter({ maxConcurrent: 2, scheduler });
    const guard = <T>() => resilient<T>({ rateLimit: limiter, timeout: { first: 12_000 }, scheduler });
    const ends: unknown[] = [];
    for (const source of [NEVER, NEVER, of(1), of(2), of(3)]) {
      source.pipe(guard()).subscribe({ next: () => ends.push(scheduler.now()), error: ({ name }) => ends.push(name) });
    }
    scheduler.flush();
    expect(ends.sort()).toEqual([12_000, 12_000, 12_000, 'TimeoutError', 'TimeoutError']);
    expect(limiter.state.inFlight).toBe(0);
  });

  it('S1: does not count the wait in line as the time of a call', () => {
    const scheduler = endlessTime();
    const limiter = new RateLimiter({ limits: perSecond(1), scheduler });
    const failed: unknown[] = [];
    const call = () => of(1).pipe(resilient({ rateLimit: limiter, timeout: { first: 60_000 }, scheduler }));
    of(...Array(90).keys()).pipe(mergeMap(() => defer(call))).subscribe({ error: (error) => failed.push(error) });
    scheduler.flush();
    expect([failed, scheduler.now()]).toEqual([[], 89_000]);
  });
});
