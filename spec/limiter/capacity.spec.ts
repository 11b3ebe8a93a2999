import { describe, expect, it } from 'vitest';
import { Capacity } from '../../src/limiter/capacity';
import { per } from '../support/limiting';

const clock = { now: () => 0 };

describe('Capacity', () => {
  it('tells whether the end of a call has changed what its limits leave', () => {
    const allowance = new Capacity({ tokens: per(10, 10) });
    const end = (actual: Parameters<Capacity['end']>[2]) => allowance.end(allowance.ledger, { units: { tokens: 2 }, slots: allowance.draw({ tokens: 2 }, 0) }, actual, clock);
    expect([end(undefined), end({ tokens: 2 }), end({ tokens: 3 }), end('refund')]).toEqual([false, false, true, true]);
    expect([allowance.inFlight, allowance.ledger.remaining(0)]).toEqual([0, 10 - 2 - 2 - 3]);
  });

  it('has so many places in flight', () => {
    const allowance = new Capacity(undefined, 1);
    const slots = allowance.draw({}, 0);
    expect([allowance.admits({}, 0), allowance.due({}, 0)]).toEqual([false, Number.POSITIVE_INFINITY]);
    allowance.end(allowance.ledger, { units: {}, slots }, undefined, clock);
    expect(allowance.admits({}, 0)).toBe(true);
  });

  it('is paused until a time, and not at that time', () => {
    const allowance = new Capacity({ requests: per(10, 10) });
    expect(allowance.resume(0)).toBe(false);
    expect([allowance.pause(5, 0), allowance.pause(5, 0), allowance.pause(4, 0)]).toEqual([true, false, false]);
    expect([4, 5].map((now) => allowance.admits({ requests: 1 }, now))).toEqual([false, true]);
    expect([4, 5].map((now) => allowance.isUnused(now))).toEqual([false, true]);
    expect(allowance.resume(5)).toBe(false);
    allowance.pause(9, 5);
    expect([allowance.pausedUntil(6), allowance.resume(6), allowance.pausedUntil(6)]).toEqual([9, true, Number.NEGATIVE_INFINITY]);
  });

  it('knows when a cost is due: after the pause, and when what is used is free again', () => {
    const allowance = new Capacity({ requests: per(10, 1) });
    allowance.draw({ requests: 1 }, 0);
    const next = { requests: 1 };
    expect(allowance.due(next, 0)).toBe(10);
    allowance.pause(15, 0);
    expect(allowance.due(next, 0)).toBe(15);
    allowance.reset();
    expect([allowance.admits(next, 0), allowance.isUnused(0)]).toEqual([true, false]); // the call is still in flight
  });
});
