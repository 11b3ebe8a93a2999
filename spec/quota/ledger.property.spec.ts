import { describe, expect, it } from 'vitest';
import { type Grant, Ledger } from '../../src/quota/ledger';
import { type RollingLimit as Limit, slidingWindow, tokenBucket, type Units } from '../../src/quota/limits';
import { NaiveLedger, type NaiveTaking } from '../support/naive-limits';
import { fc } from '../support/property';

const window = fc.record({ limit: fc.integer({ min: 1, max: 12 }), window: fc.integer({ min: 1, max: 40 }) }).map(slidingWindow);

/** ms for each unit that binary fractions can express, so that the naive count is exact. */
const bucket = fc
  .record({ capacity: fc.integer({ min: 1, max: 12 }), refill: fc.constantFrom(1, 2, 4), interval: fc.constantFrom(1, 2, 8, 32) })
  .map(tokenBucket);

const limits = fc.record({
  requests: fc.array(fc.oneof(window, bucket), { minLength: 1, maxLength: 2 }),
  tokens: fc.array(fc.oneof(window, bucket), { minLength: 1, maxLength: 3 }),
});

const cost: fc.Arbitrary<Units> = fc.record({
  requests: fc.integer({ min: 0, max: 3 }),
  tokens: fc.integer({ min: 0, max: 12 }),
});

/** What may be done with a ledger. */
type Action =
  | { readonly do: 'wait'; readonly ms: number }
  | { readonly do: 'ask' | 'force' | 'due'; readonly cost: Units }
  | { readonly do: 'settle'; readonly which: number; readonly actual: Units }
  | { readonly do: 'refund'; readonly which: number }
  | { readonly do: 'save' };

const action: fc.Arbitrary<Action> = fc.oneof(
  { weight: 5, arbitrary: cost.map((cost) => ({ do: 'ask', cost }) as const) },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 30 }).map((ms) => ({ do: 'wait', ms }) as const) },
  { weight: 3, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(), actual: cost }) },
  { weight: 2, arbitrary: fc.nat().map((which) => ({ do: 'refund', which }) as const) },
  { weight: 2, arbitrary: cost.map((cost) => ({ do: 'due', cost }) as const) },
  { weight: 1, arbitrary: cost.map((cost) => ({ do: 'force', cost }) as const) },
  { weight: 1, arbitrary: fc.constant({ do: 'save' } as const) },
);

const zero: Units = { requests: 0, tokens: 0 };
const runs = { numRuns: 100 };

/** A ledger and its naive twin; every step is taken by both. */
class Twins {
  now = 0;
  ledger: Ledger;
  readonly naive: NaiveLedger;
  grants: { readonly grant: Grant; readonly taking: NaiveTaking }[] = [];

  constructor(readonly limits: { readonly [dimension: string]: readonly Limit[] }) {
    this.ledger = Ledger.of('Test', limits);
    this.naive = new NaiveLedger(limits);
  }

  take(cost: Units): void {
    this.grants.push({ grant: this.ledger.take(cost, this.now), taking: this.naive.take(cost, this.now) });
  }

  settle(which: number, actual: Units): void {
    const [settled] = this.grants.splice(which % (this.grants.length + 1), 1);
    if (settled !== undefined) {
      this.ledger.settle(settled.grant, actual, this.now);
      this.naive.settle(settled.taking, actual, this.now);
    }
  }

  act(action: Action): void {
    switch (action.do) {
      case 'wait':
        this.now += action.ms;
        break;
      case 'ask':
        if (this.fits(action.cost)) {
          this.take(action.cost);
        }
        break;
      case 'force':
        this.take(action.cost);
        break;
      case 'due':
        this.due(action.cost);
        break;
      case 'settle':
        this.settle(action.which, action.actual);
        break;
      case 'refund':
        this.settle(action.which, zero);
        break;
      case 'save':
        this.restart();
        break;
    }
  }

  fits(cost: Units): boolean {
    const fits = this.ledger.fits(cost, this.now);
    expect(fits).toBe(this.naive.fits(cost, this.now));
    return fits;
  }

  due(cost: Units): void {
    if (this.naive.isPossible(cost)) {
      expect(Math.max(this.now, this.ledger.due(cost, this.now))).toBe(this.naive.due(cost, this.now));
    } else {
      expect(this.ledger.impossible(cost)).toBeGreaterThan(0);
      expect(this.ledger.fits(cost, this.now)).toBe(false);
    }
  }

  /** Saved by one process and loaded by the next, whose clock starts at 0 again. What was open cannot be corrected. */
  restart(): void {
    const saved = JSON.parse(JSON.stringify(this.ledger.save(1_000_000, this.now)));
    this.ledger = Ledger.of('Test', this.limits);
    this.ledger.load(saved, -1_000_000, this.now);
    this.grants = [];
  }

  compare(): void {
    const { now } = this;
    const states = ['requests', 'tokens'].flatMap((dimension) => this.ledger.states(dimension, now, 0));
    const usedAt = (at: number) => ['requests', 'tokens'].flatMap((dimension) => this.naive.used(dimension, at));
    const used = usedAt(now);
    // One comparison for each step: `expect` is what takes the time here.
    const seen = states.map(({ limit, used, remaining, resetAt }, index) => ({
      used,
      isSum: used + remaining === limit,
      isReset: resetAt! >= now && usedAt(resetAt!)[index] === 0 && (resetAt === now || usedAt(resetAt! - 1)[index] !== 0),
    }));
    expect([seen, this.ledger.isUnused(now)]).toEqual([
      used.map((each) => ({ used: each, isSum: true, isReset: true })),
      used.every((each) => each === 0),
    ]);
  }
}

describe('Ledger and a naive list of grants', { timeout: 30_000 }, () => {
  it('Q1, Q2, Q3, Q4, Q6: agree on what fits, what is used and when it will fit, whatever happens', () => {
    fc.assert(
      fc.property(limits, fc.array(action, { maxLength: 60, size: 'max' }), (limits, actions) => {
        const twins = new Twins(limits);
        for (const action of actions) {
          twins.act(action);
          twins.compare();
        }
      }),
      runs,
    );
  });

  it('Q1: no window is exceeded in any half-open interval while only what fits is taken', () => {
    const oneOfThese = action.filter((each) => each.do !== 'force' && each.do !== 'settle' && each.do !== 'save');
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), fc.array(oneOfThese, { maxLength: 80, size: 'max' }), (windows, actions) => {
        const twins = new Twins({ requests: [slidingWindow({ limit: 3, window: 7 })], tokens: windows });
        const taken: NaiveTaking[] = [];
        for (const action of actions) {
          const before = twins.grants.length;
          twins.act(action);
          taken.push(...twins.grants.slice(before).map(({ taking }) => taking));
        }
        windows.forEach(({ limit, window }, index) => {
          const grants = taken.map(({ grants }) => grants[index + 1]!);
          for (const { at: from } of grants) {
            const within = grants.filter(({ at }) => at >= from && at < from + window);
            expect(within.reduce((sum, { units }) => sum + units, 0)).toBeLessThanOrEqual(limit);
          }
        });
      }),
      runs,
    );
  });

  it('Q2: no bucket gives more than its capacity and what has flowed in, in any interval', () => {
    const anyBucket = fc
      .record({ capacity: fc.integer({ min: 1, max: 20 }), refill: fc.double({ min: 0.01, max: 50, noNaN: true }), interval: fc.double({ min: 0.1, max: 2_000, noNaN: true }) })
      .map(tokenBucket);
    const asks = fc.array(fc.record({ units: fc.integer({ min: 0, max: 20 }), wait: fc.integer({ min: 0, max: 500 }) }), { maxLength: 60 });
    fc.assert(
      fc.property(anyBucket, asks, (limit, asks) => {
        const ledger = Ledger.of('Test', { tokens: limit });
        const taken: { at: number; units: number }[] = [];
        let now = 0;
        for (const { units, wait } of asks) {
          now += wait;
          if (units <= limit.capacity) {
            const due = Math.max(now, ledger.due({ tokens: units }, now));
            expect(due === now || !ledger.fits({ tokens: units }, due - 1)).toBe(true);
            expect(ledger.fits({ tokens: units }, due)).toBe(true);
            if (due - now < 400) {
              now = due;
              ledger.take({ tokens: units }, now);
              taken.push({ at: now, units });
            }
          }
        }
        for (const [index, { at: from }] of taken.entries()) {
          let sum = 0;
          for (const { at, units } of taken.slice(index)) {
            sum += units;
            expect(sum).toBeLessThanOrEqual(limit.capacity + ((at - from) * limit.refill) / limit.interval + 1e-3);
          }
        }
      }),
      runs,
    );
  });

  it('Q5: when a cost will fit is known after each settlement, of a refund or an excess', () => {
    const taking = fc.record({ cost, wait: fc.integer({ min: 0, max: 5 }) });
    const settlement = fc.record({ which: fc.nat(), actual: cost, wait: fc.integer({ min: 0, max: 3 }) });
    fc.assert(
      fc.property(limits, fc.array(taking, { maxLength: 30, size: 'max' }), cost, fc.array(settlement, { maxLength: 15, size: 'max' }), (limits, takings, cost, settlements) => {
        const twins = new Twins(limits);
        for (const { cost, wait } of takings) {
          twins.take(cost); // into debt: so that there is something to wait for
          twins.now += wait;
        }
        for (const { which, actual, wait } of settlements) {
          twins.due(cost);
          twins.now += wait;
          twins.settle(which, actual);
        }
        twins.due(cost);
      }),
      runs,
    );
  });

  it('Q3: a refused ask costs nothing', () => {
    fc.assert(
      fc.property(limits, fc.array(action, { maxLength: 30, size: 'max' }), fc.array(cost, { maxLength: 10 }), (limits, actions, asks) => {
        const twins = new Twins(limits);
        for (const action of actions) {
          twins.act(action);
        }
        const states = () => ['requests', 'tokens'].map((dimension) => twins.ledger.states(dimension, twins.now, 0));
        const stateBefore = states();
        const before = JSON.stringify(twins.ledger.save(0, twins.now));
        for (const ask of asks) {
          twins.ledger.fits(ask, twins.now);
          twins.ledger.impossible(ask);
        }
        expect(JSON.stringify(twins.ledger.save(0, twins.now))).toBe(before);
        expect(states()).toEqual(stateBefore);
      }),
      runs,
    );
  });

  it('C14: what is foreseen for a line is what is then granted, and stays so while that happens', () => {
    const waiting = fc.record({ cost, isGranted: fc.boolean() });
    fc.assert(
      fc.property(limits, fc.array(action, { maxLength: 30, size: 'max' }), fc.array(waiting, { maxLength: 30, size: 'max' }), (limits, before, waiters) => {
        const twins = new Twins(limits);
        for (const action of before) {
          twins.act(action);
        }
        const foreseen = twins.ledger.foresee();
        const line: { readonly cost: Units; readonly at: number }[] = [];
        let last = twins.now;
        for (const { cost, isGranted } of waiters.filter(({ cost }) => twins.naive.isPossible(cost))) {
          const at = Math.max(last, foreseen.due(cost));
          foreseen.take(cost, at);
          line.push({ cost, at });
          last = at;
          const first = isGranted ? line.shift() : undefined;
          if (first !== undefined) {
            expect(Math.max(twins.now, twins.naive.due(first.cost, twins.now))).toBe(first.at);
            twins.now = first.at;
            foreseen.granted(first.cost);
            twins.take(first.cost);
          }
        }
        for (const { cost, at } of line) {
          expect(twins.naive.due(cost, twins.now)).toBe(at);
          twins.now = at;
          twins.take(cost);
          twins.compare();
        }
      }),
      runs,
    );
  });

  it('nextChange is the time at which what is used will next be less', () => {
    fc.assert(
      fc.property(fc.array(window, { minLength: 1, maxLength: 3 }), fc.array(action, { maxLength: 40, size: 'max' }), (windows, actions) => {
        const twins = new Twins({ requests: [slidingWindow({ limit: 9, window: 9 })], tokens: windows });
        for (const action of actions) {
          twins.act(action);
        }
        const used = (now: number) => [...twins.naive.used('requests', now), ...twins.naive.used('tokens', now)];
        const change = twins.ledger.nextChange(twins.now);
        if (change === undefined) {
          expect(used(twins.now).every((each) => each === 0)).toBe(true);
        } else {
          expect(used(change - 1)).toEqual(used(twins.now));
          expect(used(change)).not.toEqual(used(twins.now));
        }
      }),
      runs,
    );
  });
});
