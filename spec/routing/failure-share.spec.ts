import { describe, expect, it } from 'vitest';
import { FailureShare } from '../../src/routing/failure-share';

const counted = (...outcomes: boolean[]) => {
  const share = new FailureShare();
  for (const outcome of outcomes) {
    share.count(outcome, 0);
  }
  return share;
};

describe('the share of failures', () => {
  it('is 0 without calls, else that of the calls', () => {
    expect([counted().of(5), counted(true).of(0), counted(true, false, false, true).of(0)]).toEqual([0, 1, 0.5]);
  });

  it('is forgotten by half every 30 s while no call ends', () => {
    const share = counted(true);
    expect([share.of(30_000), share.of(60_000)]).toEqual([0.5, 0.25]);
  });

  it('counts calls by half that are 30 s older', () => {
    const share = counted(true, true);
    share.count(false, 30_000);
    expect(share.of(30_000)).toBe(0.5);
  });

  it('forgets what was before it came back within 60 s, but nothing that fails afterwards', () => {
    const share = counted(true);
    share.back(0);
    expect([share.of(0), share.of(30_000), share.of(60_000), share.of(90_000)]).toEqual([1, 0.25, 0, 0]);
    share.count(true, 90_000);
    expect(share.of(90_000)).toBeCloseTo(1 / 1.125);
    share.back(90_000);
    share.back(120_000);
    expect(share.of(120_000)).toBeCloseTo((0.5 * 0.5) / 1.125);
  });
});
