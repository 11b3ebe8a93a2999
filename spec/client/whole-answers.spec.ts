import { concat, defer, NEVER, type Observable, of, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type CallOptions, isFinalChunk, perHour, ResilientClient, type ResilientClientConfig, resilient, type TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const down = Object.assign(new Error('down'), { status: 503 });
const said = (content: string, finish: string | null = null) => ({ choices: [{ index: 0, delta: { content }, finish_reason: finish }] });
const usage = { choices: [], usage: { prompt_tokens: 5, completion_tokens: 7, total_tokens: 12 } };
const reported = { type: 'error', error: { type: 'overloaded_error', message: 'Overloaded' } };
const failing = (error: unknown) => throwError(() => error);

/** A client of which all that happens is heard, and what a call of it makes of attempts, of which the last is used again. */
function heard(attempts: readonly Observable<unknown>[], options: CallOptions<unknown> = {}, config: ResilientClientConfig = {}) {
  const scheduler = new VirtualTime();
  const client = new ResilientClient({ retryBackoff: { baseDelay: 10, jitter: 'none' }, rateLimit: { limits: perHour(100) }, circuitBreak: { failureThreshold: 5 }, tokenBudget: { limits: perHour(1_000) }, scheduler, ...config });
  const log: unknown[] = [];
  let opened = 0;
  const open = () => attempts[Math.min(opened++, attempts.length - 1)]!;
  const call = client.call(open, { tokens: { input: 10, output: 90 }, ...options }).subscribe({
    next: (value) => log.push(value),
    error: (error) => log.push(error),
    complete: () => log.push('complete'),
  });
  return { scheduler, client, call, log, opened: () => opened };
}

describe('an answer that is whole', () => {
  const whole = [said('Hi'), said('', 'stop')];

  it.each<[string, Observable<never>, CallOptions<unknown>?]>([
    ['an error', failing(down)],
    ['an error that is fatal', failing({ status: 400 })],
    ['an error of the connection', failing(Object.assign(new Error('terminated'), { code: 'UND_ERR_SOCKET' }))],
    ['silence', NEVER],
    ['silence, by the isFinal of the call', NEVER, { isFinal: isFinalChunk }],
    ['silence that counts content', NEVER, { timeout: { content: 100 } }],
  ])('S2: is not undone by %s: the call completes, and nothing is retried', (_, end, options = {}) => {
    const { scheduler, client, log, opened } = heard([concat(of(...whole), end)], { timeout: { each: 100 }, ...options });
    scheduler.pass(1_000);
    expect([log, opened()]).toEqual([[...whole, 'complete'], 1]);
    expect(client.state).toMatchObject({ breaker: { failures: 0 } });
    expect(client.state).toMatchObject({ limiter: { inFlight: 0 } });
    expect(scheduler.timers).toBe(0);
  });

  it('S2: is not undone by the total timeout', () => {
    const source = new Subject<unknown>();
    const { scheduler, log } = heard([source], { timeout: { total: 100 } });
    whole.map((value) => source.next(value));
    scheduler.pass(100);
    expect([log, source.observed]).toEqual([[...whole, 'complete'], false]);
  });

  it('S2: is one by the isFinal of the call', () => {
    const { log } = heard([concat(of('a', 'z'), failing(down))], { isFinal: (value) => value === 'z' });
    expect(log).toEqual(['a', 'z', 'complete']);
  });

  it('S2: also with the usage that comes after it, which is what the call has cost', () => {
    const { client, log } = heard([concat(of(...whole, usage), failing(down))]);
    expect(log).toEqual([...whole, usage, 'complete']);
    expect(client.state).toMatchObject({ budget: { remaining: 988 } });
  });

  it('S2: is unfinished again when content comes after its end', () => {
    const { log } = heard([concat(of(...whole, said('more')), failing(down))]);
    expect(log).toEqual([...whole, said('more'), down]);
  });

  it('S2: is none before its final value: the error passes on', () => {
    expect(heard([concat(of(said('Hi')), failing(down))]).log).toEqual([said('Hi'), down]);
  });

  it('S2: also where all of it comes in one value, and with resilient', () => {
    const log: unknown[] = [];
    concat(of(said('Hi', 'stop')), failing(down)).pipe(resilient<unknown>({})).subscribe({ next: (value) => log.push(value), complete: () => log.push('complete') });
    expect(log).toEqual([said('Hi', 'stop'), 'complete']);
  });

  it('S2: leaves a truncated answer to isFinal: without one, any end will do', () => {
    expect(heard([of(said('Hi'))]).log).toEqual([said('Hi'), 'complete']);
    expect(heard([of(said('Hi'))], { isFinal: isFinalChunk }).log).toEqual([said('Hi'), expect.objectContaining({ name: 'StreamTruncatedError', emitted: 1 })]);
  });

  it('T4: does not keep an overrun from ending the call', () => {
    const values = [said('Hi', 'stop'), 'x'.repeat(9_000)];
    const isFinal = (value: unknown) => value === values[0];
    const { log } = heard([concat(of(...values), NEVER)], { overrun: 'error', isFinal });
    expect(log.at(-1)).toMatchObject({ name: 'TokenBudgetExceededError' });
  });
});

describe('a failure that a value reports', () => {
  it('S8: is not delivered, fails the attempt, and is retried', () => {
    const { scheduler, client, log, opened } = heard([of(said(''), reported), of(said('Hi', 'stop'))]);
    scheduler.pass(10);
    expect([log, opened()]).toEqual([[said('Hi', 'stop'), 'complete'], 2]);
    expect(client.state).toMatchObject({ breaker: { failures: 0 } });
  });

  it('S8: is a failure for the breaker, and what made the call fail', () => {
    const { scheduler, client, log, opened } = heard([of(reported)]);
    scheduler.pass(1_000);
    expect([log, opened()]).toEqual([[expect.objectContaining({ name: 'ProviderFailureError', value: reported, message: 'Overloaded' })], 4]);
    expect(client.state).toMatchObject({ breaker: { failures: 4 } });
  });

  it('S8: opens the breaker', () => {
    const { client } = heard([of(reported)], {}, { retryBackoff: undefined, circuitBreak: { failureThreshold: 1 } });
    expect(client.state).toMatchObject({ breaker: { status: 'open' } });
  });

  it('S8: quiets the limiter by its hint', () => {
    const error = { type: 'error', error: { type: 'rate_limit_error', message: 'Please try again in 7s' } };
    const { client, scheduler } = heard([of(error)], {}, { retryBackoff: undefined });
    expect(client.state).toMatchObject({ limiter: { pausedUntil: scheduler.now() + 7_000 } });
  });

  it('S8: stops its source', () => {
    const source = new Subject<unknown>();
    const { log } = heard([source], {}, { retryBackoff: undefined });
    source.next(said('Hi'));
    source.next(reported);
    expect([log.length, source.observed]).toEqual([2, false]);
  });

  it('R7: after content it passes on', () => {
    const { scheduler, log, opened } = heard([of(said('Hi'), reported)]);
    scheduler.pass(1_000);
    expect([log, opened()]).toEqual([[said('Hi'), expect.objectContaining({ name: 'ProviderFailureError' })], 1]);
  });

  it('S8: a function of the call says what is one; null, undefined and false are none', () => {
    const failure = (value: unknown) => ({ bad: down, none: null, not: false })[value as string];
    const { scheduler, log, opened } = heard([of('bad', 'never'), of('none', 'not', 'good', reported)], { failure });
    scheduler.pass(10);
    expect([log, opened()]).toEqual([['none', 'not', 'good', reported, 'complete'], 2]);
  });

  it('S8: false believes every value, and every end', () => {
    expect(heard([of(reported, said('', 'stop'))], { failure: false }).log).toEqual([reported, said('', 'stop'), 'complete']);
    expect(heard([concat(of(said('', 'stop')), failing(down))], { failure: false }).log).toEqual([said('', 'stop'), 'complete']);
  });

  it('S8: is neither content nor final', () => {
    const [isContent, isFinal] = [vi.fn(() => true), vi.fn(() => true)];
    const { log } = heard([of('bad')], { failure: () => ({ status: 400 }), isContent, isFinal });
    expect(log).toEqual([{ status: 400 }]);
    expect([isContent.mock.calls, isFinal.mock.calls]).toEqual([[], []]);
  });

  it('S2, S8: does not undo an answer that is whole', () => {
    expect(heard([of(said('Hi', 'stop'), reported)]).log).toEqual([said('Hi', 'stop'), 'complete']);
  });

  it('S8, T3: costs what the same error would that the source throws: nothing, if its status says so and no value came before', () => {
    const failure = (error: unknown) => (value: unknown) => value === 0 && error;
    const costs = (error: unknown, ...before: unknown[]) => {
      const { budget } = heard([of(...before, 0)], { failure: failure(error) }, { retryBackoff: undefined }).client;
      return 1_000 - (budget as TokenBudget).remaining;
    };
    expect([costs(down), costs(new Error('?')), costs(down, 'a')]).toEqual([0, 10, 11]);
  });
});

describe('the part with which the AI SDK begins before it asks', () => {
  const start = { type: 'start' };
  const none = { retryBackoff: undefined };

  it('T3: is no value: a refusal after it costs nothing', () => {
    const { client, log } = heard([concat(of(start), failing(down))], {}, none);
    expect(log).toEqual([start, down]);
    expect(client.state).toMatchObject({ budget: { remaining: 1_000 }, limiter: { inFlight: 0 } });
  });

  it('T3: is one if the call says that it is content', () => {
    const { client } = heard([concat(of(start), failing(down))], { isContent: () => true }, none);
    expect(client.state).toMatchObject({ budget: { remaining: 990 } });
  });

  it('S1: does not end the time for the first value', () => {
    const { scheduler, log } = heard([concat(of(start), NEVER)], { timeout: { first: 30, each: 1_000 } }, none);
    scheduler.pass(30);
    expect(log).toEqual([start, expect.objectContaining({ message: expect.stringContaining('timeout.first') })]);
  });

  it('S15: the call is accepted at the value that follows', () => {
    const source = new Subject<unknown>();
    const { scheduler, client } = heard([source], {}, none);
    const accepted: unknown[] = [];
    client.events$.subscribe((event) => event.type === 'accepted' && accepted.push(event));
    source.next(start);
    scheduler.pass(20);
    expect(accepted).toEqual([]);
    source.next(said('Hi'));
    expect(accepted).toMatchObject([{ attempt: 1 }]);
  });

  it('S15: a value that reports a failure is not accepted', () => {
    const source = new Subject<unknown>();
    const { client } = heard([source], {}, none);
    const told: string[] = [];
    client.events$.subscribe(({ type }) => told.push(type));
    source.next(reported);
    expect(told).toContain('ended');
    expect(told).not.toContain('accepted');
  });
});

describe('an empty answer', () => {
  const stop = said('', 'stop');

  it('S8: has failed, and is retried', () => {
    const { scheduler, log, opened } = heard([of(said(''), stop), of(said('Hi'), stop)]);
    scheduler.pass(10);
    expect([log, opened()]).toEqual([[said('Hi'), stop, 'complete'], 2]);
  });

  it('S8: is a ProviderFailureError, a failure for the breaker', () => {
    const { client, log } = heard([of(stop)], {}, { retryBackoff: undefined });
    expect(log).toEqual([stop, expect.objectContaining({ name: 'ProviderFailureError', code: 'empty-answer' })]);
    expect(client.state).toMatchObject({ breaker: { failures: 1 } });
  });

  it('S8: has failed as well when an error follows, which is told then', () => {
    expect(heard([concat(of(stop), failing(down))], {}, { retryBackoff: undefined }).log).toEqual([stop, down]);
  });

  it('S8: is none without a final value, nor with one that is content', () => {
    expect(heard([of(said(''))]).log).toEqual([said(''), 'complete']);
    expect(heard([of(said('Hi', 'stop'))]).log).toEqual([said('Hi', 'stop'), 'complete']);
    expect(heard([defer(() => of())]).log).toEqual(['complete']);
  });

  it('S8: is one by the isContent and the isFinal of the call', () => {
    const readers = { isContent: (value: unknown) => value !== 'blank', isFinal: (value: unknown) => value === 'blank' };
    expect(heard([of('blank')], readers, { retryBackoff: undefined }).log.at(-1)).toMatchObject({ code: 'empty-answer' });
    expect(heard([of('text', 'blank')], readers).log).toEqual(['text', 'blank', 'complete']);
  });
});
