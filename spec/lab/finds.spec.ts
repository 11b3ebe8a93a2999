import type { Observable } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CallOptions, hedge, keyed, type Open, perMinute, perSecond, RateLimiter, ResilientClient } from '../../src/index';
import { poisson, type Report, simulate } from '../../src/lab';
import { fixedWindow } from '../../src/testing';

/** What was measured by hand, found by the lab. Guards that are to help against it stand in one place each. */
describe('the lab finds', () => {
  it('X2: the burst after a pause: everybody who waited comes at once', async () => {
    // The client does not know the quota: only the provider's 429s hold it back.
    const report = await simulate({
      duration: 600_000,
      arrivals: poisson(4),
      request: () => ({ input: 100, output: 100 }),
      provider: { limits: fixedWindow({ limit: 120, window: 60_000 }) },
      bucket: 1_000,
      client: (scheduler) =>
        new ResilientClient({ retryBackoff: { maxRetries: 10 }, rateLimit: { limits: perSecond(1_000), ...unpaced }, scheduler }),
    });
    // On average 4 calls come in a second. After the pauses there are ten times as many, and most are refused once more.
    expect(report.peakPerSecond).toBeGreaterThan(40);
    expect(report.throttled).toBeGreaterThan(report.answered);
    const known = await simulate({
      ...{ duration: 600_000, arrivals: poisson(1.8), request: () => ({ input: 100, output: 100 }), bucket: 1_000 },
      provider: { limits: fixedWindow({ limit: 120, window: 60_000 }) },
      client: (scheduler) => new ResilientClient({ retryBackoff: {}, rateLimit: { limits: perSecond(2) }, scheduler }),
    });
    expect(known.peakPerSecond).toBeLessThanOrEqual(4);
    expect(known.throttled).toBe(0);
  });

  it('X2: that a greedy tenant starves the others without fairness', async () => {
    const shared = await tenants((scheduler) => new ResilientClient({ rateLimit: { limits: perMinute(60) }, scheduler }));
    const fair = await tenants((scheduler) => new ResilientClient({
      rateLimit: [keyed(() => new RateLimiter({ limits: perMinute(20), scheduler })), new RateLimiter({ limits: perMinute(60), scheduler })],
      scheduler,
    }));
    // One line for all: whoever asks for little waits as long as the one who asks for ten times too much.
    expect(shared.tenants['small']!.wait.p50).toBeGreaterThan(60_000);
    expect(shared.tenants['small']!.wait.p50).toBeGreaterThan(0.5 * shared.tenants['greedy']!.wait.p50);
    expect(fair.tenants['small']!.wait.p95).toBeLessThan(10_000);
    expect(fair.tenants['greedy']!.wait.p50).toBeGreaterThan(60_000);
  });

  it('X2: what tight hedges waste: tokens that nobody reads', async () => {
    const hedged = (after: number) =>
      simulate({
        duration: 600_000,
        arrivals: poisson(2),
        request: () => ({ input: 1_000, output: 100 }),
        provider: { latency: (random) => 300 - 600 * Math.log(1 - random()) },
        client: (scheduler) => {
          const client = new ResilientClient({ scheduler });
          const call = (open: Open<Observable<unknown>>, options: CallOptions<unknown>) => client.call(open, options).pipe(hedge({ after, scheduler }));
          return { call };
        },
      });
    const [tight, loose] = [await hedged(400), await hedged(3_000)];
    expect(tight.hedges / tight.calls).toBeGreaterThan(0.5);
    expect(tight.tokens.wasted / tight.tokens.billed).toBeGreaterThan(0.3);
    expect(loose.hedges / loose.calls).toBeLessThan(0.05);
    expect(loose.tokens.wasted / loose.tokens.billed).toBeLessThan(0.05);
    expect(tight.firstToken.p99).toBeLessThan(loose.firstToken.p99);
  });

  it('X2: what attempts waste that are given up too early', async () => {
    const wasted = async (first: number) => {
      const report = await simulate({
        duration: 600_000,
        arrivals: poisson(2),
        request: () => ({ input: 1_000, output: 100 }),
        provider: { latency: (random) => 300 - 600 * Math.log(1 - random()) },
        client: (scheduler) => new ResilientClient({ retryBackoff: { baseDelay: 0, jitter: 'none' }, timeout: { first }, scheduler }),
      });
      return { share: report.tokens.wasted / report.tokens.billed, retries: report.retries / report.calls };
    };
    const [tight, loose] = [await wasted(700), await wasted(5_000)];
    expect(tight.share).toBeGreaterThan(0.3);
    expect(tight.retries).toBeGreaterThan(0.4);
    expect(loose.share).toBeLessThan(0.02);
  });
});

/** To be switched to `{ pace: false }` where a limiter paces itself. */
const unpaced = { pace: false };

/** Three tenants, of whom one wants far more than there is. */
function tenants(client: Parameters<typeof simulate>[0]['client']): Promise<Report> {
  return simulate({
    duration: 600_000,
    arrivals: poisson(2),
    request: (random) => ({ input: 100, output: 100, key: random() < 0.9 ? 'greedy' : random() < 0.5 ? 'small' : 'quiet' }),
    client,
  });
}
