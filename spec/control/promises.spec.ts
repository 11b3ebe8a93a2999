import { describe, expect, it } from 'vitest';
import { crowd, type Setting } from './crowd';
import { byGradient, noPace, pace } from './ours';
import { leastUsed, mostRefused, promises, tryPromise } from './promises';
import { limiting, paced, placed } from './settings';

/** A few of the settings of `npm run control`, so that each limit meets each time. */
const few = paced.filter((_, index) => index % 5 === Math.floor(index / 5) % 5);

describe('the promise of the pace: 90 % of what is possible, 5 % refused', () => {
  it.each(few.map((setting) => [setting.title, setting] as const))('L10: %s', async (_, setting) => {
    const { used, refused } = await tryPromise(promises.pace, setting, 1);
    expect(used).toBeGreaterThanOrEqual(leastUsed);
    expect(refused).toBeLessThanOrEqual(mostRefused);
  });

  it('L10: refusals that take up to 5 s', async () => {
    const setting = limiting('bucket', 20, 'none', 300, 10_000);
    const slow: Setting = { ...setting, provider: { ...setting.provider, refusalLatency: (random) => 50 + 4_950 * random() } };
    const { used, refused } = await crowd(pace, slow);
    expect(used).toBeGreaterThan(0.9);
    expect(refused).toBeLessThan(0.05);
  });

  it('L10: without a pace most requests are refused', async () => {
    const { refused } = await crowd(noPace, limiting('bucket', 10, 'none', 300, 0), { duration: 90 });
    expect(refused).toBeGreaterThan(0.8);
  });
});

describe('the promise of aimd: 90 % of the places, 5 % refused', () => {
  it.each(placed.filter((_, index) => index % 6 === 0).map((setting) => [setting.title, setting] as const))('A1: %s', async (_, setting) => {
    const { used, refused } = await tryPromise(promises.aimd, setting, 1);
    expect(used).toBeGreaterThanOrEqual(leastUsed);
    expect(refused).toBeLessThanOrEqual(mostRefused);
  });
});

describe('gradient', () => {
  it.each([
    ['1 s', 1_000, 35],
    ['5 s', 5_000, 60],
  ] as const)('A2: keeps a provider busy, and the queue there short, where calls of %s take longer the more there are', async (_, latency, atOnce) => {
    const { used, running } = await crowd(byGradient, { title: '', provider: { hints: 'none' }, latency, stream: 0, atOnce }, { duration: 240, callers: 1_000 });
    expect(used).toBeGreaterThan(0.9);
    expect(running).toBeLessThan(2.5 * atOnce);
  });
});
