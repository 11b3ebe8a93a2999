import { describe, expect, it } from 'vitest';
import { tokenBucket } from '../../src/index';
import { fixedWindow } from '../../src/testing';
import { crowd } from '../support/crowd';

const bucket = (perSecond: number) => tokenBucket({ capacity: perSecond, refill: perSecond, interval: 1_000 });
const minute = (perSecond: number) => fixedWindow({ limit: 60 * perSecond, window: 60_000 });

/** The promise, for a few of the settings of `npm run control`. */
describe('the promise of the pace: 90 % of what is possible, 5 % refused', () => {
  it.each([
    ['a bucket of 5 a second, no hints', bucket(5), 'none', 300, 0],
    ['a bucket of 20 a second, no hints, first value after 5 s', bucket(20), 'none', 5_000, 0],
    ['a bucket of 5 a second that says retry-after', bucket(5), 'retry-after', 50, 0],
    ['a bucket of 5 a second that tells its limits, streams up to 30 s', bucket(5), 'all', 700, 30],
    ['a minute of 300, no hints', minute(5), 'none', 300, 0],
    ['a minute of 300 that says retry-after', minute(5), 'retry-after', 300, 0],
  ] as const)('L10: %s', (_, limits, hints, latency, stream) => {
    const perSecond = limits.kind === 'bucket' ? limits.refill : limits.limit / 60;
    const drawn = (random: () => number) => latency * (0.5 + random());
    const { answeredPerSecond, refused } = crowd({ provider: { limits, hints, latency: drawn }, limiter: {}, stream });
    const possible = Math.min(perSecond, 200 / (latency / 1_000 + stream / 2));
    expect(answeredPerSecond / possible).toBeGreaterThan(0.9);
    expect(refused).toBeLessThan(0.05);
  });

  it('L10: without a pace most requests are refused', () => {
    const { refused } = crowd({ provider: { limits: bucket(10), hints: 'none' }, limiter: { pace: false, throttlePause: 0 } });
    expect(refused).toBeGreaterThan(0.2);
  });
});
