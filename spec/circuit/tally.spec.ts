import { describe, expect, it } from 'vitest';
import { tallyOf } from '../../src/circuit/tally';
import { consecutiveFailures, failureRate, slowCallRate } from '../../src/circuit/trip';

const copyOf = (value: unknown) => JSON.parse(JSON.stringify(value));

describe('the count of consecutive failures', () => {
  it('B1: trips at n failures in a row and begins anew after a success', () => {
    const tally = tallyOf(consecutiveFailures(2));
    tally.add(true, 0);
    tally.add(false, 0);
    tally.add(true, 0);
    expect(tally.verdict(0)).toBeUndefined();
    tally.add(true, 0);
    expect(tally.verdict(0)).toBe('2 consecutive failures');
    expect([tally.calls(0), tally.bad(0), tally.nextChange(0)]).toEqual([2, 2, Number.POSITIVE_INFINITY]);
  });

  it('B8: is saved as a number', () => {
    const [tally, other] = [tallyOf(consecutiveFailures(2)), tallyOf(consecutiveFailures(2))];
    tally.add(true, 0);
    other.load(copyOf(tally.save(100, 0)), 0, 0);
    other.add(true, 0);
    expect(other.verdict(0)).toBe('2 consecutive failures');
  });

  it.each([-1, 0.5, null, [1]])('C2: loads nothing but a count, not %j', (saved) => {
    expect(() => tallyOf(consecutiveFailures(2)).load(saved, 0, 0)).toThrow(/initial must hold a count of failures/);
  });
});

describe('the count of the last so many calls', () => {
  it('B1: trips at exactly the threshold, once enough calls are counted', () => {
    const tally = tallyOf(failureRate({ threshold: 0.5, minimumCalls: 4, calls: 4 }));
    for (const bad of [true, true, false]) {
      tally.add(bad, 0);
      expect(tally.verdict(0)).toBeUndefined();
    }
    tally.add(false, 0);
    expect(tally.verdict(0)).toBe('2 of 4 calls failed');
  });

  it('forgets the oldest call', () => {
    const tally = tallyOf(failureRate({ threshold: 1, minimumCalls: 2, calls: 3 }));
    const ring = [true, true, false, false, true, false, true];
    expect(ring.map((bad) => {
      tally.add(bad, 0);
      return [tally.calls(0), tally.bad(0)];
    })).toEqual([[1, 1], [2, 2], [3, 2], [3, 1], [3, 1], [3, 1], [3, 2]]);
    expect(tally.nextChange(0)).toBe(Number.POSITIVE_INFINITY);
  });

  it('B8: is saved oldest first, also when the ring has gone round', () => {
    const trip = slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 3, calls: 3 });
    const [tally, other] = [tallyOf(trip), tallyOf(trip)];
    for (const bad of [false, true, false, true]) {
      tally.add(bad, 0);
    }
    expect(tally.save(0, 0)).toEqual([1, 0, 1]);
    other.load(copyOf(tally.save(0, 0)), 0, 0);
    other.add(true, 0);
    expect(other.bad(0)).toBe(2);
    other.add(true, 0);
    expect(other.verdict(0)).toBe('3 of 3 calls were slow');
  });

  it('C2: loads nothing but a list', () => {
    const tally = tallyOf(failureRate({ threshold: 1, minimumCalls: 1, calls: 3 }));
    expect(() => tally.load({ length: 1 }, 0, 0)).toThrow(/initial must hold a list of outcomes, got {"length":1}/);
  });
});

describe('the count of the last so many ms', () => {
  const trip = failureRate({ threshold: 0.5, minimumCalls: 2, window: 10 });

  it('B1: forgets by itself: after a silence as long as the window the count is zero', () => {
    const tally = tallyOf(trip);
    tally.add(true, 0);
    tally.add(true, 3);
    expect(tally.verdict(9)).toBe('2 of 2 calls failed');
    expect(tally.nextChange(9)).toBe(10);
    expect([tally.calls(10), tally.bad(10), tally.verdict(10)]).toEqual([1, 1, undefined]);
    expect([tally.calls(13), tally.bad(13), tally.nextChange(13)]).toEqual([0, 0, Number.POSITIVE_INFINITY]);
  });

  it('B8: is saved with absolute times', () => {
    const [tally, other] = [tallyOf(trip), tallyOf(trip)];
    tally.add(true, 0);
    tally.add(false, 4);
    other.load(copyOf(tally.save(1_000, 6)), -1_000, 6);
    expect([other.calls(9), other.bad(9)]).toEqual([2, 1]);
    expect([other.calls(10), other.bad(10)]).toEqual([1, 0]);
    expect(() => other.load(7, 0, 0)).toThrow(TypeError);
  });
});
