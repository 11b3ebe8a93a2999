import { concat, NEVER, of, throwError } from 'rxjs';
import { describe, expect, it, vi } from 'vitest';
import { type CallOptions, CircuitBreaker, keyed, type Limiter, perHour, RateLimiter, ResilientClient, type ResilientClientConfig, resilient, TokenBudget, type Usage } from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';

const thousand = perHour(1_000);
const nobody = { error: () => undefined };

describe('the tokens of a call', () => {
  const budget = { tokenBudget: { limits: thousand } };

  it.each<[string, ResilientClientConfig]>([
    ['a budget', budget],
    ['a limit of tokens', { rateLimit: { limits: { tokens: thousand } } }],
    ['a limit of input tokens', { rateLimit: { limits: { requests: thousand, inputTokens: thousand } } }],
    ['a limit of output tokens', { rateLimit: { limits: { outputTokens: thousand } } }],
    ['a keyed budget', { tokenBudget: keyed(() => new TokenBudget({ limits: thousand })) }],
  ])('S11: must be said to a client with %s: else a TypeError of that call that says so', (_, config) => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ ...config, retryBackoff: {}, scheduler });
    const open = vi.fn(() => of(1));
    const errors: unknown[] = [];
    client.call(open, { key: 'a' }).subscribe({ error: (error) => errors.push(error) });
    of(1).pipe(client.guard({ key: 'a' })).subscribe({ error: (error) => errors.push(error) });
    expect(errors).toEqual([]); // told like a refusal
    scheduler.pass(0);
    expect(errors).toEqual([1, 2].map(() => expect.objectContaining({ name: 'TypeError', message: expect.stringMatching(/^ResilientClient: the call must say its tokens.*0 is allowed$/) })));
    expect([open.mock.calls, scheduler.timers]).toEqual([[], 0]);
  });

  it('R9: a key that is missing is a mistake as well: it is not retried', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ circuitBreak: keyed(() => new CircuitBreaker()), retryBackoff: {}, scheduler });
    const errors: unknown[] = [];
    // @ts-expect-error the breaker is keyed
    client.call(() => of(1)).subscribe({ error: ({ name }) => errors.push(name) });
    scheduler.pass(0);
    expect([errors, scheduler.timers]).toEqual([['TypeError'], 0]);
  });

  it.each<[string, ResilientClientConfig, CallOptions<number>]>([
    ['0 is allowed', budget, { tokens: 0 }],
    ['or a function', budget, { tokens: () => 0 }],
    ['or in defaults', { ...budget, defaults: { tokens: { input: 1, output: 2 } } }, {}],
    ['not to a client without any', {}, {}],
    ['nor to one that limits requests alone', { rateLimit: { limits: thousand, maxConcurrent: 5 } }, {}],
    ['nor to one whose limiter says nothing of its dimensions', { rateLimit: { acquire: () => of({ cost: {}, settle: () => undefined, refund: () => undefined }) } as Limiter }, {}],
  ])('S11: %s', (_, config, options) => {
    const seen: unknown[] = [];
    new ResilientClient(config).call(() => of(1), options).subscribe({ next: (value) => seen.push(value), error: (error) => seen.push(error) });
    expect(seen).toEqual([1]);
  });

  it('S11: nor to resilient, which takes none for 0', () => {
    const seen: unknown[] = [];
    of(1).pipe(resilient({ tokenBudget: new TokenBudget({ limits: thousand }) })).subscribe((value) => seen.push(value));
    expect(seen).toEqual([1]);
  });

  it('S11: a function is asked for each attempt, with what was delivered', () => {
    const scheduler = new VirtualTime();
    const client = new ResilientClient({ ...budget, rateLimit: { limits: { tokens: thousand, inputTokens: thousand } }, retryBackoff: { baseDelay: 10, jitter: 'none' }, scheduler });
    const asked: unknown[] = [];
    const tokens = (attempt: { number: number; delivered: readonly unknown[] }) => {
      asked.push({ number: attempt.number, delivered: attempt.delivered });
      return { input: 10 * attempt.number, output: 5 };
    };
    const attempts = [concat(of('a', 'b'), throwError(() => new Error('cut'))), NEVER];
    client.call(() => attempts.shift()!, { tokens, afterValues: 'continue', count: () => 1 }).subscribe();
    expect(client.budget.state.limits[0]).toMatchObject({ used: 12, reserved: 0 });
    scheduler.pass(10);
    expect(asked).toEqual([{ number: 1, delivered: [] }, { number: 2, delivered: ['a', 'b'] }]);
    expect(client.budget.state.limits[0]).toMatchObject({ used: 12, reserved: 25 });
    expect(client.limiter.state.limits.inputTokens[0]).toMatchObject({ used: 30 });
  });

  it('S11: what a function returns is checked, as an error of the call', () => {
    const client = new ResilientClient({ ...budget, retryBackoff: {} });
    const seen: unknown[] = [];
    client.call(() => of(1), { tokens: () => -1 }).subscribe({ error: ({ message }) => seen.push(message) });
    expect(seen).toEqual(['call: tokens must be a finite number of at least 0, got -1']);
  });

  it('C2: refuses tokens of a wrong kind, and knows a function', () => {
    const client = new ResilientClient({});
    expect(() => client.call(() => of(1), { tokens: '5' as never })).toThrow(/tokens must be a number of tokens or \{ input, output \}/);
    expect(() => client.call(() => of(1), { weigh: 5 as never })).toThrow('ResilientClient: weigh must be a function, got 5');
    expect(() => client.call(() => of(1), { failure: true as never })).toThrow('ResilientClient: failure must be a function or false, got true');
    expect(() => client.call(() => of(1), { validate: 'x' as never })).toThrow('ResilientClient: validate must be a function, got "x"');
  });
});

describe('weigh', () => {
  const usage: Usage = { input: 100, cachedInput: 80, output: 7, final: true };
  const cost = { tokens: { input: 200, output: 50 } };

  /** What a call comes to in limiter and budget. */
  function usedBy(options: CallOptions<number>, source = of(1)) {
    const client = new ResilientClient({
      rateLimit: new RateLimiter({ limits: { requests: thousand, tokens: thousand, inputTokens: thousand, outputTokens: thousand } }),
      tokenBudget: { limits: thousand },
    });
    client.call(() => source, { ...cost, usage: () => usage, ...options }).subscribe(nobody);
    const { tokens, inputTokens, outputTokens } = client.limiter.state.limits;
    return [tokens[0]!.used, inputTokens[0]!.used, outputTokens[0]!.used, 1_000 - client.budget.remaining];
  }

  it('S11: says what a usage takes of the limiter; the budget counts the whole usage', () => {
    expect(usedBy({})).toEqual([107, 100, 7, 107]);
    const weigh = ({ input = 0, cachedInput = 0, output = 0 }: Usage) => ({ tokens: input - cachedInput + output, inputTokens: input - cachedInput, outputTokens: output });
    expect(usedBy({ weigh })).toEqual([27, 20, 7, 107]);
  });

  it('S11: what it leaves out keeps what was taken', () => {
    expect(usedBy({ weigh: () => ({ inputTokens: 20 }) })).toEqual([250, 20, 50, 107]);
  });

  it('S11: is asked of what was merged, and not where no usage was reported', () => {
    const weigh = vi.fn(() => ({ tokens: 1 }));
    const parts: Usage[] = [{ input: 100, final: false }, { output: 7, final: true }];
    expect(usedBy({ weigh, usage: () => parts.shift() }, of(1, 2))[0]).toBe(1);
    expect(weigh.mock.calls).toEqual([[{ input: 100, output: 7, total: 107, final: true }]]);
    expect(usedBy({ weigh, usage: () => undefined })[0]).toBe(250);
    expect(usedBy({ weigh, usage: () => 30 })[0]).toBe(30);
    expect(weigh).toHaveBeenCalledOnce();
  });

  it('C2: what it returns is checked', () => {
    const seen: unknown[] = [];
    const client = new ResilientClient({ rateLimit: { limits: { tokens: thousand } } });
    client.call(() => of(1), { tokens: 1, usage: () => usage, weigh: () => ({ tokens: -1 }) }).subscribe({ error: ({ message }) => seen.push(message) });
    expect(seen).toEqual([expect.stringMatching(/^call: weigh.*-1/)]);
  });
});
