import { describe, expect, expectTypeOf, it } from 'vitest';
import { costOf } from '../../src/budget/cost-of';
import type { Price } from '../../src/budget/price';
import { pricesOf } from '../../src/budget/prices-of';
import type { Usage } from '../../src/provider';
import { fc } from '../support/property';
import table from './litellm-sample.json';

const plain: Price = { input: 3, output: 15 };
const full: Price = { input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75, reasoning: 20, request: 0.01 };
const million = 1_000_000;
const used = (usage: Partial<Usage>): Usage => ({ final: true, ...usage });

describe('costOf', () => {
  it.each<[string, Usage | number | { input: number; output: number }, Price, number]>([
    ['an estimate', { input: million, output: million }, plain, 18],
    ['a number, as output', million, plain, 15],
    ['nothing', 0, plain, 0],
    ['nothing but a request', 0, full, 0.01],
    ['input and output', used({ input: million, output: 2 * million, total: 3 * million }), plain, 33],
    ['a total, as output', used({ total: million }), plain, 15],
    ['a total and input', used({ input: million, total: 2 * million }), plain, 18],
    ['a total and output', used({ output: million, total: 2 * million }), plain, 18],
    ['input alone', used({ input: million }), plain, 3],
    ['output alone', used({ output: million }), plain, 15],
    ['more in total than input and output, as output', used({ input: million, output: million, total: 3 * million }), plain, 33],
    ['less in total than input and output', used({ input: million, output: million, total: million }), plain, 18],
    ['cached input without a price of its own', used({ input: million, cachedInput: million, output: 0 }), plain, 3],
    ['cached input', used({ input: million, cachedInput: 900_000, output: 0 }), full, 0.3 + 0.27 + 0.01],
    ['cache writes', used({ input: million, cacheWrite: million, output: 0 }), full, 3.76],
    ['cache reads and writes', used({ input: million, cachedInput: million / 2, cacheWrite: million / 4, output: 0 }), full, 0.15 + 0.9375 + 0.75 + 0.01],
    ['more in the cache than was read', used({ input: million, cachedInput: 2 * million, cacheWrite: million, output: 0 }), full, 0.31],
    ['reasoning', used({ input: 0, output: million, reasoning: million / 2 }), full, 17.51],
    ['reasoning without a price of its own', used({ input: 0, output: million, reasoning: million / 2 }), plain, 15],
    ['what the provider says', used({ input: million, output: million, cost: 0.5 }), full, 0.5],
    ['what the provider says to be free', used({ input: million, output: million, cost: 0 }), full, 0],
  ])('T6: prices %s', (_, usage, price, cost) => {
    expect(costOf(usage, price)).toBeCloseTo(cost, 10);
  });

  it('T6: is never below 0, and grows with every amount but the cheaper ones', () => {
    const amount = fc.integer({ min: 0, max: 10_000 });
    const usage = fc.record({ input: amount, cachedInput: amount, cacheWrite: amount, output: amount, reasoning: amount });
    fc.assert(
      fc.property(usage, amount, (given, more) => {
        const cost = costOf(used(given), full);
        expect(cost).toBeGreaterThanOrEqual(0.01);
        expect(costOf(used({ ...given, input: given.input + more }), full)).toBeGreaterThanOrEqual(cost - 1e-12);
        expect(costOf(used({ ...given, output: given.output + more }), full)).toBeGreaterThanOrEqual(cost - 1e-12);
      }),
    );
  });

  it.each<[unknown, unknown, string]>([
    [5, { input: 1 }, 'costOf: price: output must be given, got undefined'],
    [5, { input: -1, output: 1 }, 'costOf: price: input must be a number of at least 0, got -1'],
    [5, { input: 1, output: Number.NaN }, 'costOf: price: output must be a number of at least 0, got NaN'],
    [5, { ...plain, request: -0.1 }, 'costOf: price: request must be a number of at least 0, got -0.1'],
    [5, { ...plain, cached: 1 }, 'costOf: price: unknown option cached: 1; known are input, output, cachedInput, cacheWrite, reasoning, request'],
    [5, undefined, 'costOf: price: options must be an object, got undefined'],
    [-5, plain, 'costOf: usage must be a finite number of at least 0, got -5'],
    ['5', plain, 'costOf: usage must be a number of tokens, { input, output } or a Usage, got "5"'],
    [null, plain, 'costOf: usage must be a number of tokens'],
    [{ input: -1, output: 1 }, plain, 'costOf: usage.input must be a finite number of at least 0, got -1'],
    [used({ cost: Number.NaN }), plain, 'costOf: usage.cost must be a finite number of at least 0, got NaN'],
  ])('C2: refuses %j at %j', (usage, price, message) => {
    expect(() => costOf(usage as never, price as never)).toThrow(message);
  });
});

describe('pricesOf', () => {
  it('T6: reads a table as LiteLLM publishes it', () => {
    const priceOf = pricesOf(table);
    expect(priceOf('house/large-1')).toEqual({ input: 3, output: 15, cachedInput: 0.3, cacheWrite: 3.75 });
    expect(priceOf('house/small-1')).toEqual({ input: 0.15, output: 0.6, reasoning: 0.9 });
    expect(priceOf('house/search-1')).toEqual({ input: 1, output: 1, request: 0.005 });
    expect(priceOf('house/embed-1')).toEqual({ input: 0.02, output: 0 });
    expect(['house/draw-1', 'large-1', 'toString', '__proto__'].map(priceOf)).toEqual([undefined, undefined, undefined, undefined]);
    expectTypeOf(priceOf).returns.toEqualTypeOf<Price | undefined>();
  });

  it('T6: reads a table of prices, and has a price for every model if there is a fallback', () => {
    const priceOf = pricesOf({ a: plain }, full);
    expect([priceOf('a'), priceOf('b')]).toEqual([plain, full]);
    expectTypeOf(priceOf).returns.toEqualTypeOf<Price>();
    expect(pricesOf({})('a')).toBeUndefined();
  });

  it.each<[unknown, unknown, string]>([
    [undefined, undefined, 'pricesOf: table must be an object with a price for each model, got undefined'],
    [{ a: { input: 1 } }, undefined, 'pricesOf: table["a"]: output must be given, got undefined'],
    [{ a: { input: 1, output: -2 } }, undefined, 'pricesOf: table["a"]: output must be a number of at least 0, got -2'],
    [{ a: null }, undefined, 'pricesOf: table["a"]: options must be an object, got null'],
    [{ a: 5 }, undefined, 'pricesOf: table["a"]: options must be an object, got 5'],
    [{ a: { input_cost_per_token: -1e-6 } }, undefined, 'pricesOf: table["a"]: input_cost_per_token must be a finite number of at least 0, got -0.000001'],
    [{ a: { output_cost_per_token: '1' } }, undefined, 'pricesOf: table["a"]: output_cost_per_token must be a number, got "1"'],
    [{}, { input: 1, output: -1 }, 'pricesOf: fallback: output must be a number of at least 0, got -1'],
  ])('C2: refuses %j with %j', (given, fallback, message) => {
    expect(() => pricesOf(given as never, fallback as never)).toThrow(message);
  });
});
