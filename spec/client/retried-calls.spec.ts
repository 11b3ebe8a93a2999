import { concat, NEVER, of, Subject, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { CircuitBreaker, type Limiter, perHour, RateLimiter, ResilientClient, type ResilientClientConfig, type ResilientClientEvent, RetryBudget, resilient, slidingWindow } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const unavailable = { status: 503 };
const throttled = { status: 429 };
const head = { choices: [{ index: 0, delta: { role: 'assistant', content: '' } }] };
const content = { choices: [{ index: 0, delta: { content: 'Hi' } }] };
const backoff = { baseDelay: 10, exponentialBase: 1, jitter: 'none' } as const;

/** A client in virtual time, its retries, and how its calls end. */
function tried(config: ResilientClientConfig) {
  const scheduler = new VirtualTime();
  const client = new ResilientClient({ scheduler, ...config });
  const [retries, log, opened]: [unknown[], unknown[], number[]] = [[], [], []];
  client.events$.subscribe((event: ResilientClientEvent) => event.type === 'retry' && retries.push([event.attempt, event.delay]));
  const call = (open: () => unknown, options = {}) =>
    client.call(() => { opened.push(scheduler.frame); return open() as never; }, options).subscribe({
      next: (value) => log.push(value),
      error: (error) => log.push([scheduler.frame, error]),
      complete: () => log.push('complete'),
    });
  return { scheduler, client, retries, log, opened, call };
}

describe('hints', () => {
  const asks = (ms: number) => Object.assign(new Error('slow down'), { status: 429, ms });
  const retryAfter = (error: unknown) => (error as { ms?: number }).ms;

  it('R11: retry and limiter of a client go by its retryAfter', () => {
    const { scheduler, client, retries, call } = tried({ retryBackoff: backoff, rateLimit: { limits: perHour(9) }, retryAfter });
    call(() => throwError(() => asks(700)));
    expect(retries).toEqual([[1, 700]]);
    expect(client.state).toMatchObject({ limiter: { pausedUntil: scheduler.now() + 700 } });
  });

  it('R11: else by that of its retryBackoff', () => {
    const { scheduler, client, retries, call } = tried({ retryBackoff: { ...backoff, retryAfter }, rateLimit: { limits: perHour(9) } });
    call(() => throwError(() => asks(700)));
    expect([retries, client.state]).toMatchObject([[[1, 700]], { limiter: { pausedUntil: scheduler.now() + 700 } }]);
  });

  it('R11: that of the client is asked before that of its retryBackoff', () => {
    const other = vi.fn();
    const { retries, call } = tried({ retryBackoff: { ...backoff, retryAfter: other }, retryAfter });
    call(() => throwError(() => asks(700)));
    expect([retries, other.mock.calls]).toEqual([[[1, 700]], []]);
  });

  it('R11: else by retryAfterOf, as in resilient', () => {
    const error = { status: 429, headers: { 'retry-after-ms': '300' } };
    const { scheduler, client, retries, call } = tried({ retryBackoff: backoff, rateLimit: { limits: perHour(9) } });
    call(() => throwError(() => error));
    expect([retries, client.state]).toMatchObject([[[1, 300]], { limiter: { pausedUntil: scheduler.now() + 300 } }]);
    const rateLimit = new RateLimiter({ limits: perHour(9), scheduler });
    throwError(() => asks(700)).pipe(resilient({ rateLimit, retryBackoff: { ...backoff, retryAfter }, scheduler })).subscribe();
    expect(rateLimit.state.pausedUntil).toBe(scheduler.now() + 700);
  });

  it('C2, S13: retryAfter is a function, and has an effect', () => {
    expect(() => new ResilientClient({ retryBackoff: {}, retryAfter: 5 as never })).toThrow('ResilientClient: retryAfter must be a function, got 5');
    expect(() => new ResilientClient({ tokenBudget: { limits: perHour(9) }, retryAfter })).toThrow('ResilientClient: retryAfter has no effect without retryBackoff, rateLimit or circuitBreak');
    for (const given of [{ retryBackoff: {} }, { rateLimit: { maxConcurrent: 1 } }, { circuitBreak: {} }]) {
      expect(() => new ResilientClient({ ...given, retryAfter })).not.toThrow();
    }
  });

  it.each(['error', 'wait'] as const)('S13: whenOpen: %j has no effect without a breaker', (whenOpen) => {
    expect(() => new ResilientClient({ whenOpen })).toThrow(`ResilientClient: whenOpen has no effect without circuitBreak, got '${whenOpen}'`);
    expect(() => new ResilientClient({ whenOpen, circuitBreak: {} })).not.toThrow();
  });

  it('S13: options of a call that no guard uses are ignored', () => {
    const seen: unknown[] = [];
    new ResilientClient({}).call(() => of(1), { tokens: 5, priority: 2, maxWait: 5, overrun: 'error', afterValues: 'restart', weigh: () => ({}) }).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1]);
  });
});

describe('what is held back of a call', () => {
  it('R8: by default a stream that dies after its head is retried, and its head is delivered once', () => {
    const { scheduler, log, opened, call } = tried({ retryBackoff: backoff });
    const attempts = [concat(of(head, head), throwError(() => unavailable)), of(head, content)];
    call(() => attempts.shift());
    scheduler.pass(10);
    expect([log, opened]).toEqual([[head, content, 'complete'], [0, 10]]);
  });

  it('R8: maxHeldBack: 0 of the client lets it pass at once, and does not count it', () => {
    const { scheduler, log, opened, call } = tried({ retryBackoff: { ...backoff, maxHeldBack: 0 } });
    const attempts = [concat(of(head), throwError(() => unavailable)), of(head, content)];
    call(() => attempts.shift());
    expect(log).toEqual([head]);
    scheduler.pass(10);
    expect([log, opened]).toEqual([[head, head, content, 'complete'], [0, 10]]);
  });

  it('S7: streaming is told at the first content, not at the first value', () => {
    for (const config of [{}, { retryBackoff: backoff }, { retryBackoff: { ...backoff, maxHeldBack: 0 } }]) {
      const { call } = tried(config);
      const source = new Subject<unknown>();
      const phases: string[] = [];
      call(() => source, { onStatus: ({ phase }: { phase: string }) => phases.push(phase) });
      source.next(head);
      expect(phases).toEqual(['connecting']);
      source.next(content);
      expect(phases).toEqual(['connecting', 'streaming']);
    }
  });

  it('resetAfter of the client begins retries anew', () => {
    const { scheduler, retries, call } = tried({ retryBackoff: { ...backoff, maxRetries: 1, resetAfter: 50 } });
    const sources: Subject<unknown>[] = [];
    call(() => { sources.push(new Subject()); return sources.at(-1); }, { afterValues: 'restart' });
    for (let times = 0; times < 4; times += 1) {
      sources.at(-1)!.next(content);
      scheduler.pass(50);
      sources.at(-1)!.error(unavailable);
      scheduler.pass(10);
    }
    expect([sources.length, retries]).toEqual([5, [[1, 10], [1, 10], [1, 10], [1, 10]]]);
  });
});

describe('a retry that would be refused', () => {
  it('R12: is not waited for where the breaker will still be open', () => {
    const { scheduler, log, opened, call } = tried({ retryBackoff: backoff, circuitBreak: { failureThreshold: 1, recoveryTimeout: 11 } });
    call(() => throwError(() => unavailable));
    expect([log, opened, scheduler.timers]).toEqual([[[0, unavailable]], [0], 0]);
  });

  it('R12: is waited for where the breaker will let it in', () => {
    const { scheduler, log, opened, call } = tried({ retryBackoff: backoff, circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 } });
    const attempts = [throwError(() => unavailable), of('a')];
    call(() => attempts.shift());
    scheduler.pass(10);
    expect([log, opened]).toEqual([['a', 'complete'], [0, 10]]);
  });

  it('R12: is not waited for where the limiter will still make it wait too long', () => {
    const acquire = () => of({ cost: {}, settle: () => undefined, refund: () => undefined });
    for (const [maxWait, expected] of [[989, [[0, unavailable]]], [990, []]] as const) {
      const rateLimit: Limiter & { waitFor(): number } = { acquire, waitFor: () => 1_000 };
      const { log, call } = tried({ retryBackoff: backoff, rateLimit });
      call(() => throwError(() => unavailable), { maxWait });
      expect(log).toEqual(expected);
    }
  });

  it('R12: is waited for without a maxWait, and with a limiter that foresees nothing', () => {
    const acquire = () => of({ cost: {}, settle: () => undefined, refund: () => undefined });
    for (const [rateLimit, maxWait] of [[{ limits: slidingWindow({ limit: 1, window: 1_000 }) }, undefined], [{ acquire }, 0]] as const) {
      const { log, retries, call } = tried({ retryBackoff: backoff, rateLimit });
      call(() => throwError(() => unavailable), { maxWait });
      expect([log, retries]).toEqual([[], [[1, 10]]]);
    }
  });

  it('R12: asks no retry budget', () => {
    const retryBudget = new RetryBudget({ scheduler: new VirtualTime() });
    const { call } = tried({ retryBackoff: { ...backoff, retryBudget }, circuitBreak: { failureThreshold: 1 } });
    call(() => throwError(() => unavailable));
    expect(retryBudget.state.retries).toBe(0);
  });
});

describe("whenOpen: 'wait'", () => {
  const patient = { whenOpen: 'wait' as const, circuitBreak: { failureThreshold: 1, recoveryTimeout: 100 } };

  it('S1: an attempt that failed and left the breaker open returns to the look without a backoff', () => {
    const { scheduler, retries, opened, log, call } = tried({ ...patient, retryBackoff: { ...backoff, baseDelay: 5_000 } });
    const attempts = [throwError(() => unavailable), of('a')];
    call(() => attempts.shift());
    expect(retries).toEqual([[1, 0]]);
    scheduler.pass(100);
    expect([opened, log]).toEqual([[0, 100], ['a', 'complete']]);
  });

  it('S1: that costs no retry, unless it was a probe', () => {
    const { scheduler, opened, log, call } = tried({ ...patient, retryBackoff: { ...backoff, maxRetries: 1 } });
    call(() => throwError(() => unavailable));
    scheduler.pass(10_000);
    expect(opened).toHaveLength(3); // the first one is free, the probe that failed is not
    expect(log).toEqual([[opened.at(-1), unavailable]]);
  });

  it('C5: what `tokens` throws is the error of the call, also where an open breaker is waited for', () => {
    const odd = new Error('odd');
    const seen: unknown[] = [];
    const client = new ResilientClient({ retryBackoff: {}, circuitBreak: {}, whenOpen: 'wait', tokenBudget: { limits: perHour(100) } });
    client.call(() => of(1), { tokens: () => { throw odd; } }).subscribe({ error: (error) => seen.push(error) });
    expect(seen).toEqual([odd]);
  });

  it('S1: that costs a retry after content', () => {
    const { scheduler, opened, call } = tried({ ...patient, retryBackoff: { ...backoff, maxRetries: 1 } });
    call(() => concat(of('a'), throwError(() => unavailable)), { afterValues: 'restart' });
    scheduler.pass(10_000);
    expect(opened).toHaveLength(2);
  });

  it('S1: that is free ten times a call at most', () => {
    const admission = { value: () => undefined, succeed: () => undefined, fail: () => undefined, ignore: () => undefined };
    // A breaker that says it is open, and lets everybody in: none is a probe.
    const circuitBreak = { admit: () => admission, check: () => new Error('open') as never, turn: () => of(undefined) };
    const { scheduler, opened, call } = tried({ whenOpen: 'wait', circuitBreak, retryBackoff: { ...backoff, maxRetries: 2 } });
    call(() => throwError(() => unavailable));
    scheduler.pass(10_000);
    expect(opened).toHaveLength(1 + 10 + 2);
  });

  it('R1, R9: nor where nothing is retried, nor what is not worth it', () => {
    for (const retryBackoff of [undefined, { maxRetries: 0 }, { ...backoff, retryIf: () => false }]) {
      const { scheduler, opened, log, call } = tried({ ...patient, retryBackoff });
      call(() => throwError(() => unavailable));
      scheduler.pass(10_000);
      expect([opened, log]).toEqual([[0], [[0, unavailable]]]);
    }
  });

  it('R7: nor after content, unless afterValues says so', () => {
    const { scheduler, opened, call } = tried({ ...patient, retryBackoff: backoff });
    call(() => concat(of('a'), throwError(() => unavailable)));
    scheduler.pass(10_000);
    expect(opened).toHaveLength(1);
  });

  it('S1: maxElapsed and total bound it', () => {
    for (const [config, options] of [[{ maxElapsed: 150 }, {}], [{}, { timeout: { total: 150 } }]] as const) {
      const { scheduler, log, call } = tried({ ...patient, retryBackoff: { ...backoff, ...config, maxRetries: 99 } });
      call(() => throwError(() => unavailable), options);
      scheduler.pass(100_000);
      expect((log[0] as [number])[0]).toBeLessThanOrEqual(300);
      expect(log).toHaveLength(1);
    }
  });

  it('S1: a call waits at most 600,000 ms in sum for an open breaker, if it does not say otherwise', () => {
    const scheduler = new VirtualTime();
    const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 5_000_000, scheduler });
    circuitBreak.admit().fail(unavailable);
    const { log, call, ...rig } = tried({ whenOpen: 'wait', circuitBreak, scheduler });
    call(() => of('a'));
    call(() => of('b'), { maxWait: Number.POSITIVE_INFINITY });
    expect(rig.client.state.calls.waiting).toBe(2);
    scheduler.pass(6_000_000);
    expect(log).toEqual([[expect.any(Number), expect.objectContaining({ name: 'CircuitOpenError' })], 'b', 'complete']);
    const other: number[] = [];
    circuitBreak.admit().fail(unavailable);
    const before = scheduler.frame;
    of('c').pipe(resilient({ circuitBreak, whenOpen: 'wait', scheduler })).subscribe(() => other.push(scheduler.frame - before));
    scheduler.pass(6_000_000);
    expect(other).toEqual([5_000_000]); // resilient has no such default
  });
});

describe('the total timeout', () => {
  it('S1: that ends an attempt is its outcome: every guard hears of it, and it is not retried', () => {
    const { scheduler, client, opened, log, call } = tried({ retryBackoff: backoff, circuitBreak: { failureThreshold: 9 }, rateLimit: { maxConcurrent: 1 } });
    call(() => NEVER, { timeout: { total: 50 }, afterValues: 'restart' });
    scheduler.pass(10_000);
    expect([opened, log]).toEqual([[0], [[50, expect.objectContaining({ name: 'TimeoutError' })]]]);
    expect(client.state).toMatchObject({ breaker: { failures: 1 }, limiter: { inFlight: 0 } });
  });

  it('S1: that comes in a wait asked nothing of the breaker', () => {
    const { scheduler, client, log, call } = tried({ retryBackoff: { ...backoff, baseDelay: 100 }, circuitBreak: { failureThreshold: 9 } });
    call(() => throwError(() => throttled), { timeout: { total: 50 } });
    const before = client.state;
    scheduler.pass(10_000);
    expect(log).toEqual([[50, expect.objectContaining({ name: 'TimeoutError' })]]);
    expect(client.state.breaker).toEqual(before.breaker);
  });
});
