import { concat, lastValueFrom, Observable, of, throwError, toArray } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import { bareReaders } from '../../src/core/bare-readers';
import * as core from '../../src/core/index';
import * as main from '../../src/index';
import type { RetryReaders } from '../../src/retry/retry-readers';
import { run } from '../support/run';

/** What reads the errors and chunks of providers. */
const left = [
  ...['classifyError', 'failureOf', 'isContentChunk', 'isFinalChunk', 'isRetryable', 'mayHelpElsewhere', 'rateLimitOf'],
  ...['retryAfterOf', 'textOf', 'usageOf'],
];
const throttled = Object.assign(new Error('slow down'), { status: 429, headers: { 'retry-after': '5' } });
const down = Object.assign(new Error('down'), { status: 503 });
const reads = { retryIf: () => true, retryAfter: () => undefined };

describe('rxjs-resilience/core', () => {
  it('has the names of the main entry but what reads errors and chunks', () => {
    expect(Object.keys(core).sort()).toEqual(Object.keys(main).filter((name) => !left.includes(name)).sort());
    expect(left.filter((name) => !(name in main))).toEqual([]);
  });

  it('has the same policies and errors, or such as the main entry knows', () => {
    expect(core.RateLimiter).toBe(main.RateLimiter);
    expect(core.CircuitOpenError).toBe(main.CircuitOpenError);
    expect(() => main.tokenBudget(new core.TokenBudget({ limits: core.perHour(1) }), { estimate: 1 })).not.toThrow();
    expect(() => main.circuitBreak(new core.CircuitBreaker())).not.toThrow();
  });

  it('has no opinion of an error that is none of the library', () => {
    const reading = bareReaders.read(throttled);
    expect(bareReaders.classOf(reading)).toBe('unknown');
    expect(bareReaders.isRetryable('transient')).toBe(false);
    expect(bareReaders.hintOf(reading, 0)).toBeUndefined();
    expect(bareReaders.limitsOf(reading, 0)).toEqual({});
    expect(bareReaders.billedNothing(throttled)).toBe(false);
    expect(bareReaders.classOf(bareReaders.read(new core.CircuitOpenError()))).toBe('refused');
    expect([throttled, new core.AnswerRejectedError('no', [])].map(bareReaders.mayHelpElsewhere)).toEqual([true, false]);
    expect(bareReaders.failureError({}, undefined as never)).toBeUndefined();
    expectTypeOf(bareReaders).toExtend<RetryReaders>();
  });
});

describe.each([
  ['main', main],
  ['core', core],
])('operators of the %s entry', (_entry, { rateLimit, RateLimiter, circuitBreak, CircuitBreaker, tokenBudget, TokenBudget, slidingWindow, inTotal }) => {
  it('wait for a permit', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 5 }) });
      const call = cold('a|');
      expectObservable(concat(call.pipe(rateLimit(limiter)), call.pipe(rateLimit(limiter)))).toBe('a----a|');
      expectSubscriptions(call.subscriptions).toBe(['^!', '-----^!']);
    });
  });

  it('refuse what a breaker that has opened does not let in', () => {
    const breaker = new CircuitBreaker({ failureThreshold: 1 });
    const errors: unknown[] = [];
    const error = (thrown: unknown) => errors.push(thrown);
    throwError(() => down).pipe(circuitBreak(breaker)).subscribe({ error });
    expect(breaker.state.status).toBe('open');
    expect(() => breaker.admit()).toThrow(core.CircuitOpenError);
    expect(errors).toEqual([down]);
  });

  it('charge what values report, and give back what was refused further in', () => {
    const budget = new TokenBudget({ limits: inTotal(100) });
    of({ tokens: 12 }).pipe(tokenBudget(budget, { estimate: 50, usage: ({ tokens }) => tokens })).subscribe();
    expect(budget.remaining).toBe(88);
    throwError(() => new core.CircuitOpenError()).pipe(tokenBudget(budget, { estimate: 50 })).subscribe({ error: () => {} });
    expect(budget.remaining).toBe(88);
  });
});

describe('policies and operators of rxjs-resilience/core', () => {
  const failing = (error: unknown) => throwError(() => error);
  const nothing = { error: () => {} };

  it('tell a limiter nothing of an error', () => {
    const limiter = new core.RateLimiter({ limits: core.perHour(10) });
    const events = vi.fn();
    limiter.events$.subscribe(({ type }) => events(type));
    failing(throttled).pipe(core.rateLimit(limiter)).subscribe(nothing);
    expect(events.mock.calls.flat()).toEqual(['granted', 'settled']);
  });

  it('take every error for a failure of the provider, but refusals, unless outcome says otherwise', () => {
    const breaker = new core.CircuitBreaker({ failureThreshold: 1 });
    failing(new core.PermitRefusedError({ reason: 'queue-full', cost: {} })).pipe(core.circuitBreak(breaker)).subscribe(nothing);
    expect(breaker.state.status).toBe('closed');
    failing(Object.assign(new Error('bad request'), { status: 400 })).pipe(core.circuitBreak(breaker)).subscribe(nothing);
    expect(breaker.state.status).toBe('open');
    const judged = new core.CircuitBreaker({ failureThreshold: 1, outcome: () => 'ignore' });
    failing(down).pipe(core.circuitBreak(judged)).subscribe(nothing);
    expect(judged.state.status).toBe('closed');
  });

  it('take every value for content, so that a probe has succeeded with its first one', () => {
    const breaker = new core.CircuitBreaker({ failureThreshold: 1, successOn: 'first-value' });
    concat(of({ choices: [{ delta: { role: 'assistant' } }] }), failing(down)).pipe(core.circuitBreak(breaker)).subscribe(nothing);
    expect(breaker.state.status).toBe('closed');
  });

  it('charge the estimate for a call that failed, unless refundOn says otherwise', () => {
    const charged = new core.TokenBudget({ limits: core.inTotal(100) });
    failing(throttled).pipe(core.tokenBudget(charged, { estimate: 50 })).subscribe(nothing);
    expect(charged.remaining).toBe(50);
    const refunding = new core.TokenBudget({ limits: core.inTotal(100), refundOn: () => true });
    failing(throttled).pipe(core.tokenBudget(refunding, { estimate: 50 })).subscribe(nothing);
    expect(refunding.remaining).toBe(100);
  });

  it('hedge at the first value', () => {
    run(({ cold, expectObservable, expectSubscriptions }) => {
      const slow = cold('------a|');
      expectObservable(slow.pipe(core.hedge({ after: 2, with: () => cold('--b|') }))).toBe('----b|');
      expectSubscriptions(slow.subscriptions).toBe('^---!');
      expectObservable(cold('-#').pipe(core.hedge({ after: 3, with: () => cold('--b|') }))).toBe('---b|');
    });
  });

  it('go on at another source if `when` says so', async () => {
    const to = [of('answer')];
    expect(await lastValueFrom(failing(down).pipe(core.failover({ to, when: () => true })))).toBe('answer');
    await expect(lastValueFrom(failing(down).pipe(core.failover({ to, when: () => false })))).rejects.toBe(down);
    expect(() => core.failover({ to } as never)).toThrow('failover of rxjs-resilience/core: when must be given');
    expect(() => core.failover(undefined as never)).toThrow('when must be given');
    // @ts-expect-error which errors?
    expect(() => core.failover({ to })).toThrow();
  });

  it('guard a call with all of them, policies of the user as well', async () => {
    const settle = vi.fn();
    const limiter = { acquire: () => of({ cost: { requests: 1 }, settle, refund: vi.fn() }) };
    const guarded = core.resilient<string>({ rateLimit: limiter, retryBackoff: { ...reads, maxRetries: 1, baseDelay: 0 } });
    let attempts = 0;
    const source = new Observable<string>((subscriber) => {
      attempts += 1;
      (attempts === 1 ? failing(down) : of('answer')).subscribe(subscriber);
    });
    expect(await lastValueFrom(source.pipe(guarded))).toBe('answer');
    expect(settle).toHaveBeenCalledTimes(2);
    expect(() => core.resilient({ retryBackoff: {} } as never)).toThrow('resilient of rxjs-resilience/core: retryBackoff: retryIf must be given');
    expect(() => core.resilient(undefined as never)).toThrow('resilient: options must be an object');
  });
});

describe('ResilientClient of rxjs-resilience/core', () => {
  it('retries as it is told, and tells what happened', async () => {
    const client = new core.ResilientClient({ retryBackoff: { ...reads, maxRetries: 2, baseDelay: 0 } });
    const events: string[] = [];
    client.events$.subscribe(({ type }) => events.push(type));
    const open = vi.fn().mockRejectedValueOnce(down).mockResolvedValueOnce('answer');
    expect(await client.run(open)).toBe('answer');
    expect(events).toEqual(['began', 'attempt-began', 'retry', 'attempt-began', 'accepted', 'ended']);
  });

  it('asks policies of this library, keyed or not, and each brings what it needs', async () => {
    const limiter = new core.RateLimiter({ limits: { requests: core.perHour(5), tokens: core.perHour(100) } });
    const client = new core.ResilientClient({
      rateLimit: limiter,
      circuitBreak: core.keyed(() => new core.CircuitBreaker(), { by: 'model' }),
      tokenBudget: new core.TokenBudget({ limits: core.inTotal(100) }),
    });
    expectTypeOf(client.limiter).toEqualTypeOf(limiter);
    const usage = ({ tokens }: { tokens: number }) => tokens;
    await client.run(async () => ({ tokens: 30 }), { tokens: 10, usage, key: { model: 'a' } });
    expect(client.budget.remaining).toBe(70);
    expect(limiter.state.limits.tokens?.[0]?.remaining).toBe(70);
    // @ts-expect-error which model?
    await expect(client.run(async () => ({ tokens: 30 }), { tokens: 10, usage })).rejects.toThrow("key: { model: '…' }");
  });

  it('lets its limiter pause by what retryAfter reads', async () => {
    const limiter = new core.RateLimiter({ limits: core.perHour(5) });
    const client = new core.ResilientClient({ rateLimit: limiter, retryAfter: () => 5_000 });
    const paused = vi.fn();
    limiter.events$.subscribe(({ type }) => type === 'paused' && paused());
    await expect(client.run(() => Promise.reject(throttled))).rejects.toBe(throttled);
    expect(paused).toHaveBeenCalledTimes(1);
  });

  it('has no use for headers that a call tells: its user reads them', async () => {
    const client = new core.ResilientClient({ rateLimit: new core.RateLimiter({ limits: core.perHour(5) }) });
    const answer = await client.run(async (_signal, { sync }) => {
      sync({ 'x-ratelimit-remaining-requests': '0' });
      return 'answer';
    });
    expect([answer, client.limiter.state.limits.requests[0]?.remaining]).toEqual(['answer', 4]);
  });

  it('makes answers of strings, and of what text returns', async () => {
    const client = new core.ResilientClient({});
    const told = <T>(values: Observable<T>, options = {}) => lastValueFrom(client.answer(() => values, options));
    expect(await told(of('one ', 'two'))).toMatchObject({ phase: 'done', text: 'one two', reasoning: '' });
    expect((await told(of({ content: 'hidden' }))).text).toBe('');
    expect((await told(of({ content: 'shown' }), { text: ({ content }: { content: string }) => content })).text).toBe('shown');
    expect((await told(of('one ', 'two'), { smooth: core.smoothText() })).text).toBe('one two');
    expect(() => client.answer(() => of('a'), { smooth: true })).toThrow('smooth must be an operator here, smoothText(), got true');
    expect(await lastValueFrom(client.call(() => of('a', 'b')).pipe(toArray()))).toEqual(['a', 'b']);
  });

  it('takes no configs, and no policies that are none of this library', () => {
    const make = (config: object) => () => new core.ResilientClient(config as never);
    const owner = 'ResilientClient of rxjs-resilience/core';
    expect(make({ rateLimit: { limits: core.perHour(5) } })).toThrow(TypeError);
    expect(make({ rateLimit: { limits: core.perHour(5) } })).toThrow(`${owner}: rateLimit must be a policy of this library with acquire(), not a config`);
    expect(make({ circuitBreak: {} })).toThrow(`${owner}: circuitBreak must be a policy of this library with admit()`);
    expect(make({ tokenBudget: [{ reserve: () => of() }] })).toThrow(`${owner}: tokenBudget[0] must be a policy of this library with reserve()`);
    expect(make({ rateLimit: new core.CircuitBreaker() })).toThrow('ResilientClient: rateLimit must be a policy with acquire(), or a config, got a breaker');
    expect(make({ retryBackoff: {} })).toThrow(`${owner}: retryBackoff: retryIf must be given`);
    expect(make({ hedge: { after: 1 } })).toThrow(`${owner}: hedge`);
    // @ts-expect-error a config
    expect(() => new core.ResilientClient({ circuitBreak: {} })).toThrow();
    // @ts-expect-error which errors?
    expect(() => new core.ResilientClient({ retryBackoff: { maxRetries: 1 } })).toThrow();
  });

  it('refuses a call whose key leads to a policy that is none of this library', async () => {
    const foreign = core.keyed(() => ({ acquire: () => of({ cost: {}, settle: () => {}, refund: () => {} }) }));
    const client = new core.ResilientClient({ rateLimit: foreign as never });
    await expect(client.run(async () => 'answer', { key: 'a' } as never)).rejects.toThrow('only policies of this library are taken here');
  });
});

describe('ResilientRouter of rxjs-resilience/core', () => {
  const routes = {
    near: { client: new core.ResilientClient({ circuitBreak: new core.CircuitBreaker() }) },
    far: { client: new core.ResilientClient({}), order: 1 },
  };
  const failingNear = (route: string) => () => (route === 'near' ? Promise.reject(down) : Promise.resolve(route));

  it('goes to another route if `when` says so', async () => {
    expect(await new core.ResilientRouter({ routes, when: () => true }).run(failingNear)).toBe('far');
    await expect(new core.ResilientRouter({ routes, when: () => false }).run(failingNear)).rejects.toBe(down);
  });

  it('goes on when a route refuses a call by itself, whatever `when` says', async () => {
    const release = (routes.near.client.breaker as { isolate(): () => void }).isolate();
    const router = new core.ResilientRouter({ routes, when: () => false });
    expect(await router.run((route) => async () => route)).toBe('far');
    release();
    expect(await router.run((route) => async () => route)).toBe('near');
  });

  it('makes answers of strings', async () => {
    const router = new core.ResilientRouter({ routes, when: () => true });
    expect(await lastValueFrom(router.answer(failingNear))).toMatchObject({ phase: 'done', text: 'far' });
  });

  it('must be told which errors are worth another route', () => {
    expect(() => new core.ResilientRouter({ routes } as never)).toThrow('ResilientRouter of rxjs-resilience/core: when must be given');
    expect(() => new core.ResilientRouter(undefined as never)).toThrow('when must be given');
    // @ts-expect-error which errors?
    expect(() => new core.ResilientRouter({ routes })).toThrow();
  });
});
