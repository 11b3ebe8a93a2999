import { describe, expect, it } from 'vitest';
import { crowd } from './crowd';
import { firstEdition } from './first-edition';
import { pace } from './ours';
import { byBottleneck, byOpenAi, byPThrottle } from './peers';
import { limiting } from './settings';

/** So that the table of `npm run control` compares what it says. */
describe('those that the pace is compared with', () => {
  const silent = limiting('bucket', 4, 'none', 300, 0);
  const times = { warmUp: 20, duration: 40, callers: 40 };

  it('do what a provider lets them do, and are refused more often than not, or half the time', async () => {
    const reports = [];
    for (const rule of [firstEdition, byBottleneck, byPThrottle, byOpenAi]) {
      reports.push(await crowd(rule, silent, times));
    }
    for (const { used } of reports) {
      expect(used).toBeGreaterThan(0.95);
    }
    expect(reports.map(({ refused }) => refused > 0.6)).toEqual([true, true, false, true]);
    expect(reports[2]!.refused).toBeCloseTo(0.5, 1);
    expect((await crowd(pace, silent, times)).refused).toBeLessThan(0.05);
  });

  it('the first edition leaves a pause all at once', async () => {
    const { seconds } = await crowd(firstEdition, limiting('minute', 1, 'retry-after', 300, 0), { warmUp: 1, duration: 62, callers: 100 });
    expect(seconds.slice(2, 59).reduce((sum, { taken, refused }) => sum + taken + refused, 0)).toBe(0);
    expect(seconds[60]!.taken + seconds[60]!.refused).toBe(100);
  });

  it('leave the timers, the clock and the chance of the process as they were', async () => {
    const before = [setTimeout, clearTimeout, Date.now, Math.random];
    await crowd(byBottleneck, silent, { callers: 1, warmUp: 1, duration: 2 });
    expect([setTimeout, clearTimeout, Date.now, Math.random]).toEqual(before);
  });
});
