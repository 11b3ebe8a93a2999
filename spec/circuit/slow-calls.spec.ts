import { describe, expect, it } from 'vitest';
import { SlowCalls } from '../../src/circuit/slow-calls';
import { consecutiveFailures, slowCallRate } from '../../src/circuit/trip';

const rate = { threshold: 1, minimumCalls: 1, calls: 1 };
const five = slowCallRate({ ...rate, slowerThan: 5 });
const nine = slowCallRate({ ...rate, slowerThan: 9 });

describe('SlowCalls', () => {
  it('watch nothing without a slow call condition', () => {
    const calls = new SlowCalls([consecutiveFailures(1)]);
    const call = { startedAt: 0 };
    calls.begin(call);
    expect([calls.next, calls.overdue(100), calls.end(call)]).toEqual([Number.POSITIVE_INFINITY, undefined, []]);
  });

  it('B7: are each taken out once by each condition, when they are in flight for that long', () => {
    const calls = new SlowCalls([consecutiveFailures(1), nine, five]);
    const [one, two] = [{ startedAt: 0 }, { startedAt: 2 }];
    calls.begin(one);
    calls.begin(two);
    expect(calls.next).toBe(5);
    expect(calls.overdue(4)).toBeUndefined();
    expect(calls.overdue(5)).toEqual({ trip: five, call: one });
    expect(calls.overdue(5)).toBeUndefined();
    expect(calls.end(one)).toEqual([nine]);
    expect(calls.end(one)).toEqual([]);
    expect(calls.next).toBe(7);
    calls.clear();
    expect([calls.next, calls.end(two)]).toEqual([Number.POSITIVE_INFINITY, []]);
  });
});
