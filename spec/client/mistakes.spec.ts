import { concat, config, NEVER, of, throwError } from 'rxjs';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { type CallOptions, type CallStatus, perHour, ResilientClient, type ResilientClientConfig, resilient, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const mine = new Error('mine');
const boom = (): never => { throw mine; };
const usage = () => ({ input: 1, output: 1, final: true });
const failing = throwError(() => new Error('?'));

describe('a callback of the user\'s that throws', () => {
  afterEach(() => {
    config.onUnhandledError = null;
  });

  it.each<[string, CallOptions<number>, ResilientClientConfig?]>([
    ['failure', { failure: boom }],
    ['usage', { usage: boom }],
    ['count', { count: boom }],
    ['isContent', { isContent: boom }],
    ['isFinal', { isFinal: boom }],
    ['tokens', { tokens: boom }],
    ['weigh', { weigh: boom, usage }],
    ['onStatus', { onStatus: ({ phase }: CallStatus) => { if (phase === 'connecting') boom(); } }],
    ['onStatus at the first content', { onStatus: ({ phase }: CallStatus) => { if (phase === 'streaming') boom(); } }],
  ])('C5: ends the call with that error: %s; all is settled, nothing is retried, nothing is left', (_, options) => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({
      retryBackoff: { baseDelay: 10 },
      rateLimit: { limits: { requests: perHour(100), tokens: perHour(100) }, maxConcurrent: 1 },
      circuitBreak: { failureThreshold: 5 },
      tokenBudget: { limits: perHour(100) },
      timeout: { each: 1_000, content: 1_000, total: 5_000 },
      scheduler,
    });
    const unhandled = vi.fn();
    config.onUnhandledError = unhandled;
    const seen: unknown[] = [];
    let opened = 0;
    const open = () => { opened += 1; return of(1); };
    client.call(open, { tokens: 10, ...options }).subscribe({ error: (error) => seen.push(error), complete: () => seen.push('complete') });
    expect([seen, scheduler.timers, unhandled.mock.calls]).toEqual([[mine], 0, []]);
    scheduler.pass(10_000);
    expect([seen.length, opened <= 1]).toEqual([1, true]);
    expect(client.state).toMatchObject({ calls: { waiting: 0, connecting: 0, streaming: 0 }, limiter: { inFlight: 0, waiting: 0 } });
    expect(client.budget.state.limits[0]!.reserved).toBe(0);
    let isDrained = false;
    client.drain().subscribe({ complete: () => { isDrained = true; } });
    expect(isDrained).toBe(true);
  });

  it('C5: refundOn of the budget: the call ends with that error, costs its estimate, and is not retried', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ retryBackoff: { baseDelay: 10 }, rateLimit: { maxConcurrent: 1 }, tokenBudget: { limits: perHour(100), refundOn: boom }, scheduler });
    const seen: unknown[] = [];
    client.call(() => failing, { tokens: 10 }).subscribe({ error: (error) => seen.push(error) });
    scheduler.pass(1_000);
    expect([seen, client.limiter.state.inFlight, client.budget.state]).toMatchObject([[mine], 0, { limits: [{ used: 10, reserved: 0 }] }]);
  });

  it('C5: retryAfter of the client: the call ends with that error', () => {
    const client = new ResilientClient({ retryBackoff: {}, retryAfter: boom, scheduler: new VirtualTime() });
    const seen: unknown[] = [];
    client.call(() => failing).subscribe({ error: (error) => seen.push(error) });
    expect(seen).toEqual([mine]);
  });

  it('C5: validate is not one of them: what it throws rejects the answer', () => {
    const seen: unknown[] = [];
    new ResilientClient({}).call(() => of(1), { validate: boom }).subscribe({ error: (error) => seen.push(error) });
    expect(seen).toEqual([expect.objectContaining({ name: 'AnswerRejectedError', cause: mine })]);
  });

  it('C5, S9: a callback that throws ends a call that is validated, too: it is not retried', () => {
    const scheduler = new VirtualTime();
    let opened = 0;
    const seen: unknown[] = [];
    const client = new ResilientClient({ retryBackoff: { baseDelay: 0 }, scheduler });
    client.call(() => { opened += 1; return of(1); }, { usage: boom, validate: () => undefined }).subscribe({ error: (error) => seen.push(error) });
    expect([seen, opened]).toEqual([[mine], 1]);
  });

  it('C5: what a callback throws while the call is unsubscribed goes to the unhandled errors', async () => {
    const unhandled = vi.fn();
    config.onUnhandledError = unhandled;
    const tokenBudget = new TokenBudget({ limits: perHour(100), refundOn: boom });
    concat(of(1), NEVER).pipe(resilient<number>({ tokenBudget }, { tokens: 5, onStatus: ({ phase }) => { if (phase === 'cancelled') boom(); } })).subscribe().unsubscribe();
    await new Promise((resolve) => setTimeout(resolve));
    expect(unhandled).toHaveBeenCalledExactlyOnceWith(mine);
  });
});

describe('an option of a call that is wrong', () => {
  it.each<[string, object, string]>([
    ['priority', { priority: Number.NaN }, 'priority must be a finite number, got NaN'],
    ['maxWait', { maxWait: -1 }, 'maxWait must be a number of at least 0, or Infinity, got -1'],
    ['tenant', { tenant: 3 }, 'tenant must be a string, got 3'],
    ['failure', { failure: true }, 'failure must be a function or false, got true'],
    ['onStatus', { onStatus: 3 }, 'onStatus must be a function, got 3'],
    ['overrun', { overrun: 'stop' }, "overrun must be one of 'allow', 'error', got \"stop\""],
    ['afterValues', { afterValues: 'go' }, "afterValues must be one of 'error', 'restart', 'continue', got \"go\""],
    ['an unknown one', { wait: 3 }, 'unknown option wait: 3'],
  ])('C2: is named, with its value: %s', (_, options, message) => {
    expect(() => new ResilientClient({}).call(() => of(1), options as CallOptions<number>)).toThrow(`ResilientClient: ${message}`);
  });

  it('C2: what is given as undefined is not given', () => {
    const client = new ResilientClient({ defaults: { priority: 1 } });
    const none = { priority: undefined, tenant: undefined, failure: undefined, timeout: undefined, tokens: undefined };
    const seen: unknown[] = [];
    client.call(() => of(1), none).subscribe((value) => seen.push(value));
    expect([seen, client.defaults]).toEqual([[1], { priority: 1 }]);
  });
});
