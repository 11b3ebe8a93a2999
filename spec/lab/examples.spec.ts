import { describe, expect, it } from 'vitest';
import nightlyBatch, { size } from '../../examples/lab/nightly-batch';
import outage from '../../examples/lab/outage';
import supportChat from '../../examples/lab/support-chat';
import threeTenants from '../../examples/lab/three-tenants';
import threeTenantsFair from '../../examples/lab/three-tenants-fair';
import { ResilientClient } from '../../src/index';
import { simulate, times } from '../../src/lab';

/** What the comments in examples/lab say that one learns. */
describe('examples/lab', () => {
  it('X1: support chat: tokens bind, in the afternoon alone', async () => {
    const report = await simulate(supportChat);
    expect(report.calls).toBeGreaterThan(25_000);
    expect(report.binds).toMatchObject({ guard: 'limiter', limit: 'limiter.tokens: 30000 in 60 s' });
    expect(report.utilisation['limiter.requests: 60 in 60 s']!.max).toBeLessThan(0.9);
    expect(report.throttled).toBe(0);
    const turnedAway = report.refused['wait-too-long']!;
    expect(turnedAway).toBeGreaterThan(100);
    const night = report.series.refused.filter((_, index) => report.series.time[index]! < 8 * 3_600_000);
    expect(night.reduce((sum, each) => sum + each)).toBe(0);
    expect(report.wait.max).toBeLessThanOrEqual(40_000); // twice, where it was tried again
    expect(report.cost).toBeGreaterThan(50);
  });

  it('X1: nightly batch: its end is foretold, and users do not notice it', async () => {
    // A tenth of the batch is enough to see it.
    const small = size / 10;
    const next = (list: readonly number[]) => times(list);
    const chat = Array.from({ length: 600 }, (_, index) => index * 1_000);
    const report = await simulate({
      ...nightlyBatch,
      arrivals: next([...Array<number>(small).fill(0), ...chat]),
      request: (random, n) => nightlyBatch.request(random, n < small ? 0 : size),
    });
    expect(report.answered).toBe(small + 600);
    expect(report.ended).toBeGreaterThanOrEqual((small / 1_000 - 1) * 60_000);
    expect(report.tenants['chat']!.wait.p50).toBeLessThan(60_000);
    expect(report.tenants['batch']!.wait.p50).toBeGreaterThan(4 * 60_000);
  });

  it('X1: three tenants: one line for all starves two of them, a fair limiter does not', async () => {
    const [one, fair] = [await simulate(threeTenants), await simulate(threeTenantsFair)];
    for (const tenant of ['second', 'third']) {
      expect(one.tenants[tenant]!.wait.p50).toBeGreaterThan(10 * 60_000);
      expect(fair.tenants[tenant]!.wait.p95).toBeLessThan(60_000);
    }
    expect(fair.tenants['greedy']!.wait.p50).toBeGreaterThan(one.tenants['greedy']!.wait.p50);
    expect(Math.abs(fair.ended / one.ended - 1)).toBeLessThan(0.02);
  });

  it('X1: outage: the breaker saves the requests, and no storm follows', async () => {
    const guarded = await simulate(outage);
    const bare = await simulate({ ...outage, client: (scheduler) => new ResilientClient({ retryBackoff: {}, scheduler }) });
    expect(guarded.refused['circuit-open']).toBeGreaterThan(900);
    expect(guarded.requests).toBeLessThan(0.7 * bare.requests);
    expect(guarded.binds).toMatchObject({ guard: 'breaker' });
    expect(guarded.peakPerSecond).toBeLessThanOrEqual(bare.peakPerSecond);
  });
});
