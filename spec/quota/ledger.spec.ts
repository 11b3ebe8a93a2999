import { describe, expect, it } from 'vitest';
import { unitsOf } from '../../src/quota/grant';
import { Ledger } from '../../src/quota/ledger';
import { perMinute, slidingWindow, tokenBucket } from '../../src/quota/limits';

/** 2 requests and 100 tokens in any 10 ms. */
const both = () => Ledger.of('Test', { requests: slidingWindow({ limit: 2, window: 10 }), tokens: slidingWindow({ limit: 100, window: 10 }) });

const usedOf = (ledger: Ledger, now: number) => ledger.dimensions.map((dimension) => ledger.states(dimension, now, 0).map(({ used }) => used));

describe('Ledger', () => {
  it('C2: refuses bad limits and says whose they are', () => {
    expect(() => Ledger.of('RateLimiter', [])).toThrow('RateLimiter: limits.requests must hold at least one limit, got []');
  });

  it('knows its dimensions', () => {
    expect(both().dimensions).toEqual(['requests', 'tokens']);
    expect(Ledger.of('Test', [perMinute(5), perMinute(6)]).dimensions).toEqual(['requests']);
    expect(new Ledger().dimensions).toEqual([]);
  });

  it('without any limit everything fits', () => {
    const none = new Ledger();
    expect(none.fits({ requests: 1e9 }, 0)).toBe(true);
    expect(none.impossible({ requests: 1e9 })).toBeUndefined();
    expect(none.due({ requests: 1 }, 5)).toBe(Number.NEGATIVE_INFINITY);
    expect(none.take({ requests: 1 }, 5)).toEqual({ units: { requests: 1 }, slots: [] });
    expect(none.isUnused(5)).toBe(true);
    expect(none.nextChange(5)).toBeUndefined();
  });

  it('Q3: several dimensions are taken all or none', () => {
    const ledger = both();
    ledger.take({ requests: 1, tokens: 60 }, 0);
    expect(ledger.fits({ requests: 1, tokens: 41 }, 0)).toBe(false);
    expect(usedOf(ledger, 0)).toEqual([[1], [60]]);
    expect(ledger.fits({ requests: 2, tokens: 1 }, 0)).toBe(false);
    expect(ledger.fits({ requests: 1, tokens: 40 }, 0)).toBe(true);
  });

  it('Q3: several limits of one dimension are taken all or none', () => {
    const ledger = Ledger.of('Test', [slidingWindow({ limit: 2, window: 10 }), slidingWindow({ limit: 3, window: 100 }), tokenBucket({ capacity: 9, refill: 1, interval: 1 })]);
    ledger.take({ requests: 2 }, 0);
    expect(ledger.due({ requests: 1 }, 0)).toBe(10);
    ledger.take({ requests: 1 }, 10);
    expect(usedOf(ledger, 10)).toEqual([[1, 3, 1]]);
    expect(ledger.fits({ requests: 1 }, 20)).toBe(false);
    expect(ledger.due({ requests: 1 }, 20)).toBe(100);
    expect(usedOf(ledger, 20)).toEqual([[0, 3, 0]]);
  });

  it('takes 0 of a dimension that a cost omits, and nothing of one that it does not know', () => {
    const ledger = both();
    ledger.take({ requests: 1, images: 7 }, 0);
    expect(usedOf(ledger, 0)).toEqual([[1], [0]]);
    expect(unitsOf({ requests: 1 }, 'tokens')).toBe(0);
  });

  it('Q4: says which total a cost can never be below', () => {
    const ledger = both();
    expect(ledger.impossible({ requests: 2, tokens: 100 })).toBeUndefined();
    expect(ledger.impossible({ requests: 3, tokens: 1 })).toBe(2);
    expect(ledger.impossible({ requests: 1, tokens: 101 })).toBe(100);
    expect(Ledger.of('Test', tokenBucket({ capacity: 5, refill: 100, interval: 1 })).impossible({ requests: 6 })).toBe(5);
  });

  it('Q5: settles either way, down to debt; omitted dimensions keep what was taken', () => {
    const ledger = both();
    const grant = ledger.take({ requests: 1, tokens: 60 }, 0);
    ledger.settle(grant, { tokens: 30 }, 5);
    expect(usedOf(ledger, 5)).toEqual([[1], [30]]);
    expect(grant.units).toEqual({ requests: 1, tokens: 30 });
    const other = ledger.take({ requests: 1, tokens: 10 }, 5);
    ledger.settle(other, { tokens: 500 }, 6);
    expect(ledger.states('tokens', 6, 1_000)).toEqual([{ limit: 100, window: 10, used: 530, remaining: -430, resetAt: 1_015 }]);
    expect(ledger.fits({ requests: 0, tokens: 0 }, 14)).toBe(false);
    expect(ledger.due({ requests: 1, tokens: 1 }, 6)).toBe(15);
  });

  it('Q5: a dimension that is undefined is omitted', () => {
    const ledger = both();
    const grant = ledger.take({ requests: 1, tokens: 60 }, 0);
    ledger.settle(grant, { requests: undefined, tokens: undefined } as never, 0);
    expect(usedOf(ledger, 0)).toEqual([[1], [60]]);
    expect(grant.units).toEqual({ requests: 1, tokens: 60 });
  });

  it('Q5: settling what was settled corrects the difference', () => {
    const ledger = both();
    const grant = ledger.take({ requests: 1, tokens: 60 }, 0);
    ledger.settle(grant, { tokens: 30 }, 1);
    ledger.settle(grant, { tokens: 40 }, 2);
    expect(usedOf(ledger, 2)).toEqual([[1], [40]]);
  });

  it('Q5: a refund gives everything back in every dimension', () => {
    const ledger = both();
    const grant = ledger.take({ requests: 1, tokens: 60 }, 0);
    ledger.refund(grant, 3);
    expect(usedOf(ledger, 3)).toEqual([[0], [0]]);
    expect(ledger.isUnused(3)).toBe(true);
    expect(grant.units).toEqual({ requests: 0, tokens: 0 });
  });

  it('shows a token bucket without a window, and nothing of a dimension that it does not limit', () => {
    const ledger = Ledger.of('Test', { tokens: tokenBucket({ capacity: 100, refill: 1, interval: 3 }) });
    ledger.take({ tokens: 1 }, 0);
    expect(ledger.states('tokens', 1, 0)).toEqual([{ limit: 100, used: 0.666667, remaining: 99.333333, resetAt: 3 }]);
    expect(ledger.states('requests', 1, 0)).toEqual([]);
  });

  it('says when a count will next go down by itself', () => {
    const ledger = both();
    expect(ledger.nextChange(0)).toBeUndefined();
    ledger.take({ requests: 1, tokens: 0 }, 3);
    ledger.take({ requests: 1, tokens: 5 }, 4);
    expect(ledger.nextChange(5)).toBe(13);
  });

  describe('save and load', () => {
    it('T5: goes on where the old one was', () => {
      const ledger = both();
      ledger.take({ requests: 1, tokens: 60 }, 8);
      const next = both();
      next.load(JSON.parse(JSON.stringify(ledger.save(100, 8))), -110, 0);
      expect(usedOf(next, 0)).toEqual([[1], [60]]);
      expect([7, 8].map((now) => next.fits({ requests: 2, tokens: 0 }, now))).toEqual([false, true]);
    });
  });

  describe('sync', () => {
    /** 1,000 tokens a minute by our own count. */
    const own = () => Ledger.of('Test', { tokens: perMinute(1_000) });
    const fits = (ledger: Ledger, tokens: number, now: number) => ledger.fits({ tokens }, now);

    it('L7: a second bucket stands beside the own limits: remaining now, full after the reset', () => {
      const ledger = own();
      ledger.sync('tokens', { limit: 1_000, remaining: 200, resetMs: 800 }, 0);
      expect([fits(ledger, 200, 0), fits(ledger, 201, 0), fits(ledger, 201, 1)]).toEqual([true, false, true]);
      expect(ledger.due({ tokens: 600 }, 0)).toBe(((600 - 200) * 800) / (1_000 - 200));
      expect(usedOf(ledger, 0)).toEqual([[0]]);
      expect(ledger.isUnused(0)).toBe(false);
    });

    it('L7: a grant needs both, and draws on both', () => {
      const ledger = own();
      ledger.take({ tokens: 900 }, 0);
      ledger.sync('tokens', { limit: 1_000, remaining: 500, resetMs: 500 }, 0);
      expect([fits(ledger, 100, 0), fits(ledger, 101, 0)]).toEqual([true, false]);
      ledger.take({ tokens: 100 }, 0);
      expect(ledger.due({ tokens: 0 }, 0)).toBeLessThanOrEqual(0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(60_000);
      const other = own();
      other.sync('tokens', { limit: 1_000, remaining: 500, resetMs: 500 }, 0);
      other.take({ tokens: 500 }, 0);
      expect(other.due({ tokens: 500 }, 0)).toBe(500);
    });

    it('L7: settlements draw on it too', () => {
      const ledger = own();
      const before = ledger.take({ tokens: 100 }, 0);
      ledger.sync('tokens', { limit: 1_000, remaining: 500, resetMs: 500 }, 0);
      const after = ledger.take({ tokens: 100 }, 0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(100);
      ledger.settle(after, { tokens: 60 }, 0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(60);
      ledger.settle(after, { tokens: 160 }, 0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(160);
      ledger.settle(before, { tokens: 200 }, 0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(260);
      ledger.settle(before, { tokens: 0 }, 0);
      expect(ledger.due({ tokens: 500 }, 0)).toBe(260);
      expect(usedOf(ledger, 0)).toEqual([[160]]);
    });

    it('L7: the latest replaces it, and a full one is none', () => {
      const ledger = own();
      ledger.sync('tokens', { limit: 1_000, remaining: 0, resetMs: 500 }, 0);
      ledger.sync('tokens', { limit: 1_000, remaining: 900, resetMs: 500 }, 0);
      expect(fits(ledger, 900, 0)).toBe(true);
      ledger.sync('tokens', { limit: 1_000, remaining: 1_000, resetMs: 500 }, 0);
      expect(ledger.isUnused(0)).toBe(true);
      ledger.sync('tokens', { limit: 1_000, remaining: 0, resetMs: 0 }, 0);
      expect(ledger.isUnused(0)).toBe(true);
    });

    it('L7: it goes when it is full', () => {
      const [ledger, other] = [own(), own()];
      for (const each of [ledger, other]) {
        each.sync('tokens', { limit: 100, remaining: 0, resetMs: 500 }, 0);
      }
      expect([fits(ledger, 1_000, 499), fits(ledger, 1_000, 500)]).toEqual([false, true]);
      expect([other.isUnused(499), other.isUnused(500)]).toEqual([false, true]);
    });

    it('L7: a cost above its capacity waits until it is gone', () => {
      const ledger = own();
      ledger.sync('tokens', { limit: 100, remaining: 50, resetMs: 500 }, 0);
      expect(ledger.impossible({ tokens: 101 })).toBeUndefined();
      expect(ledger.due({ tokens: 101 }, 0)).toBe(500);
      expect([fits(ledger, 101, 499), fits(ledger, 101, 500)]).toEqual([false, true]);
    });

    it('L7: what the headers omit is that of the own limit with the longest window', () => {
      const ledger = Ledger.of('Test', { tokens: [tokenBucket({ capacity: 50, refill: 1, interval: 10 }), slidingWindow({ limit: 200, window: 1_000 }), slidingWindow({ limit: 100, window: 100 })] });
      ledger.sync('tokens', { remaining: 190 }, 0);
      expect([fits(ledger, 50, 0)]).toEqual([true]);
      ledger.sync('tokens', { remaining: 0 }, 0);
      expect(ledger.due({ tokens: 20 }, 0)).toBe((20 * 1_000) / 200);
    });

    it('L7: a window that the headers omit is the time in which an own bucket fills', () => {
      const ledger = Ledger.of('Test', { tokens: tokenBucket({ capacity: 50, refill: 1, interval: 10 }) });
      ledger.sync('tokens', { limit: 100, remaining: 0 }, 0);
      expect(ledger.due({ tokens: 20 }, 0)).toBe((20 * 500) / 100);
    });

    it('L7: takes no notice of other dimensions, nor of headers that say nothing of what remains', () => {
      const ledger = own();
      ledger.sync('requests', { limit: 10, remaining: 0, resetMs: 500 }, 0);
      ledger.sync('tokens', { limit: 10, resetMs: 500 }, 0);
      expect(ledger.isUnused(0)).toBe(true);
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, -5])('Q8: takes no notice of a reset after %d ms: the own window counts', (resetMs) => {
      const ledger = own();
      ledger.sync('tokens', { limit: 10, remaining: 0, resetMs }, 0);
      expect(ledger.due({ tokens: 10 }, 0)).toBe(60_000);
    });

    it.each([Number.NaN, Number.POSITIVE_INFINITY, -5])('Q8: takes no notice of %d for what remains, nor for the limit', (field) => {
      const ledger = own();
      ledger.sync('tokens', { limit: 10, remaining: field, resetMs: 500 }, 0);
      expect(ledger.isUnused(0)).toBe(true);
      ledger.sync('tokens', { limit: field, remaining: 900, resetMs: 500 }, 0);
      expect(ledger.due({ tokens: 1_000 }, 0)).toBe(500);
    });

    it('Q8: more than the limit remains: that is the limit', () => {
      const ledger = own();
      ledger.sync('tokens', { limit: 10, remaining: 500, resetMs: 500 }, 0);
      expect(ledger.isUnused(0)).toBe(true);
    });

    it('L7: a reset is believed for a day, or for the own window where that is longer', () => {
      const day = 86_400_000;
      const ledger = own();
      ledger.sync('tokens', { limit: 10, remaining: 0, resetMs: 5 * day }, 0);
      expect(ledger.due({ tokens: 10 }, 0)).toBe(day);
      const weekly = Ledger.of('Test', { tokens: slidingWindow({ limit: 1_000, window: 7 * day }) });
      weekly.sync('tokens', { limit: 10, remaining: 0, resetMs: 5 * day }, 0);
      expect(weekly.due({ tokens: 10 }, 0)).toBe(5 * day);
    });
  });
});
