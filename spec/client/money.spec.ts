import { NEVER, of } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { inTotal, keyed, perMinute, pricesOf, ResilientClient, resilient, TokenBudget } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const price = { input: 3, output: 15, cachedInput: 0.3 };
const used = { choices: [{ index: 0, delta: { content: 'a' }, finish_reason: 'stop' }], usage: { prompt_tokens: 10_000, completion_tokens: 1_000, prompt_tokens_details: { cached_tokens: 8_000 } } };

describe('a client with a budget of money', () => {
  it('T6: tokens and cost stand side by side, fed by the same tokens and price', () => {
    const [tokens, dollars] = [new TokenBudget({ limits: perMinute(50_000) }), new TokenBudget({ limits: inTotal(1), counts: 'cost' })];
    const client = new ResilientClient({ tokenBudget: [tokens, dollars], defaults: { price } });
    const running = client.call(() => NEVER, { tokens: { input: 10_000, output: 2_000 } }).subscribe();
    expect([tokens.remaining, dollars.remaining]).toEqual([38_000, expect.closeTo(0.94, 9)]);
    running.unsubscribe();
    expect([tokens.remaining, dollars.remaining]).toEqual([40_000, expect.closeTo(0.97, 9)]);
    client.call(() => of(used), { tokens: { input: 10_000, output: 2_000 } }).subscribe();
    expect([tokens.remaining, dollars.remaining]).toEqual([29_000, expect.closeTo(0.97 - 0.0234, 9)]);
  });

  it('T6: the price of a call is its own, in resilient as well', () => {
    const dollars = new TokenBudget({ limits: inTotal(1), counts: 'cost' });
    const guarded = resilient<string>({ tokenBudget: dollars }, { tokens: 100_000, price: { input: 1, output: 2 } });
    NEVER.pipe(guarded).subscribe();
    expect(dollars.remaining).toBeCloseTo(0.8, 9);
    new ResilientClient({ tokenBudget: dollars, defaults: { price } }).call(() => NEVER, { tokens: 100_000, price: { input: 1, output: 1 } }).subscribe();
    expect(dollars.remaining).toBeCloseTo(0.7, 9);
  });

  it('T6: a call without a price is a TypeError of that call, and not retried', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ tokenBudget: { limits: inTotal(1), counts: 'cost' }, retryBackoff: {}, scheduler });
    const priceOf = pricesOf({ 'gpt-9': { input_cost_per_token: 3e-6, output_cost_per_token: 15e-6 } });
    const messages: string[] = [];
    const ask = (model: string) => client.call(() => of('a'), { tokens: 10, price: priceOf(model) }).subscribe({ error: ({ message }) => messages.push(message) });
    ask('gpt-9');
    ask('unknown');
    scheduler.pass(0);
    expect(messages).toEqual(['The call must have a price, because its budget counts cost: give price: { input, output }']);
    expect(scheduler.timers).toBe(0);
  });

  it('T4: an answer is cut when it has come to more than there is', () => {
    const dollars = new TokenBudget({ limits: inTotal(0.001), counts: 'cost' });
    const client = new ResilientClient({ tokenBudget: dollars, defaults: { price: { input: 1, output: 10 } } });
    const errors: unknown[] = [];
    client.call(() => of('a', 'b', 'c'), { tokens: 10, overrun: 'error', count: () => 60 }).subscribe({ error: ({ name, counts }) => errors.push(name, counts) });
    expect(errors).toEqual(['TokenBudgetExceededError', 'cost']);
    expect(dollars.remaining).toBeCloseTo(-0.0002, 9);
  });
});

describe('a price', () => {
  it('S13: of which no budget makes use is a mistake', () => {
    const make = (config: object) => () => new ResilientClient({ ...config, defaults: { price } });
    expect(make({})).toThrow('ResilientClient: defaults.price has no effect without a budget that counts cost, got {"input":3');
    expect(make({ tokenBudget: { limits: perMinute(1) } })).toThrow(TypeError);
    expect(make({ tokenBudget: keyed(() => new TokenBudget({ limits: perMinute(1) })) })).not.toThrow();
  });

  it('C2: is checked when the call is made', () => {
    const client = new ResilientClient({ tokenBudget: { limits: inTotal(1), counts: 'cost' } });
    expect(() => client.call(() => of(1), { tokens: 1, price: { input: -1, output: 1 } })).toThrow(RangeError);
    expect(() => client.call(() => of(1), { tokens: 1, price: { input: 1 } as never })).toThrow(/price.*output/);
  });
});
