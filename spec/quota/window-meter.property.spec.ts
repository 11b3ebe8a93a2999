import { describe, expect, it } from 'vitest';
import { Ledger } from '../../src/quota/ledger';
import { perDay, type SlidingWindow, slidingWindow } from '../../src/quota/limits';
import { NaiveLedger, type NaiveTaking } from '../support/naive-limits';
import { fc } from '../support/property';

/** Windows over an hour: slots of 1 s, of 30 s, and of a time that is no whole number of ms. */
const long = fc.record({ limit: fc.integer({ min: 1, max: 30 }), window: fc.constantFrom(86_400_000, 30 * 86_400_000, 4_000_003) }).map(slidingWindow);
/** Within a slot, to the next ones, and far. */
const wait = fc.oneof(fc.integer({ min: 0, max: 40 }), fc.integer({ min: 0, max: 700 }), fc.integer({ min: 0, max: 60_000 }), fc.integer({ min: 0, max: 50_000_000 }));
const units = fc.integer({ min: 0, max: 8 });
const step = fc.record({ wait, units, settled: fc.nat(), actual: fc.integer({ min: 0, max: 12 }), isSettled: fc.boolean() });
const steps = fc.array(step, { maxLength: 60, size: 'max' });

/** A ledger and its naive twin. */
class Twins {
  now = 0;
  readonly ledger: Ledger;
  readonly naive: NaiveLedger;
  readonly grants: { readonly grant: ReturnType<Ledger['take']>; readonly taking: NaiveTaking; readonly at: number }[] = [];

  constructor(readonly limit: SlidingWindow) {
    this.ledger = Ledger.of('Test', { tokens: limit });
    this.naive = new NaiveLedger({ tokens: [limit] });
  }

  take(tokens: number): void {
    this.grants.push({ grant: this.ledger.take({ tokens }, this.now), taking: this.naive.take({ tokens }, this.now), at: this.now });
  }

  settle(which: number, tokens: number): void {
    const settled = this.grants[which % (this.grants.length || 1)];
    if (settled !== undefined) {
      this.ledger.settle(settled.grant, { tokens }, this.now);
      this.naive.settle(settled.taking, { tokens }, this.now);
    }
  }

  used(): number {
    return this.ledger.states('tokens', this.now, 0)[0]!.used;
  }

  do({ wait, units, settled, actual, isSettled }: { wait: number; units: number; settled: number; actual: number; isSettled: boolean }): void {
    this.now += wait;
    this.take(units);
    if (isSettled) {
      this.settle(settled, actual);
    }
  }
}

describe('WindowMeter of more than an hour', () => {
  it('Q1, Q6: counts as a naive list of slots does, whatever happens', () => {
    fc.assert(
      fc.property(long, steps, units, (limit, steps, asked) => {
        const twins = new Twins(limit);
        for (const step of steps) {
          twins.do(step);
          const { now } = twins;
          expect(twins.used()).toBe(twins.naive.used('tokens', now)[0]);
          const due = Math.max(now, twins.ledger.due({ tokens: asked }, now));
          if (due < Number.POSITIVE_INFINITY) {
            expect(twins.naive.fits({ tokens: asked }, due)).toBe(true);
            expect(due === now || !twins.naive.fits({ tokens: asked }, due - 1e-3)).toBe(true);
          }
        }
      }),
    );
  });

  it('Q1: never a unit too many, and each is free again at most an 86,400th of the window too late', () => {
    fc.assert(
      fc.property(long, steps, (limit, steps) => {
        const twins = new Twins(limit);
        const width = limit.window / 86_400;
        for (const step of steps) {
          twins.do({ ...step, isSettled: false });
          const since = (ms: number) => twins.grants.reduce((sum, { at, grant }) => (at + ms > twins.now ? sum + grant.units.tokens! : sum), 0);
          expect(twins.used()).toBeGreaterThanOrEqual(since(limit.window));
          expect(twins.used()).toBeLessThanOrEqual(since(limit.window + width));
        }
      }),
    );
  });

  it('C14: what is foreseen for a line is what is then granted, slots or not', () => {
    fc.assert(
      fc.property(long, steps, wait, fc.array(fc.record({ units, isGranted: fc.boolean() }), { maxLength: 30, size: 'max' }), (limit, steps, wait, waiters) => {
        const twins = new Twins(limit);
        for (const step of steps) {
          twins.do(step);
        }
        twins.now += wait;
        const { ledger } = twins;
        const foreseen = ledger.foresee();
        const line: { readonly tokens: number; readonly at: number }[] = [];
        let last = twins.now;
        const grantFirst = () => {
          const { tokens, at } = line.shift()!;
          expect(Math.max(twins.now, ledger.due({ tokens }, twins.now))).toBe(at);
          twins.now = at;
          foreseen.granted({ tokens });
          twins.take(tokens);
        };
        for (const { units: tokens, isGranted } of waiters.filter(({ units }) => units <= limit.limit)) {
          last = Math.max(last, foreseen.due({ tokens }));
          foreseen.take({ tokens }, last);
          line.push({ tokens, at: last });
          if (isGranted) {
            grantFirst();
          }
        }
        while (line.length > 0) {
          grantFirst();
        }
      }),
    );
  });

  it('Q1: memory is bounded by the number of slots', () => {
    const ledger = Ledger.of('Test', { tokens: perDay(1e9) });
    for (let now = 0; now < 600_000; now += 1) {
      ledger.take({ tokens: 1 }, now);
    }
    const saved = ledger.save(0, 599_999).tokens![0]!.entries;
    expect(saved.length).toBe(600);
    expect([saved[0], saved[599]]).toEqual([[999, 1_000], [599_999, 1_000]]);
  });
});
