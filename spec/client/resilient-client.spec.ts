import { asyncScheduler, catchError, concat, config, defer, EmptyError, map, NEVER, Observable, of, type SchedulerLike, Subject, Subscriber, switchMap, take, throwError, timer } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import {
  type Attempt,
  type CallStatus,
  CircuitBreaker,
  CircuitOpenError,
  KeyLimitError,
  keyed,
  type Limiter,
  PermitRefusedError,
  perHour,
  RateLimiter,
  ResilientClient,
  type ResilientClientConfig,
  type ResilientClientEvent,
  slidingWindow,
  TokenBudget,
  type Units,
} from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { named } from '../support/named';
import { run } from '../support/run';

const down = new Error('down');
const retryBackoff = { maxRetries: 2, baseDelay: 3, exponentialBase: 1, jitter: 'none' } as const;
const at = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);
const budgetOf = (limit: number) => new TokenBudget({ limits: perHour(limit) });
const ignore = { error: () => undefined };

describe('ResilientClient', () => {
  describe('call', () => {
    it('S1: opens again for every attempt, inside all guards', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const answer = cold('-#', undefined, down);
        const client = new ResilientClient({
          retryBackoff,
          rateLimit: { limits: perHour(10) },
          circuitBreak: {},
          tokenBudget: { limits: perHour(100) },
        });
        const open = vi.fn(() => answer);

        expectObservable(client.call(open, { tokens: 5 })).toBe('---------#', undefined, down);
        expectSubscriptions(answer.subscriptions).toBe(['^!', '----^!', '--------^!']);
        flush();
        expect(open).toHaveBeenCalledTimes(3);
        expect(client.limiter.state.limits.requests[0]!.used).toBe(3);
        expect(client.breaker.state.failures).toBe(3);
        expect(client.budget.state.limits[0]).toMatchObject({ used: 15, reserved: 0 });
      });
    });

    it('S2: aborts the signal of the attempt that runs when it is unsubscribed', () => {
      run(({ cold, expectObservable, flush }) => {
        const signals: AbortSignal[] = [];
        const client = new ResilientClient({ retryBackoff });
        const call = client.call((signal) => {
          signals.push(signal);
          return cold('--#', undefined, down);
        });
        expectObservable(call, '------!').toBe('-------');
        flush();
        expect(signals.map(({ aborted }) => aborted)).toEqual([true, true]);
      });
    });

    it('S2: takes isFinal of the call or of the defaults', () => {
      run(({ cold, expectObservable }) => {
        const isFinal = (value: string) => value === 'z';
        const client = new ResilientClient({ defaults: { isFinal } });
        const bare = new ResilientClient({});
        expectObservable(client.call(() => cold('a-|')).pipe(named())).toBe('a-#', undefined, 'StreamTruncatedError');
        expectObservable(client.call(() => cold('z-|'))).toBe('z-|');
        expectObservable(client.call(() => cold('a-|'), { isFinal: () => true })).toBe('a-|');
        expectObservable(bare.call(() => cold('a-|'), { isFinal }).pipe(named())).toBe('a-#', undefined, 'StreamTruncatedError');
        expectObservable(cold('a-|').pipe(client.guard(), named())).toBe('a-#', undefined, 'StreamTruncatedError');
      });
    });

    it('S5: tokens are the estimate of the budget, and of the limiter\'s dimensions those that it has', () => {
      run(({ expectObservable, flush }) => {
        const limits = { requests: perHour(9), tokens: perHour(99), inputTokens: perHour(99), outputTokens: perHour(99) };
        const client = new ResilientClient({ rateLimit: { limits }, tokenBudget: { limits: perHour(99) } });
        const few = new ResilientClient({ rateLimit: { limits: { outputTokens: perHour(99) } } });
        const used = ({ state }: RateLimiter<string>) => Object.fromEntries(Object.entries(state.limits).map(([name, [limit]]) => [name, limit!.used]));
        const tokens = { input: 10, output: 20 };

        expectObservable(client.call(() => NEVER, { tokens }), '-----!').toBe('-');
        expectObservable(few.call(() => NEVER, { tokens }), '-----!').toBe('-');
        at(1, () => {
          expect(used(client.limiter)).toEqual({ requests: 1, tokens: 30, inputTokens: 10, outputTokens: 20 });
          expect(client.budget.state.limits[0]).toMatchObject({ reserved: 30 });
          expect(used(few.limiter)).toEqual({ outputTokens: 20 });
        });
        flush();
      });
    });

    it('S5: a number of tokens is the total', () => {
      run(({ expectObservable, flush }) => {
        const client = new ResilientClient({
          rateLimit: { limits: { tokens: perHour(99), inputTokens: perHour(99) } },
          tokenBudget: { limits: perHour(99) },
        });
        expectObservable(client.call(() => NEVER, { tokens: 30 }), '-----!').toBe('-');
        at(1, () => {
          expect(client.limiter.state.limits.tokens[0]!.used).toBe(30);
          expect(client.limiter.state.limits.inputTokens[0]!.used).toBe(0);
          expect(client.budget.state.limits[0]!.reserved).toBe(30);
        });
        flush();
      });
    });

    it('S5: usage, by default usageOf, settles limiter and budget', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({
          rateLimit: { limits: { tokens: perHour(99), inputTokens: perHour(99), outputTokens: perHour(99) } },
          tokenBudget: { limits: perHour(99) },
        });
        const usage = { prompt_tokens: 3, completion_tokens: 4, total_tokens: 7 };
        const chunk = { object: 'chat.completion.chunk', choices: [], usage };

        expectObservable(client.call(() => cold('-(c|)', { c: chunk }), { tokens: { input: 10, output: 20 } })).toBe('-(c|)', { c: chunk });
        flush();
        expect(Object.values(client.limiter.state.limits).map(([limit]) => limit!.used)).toEqual([7, 3, 4]);
        expect(client.budget.state.limits[0]).toMatchObject({ used: 7, reserved: 0 });
      });
    });

    it('S6: tells open the number of the attempt, nothing delivered, and what went wrong', () => {
      run(({ cold, expectObservable, flush }) => {
        const attempts: Attempt[] = [];
        const client = new ResilientClient({ retryBackoff });
        const call = client.call((_signal, attempt) => {
          attempts.push(attempt);
          return cold('#', undefined, down);
        });
        expectObservable(call).toBe('------#', undefined, down);
        flush();
        expect(attempts).toEqual([
          { number: 1, delivered: [], sync: expect.any(Function) },
          { number: 2, delivered: [], error: down, sync: expect.any(Function) },
          { number: 3, delivered: [], error: down, sync: expect.any(Function) },
        ]);
        expect('error' in attempts[0]!).toBe(false);
      });
    });

    it('S6: continue opens again with what was delivered, inside all guards', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const answers = [cold('a-#', undefined, down), cold('b-#', undefined, down), cold('c-|')];
        const attempts: unknown[] = [];
        const statuses: CallStatus[] = [];
        const client = new ResilientClient({ retryBackoff, rateLimit: { limits: perHour(9) }, circuitBreak: {} });
        const call = client.call(
          (_signal, { number, delivered, error }) => {
            attempts.push({ number, delivered, error });
            return answers[number - 1]!;
          },
          { afterValues: 'continue', onStatus: (status) => statuses.push(status) },
        );

        expectObservable(call).toBe('a----b----c-|');
        expectSubscriptions(answers[1]!.subscriptions).toBe('-----^-!');
        flush();
        expect(attempts).toEqual([
          { number: 1, delivered: [], error: undefined },
          { number: 2, delivered: ['a'], error: down },
          { number: 3, delivered: ['a', 'b'], error: down },
        ]);
        expect(client.limiter.state.limits.requests[0]!.used).toBe(3);
        expect(client.breaker.state.failures).toBe(0);
        expect(statuses.filter(({ phase }) => phase === 'connecting')).toEqual([1, 2, 3].map((attempt) => ({ phase: 'connecting', attempt })));
      });
    });

    it('S6: restart opens again with nothing delivered, and says connecting with the next attempt', () => {
      run(({ cold, expectObservable, flush }) => {
        const delivered: unknown[] = [];
        const statuses: CallStatus[] = [];
        const client = new ResilientClient({ retryBackoff, defaults: { afterValues: 'restart' } });
        const call = client.call(
          (_signal, attempt) => {
            delivered.push(attempt.delivered);
            return attempt.number === 1 ? cold('a-#', undefined, down) : cold('b|');
          },
          { onStatus: (status) => statuses.push(status) },
        );
        expectObservable(call).toBe('a----b|');
        flush();
        expect(delivered).toEqual([[], []]);
        expect(statuses).toEqual([
          { phase: 'connecting', attempt: 1 },
          { phase: 'streaming', attempt: 1 },
          { phase: 'waiting', for: 'retry', attempt: 1, until: 5, error: down },
          { phase: 'connecting', attempt: 2 },
          { phase: 'streaming', attempt: 2 },
          { phase: 'done' },
        ]);
      });
    });

    it('S6: by default an answer that broke off is not opened again', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const answer = cold('a-#', undefined, down);
        expectObservable(new ResilientClient({ retryBackoff }).call(() => answer)).toBe('a-#', undefined, down);
        expectSubscriptions(answer.subscriptions).toBe('^-!');
      });
    });

    it('S6: sync tells the limiter what the headers say', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({ rateLimit: { limits: slidingWindow({ limit: 100, window: 10 }) } });
        const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '0', 'x-ratelimit-reset-requests': '1s' };
        const open = (_signal: AbortSignal, { sync }: Attempt) => {
          sync(headers);
          sync({});
          return cold('(a|)');
        };
        const synced: unknown[] = [];
        client.events$.subscribe(({ type }) => type === 'synced' && synced.push(type));
        expectObservable(client.call(open)).toBe('(a|)');
        expectObservable(client.call(() => cold('(b|)'))).toBe('10ms (b|)');
        flush();
        expect(synced).toEqual(['synced']);
        new ResilientClient({}).call(open).subscribe();
      });
    });

    it('C1: each subscription is a call of its own', () => {
      const open = vi.fn(() => of(1));
      const call = new ResilientClient({}).call(open);
      expect(open).not.toHaveBeenCalled();
      call.subscribe();
      call.subscribe();
      expect(open).toHaveBeenCalledTimes(2);
    });

    it('C4: does not open for a consumer that has gone', () => {
      const open = vi.fn(() => of(2));
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      const phases: string[] = [];
      const late = new Observable<number>((subscriber) => {
        subscriber.next(1);
        subscriber.add(client.call(open, { onStatus: ({ phase }) => phases.push(phase) }).subscribe(subscriber));
      });
      late.pipe(take(1)).subscribe();
      expect(open).not.toHaveBeenCalled();
      expect(client.limiter.state.inFlight).toBe(0);
      expect(phases).toEqual(['cancelled']);
    });

    it('C5: what open throws is the error of the call', () => {
      run(({ expectObservable, flush }) => {
        const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
        const open = (): string => {
          throw down;
        };
        expectObservable(client.call(open)).toBe('#', undefined, down);
        flush();
        expect(client.limiter.state.inFlight).toBe(0);
      });
    });

    it('a timeout that the call does not name stays that of the client', () => {
      run(({ expectObservable }) => {
        const client = new ResilientClient({ timeout: { total: 5 } });
        expectObservable(client.call(() => NEVER, { timeout: { first: 9 } }).pipe(named())).toBe('-----#', undefined, 'TimeoutError');
      });
    });

    it('timeouts of the call replace those of the client', () => {
      run(({ expectObservable }) => {
        const client = new ResilientClient({ timeout: { first: 5 } });
        expectObservable(client.call(() => NEVER).pipe(named())).toBe('-----#', undefined, 'TimeoutError');
        expectObservable(client.call(() => NEVER, { timeout: { first: 3 } }).pipe(named())).toBe('---#', undefined, 'TimeoutError');
      });
    });

    it('S7: what onStatus throws at the end goes to the unhandled errors of rxjs', () => {
      for (const phase of ['done', 'failed', 'cancelled']) {
        const unhandled: unknown[] = [];
        const before = config.onUnhandledError;
        config.onUnhandledError = (error) => unhandled.push(error);
        try {
          run(({ cold, expectObservable, flush }) => {
            const client = new ResilientClient({});
            const broken = new Error('listener');
            const onStatus = (status: CallStatus) => {
              if (status.phase === phase) {
                throw broken;
              }
            };
            const marbles = { done: 'a|', failed: 'a#', cancelled: 'a-' }[phase]!;
            expectObservable(client.call(() => cold(marbles), { onStatus }), '--!').toBe(marbles);
            flush();
            expect(unhandled).toEqual([broken]);
          });
        } finally {
          config.onUnhandledError = before;
        }
      }
    });

    it('C8: a call that is unsubscribed by whoever hears of its refusal tells nobody of it', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, rateLimit: { maxConcurrent: 1, maxQueue: 0 }, whenOpen: 'wait', scheduler });
      client.call(() => NEVER).subscribe();
      client.breaker.admit().fail(new Error('down'));
      scheduler.pass(10);
      const seen: unknown[] = [];
      const call = new Subscriber<string>({ next: () => undefined, error: (error: unknown) => seen.push(error), complete: () => undefined });
      client.breaker.events$.subscribe(() => call.unsubscribe()); // hears that the probe is given back
      client.call(() => of('a'), {}).subscribe(call);
      scheduler.pass(0);
      expect(seen).toEqual([]);
    });

    it('C8: what a limiter of somebody else throws goes to the call, which is then over', () => {
      const thrown = new Error('not connected');
      const seen: unknown[] = [];
      const client = new ResilientClient({ rateLimit: { acquire: () => { throw thrown; } }, scheduler: new VirtualTime() });
      client.call(() => of('a')).subscribe({ error: (error) => seen.push(error) });
      client.drain().subscribe({ complete: () => seen.push('drained') });
      expect(seen).toEqual([thrown, 'drained']);
    });

    const probes: [string, (client: ResilientClient) => Observable<number>, number][] = [
      ['fails before its first value', () => throwError(() => ({ status: 400 })), 50],
      ['is unsubscribed', () => NEVER, 40],
    ];
    it.each(probes)('T1: whom the breaker lets through finds the budget settled when a probe %s', (_, answer, remaining) => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ tokenBudget: { limits: perHour(100) }, circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler });
      client.breaker.admit().fail(new Error('down'));
      const seen: unknown[] = [];
      const later = () => timer(5, scheduler).pipe(switchMap(() => answer(client)));
      const probe = client.call(later, { tokens: { input: 10, output: 90 }, usage: (tokens) => tokens }).subscribe(ignore);
      client.call(() => of('b'), { tokens: 50, usage: () => 50 }).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
      scheduler.pass(20);
      probe.unsubscribe();
      scheduler.pass(20);
      expect([seen, client.budget.remaining]).toEqual([['b'], remaining]);
    });

    it('S1: the breaker has heard of a failure before its headers let the next in line move up', () => {
      const scheduler = new VirtualTime();
      const limiter = new RateLimiter({ limits: perHour(100), scheduler });
      const client = new ResilientClient({ rateLimit: limiter, circuitBreak: { failureThreshold: 1 }, scheduler });
      const first = new Subject<never>();
      const seen: string[] = [];
      client.call(() => first).subscribe(ignore);
      limiter.sync({ requests: { limit: 100, remaining: 0, resetMs: 60_000 } });
      client.call(() => { seen.push('opened'); return NEVER; }).subscribe({ error: ({ name }) => seen.push(name) });
      const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '1s' };
      first.error({ status: 500, headers });
      scheduler.pass(10);
      expect(seen).toEqual(['CircuitOpenError']);
    });

    it('T1: and the budget has settled it', () => {
      const scheduler = new VirtualTime();
      const limiter = new RateLimiter({ limits: perHour(100), scheduler });
      const client = new ResilientClient({ rateLimit: limiter, tokenBudget: { limits: perHour(100) }, scheduler });
      const first = new Subject<never>();
      const seen: unknown[] = [];
      client.call(() => first, { tokens: 60 }).subscribe(ignore);
      limiter.sync({ requests: { limit: 100, remaining: 0, resetMs: 60_000 } });
      for (const tokens of [40, 30]) {
        client.call(() => { seen.push(tokens); return NEVER; }, { tokens }).subscribe({ error: ({ name }) => seen.push(name) });
      }
      const headers = { 'x-ratelimit-limit-requests': '100', 'x-ratelimit-remaining-requests': '99', 'x-ratelimit-reset-requests': '1s' };
      first.error({ status: 500, headers });
      scheduler.pass(10);
      expect(seen).toEqual([40, 30]);
    });
  });

  describe('guard', () => {
    it('guards a source as resilient does', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('-#', undefined, down);
        const client = new ResilientClient({ retryBackoff: { ...retryBackoff, maxRetries: 1 }, rateLimit: { maxConcurrent: 1 } });
        expectObservable(source.pipe(client.guard({ priority: 1 }))).toBe('-----#', undefined, down);
        expectSubscriptions(source.subscriptions).toBe(['^!', '----^!']);
      });
    });

    it('C2: cannot continue what it cannot open', () => {
      expect(() => new ResilientClient({}).guard({ afterValues: 'continue' })).toThrow(/ResilientClient\.call/);
    });

    it('takes keys', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({ tokenBudget: keyed(() => budgetOf(10)) });
        expectObservable(cold('a|').pipe(client.guard({ key: 'ada', tokens: 4 }))).toBe('a|');
        flush();
        expect(client.budget.get('ada').remaining).toBe(6);
      });
    });
  });

  describe('run', () => {
    it('promises the last value', async () => {
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      expect(await client.run(() => of(1, 2, 3))).toBe(3);
      expect(await client.run(async () => 'text')).toBe('text');
      expect(await client.run(() => of(undefined))).toBeUndefined();
    });

    it('rejects with the error of the call, and with EmptyError if nothing came', async () => {
      const client = new ResilientClient({});
      await expect(client.run(() => throwError(() => down))).rejects.toBe(down);
      await expect(client.run(() => of())).rejects.toBeInstanceOf(EmptyError);
      await expect(client.run(5 as unknown as () => number)).rejects.toBeInstanceOf(TypeError);
      await expect(client.run(() => 1, { tokens: -1 })).rejects.toBeInstanceOf(RangeError);
    });

    it('rejects with the reason of a signal that is aborted already, and does not open', async () => {
      const open = vi.fn(() => of(1));
      const client = new ResilientClient({});
      await expect(client.run(open, { signal: AbortSignal.abort(down) })).rejects.toBe(down);
      expect(open).not.toHaveBeenCalled();
    });

    it('rejects with the reason of a signal that is aborted later, and stops the call', async () => {
      const controller = new AbortController();
      const signals: AbortSignal[] = [];
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      const phases: string[] = [];
      const promise = client.run(
        (signal) => {
          signals.push(signal);
          return NEVER;
        },
        { signal: controller.signal, onStatus: ({ phase }) => phases.push(phase) },
      );
      expect(client.limiter.state.inFlight).toBe(1);
      controller.abort(down);
      expect(signals[0]?.aborted).toBe(true);
      expect(client.limiter.state.inFlight).toBe(0);
      await expect(promise).rejects.toBe(down);
      expect(phases).toEqual(['connecting', 'cancelled']);
    });

    it('rejects when the signal is aborted while the call is opened', async () => {
      const controller = new AbortController();
      const client = new ResilientClient({});
      const open = () => {
        controller.abort(down);
        return NEVER;
      };
      await expect(client.run(open, { signal: controller.signal })).rejects.toBe(down);
    });

    it('leaves no listener on the signal, however the call ends', async () => {
      const { signal } = new AbortController();
      const added = vi.spyOn(signal, 'addEventListener');
      const removed = vi.spyOn(signal, 'removeEventListener');
      const client = new ResilientClient({});
      await client.run(() => of(1), { signal });
      await client.run(async () => 1, { signal });
      await client.run(() => throwError(() => down), { signal }).catch(() => undefined);
      expect(added).toHaveBeenCalledTimes(3);
      expect(removed.mock.calls).toEqual(added.mock.calls);
    });
  });

  describe('keys', () => {
    it('S4: takes the policies of the key of the call', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({
          rateLimit: keyed(() => new RateLimiter({ limits: perHour(1) })),
          circuitBreak: keyed(() => new CircuitBreaker()),
          tokenBudget: keyed(() => budgetOf(10)),
        });
        const open = () => cold('a|');
        expectObservable(client.call(open, { key: 'ada', tokens: 4 })).toBe('a|');
        expectObservable(client.call(open, { key: { limiter: 'model', breaker: 'host', budget: 'bob' }, tokens: 5 })).toBe('a|');
        flush();
        expect(client.limiter.get('ada').state.limits.requests[0]!.used).toBe(1);
        expect(client.limiter.get('model').state.limits.requests[0]!.used).toBe(1);
        expect(client.breaker.size).toBe(2);
        expect(client.budget.get('ada').remaining).toBe(6);
        expect(client.budget.get('bob').remaining).toBe(5);
      });
    });

    it('S4: a KeyLimitError is a refusal of the call: delivered through the scheduler, cancellable, told and not retried', () => {
      run(({ cold, expectObservable, flush }) => {
        const budgets = keyed(() => budgetOf(10), { maxKeys: 1 });
        budgets.get('ada').record(1);
        const client = new ResilientClient({ retryBackoff, tokenBudget: budgets });
        const open = vi.fn(() => cold('a|'));
        const seen: unknown[] = [];
        const phases: string[] = [];

        const onStatus = ({ phase }: CallStatus) => phases.push(phase);
        client.call(open, { key: 'bob', onStatus }).subscribe({ error: (error) => seen.push(error) });
        client.call(open, { key: 'bob' }).subscribe({ error: (error) => seen.push(error) }).unsubscribe();
        expect(seen).toEqual([]);
        expectObservable(client.call(open, { key: 'bob' })).toBe('#', undefined, new KeyLimitError({ key: 'bob', maxKeys: 1 }));
        expectObservable(cold('a|').pipe(client.guard({ key: 'bob' }), named())).toBe('#', undefined, 'KeyLimitError');
        flush();
        expect(seen).toEqual([expect.any(KeyLimitError)]);
        expect(phases).toEqual(['failed']);
        expect(open).not.toHaveBeenCalled();
      });
    });

    it('S4: a KeyLimitError comes through the scheduler of the client', () => {
      const scheduler = new FakeScheduler();
      const client = new ResilientClient({ tokenBudget: keyed(() => { throw new KeyLimitError({ key: 'a', maxKeys: 1 }); }), scheduler });
      const seen: unknown[] = [];
      client.call(() => of(1), { key: 'a' }).subscribe({ error: (error) => seen.push(error.name) });
      expect(seen).toEqual([]);
      scheduler.run();
      expect(seen).toEqual(['KeyLimitError']);
    });

    it('refuses a call without the key that it needs', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({ tokenBudget: keyed(() => budgetOf(10)) });
        const messages: string[] = [];
        const call = (key?: object) => client.call(() => cold('a|'), { key } as never);
        expectObservable(call().pipe(named())).toBe('#', undefined, 'TypeError');
        call().subscribe({ error: ({ message }) => messages.push(message) });
        call({ limiter: 'ada' }).subscribe({ error: ({ message }) => messages.push(message) });
        flush();
        expect(messages).toEqual([
          "ResilientClient: the budget is keyed, so the call needs the option key: '…', got undefined",
          `ResilientClient: the budget is keyed, so the call needs the option key: '…', got {"limiter":"ada"}`,
        ]);
      });
    });

    it('refuses to wait for a keyed breaker that has no line', () => {
      run(({ cold, expectObservable }) => {
        const admission = { value: vi.fn(), succeed: vi.fn(), fail: vi.fn(), ignore: vi.fn() };
        const client = new ResilientClient({ circuitBreak: keyed(() => ({ admit: () => admission })), whenOpen: 'wait' });
        const messages = catchError<string, Observable<never>>(({ message }) => throwError(() => message));
        expectObservable(client.call(() => cold('a|'), { key: 'a' }).pipe(messages)).toBe('#', undefined, expect.stringMatching(/turn\(\)/));
      });
    });
  });

  describe('drain', () => {
    const draining = (cost: Units = { requests: 1 }) => new PermitRefusedError({ reason: 'draining', cost });

    it('completes at once where nothing is in flight, and never emits', () => {
      run(({ expectObservable }) => {
        const client = new ResilientClient({});
        expectObservable(client.drain()).toBe('|');
        expectObservable(client.drain()).toBe('|');
      });
    });

    it('refuses the retry of an attempt in flight, and tells what made that fail', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ retryBackoff: {}, scheduler });
      const down = Object.assign(new Error('overloaded'), { status: 503 });
      const source = new Subject<never>();
      const errors: unknown[] = [];
      client.call(() => source).subscribe({ error: (error) => errors.push(error) });
      client.drain().subscribe();
      source.error(down);
      scheduler.pass(0);
      expect(errors).toMatchObject([{ reason: 'draining', cause: down }]);
    });

    it('does nothing until it is subscribed to', () => {
      const client = new ResilientClient({});
      client.drain();
      const seen: number[] = [];
      client.call(() => of(1)).subscribe((value) => seen.push(value));
      expect(seen).toEqual([1]);
    });

    it('refuses new calls with the reason draining, and lets those in flight finish', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const running = cold('   a--b--|');
        const late = cold('      a|');
        const client = new ResilientClient({ rateLimit: { limits: { tokens: perHour(9) } }, retryBackoff });
        const refusal = (tokens: number) => draining({ requests: 1, tokens });

        expectObservable(client.call(() => running, { tokens: 0 })).toBe('    a--b--|');
        expectObservable(timer(2).pipe(map(() => 0), () => client.drain())).toBe(' ------|');
        expectObservable(client.call(() => late, { tokens: 3 }), '---^').toBe('       ---#', undefined, refusal(3));
        expectObservable(cold('a|').pipe(client.guard()), '---^').toBe('       ---#', undefined, refusal(0));
        expectSubscriptions(late.subscriptions).toBe([]);
      });
    });

    it('refuses calls that wait for a permit, for the breaker and for a retry', () => {
      run(({ cold, expectObservable, flush }) => {
        const opened = vi.fn(() => cold('a|'));
        const limited = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
        limited.limiter.tryAcquire();
        expectObservable(limited.call(opened)).toBe('--#', undefined, draining());

        const broken = new ResilientClient({ circuitBreak: { failureThreshold: 1 }, whenOpen: 'wait' });
        broken.breaker.admit().fail(down);
        expectObservable(broken.call(opened)).toBe('--#', undefined, draining());

        const retrying = new ResilientClient({ retryBackoff: { baseDelay: 1_000 } });
        expectObservable(retrying.call(() => throwError(() => down))).toBe('--#', undefined, draining());

        for (const client of [limited, broken, retrying]) {
          expectObservable(client.drain(), '--^').toBe('--|');
        }
        at(3, () => expect(limited.limiter.state).toMatchObject({ waiting: 0, inFlight: 1 }));
        flush();
        expect(opened).not.toHaveBeenCalled();
      });
    });

    it('a call that waits is refused at once: it gets no permit that comes free in the same moment', () => {
      run(({ cold, expectObservable, expectSubscriptions, flush }) => {
        const answer = cold('a|');
        const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
        const held = client.limiter.tryAcquire()!;
        const statuses: string[] = [];
        expectObservable(client.call(() => answer, { onStatus: ({ phase }) => statuses.push(phase) })).toBe('--#', undefined, draining());
        expectSubscriptions(answer.subscriptions).toBe([]);
        at(2, () => {
          client.drain().subscribe();
          expect(client.limiter.state.waiting).toBe(0);
          held.settle();
          expect(client.limiter.state.inFlight).toBe(0);
        });
        flush();
        expect(statuses).toEqual(['waiting', 'failed']);
      });
    });

    it('a call that is refused can be cancelled still', () => {
      run(({ flush }) => {
        const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
        client.limiter.tryAcquire();
        const statuses: string[] = [];
        const seen: unknown[] = [];
        const subscription = client
          .call(() => of(1), { onStatus: ({ phase }) => statuses.push(phase) })
          .subscribe({ error: (error) => seen.push(error) });
        client.drain().subscribe({ complete: () => seen.push('drained') });
        client.drain().subscribe({ complete: () => seen.push('drained') });
        expect(seen).toEqual([]);
        subscription.unsubscribe();
        flush();
        expect(seen).toEqual(['drained', 'drained']);
        expect(statuses).toEqual(['waiting', 'cancelled']);
      });
    });

    it('a call that fails while the client drains is not retried', () => {
      for (const baseDelay of [0, 50]) {
        run(({ cold, expectObservable, expectSubscriptions }) => {
          const answer = cold('----#', undefined, down);
          const client = new ResilientClient({ retryBackoff: { baseDelay, jitter: 'none' } });
          expectObservable(client.call(() => answer)).toBe('----#', undefined, draining());
          expectObservable(client.drain(), '-^').toBe('     ----|');
          expectSubscriptions(answer.subscriptions).toBe('^---!');
        });
      }
    });

    it('refuses a call whose limiter does not tell that it waits, also before a later attempt', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const permit = { cost: {}, settle: vi.fn(), refund: vi.fn() };
        const first = cold('#', undefined, down);
        const answers = [of(permit), NEVER];
        const client = new ResilientClient({
          rateLimit: { acquire: () => answers.shift() ?? NEVER },
          retryBackoff: { ...retryBackoff, baseDelay: 0 },
        });
        expectObservable(client.call(() => first)).toBe('--#', undefined, draining());
        expectObservable(client.call(() => of(1))).toBe(' --#', undefined, draining());
        expectObservable(client.drain(), '--^').toBe('   --|');
        expectSubscriptions(first.subscriptions).toBe('  (^!)');
      });
    });

    it('completes after the last call has ended and everything is settled', () => {
      run(({ cold, flush }) => {
        const client = new ResilientClient({
          rateLimit: { maxConcurrent: 5 },
          tokenBudget: { limits: perHour(99) },
          timeout: { total: 9 },
        });
        const seen: unknown[] = [];
        const open = (marbles: string) => client.call(() => cold(marbles), { tokens: 5 });
        open('a--|').subscribe({ complete: () => seen.push('done') });
        open('a-----').subscribe({ error: ({ name }) => seen.push(name) });
        const left = open('-').subscribe();
        at(1, () => {
          client.drain().subscribe({
            complete: () => seen.push(['drained', asyncScheduler.now(), client.limiter.state.inFlight, client.budget.state.limits[0]!.reserved]),
          });
        });
        at(5, () => left.unsubscribe());
        flush();
        expect(seen).toEqual(['done', 'TimeoutError', ['drained', 9, 0, 0]]);
      });
    });

    it('S1: drain lets nobody through who waits behind a call that it refuses', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { limits: { tokens: slidingWindow({ limit: 10, window: 1_000 }) } }, scheduler });
      const opened: string[] = [];
      const call = (name: string, tokens: number) => client.call(() => { opened.push(name); return NEVER; }, { tokens }).subscribe(ignore);
      call('in flight', 5);
      call('large', 10); // the head of the line
      call('small', 1); // stands behind it
      client.drain().subscribe();
      expect(opened).toEqual(['in flight']);
    });

    it('S1: drain lets nobody through at the line of a breaker, either', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({
        rateLimit: { limits: { tokens: slidingWindow({ limit: 10, window: 1_000 }) } },
        circuitBreak: { failureThreshold: 1, recoveryTimeout: 10 }, whenOpen: 'wait', scheduler,
      });
      const opened: string[] = [];
      const call = (name: string, tokens: number) => client.call(() => { opened.push(name); return NEVER; }, { tokens }).subscribe(ignore);
      call('in flight', 5);
      client.breaker.admit().fail(new Error('down'));
      scheduler.pass(10);
      call('large', 10); // carries the probe through the line
      call('small', 1); // waits for the breaker
      client.drain().subscribe();
      expect(opened).toEqual(['in flight']);
    });

    it('S1: drain lets nobody through whom a listener lets move up', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, scheduler });
      client.limiter.pause(1_000);
      const seen: string[] = [];
      const call = () => client.call(() => { seen.push('opened'); return NEVER; }).subscribe({ error: ({ reason }) => seen.push(reason) });
      call();
      call();
      client.limiter.events$.subscribe(({ type }) => type === 'left' && client.limiter.resume());
      client.drain().subscribe({ complete: () => seen.push('drained') });
      scheduler.pass(10);
      expect([seen, client.limiter.state.inFlight]).toEqual([['draining', 'draining', 'drained'], 0]);
    });

    it('S1: drain completes after everything is settled, though a listener unsubscribes the call while it is settled', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, tokenBudget: { limits: perHour(100) }, scheduler });
      const inFlight: number[] = [];
      const answer = new Subject<string>();
      const call = client.call(() => answer, { tokens: 1 }).subscribe();
      client.drain().subscribe({ complete: () => inFlight.push(client.limiter.state.inFlight) });
      client.budget.events$.subscribe(() => call.unsubscribe()); // hears that the reservation is settled: the permit is not yet
      answer.complete();
      expect(inFlight).toEqual([0]);
    });

    it('S1: drain completes after everything is given back, though a listener unsubscribes the call meanwhile', () => {
      const scheduler = new VirtualTime();
      const tokens = slidingWindow({ limit: 10, window: 1_000 });
      const client = new ResilientClient({ rateLimit: { limits: { tokens } }, tokenBudget: { limits: perHour(100) }, scheduler });
      client.call(() => of('a'), { tokens: 5 }).subscribe();
      const large = client.call(() => NEVER, { tokens: 10 }).subscribe(ignore); // the head of the line
      const small = client.call(() => NEVER, { tokens: 1 }).subscribe(ignore); // is granted when the head is refused, and gives back
      client.budget.events$.subscribe(({ type }) => type === 'refunded' && [large, small].map((call) => call.unsubscribe()));
      const inFlight: number[] = [];
      client.drain().subscribe({ complete: () => inFlight.push(client.limiter.state.inFlight) });
      scheduler.pass(0);
      expect(inFlight).toEqual([0]);
    });

    it.each([0, 50])('S1: drain ends a call that would be retried for ever, after %d ms', (baseDelay) => {
      const scheduler = new VirtualTime();
      let asked = 0;
      const retryIf = () => { asked += 1; return asked < 1_000; };
      const client = new ResilientClient({ retryBackoff: { maxRetries: Number.POSITIVE_INFINITY, baseDelay, retryIf }, scheduler });
      const seen: unknown[] = [];
      client.drain().subscribe();
      client.call(() => NEVER).subscribe({ error: ({ reason }) => seen.push(reason) });
      scheduler.pass(10);
      expect([seen, asked]).toEqual([['draining'], 1]);
    });

    it('C9: a draining client tells of no retry that will not come', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ retryBackoff: {}, scheduler });
      const answer = new Subject<never>();
      const told: string[] = [];
      client.events$.subscribe(({ type }) => told.push(type));
      client.call(() => answer).subscribe(ignore);
      client.drain().subscribe();
      answer.error({ status: 503 });
      scheduler.pass(10);
      expect(told).toEqual(['began', 'attempt-began', 'gave-up', 'ended']);
    });

    it.each([{}, { retryBackoff: { maxRetries: 0 } }])('C11: a teardown that throws keeps neither the error nor drain back, with %j', (retries) => {
      const scheduler = new VirtualTime();
      const seen: unknown[] = [];
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, ...retries, scheduler });
      const source = new Observable<string>((subscriber) => {
        const timer = scheduler.schedule(() => subscriber.error(new Error('down')), 5);
        return () => { timer.unsubscribe(); throw new Error('teardown'); };
      });
      source.pipe(client.guard()).subscribe({ error: (error) => seen.push(error.message) });
      expect(() => scheduler.pass(10)).toThrow('teardown');
      client.drain().subscribe({ complete: () => seen.push('drained') });
      expect(seen).toEqual(['down', 'drained']);
    });
  });

  describe('events$ and state$', () => {
    const told = (events: ResilientClientEvent[]) => events.map(({ policy, type, call, key }) => [policy, type, call, key].filter((part) => part !== undefined).join(' '));

    it('C9: tells the events of policies and retries, with the number of the call', () => {
      run(({ cold, expectObservable, flush }) => {
        const client = new ResilientClient({
          retryBackoff: { ...retryBackoff, maxRetries: 1 },
          rateLimit: { limits: perHour(9) },
          circuitBreak: { failureThreshold: 2 },
          tokenBudget: { limits: perHour(9) },
        });
        const events: ResilientClientEvent[] = [];
        client.events$.subscribe((event) => events.push(event));
        const options = { tokens: 1 };
        expectObservable(client.call(() => cold('#', undefined, down), options)).toBe('---#', undefined, down);
        expectObservable(client.call(() => cold('a|'), options), '----^').toBe('----#', undefined, expect.any(CircuitOpenError));
        flush();
        expect(told(events)).toEqual([
          'call began 1',
          'call attempt-began 1',
          'limiter granted 1',
          'budget reserved 1',
          'budget settled 1',
          'breaker failure 1',
          'limiter settled 1',
          'retry retry 1',
          'call attempt-began 1',
          'limiter granted 1',
          'budget reserved 1',
          'budget settled 1',
          'breaker failure 1',
          'breaker opened',
          'limiter settled 1',
          'retry gave-up 1',
          'call ended 1',
          'call began 2',
          'call attempt-began 2',
          'breaker refused 2',
          'call ended 2',
        ]);
        expect(events.find(({ type }) => type === 'retry')).toEqual({ type: 'retry', policy: 'retry', at: 0, attempt: 1, delay: 3, error: down, call: 1 });
        expect(events.find(({ type }) => type === 'gave-up')).toEqual({ type: 'gave-up', policy: 'retry', at: 3, attempts: 2, error: down, call: 1 });
      });
    });

    it('C9: tells the key of the call, for each policy its own', () => {
      run(({ cold, flush }) => {
        const client = new ResilientClient({
          retryBackoff: { ...retryBackoff, maxRetries: 0 },
          rateLimit: { maxConcurrent: 5 },
          tokenBudget: keyed(() => budgetOf(9)),
        });
        const events: ResilientClientEvent[] = [];
        client.events$.subscribe((event) => events.push(event));
        client.call(() => cold('(a|)'), { key: 'ada', tokens: 1 }).subscribe();
        client.call(() => cold('#'), { key: { budget: 'bob', limiter: 'main' }, tokens: 1 }).subscribe(ignore);
        flush();
        expect(told(events)).toEqual([
          'call began 1 ada',
          'call attempt-began 1 ada',
          'limiter granted 1 ada',
          'budget reserved 1 ada',
          'call began 2',
          'call attempt-began 2',
          'limiter granted 2 main',
          'budget reserved 2 bob',
          'call accepted 1 ada',
          'budget settled 1 ada',
          'limiter settled 1 ada',
          'call ended 1 ada',
          'budget settled 2 bob',
          'limiter settled 2 main',
          'retry gave-up 2',
          'call ended 2',
        ]);
      });
    });

    it('C9: tells events that belong to no call without number and key', () => {
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      const events: ResilientClientEvent[] = [];
      client.events$.subscribe((event) => events.push(event));
      client.limiter.pause(5);
      client.limiter.resume();
      expect(told(events)).toEqual(['limiter paused', 'limiter resumed']);
    });

    it('C9: policies that tell nothing are as good', () => {
      const permit = { cost: {}, settle: vi.fn(), refund: vi.fn() };
      const acquire: Limiter['acquire'] = (_cost, options) =>
        defer(() => {
          options?.onWait?.({ ahead: 1, until: 5 });
          options?.onWait?.({ ahead: 0, until: 5 });
          return concat(of(permit), NEVER);
        });
      const client = new ResilientClient({ rateLimit: { acquire } });
      const states: unknown[] = [];
      client.events$.subscribe();
      client.state$.subscribe((state) => states.push(state));
      client.call(() => of(1)).subscribe();
      expect(permit.settle).toHaveBeenCalledOnce();
      const calls = (waiting: number, connecting: number, streaming: number) => ({ calls: { waiting, connecting, streaming } });
      expect(states).toEqual([calls(0, 0, 0), calls(1, 0, 0), calls(0, 1, 0), calls(0, 0, 1), calls(0, 0, 0)]);
    });

    it('C9: state$ replays the current state, then every change, and is plain JSON', () => {
      run(({ cold, flush }) => {
        const client = new ResilientClient({
          rateLimit: { maxConcurrent: 1 },
          circuitBreak: keyed(() => new CircuitBreaker()),
          tokenBudget: { limits: perHour(9) },
        });
        const calls: unknown[] = [];
        const states: unknown[] = [];
        client.state$.subscribe((state) => {
          states.push(state);
          calls.push(Object.values(state.calls).join(''));
        });
        expect(states).toHaveLength(1);
        expect(states[0]).toEqual({
          calls: { waiting: 0, connecting: 0, streaming: 0 },
          limiter: client.limiter.state,
          breaker: { size: 0 },
          budget: client.budget.state,
        });
        client.call(() => cold('--a-|'), { key: 'a', tokens: 1 }).subscribe();
        client.call(() => cold('--a-|'), { key: 'a', tokens: 1 }).subscribe();
        flush();
        expect([...new Set(calls)]).toEqual(['000', '010', '110', '101', '011', '001']);
        expect(calls.at(-1)).toBe('000');
        expect(states.every((state, index) => index === 0 || JSON.stringify(state) !== JSON.stringify(states[index - 1]))).toBe(true);
        expect(JSON.parse(JSON.stringify(states.at(-1)))).toEqual(states.at(-1));
        expect(client.state).toEqual(states.at(-1));
      });
    });

    it('S7: what a watcher of the state does to a call comes after what it saw', () => {
      const scheduler = new VirtualTime();
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 }, scheduler });
      const seen: string[] = [];
      const call = new Subscriber<never>({} as never);
      client.state$.subscribe(({ calls }) => calls.connecting > 0 && call.unsubscribe());
      client.call(() => NEVER, { onStatus: ({ phase }) => seen.push(phase) }).subscribe(call);
      expect(seen).toEqual(['connecting', 'cancelled']);
      client.limiter.tryAcquire();
      const waiting = new Subscriber<never>({} as never);
      client.state$.subscribe(({ calls }) => calls.waiting > 0 && waiting.unsubscribe());
      client.call(() => NEVER, { onStatus: ({ phase }) => seen.push(phase) }).subscribe(waiting);
      expect(seen.slice(2)).toEqual(['waiting', 'cancelled']);
    });
  });

  describe('options', () => {
    const cases: [string, () => unknown, RegExp, typeof TypeError | typeof RangeError][] = [
      ['an unknown guard', () => new ResilientClient({ rateLimiter: 5 } as object), /ResilientClient: unknown option rateLimiter: 5/, TypeError],
      ['a limiter that is none', () => new ResilientClient({ rateLimit: 5 } as object), /ResilientClient: rateLimit .* got 5/, TypeError],
      ['a limiter without limits', () => new ResilientClient({ rateLimit: {} }), /limits or maxConcurrent/, TypeError],
      ['a limit that no call draws on', () => new ResilientClient({ rateLimit: { limits: { requests: slidingWindow({ limit: 5, window: 10 }), request: slidingWindow({ limit: 5, window: 10 }) as never } } }), /ResilientClient: rateLimit: limits.request would limit nothing, .* requests, tokens/, TypeError],
      ['a breaker that is none', () => new ResilientClient({ circuitBreak: true } as object), /ResilientClient: circuitBreak .* got true/, TypeError],
      ['a budget that is null', () => new ResilientClient({ tokenBudget: null } as object), /ResilientClient: tokenBudget .* got null/, TypeError],
      ['retries that are none', () => new ResilientClient({ retryBackoff: false } as object), /ResilientClient: retryBackoff .* got false/, TypeError],
      ['an option of a breaker', () => new ResilientClient({ circuitBreak: { failureThreshold: 0 } }), /failureThreshold .* got 0/, RangeError],
      ['an option of retries', () => new ResilientClient({ retryBackoff: { maxRetries: 1.5 } }), /maxRetries .* got 1.5/, RangeError],
      ['an unknown option of retries', () => new ResilientClient({ retryBackoff: { retries: 1 } } as object), /unknown option retries: 1/, TypeError],
      ['whenOpen', () => new ResilientClient({ whenOpen: 'later' } as object), /whenOpen .* got "later"/, TypeError],
      ['a timeout', () => new ResilientClient({ timeout: { each: -1 } }), /timeout: each .* got -1/, RangeError],
      ['defaults', () => new ResilientClient({ defaults: { priority: Number.NaN } }), /defaults: priority .* got NaN/, RangeError],
      ['null for defaults', () => new ResilientClient({ defaults: null } as object), /defaults.* got null/, TypeError],
      ['random', () => new ResilientClient({ random: 5 } as object), /random .* got 5/, TypeError],
      ['scheduler', () => new ResilientClient({ scheduler: 5 as unknown as SchedulerLike }), /scheduler .* got 5/, TypeError],
      ['no config', () => new ResilientClient(null as unknown as ResilientClientConfig), /got null/, TypeError],
      ['a breaker without turns', () => new ResilientClient({ circuitBreak: { admit: vi.fn() }, whenOpen: 'wait' }), /circuitBreak .* turn/, TypeError],
      ['open', () => new ResilientClient({}).call('text' as unknown as () => string), /open must be a function .* got string/, TypeError],
      ['an option of a call', () => new ResilientClient({}).call(() => 1, { maxWait: -1 }), /ResilientClient: maxWait .* got -1/, RangeError],
      ['an unknown option of a call', () => new ResilientClient({}).guard({ token: 1 } as object), /unknown option token: 1/, TypeError],
    ];

    it('C2: knows what is an option of one method and none of another', async () => {
      const client = new ResilientClient({});
      await expect(client.run(() => 1, { abortSignal: 1 } as object)).rejects.toThrow(/unknown option abortSignal: 1; known are tokens, .*, signal$/);
      await expect(client.run(() => 1, { smooth: true } as object)).rejects.toThrow(/unknown option smooth: true/);
      expect(() => client.call(() => 1, { signal: 1 } as object)).toThrow(/unknown option signal: 1; known are (?!.*signal)/);
    });

    for (const [what, make, message, type] of cases) {
      it(`C2: refuses ${what}, naming option and value`, () => {
        expect(make).toThrow(type);
        expect(make).toThrow(message);
      });
    }

    it('absent is off, {} is the defaults', () => {
      const client = new ResilientClient({ retryBackoff: {}, circuitBreak: {} });
      expect(client.breaker).toBeInstanceOf(CircuitBreaker);
      expect([client.limiter, client.budget]).toEqual([undefined, undefined]);
    });

    it('policies are used as they are; configs get the scheduler of the client unless they have one', () => {
      const scheduler = new FakeScheduler();
      const own = new FakeScheduler();
      const breaker = new CircuitBreaker();
      const client = new ResilientClient({
        rateLimit: { maxConcurrent: 1, scheduler: undefined },
        circuitBreak: breaker,
        tokenBudget: { limits: perHour(5), scheduler: own },
        scheduler,
      });
      expect(client.limiter.scheduler).toBe(scheduler);
      expect(client.breaker).toBe(breaker);
      expect(client.budget.scheduler).toBe(own);
    });

    it('options of a call replace the defaults, undefined does not', () => {
      run(({ expectObservable, flush }) => {
        const client = new ResilientClient({ tokenBudget: { limits: perHour(99) }, defaults: { tokens: 5 } });
        expectObservable(client.call(() => NEVER, { tokens: undefined }), '-!').toBe('-');
        expectObservable(client.call(() => NEVER, { tokens: 7 }), '-!').toBe('-');
        expect(client.budget.remaining).toBe(99);
        flush();
        expect(client.budget.remaining).toBe(87);
      });
    });

    it('two clients on one policy share it', () => {
      run(({ cold, expectObservable }) => {
        const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
        const [one, other] = [new ResilientClient({ rateLimit }), new ResilientClient({ rateLimit })];
        expectObservable(one.call(() => cold('a|'))).toBe('a|');
        expectObservable(other.call(() => cold('a|'))).toBe('----------a|');
      });
    });

    it('calls may begin inside of calls', () => {
      run(({ cold, expectObservable }) => {
        const client = new ResilientClient({ rateLimit: { maxConcurrent: 2 }, circuitBreak: {} });
        const inner = client.call(() => cold('a|'));
        expectObservable(client.call(() => inner)).toBe('a|');
        const values = new Subject<string>();
        expectObservable(values).toBe('-');
      });
    });
  });
});
