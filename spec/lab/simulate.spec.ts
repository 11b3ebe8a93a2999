import { Observable, of, throwError } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { keyed, perMinute, perSecond, RateLimiter, ResilientClient, TokenBudget, tokenBucket } from '../../src/index';
import { type Progress, poisson, type SimulateConfig, simulate, times } from '../../src/lab';
import { fixedWindow } from '../../src/testing';

const small: SimulateConfig = {
  duration: 60_000,
  arrivals: poisson(2),
  request: () => ({ input: 100, output: 50 }),
  client: (scheduler) => new ResilientClient({ scheduler }),
};
const simulated = (config: Partial<SimulateConfig>) => simulate({ ...small, ...config });

describe('simulate', () => {
  it('X1: tells what became of calls that nothing holds up', async () => {
    const report = await simulated({ arrivals: times([0, 500, 59_000]), provider: { latency: 200, tokensPerSecond: 100 } });
    expect(report).toMatchObject({
      ...{ name: 'simulation', seed: 1, duration: 60_000, calls: 3, answered: 3, refused: {}, failed: 0, failures: {}, unfinished: 0 },
      ...{ requests: 3, throttled: 0, hedges: 0, retries: 0, peakPerSecond: 2, tokens: { billed: 450, wasted: 0 } },
      wait: { p50: 0, max: 0 },
      firstToken: { mean: 200, max: 200 },
      whole: { mean: 700, max: 700 },
    });
    expect(report.binds).toBeUndefined();
    expect(report.cost).toBeUndefined();
    expect(report.ended).toBe(60_000);
  });

  it('X1: the same seed gives the same report, jitter of a client without `random` and promises of `validate` included', async () => {
    const config: Partial<SimulateConfig> = {
      provider: { limits: fixedWindow({ limit: 60, window: 60_000 }), faults: { serverError: 0.2, cut: 0.1 }, latency: (random) => 500 * random() },
      client: (scheduler) => new ResilientClient({ scheduler, retryBackoff: {}, circuitBreak: {}, defaults: { validate: async () => undefined } }),
      request: (random) => ({ input: 100, output: Math.ceil(100 * random()) }),
    };
    const usual = Math.random;
    const [one, again, other] = [await simulated(config), await simulated(config), await simulated({ ...config, seed: 2 })];
    expect(JSON.stringify(again)).toBe(JSON.stringify(one));
    expect(again).toEqual(one);
    expect(JSON.stringify(other)).not.toBe(JSON.stringify(one));
    expect(one.retries).toBeGreaterThan(0);
    expect(Math.random).toBe(usual);
  });

  it('X1: goes on until all calls have ended', async () => {
    const report = await simulated({
      arrivals: times(Array(100).fill(0)),
      duration: 1_000,
      client: (scheduler) => new ResilientClient({ rateLimit: { limits: perSecond(10) }, scheduler }),
    });
    expect(report).toMatchObject({ calls: 100, answered: 100, unfinished: 0 });
    expect(report.ended).toBeGreaterThanOrEqual(9_700);
    expect(report.wait).toMatchObject({ max: 9_000, mean: 4_500 });
    expect(report.binds).toEqual({ guard: 'limiter', limit: 'limiter.requests: 10 in 1 s', calls: 90 });
    expect(report.series.waiting[0]).toBe(90);
    expect(report.series.time).toHaveLength(report.series.calls.length);
    expect(report.series.answered.reduce((sum, each) => sum + each)).toBe(100);
  });

  it('X2: names the limit that is used most, of those that are used up', async () => {
    const report = await simulated({
      arrivals: times(Array(200).fill(0)),
      client: (scheduler) => new ResilientClient({ rateLimit: { limits: { requests: perSecond(20), tokens: perSecond(3_000) } }, scheduler }),
    });
    expect(report.binds).toMatchObject({ guard: 'limiter', limit: 'limiter.requests: 20 in 1 s' });
    expect(report.utilisation['limiter.tokens: 3000 in 1 s']!.max).toBe(1);
  });

  it('X1: ends where calls never would, and counts them', async () => {
    const report = await simulated({ arrivals: times([0, 1_000]), provider: { faults: { stall: 1 } } });
    expect(report).toMatchObject({ calls: 2, answered: 0, unfinished: 2 });
  });

  it('X2: counts refusals by reason, and failures by kind', async () => {
    const requests = [{ input: 1, output: 2_000 }, { input: 1, output: 1 }, { input: 1, output: 1 }];
    const refused = await simulated({
      arrivals: times([0, 0, 0]),
      request: (_random, n) => requests[n]!,
      client: (scheduler) =>
        new ResilientClient({ rateLimit: { limits: perMinute(1), maxQueue: 0 }, tokenBudget: { limits: perMinute(1_000) }, scheduler }),
    });
    expect(refused).toMatchObject({ answered: 1, failed: 0, refused: { budget: 1, 'queue-full': 1 }, requests: 1 });

    const down = await simulated({
      provider: { faults: { serverError: 1 } },
      client: (scheduler) => new ResilientClient({ circuitBreak: {}, scheduler }),
    });
    expect(down.refused['circuit-open']).toBeGreaterThan(50);
    expect(down.failures['transient']).toBe(down.failed);
    expect(down.binds).toMatchObject({ guard: 'breaker' });

    const flooded = await simulated({
      request: (_random, n) => ({ input: 1, output: 1, key: `user ${n}` }),
      client: (scheduler) =>
        new ResilientClient({ rateLimit: keyed(() => new RateLimiter({ limits: perMinute(1), scheduler }), { maxKeys: 1 }), scheduler }),
    });
    expect(flooded.refused['key-limit']).toBeGreaterThan(0);
  });

  it('X2: counts 429s and retries, and what the retry holds up', async () => {
    const report = await simulated({
      provider: { limits: fixedWindow({ limit: 30, window: 60_000 }) },
      client: (scheduler) => new ResilientClient({ retryBackoff: { maxRetries: 5 }, scheduler }),
    });
    expect(report.throttled).toBeGreaterThan(20);
    expect(report.requests).toBe(report.calls + report.retries);
    expect(report.binds).toMatchObject({ guard: 'retry' });
    expect(report.answered).toBe(report.calls);
  });

  it('X2: tells tokens that are in no answer, and what all tokens cost', async () => {
    const report = await simulated({
      arrivals: times([0, 10_000]),
      provider: { latency: 100, tokensPerSecond: 10, maxChunks: 50, faults: { stall: (elapsed) => (elapsed < 5_000 ? 1 : 0) } },
      client: (scheduler) => new ResilientClient({ timeout: { total: 7_000 }, scheduler }),
      price: { input: 10, output: 100, request: 1 },
    });
    expect(report).toMatchObject({ calls: 2, answered: 1, failed: 1, failures: { transient: 1 } });
    expect(report.tokens.billed).toBeGreaterThanOrEqual(250);
    expect(report.tokens.wasted).toBe(report.tokens.billed - 150);
    const output = report.tokens.billed - 200;
    expect(report.cost).toBeCloseTo((200 * 10 + output * 100) / 1e6 + 2);
  });

  it('X2: tells how much of each limit was used', async () => {
    const report = await simulated({
      arrivals: times(Array.from({ length: 60 }, (_, index) => index * 1_000)),
      provider: { limits: { requests: perMinute(120), tokens: tokenBucket({ capacity: 10, refill: 18_000, interval: 60_000 }) } },
      request: () => ({ input: 5, output: 5 }),
      client: (scheduler) =>
        new ResilientClient({
          rateLimit: [keyed(() => new RateLimiter({ limits: perMinute(1_000), scheduler })), new RateLimiter({ limits: perMinute(100), scheduler })],
          tokenBudget: new TokenBudget({ limits: perMinute(1_200), scheduler }),
          defaults: { key: 'all' },
          scheduler,
        }),
    });
    expect(Object.keys(report.utilisation)).toEqual([
      ...['limiter.1.requests: 100 in 60 s', 'budget: 1200 in 60 s'],
      ...['provider.requests: 120 in 60 s', 'provider.tokens: 18000 in 60 s'],
    ]);
    expect(report.utilisation['limiter.1.requests: 100 in 60 s']!.max).toBe(0.6);
    expect(report.utilisation['budget: 1200 in 60 s']!.max).toBe(0.5);
    expect(report.utilisation['provider.requests: 120 in 60 s']!.mean).toBeCloseTo(0.5, 1);
  });

  it('X2: tells of tenants, else of keys, of the first twenty', async () => {
    const report = await simulated({ request: (_random, n) => ({ input: 1, output: 1, key: `user ${n % 50}`, priority: 1 }) });
    expect(Object.keys(report.tenants)).toHaveLength(20);
    expect(report.tenants['user 0']).toMatchObject({ calls: Math.ceil(report.calls / 50), wait: { max: 0 } });

    const told: unknown[] = [];
    const client = { call: (_open: unknown, options: unknown) => of(told.push(options)) };
    const tenants = await simulated({ arrivals: times([0]), request: () => ({ input: 1, output: 1, tenant: 'one', key: { user: 'x' } }), client: () => client });
    expect(tenants.tenants['one']).toMatchObject({ calls: 1, answered: 1 });
    expect(told[0]).toMatchObject({ tokens: { input: 1, output: 1 }, tenant: 'one', key: { user: 'x' } });
  });

  it('X2: knows a hedge: an attempt that begins while another one of the call runs', async () => {
    // A client that asks twice at once, and takes the second answer.
    const client = {
      call: (open: (signal: unknown, attempt: unknown) => Observable<unknown>) => {
        const [first, second] = [open(undefined, {}), open(undefined, {})];
        return new Observable<unknown>((subscriber) => {
          const running = first.subscribe();
          subscriber.add(second.subscribe({ next: (value) => running.unsubscribe() ?? subscriber.next(value), complete: () => subscriber.complete() }));
        });
      },
    };
    const report = await simulated({ arrivals: times([0]), client: () => client, provider: { latency: 10 } });
    expect(report).toMatchObject({ calls: 1, answered: 1, requests: 2, hedges: 1, retries: 0, tokens: { billed: 250, wasted: 100 } });
  });

  it('X1: hands several providers to a router by the names of its routes, each with its price', async () => {
    const router = {
      call: (open: { [route: string]: (signal: unknown, attempt: unknown) => Observable<unknown> }) => open['eu']!(undefined, {}),
      state: { routes: { eu: { limiter: { limits: { requests: [{ limit: 10, used: 5, remaining: 5 }] } } } } },
    };
    const report = await simulated({
      arrivals: times([0]),
      providers: { us: {}, eu: { limits: perMinute(10) } },
      client: () => router,
      price: { eu: { input: 1_000, output: 0 }, us: { input: 2_000, output: 0 } },
    });
    expect(report).toMatchObject({ calls: 1, answered: 1, cost: 0.1 });
    expect(report.utilisation).toMatchObject({ 'routes.eu.limiter.requests: 10': { mean: 0.5, max: 0.5 }, 'eu.requests: 10 in 60 s': {} });
  });

  it('tells how far it is', async () => {
    const told: Progress[] = [];
    await simulated({ onProgress: (progress) => told.push(progress) });
    expect(told.at(-1)).toMatchObject({ duration: 60_000, open: 0 });
    expect(told.at(-1)!.now).toBeGreaterThanOrEqual(60_000);
  });

  it('rejects with what the functions of its config throw', async () => {
    const failing = () => { throw new Error('mine'); };
    await expect(simulated({ request: failing })).rejects.toThrow('mine');
    await expect(simulated({ client: failing })).rejects.toThrow('mine');
    await expect(simulated({ request: () => ({ input: 1, output: 1, priority: 'high' as never }) })).rejects.toThrow('priority');
    const report = await simulated({ client: () => ({ call: () => throwError(() => new Error('odd')) }) });
    expect(report.failures).toEqual({ unknown: report.calls });
    expect(report.wait.max).toBe(0);
  });

  it('C2: refuses mistakes in its config, with the option and its value', async () => {
    const refusals: [Partial<SimulateConfig>, string][] = [
      [{ duration: 0 }, 'simulate: duration must be a finite number above 0, got 0'],
      [{ duration: undefined as never }, 'simulate: duration must be given'],
      [{ arrivals: 5 as never }, 'simulate: arrivals must be made by poisson() or times(), got 5'],
      [{ bucket: 1, duration: 60_000 }, 'simulate: bucket must be at least duration / 10000, got 1'],
      [{ provider: {}, providers: {} }, 'simulate: provider and providers exclude each other, got both'],
      [{ client: () => ({}) as never }, 'simulate: client must return a client with call(), got {}'],
      [{ client: () => undefined as never }, 'simulate: client must return a client with call(), got undefined'],
      [{ seed: 1.5 }, 'seed'],
      [{ durations: 1 } as never, 'simulate: unknown option durations'],
      [{ price: { input: -1, output: 1 } }, 'simulate: price: input'],
    ];
    for (const [config, message] of refusals) {
      await expect(simulated(config), message).rejects.toThrow(message);
    }
  });
});
