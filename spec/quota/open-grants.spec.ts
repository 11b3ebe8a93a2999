import { describe, expect, it } from 'vitest';
import type { Grant } from '../../src/quota/grant';
import { Ledger } from '../../src/quota/ledger';
import { type RollingLimit as Limit, perDay, slidingWindow, tokenBucket } from '../../src/quota/limits';
import type { OpenGrants } from '../../src/quota/open-grants';
import { type NaiveGrant, naive } from '../support/naive-limits';
import { fc } from '../support/property';

const both = () => Ledger.of('Test', { tokens: [slidingWindow({ limit: 100, window: 10 }), tokenBucket({ capacity: 100, refill: 1, interval: 1 })] });

describe('OpenGrants', () => {
  it('knows what open grants hold of each limit, as long as that counts', () => {
    const ledger = both();
    const open = ledger.open();
    expect(open.units(0)).toEqual([0, 0]);
    open.add(ledger.take({ tokens: 50 }, 0), 0);
    expect([0, 9, 10, 20, 50].map((now) => open.units(now))).toEqual([[50, 50], [50, 41], [0, 40], [0, 30], [0, 0]]);
  });

  it('forgets a grant that is settled or refunded', () => {
    const ledger = both();
    const open = ledger.open();
    const [one, other] = [ledger.take({ tokens: 20 }, 0), ledger.take({ tokens: 30 }, 2)];
    open.add(one, 0);
    open.add(other, 2);
    open.remove(one, 5);
    ledger.settle(one, { tokens: 7 }, 5);
    expect(open.units(5)).toEqual([30, 30]);
    open.remove(other, 5);
    ledger.refund(other, 5);
    expect(open.units(5)).toEqual([0, 0]);
  });

  it('takes no notice of a grant that is closed after it has left the window, and the bucket has been full', () => {
    const ledger = both();
    const open = ledger.open();
    const early = ledger.take({ tokens: 5 }, 0);
    open.add(early, 0);
    const late = ledger.take({ tokens: 8 }, 20);
    open.add(late, 20);
    open.remove(early, 21);
    expect(open.units(21)).toEqual([8, 7]);
  });

  it('counts grants at their own time if it is begun later, in whatever order they come', () => {
    const ledger = both();
    const [early, one, other] = [0, 12, 15].map((now) => ledger.take({ tokens: 10 * (now + 1) }, now)) as [Grant, Grant, Grant];
    const open = ledger.open();
    for (const grant of [other, early, one]) {
      open.add(grant, 18);
    }
    const usedOf = (now: number) => ledger.states('tokens', now, 0)[1]!.used;
    expect(open.units(18)).toEqual([290, usedOf(18)]);
    open.remove(one, 19);
    ledger.refund(one, 19);
    expect(open.units(19)).toEqual([160, usedOf(19)]);
    expect([24, 25].map((now) => open.units(now)[0])).toEqual([160, 0]);
  });

  it('C14: tells of 100,000 open grants at once', () => {
    const ledger = Ledger.of('Test', { tokens: [perDay(1e9), slidingWindow({ limit: 1e9, window: 60_000 })] });
    const open = ledger.open();
    const grants = Array.from({ length: 100_000 }, (_, index) => {
      const grant = ledger.take({ tokens: 3 }, index / 10);
      open.add(grant, index / 10);
      return grant;
    });
    let isSame = true;
    for (const grant of grants.filter((_, index) => index % 2 === 0)) {
      open.remove(grant, 10_000);
      const [day, minute] = open.units(10_000);
      isSame &&= day === minute;
    }
    expect([isSame, open.units(10_000), open.units(65_000)]).toEqual([true, [150_000, 150_000], [150_000, 75_000]]);
  });

  it('does as a list of grants does', () => {
    const limit: fc.Arbitrary<Limit> = fc.oneof(
      fc.record({ limit: fc.constant(20), window: fc.integer({ min: 1, max: 40 }) }).map(slidingWindow),
      fc.record({ capacity: fc.constant(20), refill: fc.constantFrom(1, 2, 4), interval: fc.constantFrom(1, 2, 8, 32) }).map(tokenBucket),
    );
    const step = fc.record({ wait: fc.integer({ min: 0, max: 8 }), tokens: fc.integer({ min: 0, max: 9 }), isOpen: fc.boolean(), closed: fc.nat(), actual: fc.integer({ min: 0, max: 12 }), isClosed: fc.boolean() });
    fc.assert(
      fc.property(fc.array(limit, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 60, size: 'max' }), fc.nat({ max: 30 }), (limits, steps, begin) => {
        const ledger = Ledger.of('Test', { tokens: limits });
        let open: OpenGrants | undefined;
        const counts = limits.map(naive);
        let held: { readonly grant: Grant; readonly pieces: readonly NaiveGrant[] }[] = [];
        let now = 0;
        for (const [index, { wait, tokens, isOpen, closed, actual, isClosed }] of steps.entries()) {
          now += wait;
          if (index === begin) {
            open = ledger.open();
            for (const { grant } of [...held].reverse()) {
              open.add(grant, now);
            }
          }
          const taken = { grant: ledger.take({ tokens }, now), pieces: counts.map((count) => count.take(tokens, now)) };
          if (isOpen) {
            open?.add(taken.grant, now);
            held.push(taken);
          }
          const ended = isClosed ? held[closed % (held.length || 1)] : undefined;
          if (ended !== undefined) {
            const change = actual - ended.grant.units.tokens!;
            open?.remove(ended.grant, now);
            ledger.settle(ended.grant, { tokens: actual }, now);
            counts.forEach((count, index) => {
              count.correct(ended.pieces[index]!, change, now);
            });
            held = held.filter((each) => each !== ended);
          }
          const expected = limits.map((limit, index) => {
            const used = counts[index]!.used(now);
            const counting = held.map(({ pieces }) => pieces[index]!).filter(({ at, isLost }) => (limit.kind === 'window' ? at + limit.window > now : !isLost && used > 0));
            return Math.min(used, counting.reduce((sum, { units }) => sum + units, 0));
          });
          expect(open?.units(now) ?? expected).toEqual(expected);
        }
      }),
    );
  });
});
