import { concat, NEVER, Observable, type Observer, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Budget } from '../../src/budget/budget';
import { TokenBudget } from '../../src/budget/token-budget';
import { TokenBudgetExceededError } from '../../src/budget/token-budget-exceeded-error';
import { type TokenBudgetOptions, tokenBudget } from '../../src/budget/token-budget-operator';
import { classifyError, type Usage } from '../../src/provider';
import { inTotal, perCalendarMonth, perHour, tokenBucket } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc, runs } from '../support/property';
import { run } from '../support/run';

const price = { input: 2, output: 10, cachedInput: 0.2 };
const usage = (fields: Partial<Usage>): Usage => ({ final: false, ...fields });

/** What a call leaves of a dollar. */
function leftOf<T>(source: Observable<T>, options: TokenBudgetOptions<T>, end: 'end' | 'unsubscribe' = 'end', limit = 1) {
  const budget = new TokenBudget({ limits: inTotal(limit), counts: 'cost', scheduler: new FakeScheduler() });
  const seen: unknown[] = [];
  const call = source.pipe(tokenBudget(budget, { price, ...options })).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
  if (end === 'unsubscribe') {
    call.unsubscribe();
  }
  (budget.scheduler as FakeScheduler).run(0);
  return { left: budget.remaining, seen, budget };
}

describe('a TokenBudget that counts cost', () => {
  it('T6: counts fractions, to a millionth', () => {
    const budget = new TokenBudget({ limits: [perHour(0.3), perCalendarMonth(1.5), tokenBucket({ capacity: 0.3, refill: 0.1, interval: 60_000 })], counts: 'cost', scheduler: new FakeScheduler() });
    budget.tryReserve(0.1)!.settle(0.1);
    budget.tryReserve(0.1)!.settle(0.1);
    expect(budget.check(0.100_002)).toBe(false);
    const reservation = budget.tryReserve(0.1)!;
    expect([budget.remaining, budget.check(0), budget.counts]).toEqual([0, false, 'cost']);
    reservation.settle(0.000_003);
    expect(budget.remaining).toBe(0.099_997);
    budget.credit(0.05);
    expect(budget.remaining).toBe(0.149_997);
    budget.record(0.2);
    expect(budget.state.limits.map(({ remaining }) => remaining)).toEqual([-0.050_003, 1.149_997, -0.050_003]);
  });

  it('T6: refuses in its currency, and says so', () => {
    const budget = new TokenBudget({ limits: perHour(1.5), counts: 'cost', maxTokensPerRequest: 0.5, name: 'dollars', scheduler: new FakeScheduler() });
    expect(budget.exceeded(0.75)).toMatchObject({ requested: 0.75, remaining: 1.5, limit: 0.5, reason: 'request-too-large', counts: 'cost', policyName: 'dollars' });
    expect(budget.exceeded(0.75).message).toBe('The request is too large: 0.75, at most 0.5 is allowed for one request');
    budget.record(1.25);
    expect(budget.exceeded(0.3)).toMatchObject({ requested: 0.3, remaining: 0.25, limit: 1.5, reason: 'budget', counts: 'cost', retryAfter: 3_600_000 });
    expect(budget.exceeded(0.3).message).toBe('The budget is exceeded: 0.3 asked for, 0.25 of 1.5 left');
    expect(new TokenBudget({ limits: perHour(5) }).exceeded(6)).not.toHaveProperty('counts');
  });

  it.each([
    [{ limits: perHour(1.5) }, 'TokenBudget: limits.tokens: limit must be a whole number of at least 1, got 1.5'],
    [{ limits: perHour(1.5), counts: 'money' }, "TokenBudget: counts must be one of 'tokens', 'cost', got \"money\""],
    [{ limits: perHour(1.5), counts: 'cost', maxTokensPerRequest: -1 }, 'TokenBudget: maxTokensPerRequest must be a number of at least 0, or Infinity, got -1'],
  ])('C2: refuses %j', (config, message) => {
    expect(() => new TokenBudget(config as never)).toThrow(message);
  });
});

describe('tokenBudget with a price', () => {
  const estimate = { input: 1_000, output: 10_000 }; // 0.102
  const answer = of('abcd', 'efgh'); // two tokens
  const broken = throwError(() => new Error('cut'));

  it.each<[string, Observable<unknown>, Partial<TokenBudgetOptions<never>>, number]>([
    ['what is counted, when it completes without a report', answer, {}, 0.002_02],
    ['the estimate, when there is nothing to count', of({}), {}, 0.102],
    ['a report', of({}), { usage: () => usage({ input: 5_000, cachedInput: 4_000, output: 1_000, final: true }) }, 0.002 + 0.000_8 + 0.01],
    ['the input of the estimate, where the report does not tell it', of({}), { usage: () => usage({ output: 1_000, final: true }) }, 0.012],
    ['a number, as output', of({}), { usage: () => 1_000 }, 0.01],
    ['a cost that the provider reports', of({}), { usage: () => usage({ input: 1, output: 1, cost: 0.25, final: true }) }, 0.25],
    ['a price of the request', of({}), { usage: () => 0, price: { ...price, request: 0.5 } }, 0.5],
    ['input and what was counted, when it is cut off', concat(answer, broken), {}, 0.002_02],
    ['a report that is not final, when it is cut off', concat(of('a'), broken), { usage: () => usage({ input: 2_000, output: 100 }) }, 0.005],
    ['what was counted beyond a report, when it is cut off', concat(answer, broken), { usage: () => usage({ input: 2_000 }) }, 0.004_02],
    ['a reported cost, when it is cut off', concat(of('a'), broken), { usage: () => usage({ cost: 0.4 }) }, 0.4],
    ['a total, when it is cut off', concat(of({}), broken), { usage: () => usage({ total: 50_000 }) }, 0.5],
    ['nothing, when nothing was billed', throwError(() => ({ status: 429 })), {}, 0],
    ['the input, when it fails before it says anything', broken, {}, 0.002],
    ['a number of an estimate as output', broken, { estimate: 10_000 }, 0.1],
  ])('T6: costs %s', (_, source, options, cost) => {
    const { left } = leftOf(source, { estimate, ...options } as never);
    expect(left).toBeCloseTo(1 - cost, 6);
  });

  it('T6: costs what was counted when it is unsubscribed', () => {
    expect(leftOf(concat(answer, NEVER), { estimate }, 'unsubscribe').left).toBeCloseTo(1 - 0.002_02, 6);
  });

  it('T6: reserves the cost of the estimate, and refuses what does not fit', () => {
    const budget = new TokenBudget({ limits: inTotal(0.25), counts: 'cost', scheduler: new FakeScheduler() });
    const errors: unknown[] = [];
    for (let call = 0; call < 3; call += 1) {
      NEVER.pipe(tokenBudget(budget, { estimate: () => estimate, price })).subscribe({ error: (error) => errors.push(error) });
    }
    (budget.scheduler as FakeScheduler).run(0);
    expect(budget.state).toEqual({ limits: [{ limit: 0.25, used: 0, reserved: 0.204, remaining: 0.046 }], remaining: 0.046 });
    expect(errors).toEqual([new TokenBudgetExceededError({ requested: 0.102, remaining: 0.046, limit: 0.25, reason: 'budget', counts: 'cost' })]);
  });

  it('T6, T4: cuts an answer by what it costs', () => {
    const { seen, left } = leftOf(of('a'.repeat(4_000), 'b'.repeat(4_000), 'c'), { estimate: { input: 0, output: 0 }, overrun: 'error' }, 'end', 0.015);
    expect(seen.map((each) => (typeof each === 'string' ? each[0] : each))).toEqual([
      'a', 'b', new TokenBudgetExceededError({ requested: 0.02, remaining: 0.005, limit: 0.015, reason: 'budget', counts: 'cost' }),
    ]);
    expect(left).toBe(-0.005);
  });

  it('T6, T4: cuts it by what a foreign budget says', () => {
    const reservation = { tokens: 0.5, report: () => false, settle: () => undefined, refund: () => undefined };
    const budget: Budget = { counts: 'cost', reserve: () => of(reservation) };
    const seen: unknown[] = [];
    of('abcd').pipe(tokenBudget(budget, { estimate, price, overrun: 'error' })).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    expect(seen).toEqual(['abcd', new TokenBudgetExceededError({ requested: 0.002_01, remaining: 0, limit: 0.5, reason: 'budget', counts: 'cost' })]);
  });

  it('T6: a call without a price is a TypeError of that call, which is not retried', () => {
    const { seen, left } = leftOf(of('a'), { estimate, price: undefined });
    expect(seen).toEqual([new TypeError('The call must have a price, because its budget counts cost: give price: { input, output }')]);
    expect([left, classifyError(seen[0])]).toEqual([1, 'fatal']);
  });

  it('C2: refuses a price that is none', () => {
    const budget = new TokenBudget({ limits: inTotal(1), counts: 'cost' });
    expect(() => tokenBudget(budget, { estimate: 5, price: { input: 1, output: -1 } })).toThrow(new RangeError('tokenBudget: price: output must be a number of at least 0, got -1'));
    expect(() => tokenBudget(budget, { estimate: 5, price: { input: 1 } as never })).toThrow(new TypeError('tokenBudget: price: output must be given, got undefined'));
  });

  it('T6: a budget of tokens takes no notice of prices', () => {
    const budget = new TokenBudget({ limits: inTotal(100) });
    of('abcd').pipe(tokenBudget(budget, { estimate: { input: 10, output: 5 }, price })).subscribe();
    expect(budget.remaining).toBe(89);
  });

  it('T6: at a dollar a token, money and tokens are the same, whatever happens', () => {
    const each = { input: 1e6, output: 1e6 };
    const amount = fc.integer({ min: 0, max: 9 });
    const said = fc.oneof(amount, fc.record({ input: fc.option(amount, { nil: undefined }), output: fc.option(amount, { nil: undefined }), final: fc.boolean() }), fc.constant(undefined));
    const value = fc.record({ text: fc.string({ maxLength: 30 }), said });
    const step = fc.record({ estimate: fc.oneof(amount, fc.record({ input: amount, output: amount })), values: fc.array(value, { maxLength: 5 }), end: fc.constantFrom('complete', 'error', 'leave') });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 8 }), fc.constantFrom('allow', 'error'), fc.integer({ min: 1, max: 60 }), (steps, overrun, most) => {
        const told = (counts: 'tokens' | 'cost') => {
          const lines: unknown[] = [];
          run(() => {
            const budget = new TokenBudget({ limits: inTotal(60), maxTokensPerRequest: most, counts });
            for (const { estimate: expected, values, end } of steps) {
              let observer: Observer<(typeof values)[number]> | undefined;
              const source = new Observable<(typeof values)[number]>((subscriber) => {
                observer = subscriber;
              });
              const call = source
                .pipe(tokenBudget(budget, { estimate: expected, price: each, usage: (one) => one.said as Usage, count: (one) => one.text.length / 4, overrun }))
                .subscribe({ error: (error) => lines.push(error.name ?? error) });
              for (const one of values) {
                observer?.next(one);
                lines.push(budget.state.remaining);
              }
              if (end === 'leave') {
                call.unsubscribe();
              } else if (end === 'error') {
                observer?.error('broken');
              } else {
                observer?.complete();
              }
              lines.push(budget.state);
            }
          });
          return lines;
        };
        expect(told('cost')).toEqual(told('tokens'));
      }),
      { numRuns: runs(200) },
    );
  });
});
