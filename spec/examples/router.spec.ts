import { describe, expect, it } from 'vitest';
import { picture, runRouter, type Standing } from '../../examples/router';
import { VirtualTime } from '../circuit/virtual-time';

describe('router', () => {
  const time = new VirtualTime();
  const standings: Standing[] = [];
  runRouter(60, time).subscribe((standing) => standings.push(standing));
  time.pass(61_000);
  const at = (second: number) => standings[second - 1]!;
  const gained = (name: 'amber' | 'birch' | 'cedar', from: number, to: number) => at(to).providers[name].answers - at(from).providers[name].answers;

  it('answers every call, though one provider is down for 10 s', () => {
    expect(standings).toHaveLength(60);
    expect([at(60).lost, at(60).asked - at(60).answered < 20]).toEqual([0, true]);
  });

  it('shares calls by what providers can take, and gives the one that was away its share again', () => {
    expect(gained('amber', 2, 9)).toBeGreaterThan(35);
    expect(gained('amber', 11, 20)).toBe(0);
    expect(gained('birch', 11, 20)).toBeGreaterThan(40);
    expect(gained('cedar', 11, 20)).toBeGreaterThan(15);
    expect(gained('amber', 24, 34)).toBeGreaterThan(85);
  });

  it('is inside the quota of each', () => {
    expect(Object.values(at(60).providers).map(({ throttled }) => throttled)).toEqual([0, 0, 0]);
  });

  it('shows who answers', () => {
    expect(picture(at(15)).join('\n')).toMatch(/^ 15 s {2}\d+ of \d+ answered, 0 lost\namber {2}░{20} {2}0\/s .* DOWN\nbirch {2}█+░* {2}5\/s/);
  });
});
