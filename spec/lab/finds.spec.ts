import type { SchedulerLike } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { perSecond, ResilientClient, RetryBudget } from '../../src/index';
import { poisson, type Report, simulate } from '../../src/lab';
import { fixedWindow } from '../../src/testing';

const size = () => ({ input: 100, output: 100 });

/** What was measured by hand, found by the lab: in each case a guard off, and on. */
describe('the lab finds', () => {
  it('X2: the burst after a pause without the pace: everybody who waited comes at once', async () => {
    // The client does not know the quota: only the provider's 429s hold it back.
    const burst = (pace: boolean) =>
      simulate({
        ...{ duration: 600_000, arrivals: poisson(4), request: size, bucket: 1_000 },
        provider: { limits: fixedWindow({ limit: 120, window: 60_000 }) },
        client: (scheduler) => new ResilientClient({ retryBackoff: { maxRetries: 10 }, rateLimit: { limits: perSecond(1_000), pace }, scheduler }),
      });
    const [without, paced] = [await burst(false), await burst(true)];
    // On average 4 calls come in a second. After the pauses there are ten times as many, and most are refused once more.
    expect(without.peakPerSecond).toBeGreaterThan(40);
    expect(without.throttled).toBeGreaterThan(without.answered);
    expect(paced.peakPerSecond).toBeLessThan(0.5 * without.peakPerSecond);
    expect(paced.throttled).toBeLessThan(0.2 * without.throttled);
    expect(paced.answered).toBeGreaterThanOrEqual(without.answered);
  });

  it('X2: that a greedy tenant starves the others without `fair`', async () => {
    const [one, fair] = [await tenants(false), await tenants(true)];
    // One line for all: whoever asks for little waits as long as the one who asks for ten times too much.
    expect(one.tenants['small']!.wait.p50).toBeGreaterThan(60_000);
    expect(one.tenants['small']!.wait.p50).toBeGreaterThan(0.5 * one.tenants['greedy']!.wait.p50);
    expect(fair.tenants['small']!.wait.p95).toBeLessThan(10_000);
    expect(fair.tenants['quiet']!.wait.p95).toBeLessThan(10_000);
    expect(fair.tenants['greedy']!.wait.p50).toBeGreaterThan(60_000);
    // And nothing of the quota is lost by it.
    expect(Math.abs(fair.ended / one.ended - 1)).toBeLessThan(0.02);
  });

  it('X2: what tight hedges waste: tokens that nobody reads', async () => {
    const hedged = (after: number) =>
      simulate({
        ...{ duration: 600_000, arrivals: poisson(2), request: () => ({ input: 1_000, output: 100 }), provider: { latency: tail } },
        client: (scheduler) => new ResilientClient({ hedge: { after, retryBudget: unbounded(scheduler) }, scheduler }),
      });
    const [tight, loose] = [await hedged(400), await hedged(3_000)];
    expect(tight.hedges / tight.calls).toBeGreaterThan(0.5);
    expect(tight.tokens.wasted / tight.tokens.billed).toBeGreaterThan(0.3);
    expect(loose.hedges / loose.calls).toBeLessThan(0.05);
    expect(loose.tokens.wasted / loose.tokens.billed).toBeLessThan(0.05);
    expect(tight.firstToken.p99).toBeLessThan(loose.firstToken.p99);
  });

  it("X2: that a client's own retry budget bounds that waste", async () => {
    const report = await simulate({
      ...{ duration: 600_000, arrivals: poisson(2), request: () => ({ input: 1_000, output: 100 }), provider: { latency: tail } },
      client: (scheduler) => new ResilientClient({ hedge: { after: 400 }, scheduler }),
    });
    expect(report.hedges).toBeGreaterThan(0);
    expect(report.hedges / report.calls).toBeLessThan(0.12);
    expect(report.tokens.wasted / report.tokens.billed).toBeLessThan(0.12);
  });

  it('X2: what attempts waste that are given up too early', async () => {
    const wasted = async (first: number) => {
      const report = await simulate({
        ...{ duration: 600_000, arrivals: poisson(2), request: () => ({ input: 1_000, output: 100 }), provider: { latency: tail } },
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

/** Most answers begin soon, some late. */
const tail = (random: () => number) => 300 - 600 * Math.log(1 - random());

const unbounded = (scheduler: SchedulerLike) => new RetryBudget({ ratio: 1, minPerSecond: 100, scheduler });

/** Three tenants, of whom one wants far more than there is. */
function tenants(fair: boolean): Promise<Report> {
  return simulate({
    duration: 600_000,
    arrivals: poisson(2),
    request: (random) => ({ ...size(), tenant: random() < 0.9 ? 'greedy' : random() < 0.5 ? 'small' : 'quiet' }),
    client: (scheduler) => new ResilientClient({ rateLimit: { limits: perSecond(1), fair }, scheduler }),
  });
}
