import { concat, NEVER, type Observable, of, Subject, type Subscription, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type CallOptions, ResilientClient, type ResilientClientConfig, type ResilientClientEvent, RetryBudget, resilient, slidingWindow } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const down = Object.assign(new Error('down'), { status: 503 });
const odd = new Error('odd');
const rejected = (cause: unknown, values: readonly unknown[]) => expect.objectContaining({ name: 'AnswerRejectedError', cause, values });
/** Lets promises settle. */
const settled = () => new Promise((resolve) => setImmediate(resolve));

/** What a call makes of attempts, of which the last is used again. */
function heard(attempts: readonly Observable<string>[], options: CallOptions<string>, config: ResilientClientConfig = {}) {
  const scheduler = new VirtualTime();
  const client = new ResilientClient({
    retryBackoff: { baseDelay: 10, jitter: 'none' },
    rateLimit: { limits: slidingWindow({ limit: 100, window: 1_000 }) },
    circuitBreak: { failureThreshold: 1 },
    tokenBudget: { limits: slidingWindow({ limit: 1_000, window: 1e6 }) },
    scheduler,
    ...config,
  });
  const [log, events, phases]: [unknown[], ResilientClientEvent[], string[]] = [[], [], []];
  client.events$.subscribe((event) => events.push(event));
  let opened = 0;
  const call = client.call(() => attempts[Math.min(opened++, attempts.length - 1)]!, { tokens: 10, onStatus: ({ phase }) => phases.push(phase), ...options }).subscribe({
    next: (value) => log.push(value),
    error: (error) => log.push(error),
    complete: () => log.push('complete'),
  });
  return { scheduler, client, call, log, events, phases, opened: () => opened };
}

describe('validate', () => {
  it('S9: holds all values back until the attempt has completed and they were looked at, then delivers them in order', () => {
    const source = new Subject<string>();
    const validate = vi.fn();
    const { log } = heard([source], { validate });
    for (const value of ['a', 'b', 'c']) {
      source.next(value);
    }
    expect([log, validate.mock.calls]).toEqual([[], []]);
    source.complete();
    expect([log, validate.mock.calls]).toEqual([['a', 'b', 'c', 'complete'], [[['a', 'b', 'c']]]]);
  });

  it('S9: looks when all guards have settled: the provider did its work', () => {
    const states: unknown[] = [];
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, circuitBreak: { failureThreshold: 1 }, tokenBudget: { limits: slidingWindow({ limit: 100, window: 1e6 }) }, scheduler });
    const validate = () => {
      states.push([client.limiter.state.inFlight, client.budget.state.limits[0]!.used, client.budget.state.limits[0]!.reserved, client.breaker.state.status]);
      throw odd;
    };
    client.call(() => of('a'), { tokens: 10, usage: () => 7, validate }).subscribe({ error: () => undefined });
    expect(states).toEqual([[0, 7, 0, 'closed']]);
    expect(client.breaker.state.status).toBe('closed');
  });

  it('S9: waits for a promise', async () => {
    let accept: (result: unknown) => void = () => undefined;
    const { log, phases } = heard([of('a')], { validate: () => new Promise((resolve) => { accept = resolve; }) });
    await settled();
    expect([log, phases]).toEqual([[], ['connecting']]);
    accept('whatever');
    await settled();
    expect([log, phases]).toEqual([['a', 'complete'], ['connecting', 'streaming', 'done']]);
  });

  it.each<[string, () => unknown]>([
    ['throws', () => { throw odd; }],
    ['rejects with', () => Promise.reject(odd)],
  ])('S9: what it %s fails the attempt with an AnswerRejectedError, with the values', async (_, validate) => {
    const { log, opened } = heard([of('a', 'b')], { validate }, { retryBackoff: undefined });
    await settled();
    expect([log, opened()]).toEqual([[rejected(odd, ['a', 'b'])], 1]);
  });

  it('S9: a rejected answer is retried without a backoff, and nothing of it is delivered', () => {
    const { scheduler, log, opened, events } = heard([of('bad'), of('worse'), of('good')], { validate: ([value]) => { if (value !== 'good') throw odd; } });
    expect([log, opened(), scheduler.frame]).toEqual([['good', 'complete'], 3, 0]);
    expect(events.filter(({ type }) => type === 'rejected').map((event) => 'attempt' in event && event.attempt)).toEqual([1, 2]);
    expect(events.flatMap((event) => (event.type === 'retry' ? [event.delay] : []))).toEqual([0, 0]);
  });

  it('S9: is retried as often as maxRetries says, and no more', () => {
    const { log, opened, client } = heard([of('bad')], { validate: () => { throw odd; } });
    expect([log, opened()]).toEqual([[rejected(odd, ['bad'])], 4]);
    expect(client.state).toMatchObject({ breaker: { status: 'closed', failures: 0 } });
    expect(client.state).toMatchObject({ limiter: { inFlight: 0 } });
    expect(client.state).toMatchObject({ budget: { limits: [{ used: 40, reserved: 0 }] } });
  });

  it('S9: asks the retry budget', () => {
    const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.1, scheduler: new VirtualTime() });
    const { opened } = heard([of('bad')], { validate: () => { throw odd; } }, { retryBackoff: { retryBudget } });
    expect([opened(), retryBudget.state.retries]).toEqual([2, 1]);
  });

  it('R7, S9: what is held back counts as not delivered: an attempt that fails after content is retried', () => {
    const { scheduler, log, opened } = heard([concat(of('a', 'b'), throwError(() => new Error('cut'))), of('c')], { validate: () => undefined }, { circuitBreak: undefined });
    scheduler.pass(10);
    expect([log, opened()]).toEqual([['c', 'complete'], 2]);
  });

  it('S9: is not asked of an attempt that failed', () => {
    const validate = vi.fn();
    const { log } = heard([concat(of('a'), throwError(() => down))], { validate }, { retryBackoff: undefined });
    expect([log, validate.mock.calls]).toEqual([[down], []]);
  });

  const slow = () => {
    const verdict = new Subject<{ reject: boolean }>();
    const validate = () => new Promise((resolve, reject) => verdict.subscribe((said) => (said.reject ? reject(odd) : resolve('late'))));
    return { verdict, validate };
  };

  it.each([true, false])('S9: the total timeout goes on meanwhile, and what comes late changes nothing (rejects: %s)', async (reject) => {
    const { verdict, validate } = slow();
    const { scheduler, log, phases, events, opened } = heard([of('a')], { validate, timeout: { total: 50, each: 5, content: 5 } });
    scheduler.pass(50);
    expect([log, phases]).toEqual([[expect.objectContaining({ name: 'TimeoutError' })], ['connecting', 'failed']]);
    verdict.next({ reject });
    await settled();
    scheduler.pass(1_000);
    expect([log.length, opened(), scheduler.timers]).toEqual([1, 1, 0]);
    expect(events.filter(({ type }) => type === 'rejected')).toEqual([]);
  });

  it('S9: the total timeout goes on meanwhile for a call that had to wait for its permit, too', () => {
    const { validate } = slow();
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ rateLimit: { limits: slidingWindow({ limit: 1, window: 1_000 }) }, scheduler });
    const log: unknown[] = [];
    client.limiter.tryAcquire()!.settle();
    const call = client.call(() => of('a'), { validate, timeout: { total: 5_000 } }).subscribe({ error: (error) => log.push([scheduler.frame, error.name]) });
    scheduler.pass(1_000);
    expect(client.state).toMatchObject({ calls: { waiting: 0, connecting: 1 }, limiter: { inFlight: 0 } });
    scheduler.pass(4_000);
    expect([log, call.closed]).toEqual([[[5_000, 'TimeoutError']], true]);
  });

  it.each([true, false])('C4, S9: unsubscribing meanwhile ends the call, and what comes late changes nothing (rejects: %s)', async (reject) => {
    const { verdict, validate } = slow();
    const { scheduler, call, log, phases, events } = heard([of('a')], { validate });
    call.unsubscribe();
    verdict.next({ reject });
    await settled();
    expect([log, phases, scheduler.timers]).toEqual([[], ['connecting', 'cancelled'], 0]);
    expect(events.filter(({ type }) => type === 'rejected')).toEqual([]);
  });

  it('C4, S9: unsubscribing in the middle of the delivery stops it', () => {
    const client = new ResilientClient({});
    const seen: string[] = [];
    const source = new Subject<string>();
    const call = client.call(() => source, { validate: () => undefined }).subscribe((value) => {
      seen.push(value);
      if (value === 'b') {
        call.unsubscribe();
      }
    });
    ['a', 'b', 'c'].map((value) => source.next(value));
    source.complete();
    expect(seen).toEqual(['a', 'b']);
  });

  it('C4, S9: unsubscribing before the answer has come leaves the source', () => {
    const source = new Subject<string>();
    const { call, client } = heard([source], { validate: () => undefined });
    source.next('a');
    call.unsubscribe();
    expect(source.observed).toBe(false);
    expect(client.state).toMatchObject({ limiter: { inFlight: 0 } });
  });

  it('S9: a call whose validate unsubscribes it delivers nothing', () => {
    const source = new Subject<string>();
    const seen: string[] = [];
    const call: Subscription = new ResilientClient({}).call(() => source, { validate: () => call.unsubscribe() }).subscribe((value) => seen.push(value));
    source.next('a');
    source.complete();
    expect(seen).toEqual([]);
  });

  it('S9: the timeouts of the attempt and the total end it as ever before it has completed', () => {
    for (const timeout of [{ first: 5 }, { content: 5 }, { total: 5 }]) {
      const { scheduler, log } = heard([NEVER], { validate: () => undefined, timeout }, { retryBackoff: undefined });
      scheduler.pass(5);
      expect(log).toEqual([expect.objectContaining({ name: 'TimeoutError' })]);
    }
  });

  it('S2, S9: looks at an answer that is whole, whatever its connection does then', () => {
    const { log } = heard([concat(of('a', 'z'), throwError(() => down))], { isFinal: (value) => value === 'z', validate: () => undefined });
    expect(log).toEqual(['a', 'z', 'complete']);
  });

  it('S6, S9: restart and continue go on from nothing', () => {
    for (const afterValues of ['restart', 'continue'] as const) {
      const delivered: unknown[] = [];
      const attempts = [concat(of('a'), throwError(() => new Error('cut'))), of('b')];
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ retryBackoff: { baseDelay: 10 }, scheduler });
      const seen: unknown[] = [];
      client.call((_, attempt) => { delivered.push(attempt.delivered); return attempts.shift()!; }, { afterValues, validate: () => undefined }).subscribe((value) => seen.push(value));
      scheduler.pass(100);
      expect([delivered, seen]).toEqual([[[], []], ['b']]);
    }
  });

  it('S9: works in resilient as well', () => {
    const seen: unknown[] = [];
    const validate = vi.fn(() => { throw odd; });
    of('a').pipe(resilient<string>({ retryBackoff: { maxRetries: 1 } }, { validate })).subscribe({ error: (error) => seen.push(error) });
    expect([seen, validate.mock.calls.length]).toEqual([[rejected(odd, ['a'])], 2]);
  });

  describe('and run', () => {
    const client = new ResilientClient({});

    it.each<[string, unknown, unknown]>([
      ['an object', { parsed: 1 }, { parsed: 1 }],
      ['null', null, null],
      ['false', false, false],
      ['a promise', Promise.resolve(7), 7],
      ['a promise of null', Promise.resolve(null), null],
      ['undefined', undefined, 'b'],
      ['a promise of undefined', Promise.resolve(undefined), 'b'],
    ])('S9: resolves with what it returned, unless that is undefined: %s', async (_, result, expected) => {
      expect(await client.run(() => of('a', 'b'), { validate: () => result })).toEqual(expected);
    });

    it('S9: resolves with what was made of the answer that was accepted', async () => {
      let asked = 0;
      const retrying = new ResilientClient({ retryBackoff: {} });
      expect(await retrying.run(() => of('a'), { validate: () => { asked += 1; if (asked < 3) throw odd; return asked; } })).toBe(3);
    });

    it('S9: rejects with the AnswerRejectedError', async () => {
      await expect(client.run(() => of('a'), { validate: () => { throw odd; } })).rejects.toEqual(rejected(odd, ['a']));
    });

    it('two runs at once do not mix their results', async () => {
      const run = (value: string) => client.run(() => of(value), { validate: async ([each]) => `made of ${each}` });
      expect(await Promise.all([run('a'), run('b')])).toEqual(['made of a', 'made of b']);
    });
  });
});
