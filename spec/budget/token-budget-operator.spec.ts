import { asyncScheduler, concat, defer, EMPTY, from, mergeMap, NEVER, Observable, of, range, Subject, TimeoutError, take, throwError } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Budget, Reservation } from '../../src/budget/budget';
import { checkBudget } from '../../src/budget/check-budget';
import { TokenBudget } from '../../src/budget/token-budget';
import { TokenBudgetExceededError } from '../../src/budget/token-budget-exceeded-error';
import { type TokenBudgetOptions, tokenBudget } from '../../src/budget/token-budget-operator';
import { perHour, slidingWindow } from '../../src/quota/limits';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { run } from '../support/run';

const afterMs = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);
const hundred = () => new TokenBudget({ limits: perHour(100) });
/** Nothing was billed. */
const unavailable = { status: 503 };
/** Letters are 10 tokens each. */
const tens = { count: () => 10 };

/** A source that says when it was torn down. */
function sourceOf<T>(...values: T[]) {
  const torndown = vi.fn();
  const source = new Observable<T>((subscriber) => {
    for (const value of values) {
      subscriber.next(value);
    }
    return torndown;
  });
  return { source, torndown };
}

/** What a call delivers, and how it ends. */
function notificationsOf<T>(call: Observable<T>): unknown[] {
  const log: unknown[] = [];
  call.subscribe({ next: (value) => log.push(value), error: (error) => log.push(error), complete: () => log.push('complete') });
  return log;
}

describe('tokenBudget', () => {
  describe('as an operator', () => {
    it.each([
      ['never', '                --', '     ^-'],
      ['empty', '                --|', '    ^-!'],
      ['one value', '            a|', '     ^!'],
      ['many', '                 a-b--c|', '^-----!'],
      ['an error before values', '--#', '   ^-!'],
      ['an error after values', ' a-b#', '  ^--!'],
    ])('mirrors the source while there is room: %s', (_, marbles, subscription) => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold(marbles);
        expectObservable(source.pipe(tokenBudget(hundred(), { estimate: 10 }))).toBe(marbles);
        expectSubscriptions(source.subscriptions).toBe(subscription);
      });
    });

    it('T1: subscribes the source synchronously when there is room', () => {
      expect(notificationsOf(of('a').pipe(tokenBudget(hundred(), { estimate: 10 })))).toEqual(['a', 'complete']);
    });

    it('T1: refuses without subscribing the source, in the same frame', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const budget = hundred();
        const source = cold('a|');
        const error = new TokenBudgetExceededError({ requested: 101, remaining: 100, limit: 100, reason: 'budget' });
        expectObservable(source.pipe(tokenBudget(budget, { estimate: 101 }))).toBe('#', undefined, error);
        expectSubscriptions(source.subscriptions).toBe([]);
      });
    });

    it('C12: delivers no refusal after unsubscription', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const source = cold('a|');
        const error = vi.fn();
        source.pipe(tokenBudget(hundred(), { estimate: 101 })).subscribe({ error }).unsubscribe();
        expectObservable(NEVER).toBe('-');
        expectSubscriptions(source.subscriptions).toBe([]);
        afterMs(5, () => expect(error).not.toHaveBeenCalled());
      });
    });

    it('T1: reserves on subscribe: of concurrent calls only those begin that fit together', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const budget = hundred();
        const source = cold('                 ---a|');
        const call = source.pipe(tokenBudget(budget, { estimate: 60, usage: () => 30 }));
        expectObservable(call).toBe('         ---a|');
        const error = new TokenBudgetExceededError({ requested: 60, remaining: 40, limit: 100, retryAfter: 3_600_000, reason: 'budget' });
        expectObservable(call).toBe('         #', undefined, error);
        expectObservable(call, '-----^').toBe('--------a|');
        expectSubscriptions(source.subscriptions).toBe(['^---!', '-----^---!']);
      });
    });

    it('T1: asks a function for the estimate, for each subscription', () => {
      const budget = hundred();
      const estimates = [{ input: 10, output: 20 }, 30];
      const call = NEVER.pipe(tokenBudget(budget, { estimate: () => estimates.shift()! }));
      expect(estimates).toHaveLength(2);
      call.subscribe();
      expect(budget.remaining).toBe(70);
      call.subscribe();
      expect(budget.remaining).toBe(40);
    });

    it('T1: refuses an estimate of 0 when nothing remains', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const budget = hundred();
        budget.record(100);
        const source = cold('a|');
        const error = new TokenBudgetExceededError({ requested: 0, remaining: 0, limit: 100, retryAfter: 3_600_000, reason: 'budget' });
        expectObservable(source.pipe(tokenBudget(budget, { estimate: 0 }))).toBe('#', undefined, error);
        expectSubscriptions(source.subscriptions).toBe([]);
      });
    });

    it('C1: behaves as two when one instance is subscribed twice', () => {
      const budget = hundred();
      const subject = new Subject<string>();
      const call = subject.pipe(tokenBudget(budget, { estimate: { input: 5, output: 20 }, ...tens }));
      const one = call.subscribe();
      subject.next('a');
      call.subscribe();
      subject.next('b');
      one.unsubscribe();
      expect(budget.state.limits[0]).toMatchObject({ used: 25, reserved: 25 });
      subject.complete();
      expect(budget.state.limits[0]).toMatchObject({ used: 40, reserved: 0 });
    });

    it('C5: pulls a synchronous source three times under take(3)', () => {
      let pulled = 0;
      function* words() {
        for (;;) {
          pulled += 1;
          yield 'word';
        }
      }
      const budget = hundred();
      from(words()).pipe(tokenBudget(budget, { estimate: { input: 0, output: 50 } }), take(3)).subscribe();
      expect(pulled).toBe(3);
      expect(budget.state.limits[0]).toMatchObject({ used: 3, reserved: 0 });
    });

    it('C6: passes 1,000,000 synchronous values', () => {
      let count = 0;
      const options = { estimate: 50, usage: () => undefined, count: () => 0 };
      range(0, 1_000_000).pipe(tokenBudget(hundred(), options)).subscribe(() => {
        count += 1;
      });
      expect(count).toBe(1_000_000);
    });

    it('C6: survives 10,000 synchronous calls, one within the end of the other', () => {
      const budget = hundred();
      let calls = 0;
      range(0, 10_000)
        .pipe(mergeMap(() => of('a').pipe(tokenBudget(budget, { estimate: 50, usage: () => 0 })), 1))
        .subscribe(() => {
          calls += 1;
        });
      expect([calls, budget.remaining]).toEqual([10_000, 100]);
    });

    it('C8: passes errors of the source on as the same object', () => {
      const error = new Error('mine');
      expect(notificationsOf(throwError(() => error).pipe(tokenBudget(hundred(), { estimate: 1 })))[0]).toBe(error);
    });

    it('refuses what is no Observable', () => {
      expect(() => tokenBudget(hundred(), { estimate: 1 })({} as Observable<number>)).toThrow(TypeError);
    });
  });

  describe('settles', () => {
    const settledTo = <T>(source: Observable<T>, options: TokenBudgetOptions<T>, budget = hundred()) => {
      source.pipe(tokenBudget(budget, options)).subscribe({ error: () => {} });
      expect(budget.state.limits[0]!.reserved).toBe(0);
      return 100 - budget.remaining;
    };

    it('T2: on complete, error and unsubscribe', () => {
      const options = { estimate: { input: 10, output: 50 }, ...tens };
      expect(settledTo(of('a', 'b'), options)).toBe(30);
      expect(settledTo(concat(of('a', 'b'), throwError(() => 'cut')), options)).toBe(30);
      const budget = hundred();
      concat(of('a', 'b'), NEVER).pipe(tokenBudget(budget, options)).subscribe().unsubscribe();
      expect(budget.state.limits[0]).toMatchObject({ used: 30, reserved: 0 });
    });

    it('T3: gives everything back when the provider refused the call before its first value', () => {
      const budget = hundred();
      const events: string[] = [];
      budget.events$.subscribe(({ type }) => events.push(type));
      expect(settledTo(throwError(() => unavailable), { estimate: 50 }, budget)).toBe(0);
      expect(events).toEqual(['reserved', 'refunded']);
      expect(settledTo(throwError(() => new TimeoutError()), { estimate: { input: 10, output: 40 } }, budget)).toBe(10);
      expect(events).toEqual(['reserved', 'refunded', 'reserved', 'settled']);
    });

    it('T3: takes the part with which the AI SDK begins before it asks for no value, and delivers it', () => {
      const budget = hundred();
      const [start, other] = [{ type: 'start' }, { type: 'text-start' }];
      const costs = (...before: object[]) => {
        const log = notificationsOf(concat(of(...before), throwError(() => unavailable)).pipe(tokenBudget(budget, { estimate: 50 })));
        expect(log).toEqual([...before, unavailable]);
        return 100 - budget.remaining;
      };
      expect([costs(start), costs(start, start), costs(start, other)]).toEqual([0, 0, 50]);
    });

    it.each([[50, 50], [{ input: 10, output: 40 }, 10]])('T3: costs something when it is unsubscribed before its first value: an estimate of %j costs %d', (estimate, cost) => {
      const budget = hundred();
      NEVER.pipe(tokenBudget(budget, { estimate })).subscribe().unsubscribe();
      expect(budget.remaining).toBe(100 - cost);
      expect(budget.state.limits[0]!.reserved).toBe(0);
    });

    it('T2: settles once when it is unsubscribed inside next, with the value counted', () => {
      const budget = hundred();
      const events: unknown[] = [];
      budget.events$.subscribe(({ type }) => events.push(type));
      const subject = new Subject<string>();
      const subscription = subject.pipe(tokenBudget(budget, { estimate: { input: 5, output: 20 }, ...tens })).subscribe(() => subscription.unsubscribe());
      subject.next('a');
      subject.next('b');
      subject.error('late');
      expect(budget.remaining).toBe(85);
      expect(events).toEqual(['reserved', 'settled']);
    });

    it('T3: counts UTF-8 bytes of text, reasoning and tool-call arguments / 4 by default', () => {
      const delta = (each: object) => ({ choices: [{ index: 0, delta: each }] });
      const chunks = [
        delta({ role: 'assistant', content: '' }),
        delta({ content: 'abc' }),
        delta({ content: 'é' }),
        delta({ reasoning_content: 'abcd' }),
        delta({ tool_calls: [{ index: 0, function: { name: 'f', arguments: '{"a":1}' } }] }),
      ];
      expect(settledTo(from(chunks), { estimate: { input: 10, output: 50 } })).toBe(14); // 3 + 2 + 4 + 7 = 16 bytes
      expect(settledTo(from([...chunks, delta({ content: '!' })]), { estimate: { input: 10, output: 50 } })).toBe(15);
      expect(settledTo(of('ab', 'cd', 'e'), { estimate: { input: 10, output: 50 } })).toBe(12);
    });

    it('T3: costs input + output when nothing could be counted and the call completed', () => {
      expect(settledTo(of({ strange: true }), { estimate: { input: 10, output: 50 } })).toBe(60);
      expect(settledTo(EMPTY, { estimate: { input: 10, output: 50 } })).toBe(60);
    });

    const anthropic = [
      { type: 'message_start', message: { usage: { input_tokens: 20, cache_read_input_tokens: 5, output_tokens: 1 } } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello, world' } },
      { type: 'content_block_delta', index: 0, delta: { type: 'text_delta', text: 'Hello, world' } },
      { type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 15 } },
      { type: 'message_stop' },
    ];

    it.each([
      ['complete', 5, 40],
      ['cut off after the final report', 4, 40],
      ['cut off before it', 3, 31],
      ['cut off after message_start', 1, 26],
    ])('T2: takes what Anthropic reports in pieces: %s', (_, count, cost) => {
      expect(settledTo(from(anthropic).pipe(take(count), (source) => concat(source, throwError(() => 'cut'))), { estimate: { input: 10, output: 60 } })).toBe(cost);
    });

    it('T2: never costs less than a number that was estimated, when Anthropic is cut off', () => {
      expect(settledTo(concat(from(anthropic.slice(0, 3)), throwError(() => 'cut')), { estimate: 70 })).toBe(70);
    });

    const chat = [
      { choices: [{ index: 0, delta: { content: 'Hello' }, finish_reason: null }], usage: null },
      { choices: [{ index: 0, delta: {}, finish_reason: 'stop' }], usage: null },
      { choices: [], usage: { prompt_tokens: 9, completion_tokens: 12, total_tokens: 21 } },
    ];

    it('T2: takes what OpenAI reports with its last chunk', () => {
      expect(settledTo(from(chat), { estimate: 50 })).toBe(21);
      expect(settledTo(concat(from(chat), throwError(() => 'cut')), { estimate: { input: 40, output: 40 } })).toBe(21);
      expect(settledTo(from(chat.slice(0, 2)), { estimate: { input: 40, output: 40 } })).toBe(42);
    });

    const gemini = (text: string, candidatesTokenCount: number, finishReason?: string) => ({
      candidates: [{ content: { parts: [{ text }] }, finishReason }],
      usageMetadata: { promptTokenCount: 9, candidatesTokenCount, thoughtsTokenCount: 3, totalTokenCount: 12 + candidatesTokenCount },
    });

    it('T2: takes the running totals of Gemini', () => {
      const chunks = [gemini('Hello', 1), gemini(' world', 2), gemini('', 2, 'STOP')];
      expect(settledTo(from(chunks), { estimate: 50 })).toBe(14);
      expect(settledTo(concat(from(chunks.slice(0, 2)), throwError(() => 'cut')), { estimate: { input: 5, output: 60 } })).toBe(14);
      expect(settledTo(concat(from(chunks.slice(0, 2)), throwError(() => 'cut')), { estimate: 50 })).toBe(50);
    });

    it('T2: takes numbers as running totals', () => {
      expect(settledTo(of(5, 12, 20), { estimate: 50, usage: (n) => n })).toBe(20);
      expect(settledTo(of(5, 12, 20), { estimate: 50, usage: (n) => (n === 12 ? n : undefined) })).toBe(12);
    });

    it('T2: takes the report of a single value that is taken before the call completes', () => {
      const budget = hundred();
      concat(of({ tokens: 7 }), NEVER).pipe(tokenBudget(budget, { estimate: 50, usage: ({ tokens }) => tokens }), take(1)).subscribe();
      expect(budget.remaining).toBe(93);
    });

    it('T2: takes null, which providers send, as no report', () => {
      const usage = () => null as unknown as undefined;
      expect(settledTo(of('a'), { estimate: { input: 10, output: 50 }, usage, ...tens })).toBe(20);
    });

    it('C11: settles before complete, error and refusal go downstream', () => {
      const log: unknown[] = [];
      const budget = hundred();
      const seen = () => log.push(budget.remaining);
      of('a').pipe(tokenBudget(budget, { estimate: 90, usage: () => 10 })).subscribe({ complete: seen });
      throwError(() => unavailable).pipe(tokenBudget(budget, { estimate: 90 })).subscribe({ error: seen });
      of('a', 'b').pipe(tokenBudget(budget, { estimate: 5, count: () => 60, overrun: 'error' })).subscribe({ error: seen });
      expect(log).toEqual([90, 90, -30]);
    });

    it('C11: lets a consumer subscribe again inside complete and error', () => {
      const budget = hundred();
      const log: unknown[] = [];
      const good = of('a').pipe(tokenBudget(budget, { estimate: 90, usage: () => 10 }));
      good.subscribe({ complete: () => good.subscribe({ complete: () => log.push(budget.remaining) }) });
      const bad = throwError(() => unavailable).pipe(tokenBudget(budget, { estimate: 80 }));
      bad.subscribe({ error: () => bad.subscribe({ error: (error) => log.push(error, budget.remaining) }) });
      expect(log).toEqual([80, unavailable, 80]);
    });

    it('T2: reports of the output alone are running totals, and leave the input to the estimate', () => {
      const scheduler = new VirtualTime();
      const settled = (...outputs: number[]) => {
        const budget = new TokenBudget({ limits: perHour(1_000), scheduler });
        const usage = (output: number) => ({ output, final: output === outputs.at(-1) });
        from(outputs).pipe(tokenBudget<number>(budget, { estimate: { input: 100, output: 50 }, usage, count: () => 0 })).subscribe();
        return budget.state.limits[0]!.used;
      };
      expect([settled(15), settled(8, 15), settled(1, 8, 15)]).toEqual([115, 115, 115]);
    });
  });

  describe('with overrun error', () => {
    const limited = (limit = 100, maxTokensPerRequest = Number.POSITIVE_INFINITY) =>
      new TokenBudget({ limits: slidingWindow({ limit, window: 1_000 }), maxTokensPerRequest });

    it('T4: delivers the value that crossed, then errors, unsubscribes the source and settles', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const budget = limited(45);
        const source = cold('                 -a-b-c-d-e|');
        const options = { estimate: { input: 10, output: 15 }, overrun: 'error', ...tens } as const;
        const error = new TokenBudgetExceededError({ requested: 50, remaining: 5, limit: 45, reason: 'budget' });
        expectObservable(source.pipe(tokenBudget(budget, options))).toBe('-a-b-c-(d#)', undefined, error);
        expectSubscriptions(source.subscriptions).toBe('^------!');
        afterMs(8, () => expect(budget.state.limits[0]).toMatchObject({ used: 50, reserved: 0, remaining: -5 }));
      });
    });

    it('T4: says when there may be room where the budget alone is too small for now', () => {
      run(({ cold, expectObservable }) => {
        const budget = limited(100);
        budget.record(65);
        const error = new TokenBudgetExceededError({ requested: 40, remaining: 5, limit: 100, retryAfter: 995, reason: 'budget' });
        const call = cold('-a-b-c|').pipe(tokenBudget(budget, { estimate: { input: 10, output: 10 }, overrun: 'error', ...tens }));
        expectObservable(call).toBe('-a-b-(c#)', undefined, error);
      });
    });

    it('T4: reserves what goes beyond the reservation as it comes', () => {
      const budget = limited();
      const subject = new Subject<string>();
      const reserved: number[] = [];
      subject.pipe(tokenBudget(budget, { estimate: { input: 10, output: 15 }, overrun: 'error', ...tens })).subscribe(() => reserved.push(budget.state.limits[0]!.reserved));
      for (const value of 'abcd') {
        subject.next(value);
      }
      expect(reserved).toEqual([25, 30, 40, 50]);
      subject.complete();
      expect(budget.state.limits[0]).toMatchObject({ used: 50, reserved: 0 });
    });

    it('T4: does not reserve beyond the reservation with overrun allow, and lets the call go on', () => {
      const budget = limited(30);
      const reserved: number[] = [];
      of('a', 'b', 'c').pipe(tokenBudget(budget, { estimate: { input: 10, output: 10 }, ...tens })).subscribe(() => reserved.push(budget.state.limits[0]!.reserved));
      expect(reserved).toEqual([20, 20, 20]);
      expect(budget.remaining).toBe(-10);
    });

    it('T4: errors above maxTokensPerRequest though the budget has room', () => {
      const call = of('a', 'b', 'c').pipe(tokenBudget(limited(1_000, 25), { estimate: 10, overrun: 'error', ...tens }));
      const [, , , error] = notificationsOf(call);
      expect(error).toMatchObject({ requested: 30, limit: 25, reason: 'request-too-large' });
    });

    it('T4: goes on at exactly maxTokensPerRequest and at exactly what is left', () => {
      expect(notificationsOf(of('a', 'b').pipe(tokenBudget(limited(1_000, 20), { estimate: 10, overrun: 'error', ...tens })))).toEqual(['a', 'b', 'complete']);
      expect(notificationsOf(of('a', 'b').pipe(tokenBudget(limited(20), { estimate: 10, overrun: 'error', ...tens })))).toEqual(['a', 'b', 'complete']);
    });

    it('T4: competes with other calls for what is left', () => {
      const budget = limited();
      const [one, other] = [new Subject<string>(), new Subject<string>()];
      const log: unknown[] = [];
      for (const source of [one, other]) {
        source.pipe(tokenBudget(budget, { estimate: 40, overrun: 'error', count: () => 50 })).subscribe({ error: ({ requested }) => log.push(requested) });
      }
      one.next('a');
      other.next('a');
      expect(budget.remaining).toBe(0);
      other.next('b');
      expect(log).toEqual([100]);
      expect([one.observed, other.observed]).toEqual([true, false]);
      one.complete();
      expect(budget.remaining).toBe(-50);
    });

    it.each<[string, unknown[], number]>([
      ['numbers', [20, 60, 120], 3],
      ['reports', [{ input: 5, final: false }, { output: 60, final: false }, { output: 96, final: false }], 3],
      ['a total', [{ total: 101, final: false }], 1],
    ])('T4: counts what is reported: %s', (_, reports, delivered) => {
      const budget = limited();
      const { source, torndown } = sourceOf(...reports);
      const call = source.pipe(tokenBudget(budget, { estimate: 10, overrun: 'error', usage: (each) => each as number, count: () => 0 }));
      const log = notificationsOf(call);
      expect(log.slice(0, -1)).toEqual(reports.slice(0, delivered));
      expect(log.at(-1)).toBeInstanceOf(TokenBudgetExceededError);
      expect(torndown).toHaveBeenCalledTimes(1);
    });

    const chunk = (text: string, finish_reason: string | null = null) => ({ choices: [{ index: 0, delta: { content: text }, finish_reason }] });
    const long = 'x'.repeat(200);

    it.each<[string, unknown[]]>([
      ['finish_reason', [chunk('a'), chunk(long, 'stop')]],
      ['a final usage', [chunk('a'), { choices: [], usage: { prompt_tokens: 9, completion_tokens: 120, total_tokens: 129 } }]],
      ['message_delta and message_stop', [{ type: 'message_delta', delta: { stop_reason: 'end_turn' }, usage: { output_tokens: 500 } }, { type: 'message_stop' }]],
      ['finishReason', [{ candidates: [{ content: { parts: [{ text: long }] }, finishReason: 'STOP' }] }]],
      ['chunks that add nothing after it', [chunk(long, 'stop'), chunk(''), { choices: [] }]],
    ])('T4: is never triggered by a final chunk: %s', (_, chunks) => {
      const call = from(chunks).pipe(tokenBudget(limited(20), { estimate: 10, overrun: 'error' }));
      expect(notificationsOf(call)).toEqual([...chunks, 'complete']);
    });

    it('T4: is triggered by the same chunk if it is not the last', () => {
      const log = notificationsOf(of(chunk(long), chunk('', 'stop')).pipe(tokenBudget(limited(20), { estimate: 10, overrun: 'error' })));
      expect(log).toEqual([chunk(long), expect.any(TokenBudgetExceededError)]);
    });

    it('T4: stops a synchronous source at once', () => {
      let pulled = 0;
      function* words() {
        for (;;) {
          pulled += 1;
          yield 'word';
        }
      }
      const call = from(words()).pipe(tokenBudget(limited(5), { estimate: 1, overrun: 'error' }));
      expect(notificationsOf(call)).toHaveLength(7);
      expect(pulled).toBe(6);
    });

    it('T4: sends no error to a consumer that left inside next', () => {
      const error = vi.fn();
      const subject = new Subject<string>();
      const subscription = subject.pipe(tokenBudget(limited(5), { estimate: 1, overrun: 'error', ...tens })).subscribe({ next: () => subscription.unsubscribe(), error });
      subject.next('a');
      expect(error).not.toHaveBeenCalled();
      expect(subject.observed).toBe(false);
    });

    it('T4: errors with what a foreign budget knows', () => {
      const settled: number[] = [];
      const reservation: Reservation = { tokens: 15, report: (total) => total <= 15, settle: (actual) => settled.push(actual), refund: () => {} };
      const budget: Budget = { reserve: () => of(reservation) };
      const log = notificationsOf(of('a', 'b', 'c').pipe(tokenBudget(budget, { estimate: 15, overrun: 'error', ...tens })));
      expect(log).toEqual(['a', 'b', new TokenBudgetExceededError({ requested: 20, remaining: 0, limit: 15, reason: 'budget' })]);
      expect(settled).toEqual([20]);
    });
  });

  describe('with a foreign budget', () => {
    it('waits for its reservation, and subscribes the source when it comes', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const budget: Budget = { reserve: () => cold('---(r|)', { r: { tokens: 5, report: () => true, settle: () => {}, refund: () => {} } }) };
        const source = cold('                 a-b|');
        expectObservable(source.pipe(tokenBudget(budget, { estimate: 5 }))).toBe('---a-b|');
        expectSubscriptions(source.subscriptions).toBe('---^--!');
      });
    });

    it('C4: does not subscribe the source when it is unsubscribed before the reservation', () => {
      run(({ cold, expectObservable, expectSubscriptions }) => {
        const reserving = cold<Reservation>('---r');
        const source = cold('a-b|');
        expectObservable(source.pipe(tokenBudget({ reserve: () => reserving }, { estimate: 5 })), '--!').toBe('---');
        expectSubscriptions(reserving.subscriptions).toBe('^-!');
        expectSubscriptions(source.subscriptions).toBe([]);
      });
    });

    it('passes its error on, and errors when it completes without a reservation', () => {
      const thrown = new Error('redis is down');
      expect(notificationsOf(of('a').pipe(tokenBudget({ reserve: () => throwError(() => thrown) }, { estimate: 5 })))).toEqual([thrown]);
      expect(notificationsOf(of('a').pipe(tokenBudget({ reserve: () => EMPTY }, { estimate: 5 })))).toEqual([new TypeError('A policy completed without granting anything')]);
    });

    it('sends what its reservation throws at the end to the error channel', () => {
      const thrown = new Error('settle');
      const boom = () => {
        throw thrown;
      };
      const budget: Budget = { reserve: () => of({ tokens: 5, report: () => true, settle: boom, refund: boom }) };
      expect(notificationsOf(of('a').pipe(tokenBudget(budget, { estimate: 5 })))).toEqual(['a', thrown]);
    });
  });

  describe('callbacks', () => {
    const thrown = new Error('mine');
    const boom = () => {
      throw thrown;
    };

    it('C5: sends what estimate throws to the error channel; the source is not subscribed', () => {
      const source = vi.fn(() => of('a'));
      const budget = hundred();
      expect(notificationsOf(defer(source).pipe(tokenBudget(budget, { estimate: boom })))).toEqual([thrown]);
      expect(source).not.toHaveBeenCalled();
      expect(budget.isIdle).toBe(true);
    });

    it.each([-1, Number.NaN, { input: 1 }])('C5: sends an error for an estimate of %j to the error channel', (estimate) => {
      const budget = hundred();
      const [error] = notificationsOf(of('a').pipe(tokenBudget(budget, { estimate: () => estimate as number })));
      expect(String(error)).toMatch(/^\w+Error: tokenBudget: estimate/);
      expect(budget.isIdle).toBe(true);
    });

    it.each(['usage', 'count'] as const)('C5: sends what %s throws to the error channel, stops the source and settles', (name) => {
      const budget = hundred();
      const { source, torndown } = sourceOf('a', 'b');
      let calls = 0;
      const second = () => (calls++ === 1 ? boom() : 0.5);
      const options = { estimate: { input: 10, output: 20 }, usage: () => undefined, count: () => 5, [name]: name === 'count' ? second : () => (calls++ === 1 ? boom() : undefined) };
      expect(notificationsOf(source.pipe(tokenBudget(budget, options)))).toEqual(['a', thrown]);
      expect(torndown).toHaveBeenCalledTimes(1);
      expect(budget.state.limits[0]).toMatchObject({ used: name === 'count' ? 11 : 15, reserved: 0 });
    });

    it('C5: does not give the call back for free when a callback throws at the first value', () => {
      const budget = hundred();
      expect(notificationsOf(of('a').pipe(tokenBudget(budget, { estimate: 40, usage: boom })))).toEqual([thrown]);
      expect(budget.state.limits[0]).toMatchObject({ used: 40, reserved: 0 });
    });

    it.each([
      [{ usage: () => Number.NaN }, 'tokenBudget: usage must be a finite number of at least 0, got NaN'],
      [{ usage: () => -1 }, 'tokenBudget: usage must be a finite number of at least 0, got -1'],
      [{ usage: () => ({ input: Number.NaN, final: true }) }, 'tokenBudget: usage.input must be a finite number of at least 0, got NaN'],
      [{ usage: () => ({ output: -1, final: false }) }, 'tokenBudget: usage.output must be a finite number of at least 0, got -1'],
      [{ usage: () => ({ total: Number.POSITIVE_INFINITY, final: true }) }, 'tokenBudget: usage.total must be a finite number of at least 0, got Infinity'],
      [{ count: () => Number.NaN }, 'tokenBudget: count must be a finite number of at least 0, got NaN'],
      [{ count: () => -1 }, 'tokenBudget: count must be a finite number of at least 0, got -1'],
    ])('C5: sends an error that names the callback and shows what it returned, and settles: %o', (callbacks, message) => {
      const budget = hundred();
      expect(notificationsOf(of('a').pipe(tokenBudget(budget, { estimate: 40, ...callbacks })))).toEqual([new RangeError(message)]);
      expect(budget.state.limits[0]!.reserved).toBe(0);
    });
  });

  describe('re-entrancy', () => {
    it('settles the inner call of a consumer that calls again inside next', () => {
      const budget = hundred();
      const call = of('a').pipe(tokenBudget(budget, { estimate: 40, usage: () => 10 }));
      const log: string[] = [];
      call.subscribe(() => call.subscribe({ complete: () => log.push(`inner: ${budget.remaining}`) }));
      expect(log).toEqual(['inner: 50']);
      expect(budget.remaining).toBe(80);
    });

    it('keeps the count when the source emits again inside next', () => {
      const budget = hundred();
      const subject = new Subject<string>();
      const seen: string[] = [];
      subject.pipe(tokenBudget(budget, { estimate: 5, overrun: 'error', count: () => 40 })).subscribe({
        next: (value) => {
          seen.push(value);
          if (seen.length < 5) {
            subject.next(`${value}!`);
          }
        },
        error: () => seen.push('error'),
      });
      subject.next('a');
      expect(seen.filter((each) => each === 'error')).toHaveLength(1);
      expect(seen.at(-1)).toBe('error');
      expect(budget.state.limits[0]!.reserved).toBe(0);
    });

    it('is stopped by a listener of the budget that unsubscribes it', () => {
      const budget = new TokenBudget({ limits: perHour(100), scheduler: new FakeScheduler() });
      const source = vi.fn(() => of('a'));
      const stop = new Subject<void>();
      budget.events$.subscribe(() => stop.next());
      const call = defer(source).pipe(tokenBudget(budget, { estimate: 40 }));
      new Observable<string>((subscriber) => {
        stop.subscribe(() => subscriber.unsubscribe());
        call.subscribe(subscriber);
      }).subscribe();
      expect(source).not.toHaveBeenCalled();
      expect(budget.isIdle).toBe(true);
    });
  });

  describe('options', () => {
    it.each<[object, string]>([
      [{}, 'tokenBudget: estimate must be given, got undefined'],
      [{ estimate: -1 }, 'tokenBudget: estimate must be a finite number of at least 0, got -1'],
      [{ estimate: Number.NaN }, 'tokenBudget: estimate must be a finite number of at least 0, got NaN'],
      [{ estimate: { input: 1 } }, 'tokenBudget: estimate: output must be given, got undefined'],
      [{ estimate: { input: 1, output: 2, tokens: 3 } }, 'tokenBudget: estimate: unknown option tokens: 3; known are input, output'],
      [{ estimate: 1, usage: 5 }, 'tokenBudget: usage must be a function, got 5'],
      [{ estimate: 1, count: 'chars' }, 'tokenBudget: count must be a function, got "chars"'],
      [{ estimate: 1, overrun: 'stop' }, "tokenBudget: overrun must be one of 'allow', 'error', got \"stop\""],
      [{ estimate: 1, tokens: 5 }, 'tokenBudget: unknown option tokens: 5; known are estimate, price, usage, count, overrun'],
    ])('C2: refuses %j', (options, message) => {
      expect(() => tokenBudget(hundred(), options as TokenBudgetOptions<unknown>)).toThrow(message);
    });

    it.each([undefined, null, {}, { limits: perHour(5) }])('C2: refuses %j instead of a budget, and says why', (budget) => {
      expect(() => tokenBudget(budget as unknown as Budget, { estimate: 1 })).toThrow(/^tokenBudget: budget must be a TokenBudget that many calls share, not a config/);
      expect(() => checkBudget('resilient', budget)).toThrow(TypeError);
    });

    it('C2: refuses to be called without options', () => {
      expect(() => tokenBudget(hundred(), undefined as unknown as TokenBudgetOptions<unknown>)).toThrow(TypeError);
    });
  });

  describe('types', () => {
    it('infers the type of the values in pipe', () => {
      const budget = hundred();
      expectTypeOf(of(1).pipe(tokenBudget(budget, { estimate: 5 }))).toEqualTypeOf<Observable<number>>();
      const call = of({ tokens: 5 }).pipe(tokenBudget(budget, { estimate: 5, usage: ({ tokens }) => tokens, count: (value) => value.tokens }));
      expectTypeOf(call).toEqualTypeOf<Observable<{ tokens: number }>>();
    });

    it('does not compile with a typo, or without an estimate', () => {
      const budget = hundred();
      // @ts-expect-error: there is no such field
      of({ tokens: 5 }).pipe(tokenBudget(budget, { estimate: 5, usage: ({ token }) => token }));
      // @ts-expect-error: the option is called estimate
      expect(() => tokenBudget(budget, { tokens: 5 })).toThrow(TypeError);
    });
  });
});
