import { asyncScheduler, catchError, EMPTY, mergeMap, range, takeUntil } from 'rxjs';
import { describe, expect, expectTypeOf, it, vi } from 'vitest';
import type { Budget, Reservation } from '../../src/budget/budget';
import { TokenBudget } from '../../src/budget/token-budget';
import type { TokenBudgetConfig, TokenBudgetEvent, TokenBudgetState } from '../../src/budget/token-budget-config';
import { TokenBudgetExceededError } from '../../src/budget/token-budget-exceeded-error';
import { type Limit, perDay, perHour, perSecond, slidingWindow, tokenBucket } from '../../src/quota/limits';
import { VirtualTime } from '../circuit/virtual-time';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc } from '../support/property';
import { run } from '../support/run';

const afterMs = (ms: number, work: () => void) => asyncScheduler.schedule(work, ms);
const hundredIn10 = slidingWindow({ limit: 100, window: 10 });
const json = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A budget on a clock that the test moves. */
function budgetOf(limits: Limit | Limit[], config: Partial<TokenBudgetConfig> = {}) {
  const scheduler = new FakeScheduler();
  return { budget: new TokenBudget({ limits, scheduler, ...config }), scheduler };
}

/** The error with which a budget refuses; undefined if it does not. */
function refusalOf(budget: TokenBudget, tokens: number): TokenBudgetExceededError | undefined {
  const errors: TokenBudgetExceededError[] = [];
  budget.reserve(tokens).subscribe({ next: (reservation) => reservation.refund(), error: (error) => errors.push(error) });
  (budget.scheduler as FakeScheduler).run(0);
  return errors[0];
}

describe('TokenBudget', () => {
  it.each([0, 1, 2, 3, 4])('C7: says what is left though time passes while it looks: %d', (from) => {
    let looks = 0;
    const scheduler = new FakeScheduler(() => { looks += 1; return 2 * looks; });
    const budget = new TokenBudget({ limits: hundredIn10, scheduler });
    budget.record(100);
    for (let look = 0; look < from; look += 1) {
      scheduler.now();
    }
    const { remaining, limit } = budget.exceeded(50);
    expect([[0, 100].includes(remaining), limit]).toEqual([true, 100]);
  });

  describe('reserve', () => {
    it('T1: gives one reservation, synchronously, and completes', () => {
      const { budget } = budgetOf(hundredIn10);
      const seen: unknown[] = [];
      budget.reserve(40).subscribe({ next: ({ tokens }) => seen.push(tokens), complete: () => seen.push('complete') });
      expect(seen).toEqual([40, 'complete']);
      expect(budget.remaining).toBe(60);
    });

    it('T1: sets nothing aside before it is subscribed, and anew for each subscriber', () => {
      const { budget } = budgetOf(hundredIn10);
      const reserve = budget.reserve(40);
      expect(budget.remaining).toBe(100);
      reserve.subscribe();
      reserve.subscribe();
      expect(budget.remaining).toBe(20);
    });

    it('T1: reserves against every limit or none', () => {
      const { budget } = budgetOf([perSecond(100), perHour(150)]);
      expect(budget.tryReserve(80)).toBeDefined();
      expect(budget.tryReserve(30)).toBeUndefined();
      expect(budget.state.limits.map(({ remaining }) => remaining)).toEqual([20, 70]);
      expect(budget.remaining).toBe(20);
    });

    it('T1: refuses what does not fit, and gives what just fits', () => {
      const { budget } = budgetOf(hundredIn10);
      budget.record(60);
      const expected = { name: 'TokenBudgetExceededError', requested: 41, remaining: 40, limit: 100, retryAfter: 10, reason: 'budget' };
      expect(refusalOf(budget, 41)).toMatchObject(expected);
      expect(budget.tryReserve(40)).toBeDefined();
    });

    it.each([
      ['the tightest', [perSecond(100), perHour(120)], 60, 100],
      ['the tightest, wherever it stands', [perHour(120), perSecond(100)], 80, 100],
      ['one that can never give so much', [perSecond(100), perHour(1_000)], 101, 100],
      ['one that can never give so much, though another is tighter', [perHour(1_000), perSecond(60), perSecond(100)], 90, 60],
    ])('T1: names the limit that refused: %s', (_, limits, tokens, limit) => {
      const { budget } = budgetOf(limits);
      budget.record(50);
      expect(refusalOf(budget, tokens)).toMatchObject({ limit });
    });

    it('T1: names the limit that can never give so much, though less is left of another', () => {
      const { budget, scheduler } = budgetOf([slidingWindow({ limit: 200, window: 1_000 }), hundredIn10]);
      budget.record(60);
      scheduler.run(10);
      budget.record(60);
      scheduler.run(10);
      expect(refusalOf(budget, 101)).toMatchObject({ remaining: 80, limit: 100 });
      expect(refusalOf(budget, 200)).toMatchObject({ limit: 100 });
    });

    it('T1: refuses an estimate of 0 when nothing remains, and in debt', () => {
      const { budget } = budgetOf(hundredIn10);
      expect(refusalOf(budget, 0)).toBeUndefined();
      budget.record(100);
      expect(refusalOf(budget, 0)).toMatchObject({ requested: 0, remaining: 0, retryAfter: 10 });
      budget.record(5);
      expect(refusalOf(budget, 0)).toMatchObject({ requested: 0, remaining: -5, retryAfter: 10 });
      expect(budget.tryReserve(0)).toBeUndefined();
      expect(budget.check(0)).toBe(false);
    });

    it('T1: refuses above maxTokensPerRequest; waiting does not help', () => {
      const { budget } = budgetOf(hundredIn10, { maxTokensPerRequest: 50 });
      expect(budget.check(51)).toBe(false);
      expect(budget.tryReserve(51)).toBeUndefined();
      const refusal = refusalOf(budget, 51)!;
      expect(refusal).toMatchObject({ requested: 51, remaining: 100, limit: 50, reason: 'request-too-large' });
      expect(refusal.retryAfter).toBeUndefined();
      expect(refusal.message).toBe('The request is too large: 51 tokens, at most 50 are allowed for one request');
      expect(budget.tryReserve(50)).toBeDefined();
    });

    it('Q4: refuses what can never fit; waiting does not help', () => {
      const { budget } = budgetOf([perHour(1_000), hundredIn10]);
      const refusal = refusalOf(budget, 101)!;
      expect(refusal).toMatchObject({ requested: 101, remaining: 100, limit: 100, reason: 'budget' });
      expect(refusal.retryAfter).toBeUndefined();
      expect(refusal.message).toBe('The token budget is exceeded: 101 tokens asked for, 100 of 100 left');
    });

    it('T1: costs nothing to be refused', () => {
      const { budget } = budgetOf(hundredIn10);
      refusalOf(budget, 101);
      budget.tryReserve(101);
      budget.check(50);
      expect(budget.remaining).toBe(100);
      expect(budget.isIdle).toBe(true);
    });

    it('T1: concurrent calls cannot all pass the same check', () => {
      const { budget } = budgetOf(hundredIn10);
      expect([budget.check(60), budget.check(60)]).toEqual([true, true]);
      expect([1, 2, 3].filter(() => budget.tryReserve(60) !== undefined)).toHaveLength(1);
    });

    it('C12: decides synchronously, but delivers a refusal through the scheduler in the same frame, and cancellably', () => {
      run(({ expectObservable }) => {
        const budget = new TokenBudget({ limits: hundredIn10 });
        budget.record(100);
        const log: string[] = [];
        budget.reserve(1).subscribe({ error: () => log.push('error') });
        budget.reserve(1).subscribe({ error: () => log.push('never') }).unsubscribe();
        log.push('subscribed');
        const error = new TokenBudgetExceededError({ requested: 1, remaining: 0, limit: 100, retryAfter: 10, reason: 'budget' });
        expectObservable(budget.reserve(1)).toBe('#', undefined, error);
        afterMs(1, () => expect(log).toEqual(['subscribed', 'error']));
      });
    });

    it('C12: does not hang mergeMap over a long backlog of refusals', () => {
      run(() => {
        const budget = new TokenBudget({ limits: hundredIn10, maxTokensPerRequest: 1 });
        let refused = 0;
        const refusedCall = () =>
          budget.reserve(2).pipe(
            catchError(() => {
              refused += 1;
              return EMPTY;
            }),
          );
        range(0, 5_000).pipe(mergeMap(refusedCall, 2)).subscribe();
        afterMs(1, () => expect(refused).toBe(5_000));
      });
    });

    it('C4: takes a reservation back whose receiver left while others were told of it', () => {
      const { budget } = budgetOf(hundredIn10);
      const receive = vi.fn();
      budget.reserve(30).pipe(takeUntil(budget.events$)).subscribe(receive);
      expect(receive).not.toHaveBeenCalled();
      expect(budget.isIdle).toBe(true);
    });

    it('C4: leaves a reservation that was emitted to its receiver', () => {
      const { budget } = budgetOf(hundredIn10);
      budget.reserve(30).subscribe().unsubscribe();
      expect(budget.remaining).toBe(70);
    });
  });

  describe('retryAfter', () => {
    it('T1: is the time until enough of the oldest tokens are free again', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      for (const tokens of [20, 30, 50]) {
        budget.record(tokens);
        scheduler.run(2);
      }
      expect([1, 20, 21, 50, 51, 100].map((tokens) => refusalOf(budget, tokens)?.retryAfter)).toEqual([4, 4, 6, 6, 8, 8]);
    });

    it('T1: is the time at which every limit has room', () => {
      const { budget, scheduler } = budgetOf([slidingWindow({ limit: 50, window: 10 }), slidingWindow({ limit: 60, window: 100 })]);
      budget.record(40);
      scheduler.run(5);
      budget.record(10);
      expect(refusalOf(budget, 10)?.retryAfter).toBe(5);
      expect(refusalOf(budget, 11)?.retryAfter).toBe(95);
    });

    it('T1: is the time in which a token bucket refills', () => {
      const { budget } = budgetOf(tokenBucket({ capacity: 100, refill: 1, interval: 10 }));
      budget.record(100);
      expect(refusalOf(budget, 30)?.retryAfter).toBe(300);
      expect(refusalOf(budget, 0)?.retryAfter).toBe(1);
    });

    it('T1: is at least 1 ms, also where a token bucket refills faster', () => {
      const { budget, scheduler } = budgetOf(tokenBucket({ capacity: 1_000_000, refill: 10_000_000, interval: 1 }));
      budget.record(1_000_000);
      expect(refusalOf(budget, 0)?.retryAfter).toBe(1);
      scheduler.run(1);
      expect(budget.tryReserve(0)).toBeDefined();
    });

    it('T1: is exact where a token bucket refills very slowly', () => {
      const { budget, scheduler } = budgetOf(tokenBucket({ capacity: 1, refill: 1, interval: 86_400_000 }));
      budget.record(1);
      const { retryAfter } = refusalOf(budget, 0)!;
      scheduler.run(retryAfter! - 1);
      expect(budget.check(0)).toBe(false);
      scheduler.run(1);
      expect(budget.check(0)).toBe(true);
    });

    const limit = fc.oneof(
      fc.record({ limit: fc.integer({ min: 1, max: 50 }), window: fc.integer({ min: 1, max: 40 }) }).map(slidingWindow),
      fc
        .record({ capacity: fc.integer({ min: 1, max: 50 }), refill: fc.integer({ min: 1, max: 20 }), interval: fc.integer({ min: 1, max: 30 }) })
        .map(tokenBucket),
    );
    const step = fc.record({ tokens: fc.integer({ min: 0, max: 20 }), later: fc.integer({ min: 0, max: 9 }) });

    it('T1: is the first ms at which the same reservation would be given', () => {
      fc.assert(
        fc.property(fc.array(limit, { minLength: 1, maxLength: 3 }), fc.array(step, { maxLength: 8 }), fc.integer({ min: 0, max: 50 }), (limits, steps, tokens) => {
          const { budget, scheduler } = budgetOf(limits);
          for (const { tokens: used, later } of steps) {
            budget.record(used);
            scheduler.run(later);
          }
          const { retryAfter } = budget.exceeded(tokens);
          if (budget.check(tokens) || retryAfter === undefined) {
            return;
          }
          for (let ms = 0; ms < retryAfter; ms++) {
            expect(budget.check(tokens)).toBe(false);
            scheduler.run(1);
          }
          expect(budget.check(tokens)).toBe(true);
        }),
      );
    });

    it('T1: asked again after retryAfter, an estimate of 0 fits, in a fast bucket as well', () => {
      const scheduler = new VirtualTime();
      const budget = new TokenBudget({ limits: tokenBucket({ capacity: 3, refill: 4, interval: 1 }), scheduler });
      budget.record(7); // 0 are left after exactly 1 ms
      const { retryAfter } = budget.exceeded(0);
      scheduler.pass(retryAfter!);
      expect([retryAfter, budget.remaining, budget.check(0)]).toEqual([2, 3, true]);
    });
  });

  describe('a reservation', () => {
    it('T2: replaces what was reserved by the actual cost, either way', () => {
      const { budget } = budgetOf(hundredIn10);
      budget.tryReserve(50)!.settle(20);
      expect(budget.remaining).toBe(80);
      budget.tryReserve(50)!.settle(70);
      expect(budget.remaining).toBe(10);
    });

    it('T2: goes into debt when the cost is more than there is', () => {
      const { budget } = budgetOf(hundredIn10);
      budget.tryReserve(50)!.settle(130);
      expect(budget.remaining).toBe(-30);
      expect(budget.check(0)).toBe(false);
    });

    it('T3: gives everything back when it is refunded', () => {
      const { budget } = budgetOf(hundredIn10);
      budget.tryReserve(50)!.refund();
      expect(budget.remaining).toBe(100);
      expect(budget.isIdle).toBe(true);
    });

    it.each<[string, (reservation: Reservation) => void, number]>([
      ['settle, settle', (each) => [each.settle(10), each.settle(90)], 90],
      ['settle, refund', (each) => [each.settle(10), each.refund()], 90],
      ['refund, settle', (each) => [each.refund(), each.settle(10)], 100],
      ['refund, refund', (each) => [each.refund(), each.refund()], 100],
      ['report, settle', (each) => [each.report(70), each.settle(60)], 40],
      ['report, settle more', (each) => [each.report(70), each.settle(80)], 20],
      ['report, settle less than the estimate', (each) => [each.report(70), each.settle(10)], 90],
      ['report, refund', (each) => [each.report(70), each.refund()], 100],
      ['settle, report', (each) => [each.settle(10), each.report(90)], 90],
      ['refund, report', (each) => [each.refund(), each.report(90)], 100],
    ])('T2: counts the first of settle and refund: %s', (_, act, remaining) => {
      const { budget } = budgetOf(hundredIn10);
      act(budget.tryReserve(50)!);
      expect(budget.remaining).toBe(remaining);
      expect(budget.state.limits[0]!.reserved).toBe(0);
    });

    it('T4: takes what is reported beyond it at once', () => {
      const { budget } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(50)!;
      expect([reservation.report(30), reservation.tokens, budget.remaining]).toEqual([true, 50, 50]);
      expect([reservation.report(60), reservation.tokens, budget.remaining]).toEqual([true, 60, 40]);
      expect([reservation.report(60), reservation.tokens, budget.remaining]).toEqual([true, 60, 40]);
      expect([reservation.report(100), reservation.tokens, budget.remaining]).toEqual([true, 100, 0]);
    });

    it('T4: takes nothing when there is no room, or above maxTokensPerRequest', () => {
      const { budget } = budgetOf(hundredIn10, { maxTokensPerRequest: 80 });
      const reservation = budget.tryReserve(50)!;
      expect([reservation.report(81), reservation.tokens, budget.remaining]).toEqual([false, 50, 50]);
      budget.record(40);
      expect([reservation.report(61), reservation.tokens, budget.remaining]).toEqual([false, 50, 10]);
      expect([reservation.report(60), reservation.tokens, budget.remaining]).toEqual([true, 60, 0]);
    });

    it('T4: competes for room with the reservations of others', () => {
      const { budget } = budgetOf(hundredIn10);
      const [one, other] = [budget.tryReserve(40)!, budget.tryReserve(40)!];
      expect(one.report(60)).toBe(true);
      expect(other.report(41)).toBe(false);
      one.settle(30);
      expect(other.report(70)).toBe(true);
      expect(budget.remaining).toBe(0);
    });

    it.each([
      ['less than the excess', 25, 85, 100],
      ['less than the estimate', 5, 100, 100],
      ['all', 30, 80, 100],
      ['more', 45, 80, 100],
    ])('Q6: gives back what was reported last, and counts a debt at the first grant: %s', (_, actual, atTen, atFifteen) => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(10)!;
      scheduler.run(5);
      reservation.report(30);
      scheduler.run(3);
      reservation.settle(actual);
      expect(budget.remaining).toBe(100 - actual);
      scheduler.run(2);
      expect(budget.remaining).toBe(atTen);
      scheduler.run(5);
      expect(budget.remaining).toBe(atFifteen);
    });

    it('Q6: gives the latest of several excesses back first', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(10)!;
      for (const total of [20, 30]) {
        scheduler.run(3);
        reservation.report(total);
      }
      reservation.settle(25);
      expect(budget.remaining).toBe(75);
      scheduler.run(7);
      expect(budget.remaining).toBe(95);
      scheduler.run(3);
      expect(budget.remaining).toBe(100);
    });

    it.each([
      ['less', 5, 100, 100],
      ['what was reserved', 30, 80, 100],
      ['more', 45, 65, 85],
    ])('Q6: settles after its first grant has left the window: %s', (_, actual, now, atFifteen) => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(10)!;
      scheduler.run(5);
      reservation.report(30);
      scheduler.run(7);
      reservation.settle(actual);
      expect(budget.remaining).toBe(now);
      scheduler.run(3);
      expect(budget.remaining).toBe(atFifteen);
    });

    it('Q6: goes back in full across windows when it is refunded', () => {
      const { budget, scheduler } = budgetOf([slidingWindow({ limit: 100, window: 3 }), slidingWindow({ limit: 100, window: 50 })]);
      const reservation = budget.tryReserve(10)!;
      for (const total of [20, 30, 40]) {
        scheduler.run(2);
        reservation.report(total);
      }
      reservation.refund();
      expect(budget.state.limits.map(({ used, reserved }) => [used, reserved])).toEqual([[0, 0], [0, 0]]);
    });

    it('Q6: gives nothing back to a bucket that has been full since', () => {
      const { budget, scheduler } = budgetOf(tokenBucket({ capacity: 100, refill: 10, interval: 1 }));
      const reservation = budget.tryReserve(50)!;
      scheduler.run(5);
      budget.record(80);
      reservation.refund();
      expect(budget.remaining).toBe(20);
    });

    it('C2: refuses amounts that are none', () => {
      const { budget } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(50)!;
      expect(() => reservation.report(Number.NaN)).toThrow(new RangeError('Reservation.report: total must be a finite number of at least 0, got NaN'));
      expect(() => reservation.settle(-1)).toThrow(new RangeError('Reservation.settle: actual must be a finite number of at least 0, got -1'));
      expect(() => reservation.settle('5' as unknown as number)).toThrow(new TypeError('Reservation.settle: actual must be a number, got "5"'));
      reservation.settle(10);
      expect(budget.remaining).toBe(90);
    });

    it('never loses or invents a token, whatever is done in whatever order', () => {
      const deed = fc.record({
        what: fc.constantFrom('reserve', 'report', 'settle', 'refund'),
        which: fc.nat(4),
        tokens: fc.nat(40),
        later: fc.nat(3),
      });
      fc.assert(
        fc.property(fc.array(deed, { maxLength: 40 }), (deeds) => {
          const { budget, scheduler } = budgetOf(slidingWindow({ limit: 100, window: 1_000 }));
          const open: { reservation: Reservation; tokens: number }[] = [];
          let settled = 0;
          for (const { what, which, tokens, later } of deeds) {
            scheduler.run(later);
            const one = open[which];
            if (what === 'reserve') {
              const reservation = budget.tryReserve(tokens);
              if (reservation !== undefined) {
                open.push({ reservation, tokens });
              }
            } else if (one === undefined) {
              continue;
            } else if (what === 'report') {
              one.tokens = one.reservation.report(tokens) ? Math.max(one.tokens, tokens) : one.tokens;
            } else {
              open.splice(which, 1);
              if (what === 'settle') {
                one.reservation.settle(tokens);
                settled += tokens;
              } else {
                one.reservation.refund();
              }
            }
            const reserved = open.reduce((sum, each) => sum + each.tokens, 0);
            expect(budget.state.limits[0]).toMatchObject({ used: settled, reserved, remaining: 100 - settled - reserved });
          }
          scheduler.run(1_000);
          expect(budget.remaining).toBe(100);
        }),
      );
    });
  });

  describe('record, check, remaining and isIdle', () => {
    it('counts what was used elsewhere, down to debt', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      budget.record(70);
      budget.record(70);
      expect(budget.remaining).toBe(-40);
      scheduler.run(9);
      expect(budget.remaining).toBe(-40);
      scheduler.run(1);
      expect(budget.remaining).toBe(100);
    });

    it('changes nothing by a check', () => {
      const { budget } = budgetOf(hundredIn10);
      expect([budget.check(100), budget.check(100), budget.check(101)]).toEqual([true, true, false]);
      expect(budget.isIdle).toBe(true);
    });

    it('tells what remains of the tightest limit', () => {
      const { budget, scheduler } = budgetOf([slidingWindow({ limit: 100, window: 10 }), slidingWindow({ limit: 120, window: 100 })]);
      budget.record(60);
      expect(budget.remaining).toBe(40);
      scheduler.run(10);
      expect(budget.remaining).toBe(60);
    });

    it('is idle when nothing is used and no reservation is open', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const reservation = budget.tryReserve(0)!;
      expect(budget.isIdle).toBe(false);
      reservation.settle(5);
      expect(budget.isIdle).toBe(false);
      scheduler.run(10);
      expect(budget.isIdle).toBe(true);
      budget.tryReserve(5);
      scheduler.run(50);
      expect(budget.isIdle).toBe(false);
    });

    it('C7: waits no longer when the wall clock is set back', () => {
      const scheduler = new FakeScheduler((elapsed) => (elapsed < 5 ? 1_000_000 + elapsed : elapsed));
      const budget = new TokenBudget({ limits: hundredIn10, scheduler });
      budget.record(100);
      scheduler.run(6);
      expect(budget.remaining).toBe(0);
      scheduler.run(10);
      expect(budget.remaining).toBe(100);
    });

    it.each(['reserve', 'tryReserve', 'check', 'record'] as const)('C2: refuses what is no amount: %s', (method) => {
      const { budget } = budgetOf(hundredIn10);
      const name = `TokenBudget.${method}`;
      for (const value of [Number.NaN, -1, Number.POSITIVE_INFINITY]) {
        expect(() => budget[method](value)).toThrow(new RangeError(`${name}: tokens must be a finite number of at least 0, got ${value}`));
      }
      expect(() => budget[method]({ input: 1 } as unknown as number)).toThrow(new TypeError(`${name}: tokens must be a number, got {"input":1}`));
      expect(budget.isIdle).toBe(true);
    });
  });

  describe('state$ and events$', () => {
    it('C9: tells used and reserved apart, with absolute times', () => {
      const scheduler = new FakeScheduler((elapsed) => 5_000 + elapsed);
      const budget = new TokenBudget({ limits: [hundredIn10, tokenBucket({ capacity: 50, refill: 1, interval: 2 })], scheduler });
      budget.record(10);
      budget.tryReserve(30);
      const state = {
        limits: [
          { limit: 100, window: 10, used: 10, reserved: 30, remaining: 60, resetAt: 5_010 },
          { limit: 50, used: 10, reserved: 30, remaining: 10, resetAt: 5_080 },
        ],
        remaining: 10,
      };
      expect(budget.state).toEqual(state);
      expect(json(budget.state)).toEqual(state);
    });

    it('C9: follows reservations, settlements, records, and the passing of time', () => {
      run(({ expectObservable }) => {
        const budget = new TokenBudget({ limits: hundredIn10 });
        const state = (used: number, reserved: number, resetAt: number): TokenBudgetState => {
          const remaining = 100 - used - reserved;
          return { limits: [{ limit: 100, window: 10, used, reserved, remaining, resetAt }], remaining };
        };
        let reservation: Reservation | undefined;
        afterMs(1, () => {
          reservation = budget.tryReserve(20);
        });
        afterMs(2, () => reservation!.report(30));
        afterMs(3, () => reservation!.settle(25));
        afterMs(4, () => budget.record(7));
        afterMs(5, () => budget.tryReserve(1)!.refund());
        const states = {
          a: state(0, 0, 0),
          b: state(0, 20, 11),
          c: state(0, 30, 12),
          d: state(25, 0, 12),
          e: state(32, 0, 14),
          f: state(32, 1, 15),
          g: state(32, 0, 14),
          h: state(12, 0, 14),
          i: state(7, 0, 14),
          j: state(0, 0, 14),
        };
        const expected = '                        abcde(fg)--hi-j';
        expectObservable(budget.state$, '^ 19ms !').toBe(expected, states);
        expectObservable(budget.state$, '----^---!').toBe('----e(fg)', states);
      });
    });

    it('C9: tells what is reserved also if it is looked at for the first time later', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const [one, other] = [budget.tryReserve(30)!, budget.tryReserve(20)!];
      scheduler.run(5);
      expect(budget.state.limits[0]).toMatchObject({ used: 0, reserved: 50 });
      one.settle(10);
      expect(budget.state.limits[0]).toMatchObject({ used: 10, reserved: 20 });
      scheduler.run(5);
      expect(budget.state.limits[0]).toMatchObject({ used: 0, reserved: 0 });
      other.refund();
      expect(budget.state.limits[0]).toMatchObject({ used: 0, reserved: 0, remaining: 100 });
    });

    it('C9: keeps used at 0 while a token bucket refills under an open reservation', () => {
      const { budget, scheduler } = budgetOf(tokenBucket({ capacity: 100, refill: 10, interval: 1 }));
      budget.tryReserve(50);
      scheduler.run(3);
      expect(budget.state.limits[0]).toMatchObject({ used: 0, reserved: 20, remaining: 80 });
      scheduler.run(3);
      expect(budget.state.limits[0]).toMatchObject({ used: 0, reserved: 0, remaining: 100 });
    });

    it('C9: tells what happened', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      const events: TokenBudgetEvent[] = [];
      budget.record(1);
      budget.events$.subscribe((event) => events.push(event));
      scheduler.run(3);
      budget.reserve(40, 7).subscribe((reservation) => {
        reservation.report(50);
        reservation.settle(45);
      });
      budget.tryReserve(20)!.refund();
      budget.reserve(70, 8).subscribe({ error: () => {} });
      const common = { policy: 'budget', at: 3 };
      expect(events).toEqual([
        { ...common, type: 'reserved', tokens: 40, call: 7 },
        { ...common, type: 'settled', reserved: 50, actual: 45, call: 7 },
        { ...common, type: 'reserved', tokens: 20 },
        { ...common, type: 'refunded', tokens: 20 },
        { ...common, type: 'refused', requested: 70, remaining: 54, call: 8 },
      ]);
    });

    it('C10: holds a timer only while somebody watches and something is used', () => {
      const { budget, scheduler } = budgetOf(hundredIn10);
      budget.record(5);
      budget.tryReserve(5);
      budget.events$.subscribe();
      expect(scheduler.pending).toBe(0);
      const watching = budget.state$.subscribe();
      expect(scheduler.pending).toBe(1);
      watching.unsubscribe();
      expect(scheduler.pending).toBe(0);
      budget.state$.subscribe();
      scheduler.run(10);
      expect(scheduler.pending).toBe(0);
    });

    it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a budget', () => {
      const scheduler = new VirtualTime();
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 3, window: 30 }), scheduler });
      scheduler.schedule(() => { budget.state$.subscribe(); }, 30);
      const used: number[] = [];
      budget.state$.subscribe((state) => used.push(state.limits[0]!.used));
      budget.record(1);
      scheduler.pass(100);
      expect(used).toEqual([0, 1, 0]);
    });
  });

  describe('snapshot and initial', () => {
    /** A budget that goes on from a snapshot, on a wall clock that shows `wall` now. */
    const restored = (limits: Limit | Limit[], snapshot: unknown, wall: number) => {
      const scheduler = new FakeScheduler((elapsed) => wall + elapsed);
      return { scheduler, budget: new TokenBudget({ limits, scheduler, initial: json(snapshot) }) };
    };
    const old = (limits: Limit | Limit[], wall = 1_000) => {
      const scheduler = new FakeScheduler((elapsed) => wall + elapsed);
      return { scheduler, budget: new TokenBudget({ limits, scheduler }) };
    };

    it('T5: goes on where the old one was, counted to the ms', () => {
      const { budget, scheduler } = old(hundredIn10);
      budget.record(60);
      scheduler.run(3);
      budget.record(15);
      const after = restored(hundredIn10, budget.snapshot(), 1_007);
      expect(after.budget.state).toEqual({ limits: [{ limit: 100, window: 10, used: 75, reserved: 0, remaining: 25, resetAt: 1_013 }], remaining: 25 });
      after.scheduler.run(2);
      expect(after.budget.remaining).toBe(25);
      after.scheduler.run(1);
      expect(after.budget.remaining).toBe(85);
      after.scheduler.run(3);
      expect(after.budget.remaining).toBe(100);
    });

    it('T5: goes on counting a token bucket', () => {
      const bucket = tokenBucket({ capacity: 100, refill: 1, interval: 10 });
      const { budget } = old(bucket);
      budget.record(80);
      const after = restored(bucket, budget.snapshot(), 1_100);
      expect(after.budget.remaining).toBe(30);
      after.scheduler.run(690);
      expect(after.budget.remaining).toBe(99);
      expect(after.budget.isIdle).toBe(false);
      after.scheduler.run(10);
      expect(after.budget.isIdle).toBe(true);
    });

    it('T5: carries over what was never used', () => {
      const limits = [hundredIn10, tokenBucket({ capacity: 100, refill: 1, interval: 10 })];
      const { budget } = restored(limits, old(limits).budget.snapshot(), 5);
      expect(budget.isIdle).toBe(true);
      expect(budget.remaining).toBe(100);
    });

    it('T5: carries a debt over', () => {
      const limits = [hundredIn10, tokenBucket({ capacity: 100, refill: 1, interval: 1 })];
      const { budget } = old(limits);
      budget.tryReserve(100)!.settle(130);
      const after = restored(limits, budget.snapshot(), 1_009);
      expect(after.budget.state.limits.map(({ remaining }) => remaining)).toEqual([-30, -21]);
      expect(refusalOf(after.budget, 1)).toMatchObject({ remaining: -30, retryAfter: 22 });
    });

    it('T5: counts what was reserved as used', () => {
      const { budget } = old(hundredIn10);
      budget.tryReserve(40)!.report(50);
      expect(restored(hundredIn10, budget.snapshot(), 1_005).budget.state.limits[0]).toMatchObject({ used: 50, reserved: 0 });
    });

    it('T5: carries every limit over, also twice', () => {
      const limits = [perSecond(100), perHour(1_000), perDay(10_000)];
      const { budget, scheduler } = old(limits);
      budget.record(100);
      scheduler.run(2_000);
      budget.record(30);
      const once = restored(limits, budget.snapshot(), 3_500);
      const twice = restored(limits, once.budget.snapshot(), 4_100);
      expect(twice.budget.state.limits.map(({ used }) => used)).toEqual([0, 130, 130]);
    });

    it('C7: keeps nothing away for longer than a window when the clock was set back in between', () => {
      const limits = [hundredIn10, tokenBucket({ capacity: 100, refill: 10, interval: 1 })];
      const { budget, scheduler } = old(limits, 50_000_000);
      budget.record(20);
      scheduler.run(4);
      budget.record(30);
      const after = restored(limits, budget.snapshot(), 1_000);
      expect(after.budget.state.limits.map(({ used }) => used)).toEqual([50, 30]);
      after.scheduler.run(3);
      expect(after.budget.state.limits.map(({ used }) => used)).toEqual([50, 0]);
      after.scheduler.run(3);
      expect(after.budget.state.limits.map(({ used }) => used)).toEqual([30, 0]);
      after.scheduler.run(4);
      expect(after.budget.isIdle).toBe(true);
    });

    it('T5: is plain JSON', () => {
      const { budget } = old([hundredIn10, tokenBucket({ capacity: 100, refill: 1, interval: 1 })]);
      budget.record(20);
      expect(json(budget.snapshot())).toEqual(budget.snapshot());
    });

    it.each([
      ['{}'], [{ at: '5', limits: {} }], [{ at: 5 }], [{ at: 5, limits: [[]] }], [{ policy: 'limiter', at: 5, limits: {} }],
    ].map(([initial]) => [initial, `TokenBudget: initial must be what snapshot() returned, got ${JSON.stringify(initial)}`] as const))('C2: refuses what is no snapshot: %j', (initial, message) => {
      expect(() => new TokenBudget({ limits: hundredIn10, initial })).toThrow(TypeError);
      expect(() => new TokenBudget({ limits: hundredIn10, initial })).toThrow(message);
    });

    it.each([[12], [[[1]]], [[[1, null]]], [[[null, 1]]], [[['1', 2]]], [[[1, -2]]], [[[2, 1], [1, 1]]]])('T5: refuses entries %j', (entries) => {
      const initial = { policy: 'budget', counts: 'tokens', at: 5, limits: { tokens: [{ limit: hundredIn10, entries }] } };
      expect(() => new TokenBudget({ limits: hundredIn10, initial })).toThrow(TypeError);
      expect(() => new TokenBudget({ limits: hundredIn10, initial })).toThrow('TokenBudget: initial must be what snapshot() returned, got {');
    });

    it.each([[null], [undefined]])('T5: takes %s for nothing saved', (initial) => {
      expect(new TokenBudget({ limits: hundredIn10, initial }).remaining).toBe(100);
    });
  });

  describe('options', () => {
    const config = (given: object) => ({ limits: hundredIn10, ...given });

    it.each<[object, string]>([
      [config({ maxTokensPerRequest: 0 }), 'TokenBudget: maxTokensPerRequest must be a whole number of at least 1, or Infinity, got 0'],
      [config({ maxTokensPerRequest: 1.5 }), 'TokenBudget: maxTokensPerRequest must be a whole number of at least 1, or Infinity, got 1.5'],
      [config({ maxTokensPerRequest: Number.NaN }), 'TokenBudget: maxTokensPerRequest must be a whole number of at least 1, or Infinity, got NaN'],
      [config({ scheduler: 1 }), 'TokenBudget: scheduler must be a scheduler with now() and schedule(), got 1'],
      [config({ refundOn: 5 }), 'TokenBudget: refundOn must be a function, got 5'],
      [config({ maxWait: 5 }), 'TokenBudget: unknown option maxWait: 5; known are limits, counts, maxTokensPerRequest, refundOn, name, initial, scheduler'],
      [{}, 'TokenBudget: limits must be given, got undefined'],
      [{ limits: [] }, 'TokenBudget: limits.tokens must hold at least one limit, got []'],
      [{ limits: { tokens: hundredIn10 } }, 'TokenBudget: limits.tokens: a limit is made by'],
    ])('C2: refuses %j', (given, message) => {
      expect(() => new TokenBudget(given as TokenBudgetConfig)).toThrow(message);
    });

    it('C2: takes Infinity for maxTokensPerRequest', () => {
      expect(new TokenBudget(config({ maxTokensPerRequest: Number.POSITIVE_INFINITY }) as TokenBudgetConfig).check(100)).toBe(true);
    });
  });

  it('is a Budget', () => {
    expectTypeOf<TokenBudget>().toExtend<Budget>();
    expectTypeOf<TokenBudgetEvent['type']>().toEqualTypeOf<'reserved' | 'settled' | 'refunded' | 'refused'>();
  });
});

describe('TokenBudgetExceededError', () => {
  const info = { requested: 5, remaining: 1, limit: 10, reason: 'budget' } as const;

  it('C8: is an Error with a name and readonly data', () => {
    const error = new TokenBudgetExceededError({ ...info, retryAfter: 7 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'TokenBudgetExceededError', ...info, retryAfter: 7 });
  });

  it('C8: is recognised by its brand', () => {
    const copy = Object.assign(new Error('from another copy'), { [Symbol.for('rxjs-resilience.error')]: 'TokenBudgetExceededError' });
    expect(copy).toBeInstanceOf(TokenBudgetExceededError);
    expect(new Error('other')).not.toBeInstanceOf(TokenBudgetExceededError);
  });

  it('leaves retryAfter out where waiting does not help', () => {
    expect(JSON.stringify(new TokenBudgetExceededError(info))).not.toContain('retryAfter');
  });
});

describe('refundOn of a budget', () => {
  it('T3: says by default whether an error tells that nothing was billed', () => {
    const { refundOn } = new TokenBudget({ limits: perHour(1) });
    expect([refundOn({ status: 400 }), refundOn({ status: 504 }), refundOn(new Error('?'))]).toEqual([true, false, false]);
  });
});
