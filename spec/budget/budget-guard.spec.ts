import { of, TimeoutError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type BudgetAsking, BudgetGuard } from '../../src/budget/budget-guard';
import { counterOf } from '../../src/budget/counter';
import type { Price } from '../../src/budget/price';
import { TokenBudget } from '../../src/budget/token-budget';
import { type TokenEstimate, totalOf } from '../../src/budget/token-estimate';
import { UsageReader } from '../../src/budget/usage-reader';
import { UsageReading } from '../../src/budget/usage-reading';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import type { Ending } from '../../src/guard/guard';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { budgetReaders, type Usage } from '../../src/provider';
import { perHour } from '../../src/quota/limits';
import { FakeScheduler } from '../support/fake-scheduler';

/** What one value says: a number is a count, the rest is reported. */
type Said = number | { usage: number | Usage; counted?: number };

/** What one value says. */
interface Value {
  readonly usage: number | Usage | undefined;
  readonly counted: number;
}

const reader = new UsageReader<Value>('test', { usage: ({ usage }) => usage }, budgetReaders);
const counter = counterOf<Value>('test', { count: ({ counted }) => counted }, budgetReaders);

/** A call with its reservation. */
function spendingOf(budget: TokenBudget, estimate: TokenEstimate) {
  const guard = new BudgetGuard(budget, budgetReaders);
  const reservation = budget.tryReserve(totalOf('test', 'estimate', estimate))!;
  const reading = new UsageReading(reader, estimate, counter);
  const attempt = { hasValue: false, reading, readOnce };
  return {
    received: () => {
      attempt.hasValue = true;
    },
    delivered: (value: Value) => reading.read(value),
    end: (ending: Ending, error?: unknown) => guard.end(reservation, ending, error, attempt as unknown as BudgetAsking),
  };
}

/** What a call costs that said this and ended so. */
function costOf(estimate: TokenEstimate, ending: Ending, said: readonly Said[]): number {
  const budget = new TokenBudget({ limits: perHour(10_000), scheduler: new FakeScheduler() });
  const spending = spendingOf(budget, estimate);
  for (const each of said) {
    const { usage, counted = 0 } = typeof each === 'number' ? { usage: undefined, counted: each } : each;
    spending.received();
    spending.delivered({ usage, counted });
  }
  spending.end(ending);
  expect(budget.state.limits[0]!.reserved).toBe(0);
  return 10_000 - budget.remaining;
}

const split = { input: 10, output: 90 };
const partial = (usage: Omit<Usage, 'final'>) => ({ usage: { ...usage, final: false } });
const final = (usage: Omit<Usage, 'final'>) => ({ usage: { ...usage, final: true } });

const readOnce = (error: unknown, read: (error: unknown) => unknown) => read(error);

describe('the cost of a call', () => {
  it.each<[Ending, Said[], number, number]>([
    // ending,      what was counted, for an estimate of 100, for { input: 10, output: 90 }
    ['complete',    [],               100, 100],
    ['complete',    [0, 0],           100, 100],
    ['complete',    [20, 20],         100, 50],
    ['complete',    [100, 100],       200, 210],
    ['error',       [],               100, 10],
    ['error',       [0],              100, 10],
    ['error',       [20, 20],         100, 50],
    ['error',       [100, 100],       200, 210],
    ['unsubscribe', [],               100, 10],
    ['unsubscribe', [0],              100, 10],
    ['unsubscribe', [20, 20],         100, 50],
    ['unsubscribe', [100, 100],       200, 210],
  ])('T3: without a report: %s after %j costs %d, or %d with input and output apart', (ending, said, number, apart) => {
    expect(costOf(100, ending, said)).toBe(number);
    expect(costOf(split, ending, said)).toBe(apart);
  });

  it('T3: sums what is counted unrounded, and rounds up once', () => {
    expect(costOf({ input: 0, output: 9 }, 'complete', [0.25, 0.25, 0.25])).toBe(1);
    expect(costOf({ input: 0, output: 9 }, 'unsubscribe', [0.5, 0.5, 0.25])).toBe(2);
    expect(costOf(0, 'complete', [0.1, 0.2])).toBe(1);
  });

  it.each<[Ending, Said[], number, number]>([
    // ending,      what was said                                                        for 100, for { input: 10, output: 90 }
    ['complete',    [partial({ input: 30, output: 5 })],                                 100, 100],
    ['complete',    [partial({ input: 30, output: 5 }), 20],                             100, 50],
    ['complete',    [partial({ input: 300, output: 5 }), 20],                            320, 320],
    ['error',       [partial({ input: 30, output: 5 })],                                 100, 35],
    ['error',       [partial({ input: 30, output: 5 }), 20],                             100, 50],
    ['unsubscribe', [partial({ input: 30, output: 5 }), 20.5],                           100, 51],
    ['unsubscribe', [partial({ input: 30, output: 80 }), 20],                            110, 110],
    ['unsubscribe', [partial({ input: 30 }), 20, partial({ output: 80 })],               110, 110],
    ['unsubscribe', [partial({ output: 80 })],                                           100, 90],
    ['unsubscribe', [partial({ output: 80 }), 120],                                      120, 130],
    ['unsubscribe', [partial({ output: 80 }), partial({ output: 95 })],                  100, 105],
    ['unsubscribe', [partial({ input: 3 })],                                             100, 10],
    ['unsubscribe', [partial({ total: 120 })],                                           120, 120],
  ])('T2: cut off before a final report: %s after %j costs %d, or %d with input and output apart', (ending, said, number, apart) => {
    expect(costOf(100, ending, said)).toBe(number);
    expect(costOf(split, ending, said)).toBe(apart);
  });

  const endings: Ending[] = ['complete', 'error', 'unsubscribe'];

  it.each<[string, Said[], number]>([
    ['input and output', [500, final({ input: 30, output: 5 })], 35],
    ['input, output and total', [final({ input: 30, output: 5, total: 40 })], 40],
    ['total alone', [final({ total: 40 })], 40],
    ['input alone, as for embeddings', [final({ input: 30 })], 30],
    ['merged field by field', [partial({ input: 30, output: 1 }), 500, final({ output: 60 })], 90],
    ['merged after it was final', [partial({ input: 30, output: 1 }), final({ output: 60 }), partial({ output: 61 })], 91],
    ['a number', [500, { usage: 40 }], 40],
    ['a running total', [{ usage: 10 }, { usage: 40, counted: 500 }, 500], 40],
    ['0', [500, { usage: 0 }], 0],
  ])('T2: a final report is the cost, however the call ends and whatever was estimated or counted: %s', (_, said, cost) => {
    for (const ending of endings) {
      expect(costOf(100, ending, said)).toBe(cost);
      expect(costOf(split, ending, said)).toBe(cost);
    }
  });

  it('T2: takes the estimated input where a final report leaves it out', () => {
    expect(costOf(split, 'complete', [final({ output: 20 })])).toBe(30);
    expect(costOf(100, 'complete', [final({ output: 20 })])).toBe(20);
  });

  it('T2: goes into debt for a cost above the reservation', () => {
    expect(costOf(100, 'complete', [final({ total: 10_500 })])).toBe(10_500);
  });

  it('T3: is not refunded once a value was received, even if nothing could be read from it', () => {
    const budget = new TokenBudget({ limits: perHour(1_000), scheduler: new FakeScheduler() });
    const spending = spendingOf(budget, 100);
    spending.received();
    spending.end('error', { status: 500 });
    expect(budget.remaining).toBe(900);
  });

  it.each<[string, unknown, number, number]>([
    // the error,                                                                          what an estimate of 100 costs, or { input: 10, output: 90 }
    ['a status of 400',                   { status: 400 },                                                                0,   0],
    ['a status of 401',                   { status: 401 },                                                                0,   0],
    ['a status of 429',                   { status: 429 },                                                                0,   0],
    ['a status of 500',                   { status: 500 },                                                                0,   0],
    ['a status of 503',                   { status: 503 },                                                                0,   0],
    ['a status of 529',                   { status: 529 },                                                                0,   0],
    ['a status behind a wrapper',         new Error('no', { cause: { status: 503 } }),                                    0,   0],
    ['a status of 408',                   { status: 408 },                                                                100, 10],
    ['a status of 499',                   { status: 499 },                                                                100, 10],
    ['a status of 504',                   { status: 504 },                                                                100, 10],
    ['a status of 524',                   { status: 524 },                                                                100, 10],
    ['a refused connection',              Object.assign(new TypeError('fetch failed'), { cause: { code: 'ECONNREFUSED' } }), 0, 0],
    ['a name that is unknown',            { code: 'ENOTFOUND' },                                                          0,   0],
    ['a timeout while connecting',        { code: 'UND_ERR_CONNECT_TIMEOUT' },                                            0,   0],
    ['a connection that broke',           { code: 'ECONNRESET' },                                                         100, 10],
    ['a timeout while waiting',           { code: 'UND_ERR_HEADERS_TIMEOUT' },                                            100, 10],
    ['a refusal of a breaker',            new CircuitOpenError(),                                                         0,   0],
    ['a refusal of a limiter',            new PermitRefusedError({ reason: 'queue-full', cost: {} }),                     0,   0],
    ['a timeout of ours',                 new TimeoutError(),                                                             100, 10],
    ['an abort',                          new DOMException('aborted', 'AbortError'),                                      100, 10],
    ['an error that nobody knows',        new Error('?'),                                                                 100, 10],
    ['no error at all',                   undefined,                                                                      100, 10],
  ])('T3: what a call costs that failed before its first value: after %s', (_, error, number, apart) => {
    for (const [estimate, cost] of [[100, number], [split, apart]] as const) {
      const budget = new TokenBudget({ limits: perHour(1_000), scheduler: new FakeScheduler() });
      spendingOf(budget, estimate).end('error', error);
      expect([budget.remaining, budget.state.limits[0]!.reserved]).toEqual([1_000 - cost, 0]);
    }
  });

  it('T3: nothing is refunded once a usage was reported, nor for a call that did not fail', () => {
    const refunds = { limits: perHour(1_000), refundOn: () => true, scheduler: new FakeScheduler() };
    const [reported, left, completed] = [new TokenBudget(refunds), new TokenBudget(refunds), new TokenBudget(refunds)];
    const spending = spendingOf(reported, split);
    spending.delivered({ usage: { input: 30, final: false }, counted: 0 });
    spending.end('error', { status: 500 });
    spendingOf(left, split).end('unsubscribe');
    spendingOf(completed, split).end('complete');
    expect([reported.remaining, left.remaining, completed.remaining]).toEqual([970, 990, 900]);
  });

  it('T3: refundOn decides instead, and is asked only for a call that failed before its first value', () => {
    const asked: unknown[] = [];
    const refundOn = (error: unknown) => { asked.push(error); return error === 'free'; };
    const costAfter = (error: unknown, isReceived = false) => {
      const budget = new TokenBudget({ limits: perHour(1_000), refundOn, scheduler: new FakeScheduler() });
      const spending = spendingOf(budget, 100);
      if (isReceived) {
        spending.received();
      }
      spending.end('error', error);
      return 1_000 - budget.remaining;
    };
    const paid = { status: 400 };
    expect([costAfter('free'), costAfter(paid), costAfter('free', true)]).toEqual([0, 100, 100]);
    expect(asked).toEqual(['free', paid]);
  });

  it('C5: what refundOn throws is the error of the call, which costs its estimate', () => {
    const broken = new Error('refundOn');
    const budget = new TokenBudget({ limits: perHour(1_000), refundOn: () => { throw broken; }, scheduler: new FakeScheduler() });
    expect(() => spendingOf(budget, 100).end('error', { status: 400 })).toThrow(broken);
    expect([budget.remaining, budget.state.limits[0]!.reserved]).toEqual([900, 0]);
  });

  it('T3: a budget of another kind has a refundOn of its own, or the usual one', () => {
    const refundOn = vi.fn(() => true);
    for (const [error, more, ends] of [
      [{ status: 400 }, {}, ['refund']],
      [{ status: 504 }, {}, ['settle']],
      [{ status: 504 }, { refundOn }, ['refund']],
    ] as const) {
      const told: string[] = [];
      const reservation = { tokens: 5, report: () => true, settle: () => told.push('settle'), refund: () => told.push('refund') };
      const values = new UsageReading(reader, 5, counter);
      const attempt = { hasValue: false, reading: values, readOnce } as unknown as BudgetAsking;
      new BudgetGuard({ reserve: () => of(reservation), ...more }, budgetReaders).end(reservation, 'error', error, attempt);
      expect(told).toEqual(ends);
    }
    expect(refundOn).toHaveBeenCalledExactlyOnceWith({ status: 504 });
  });
});

describe('totalOf', () => {
  it('is the number, or input and output together', () => {
    expect([totalOf('test', 'estimate', 5), totalOf('test', 'estimate', split)]).toEqual([5, 100]);
  });

  it.each([
    [Number.NaN, 'test: estimate must be a finite number of at least 0, got NaN'],
    [-1, 'test: estimate must be a finite number of at least 0, got -1'],
    [Number.POSITIVE_INFINITY, 'test: estimate must be a finite number of at least 0, got Infinity'],
    [{ input: 1 }, 'test: estimate: output must be given, got undefined'],
    [{ input: -1, output: 1 }, 'test: estimate: input must be a number of at least 0, got -1'],
    [{ input: 1, output: Number.NaN }, 'test: estimate: output must be a number of at least 0, got NaN'],
    [{ input: 1, output: 1, total: 2 }, 'test: estimate: unknown option total: 2; known are input, output'],
    ['100', 'test: estimate must be a number of tokens or { input, output }, got "100"'],
  ])('C2: refuses %j', (estimate, message) => {
    expect(() => totalOf('test', 'estimate', estimate as TokenEstimate)).toThrow(message);
  });
});

describe('an estimate of a wrong type', () => {
  it('C2: is refused with what would be right', () => {
    for (const estimate of ['80', null, true]) {
      expect(() => totalOf('tokenBudget', 'estimate', estimate as never)).toThrow(
        /^tokenBudget: estimate must be a number of tokens or \{ input, output \}, got /,
      );
    }
  });
});

describe('BudgetGuard that is looked at', () => {
  const wants = { tokens: 10, estimate: { input: 4, output: 6 }, overrun: 'allow' } as const;
  const looked = (guard: BudgetGuard, price?: Price) => guard.check({ wants: { ...wants, price } } as unknown as BudgetAsking);
  const price = { input: 1e6, output: 2e6 };

  it('S1: says whether there is room, by tokens or by their price', () => {
    const [tokens, cost] = [new TokenBudget({ limits: perHour(10) }), new TokenBudget({ limits: perHour(16), counts: 'cost' })];
    expect([looked(new BudgetGuard(tokens, budgetReaders)), looked(new BudgetGuard(cost, budgetReaders), price)]).toEqual([true, true]);
    tokens.record(1);
    cost.record(1);
    expect([looked(new BudgetGuard(tokens, budgetReaders)), looked(new BudgetGuard(cost, budgetReaders), price)]).toEqual([false, false]);
  });

  it('T6: objects to a call without a price: then the call is asked, and says why', () => {
    expect(looked(new BudgetGuard(new TokenBudget({ limits: perHour(16), counts: 'cost' }), budgetReaders))).toBe(false);
  });

  it('S1: asks a budget of another kind, in what it counts', () => {
    const check = vi.fn((_amount: number) => false);
    const other = { check, reserve: () => of() };
    expect([looked(new BudgetGuard(other, budgetReaders)), looked(new BudgetGuard({ ...other, counts: 'cost' }, budgetReaders), price), looked(new BudgetGuard({ reserve: () => of() }, budgetReaders))]).toEqual([false, false, true]);
    expect(check.mock.calls).toEqual([[10], [16]]);
  });
});
