import { Observable, Subject, takeUntil } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Reservation,
  type SlidingWindow,
  slidingWindow,
  type TokenBucket,
  TokenBudget,
  type TokenBudgetEvent,
  TokenBudgetExceededError,
  type TokenEstimate,
  tokenBucket,
  tokenBudget,
  type Usage,
} from '../../src/index';
import { VirtualTime } from '../circuit/virtual-time';
import { NaiveClock } from '../support/naive-clock';
import { fc, runs } from '../support/property';
import { NaiveBudget, type NaiveReservation } from './naive-budget';
import { NaiveCost, type Said } from './naive-cost';

type Limit = SlidingWindow | TokenBucket;

const window = fc.record({ limit: fc.integer({ min: 1, max: 14 }), window: fc.integer({ min: 1, max: 40 }) }).map(slidingWindow);
/** ms for each token that binary fractions can express, so that the naive count is exact. */
const bucket = fc
  .record({ capacity: fc.integer({ min: 1, max: 14 }), refill: fc.constantFrom(1, 2, 4), interval: fc.constantFrom(1, 2, 8, 32) })
  .map(tokenBucket);
const anyLimits = fc.array(fc.oneof(window, bucket), { minLength: 1, maxLength: 3 });
const anyWindows = fc.array(window, { minLength: 1, maxLength: 3 });
const largest = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 1, max: 12 }));
const tokens = fc.oneof({ weight: 4, arbitrary: fc.integer({ min: 0, max: 9 }) }, fc.integer({ min: 0, max: 60 }).map((quarters) => quarters / 4));

const amount = fc.integer({ min: 0, max: 30 });

type Step =
  | { readonly do: 'pass' | 'clock'; readonly ms: number; readonly isSeen: boolean }
  | { readonly do: 'tryReserve' | 'reserve' | 'leave' | 'check' | 'record'; readonly tokens: number }
  | { readonly do: 'report' | 'settle' | 'refund'; readonly which: number; readonly tokens: number }
  | { readonly do: 'restart'; readonly ms: number };

const passing = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 30 }), isSeen: fc.boolean() });
const asking = fc.record({ do: fc.constantFrom('tryReserve' as const, 'reserve' as const, 'check' as const), tokens });
const ending = fc.record({ do: fc.constantFrom('report' as const, 'report' as const, 'settle' as const, 'refund' as const), which: fc.nat(7), tokens });
const plain: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: passing },
  { weight: 6, arbitrary: asking },
  { weight: 5, arbitrary: ending },
  { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('record' as const, 'leave' as const), tokens }) },
);
const anything: fc.Arbitrary<Step> = fc.oneof(
  { weight: 14, arbitrary: plain },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -50, max: 50 }), isSeen: fc.boolean() }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('restart' as const), ms: fc.integer({ min: -20, max: 20 }) }) },
);
const trace = (step: fc.Arbitrary<Step>, maxLength = 60) => fc.array(step, { maxLength, size: 'max' });

const json = (value: unknown) => JSON.parse(JSON.stringify(value));

/** A budget and its naive twin; every step is taken by both. */
class Twins {
  readonly time = new VirtualTime();
  readonly clock = new NaiveClock();
  budget: TokenBudget;
  readonly naive: NaiveBudget;
  reservations: { readonly real: Reservation; readonly model: NaiveReservation }[] = [];
  readonly events: TokenBudgetEvent[] = [];
  readonly expectedEvents: object[] = [];

  constructor(readonly limits: readonly Limit[], readonly maxTokensPerRequest: number) {
    this.naive = new NaiveBudget(limits, maxTokensPerRequest);
    this.budget = this.#made();
  }

  get now(): number {
    return this.clock.now();
  }

  act(step: Step): void {
    switch (step.do) {
      case 'pass':
        this.pass(step.ms);
        break;
      case 'clock':
        this.time.offset += step.ms;
        this.clock.pass(step.ms);
        break;
      case 'check':
        expect(this.budget.check(step.tokens)).toBe(this.naive.check(step.tokens, this.now));
        break;
      case 'tryReserve':
        this.#reserved(step.tokens, this.budget.tryReserve(step.tokens));
        break;
      case 'reserve':
        this.#reserve(step.tokens);
        break;
      case 'leave':
        this.#leave(step.tokens);
        break;
      case 'record':
        this.budget.record(step.tokens);
        this.naive.record(step.tokens, this.now);
        break;
      case 'report':
      case 'settle':
      case 'refund':
        this.#change(step);
        break;
      case 'restart':
        this.restart(step.ms);
        break;
    }
  }

  pass(ms: number): void {
    this.time.pass(ms);
    this.clock.pass(ms);
  }

  /** Saved by one process and loaded by another some time later; below 0 by one whose clock is behind. */
  restart(downtime: number): void {
    const saved = json(this.budget.snapshot());
    this.clock.now(); // a snapshot is a look as well
    this.naive.restart();
    this.reservations = [];
    this.time.offset += downtime;
    this.clock.pass(downtime);
    this.budget = this.#made(saved);
  }

  compare(): void {
    const { now, naive } = this;
    const { limits, remaining } = this.budget.state;
    const toWall = this.time.now() - now;
    const seen = limits.map(({ used, reserved, remaining, resetAt, limit, window }, index) => ({
      used, reserved, remaining, limit, window, isReset: this.#isReset(index, resetAt! - toWall),
    }));
    const expected = naive.states(now).map((state, index) => ({
      ...state, ...totalsOf(this.limits[index]!), isReset: true,
    }));
    const held = this.reservations.map(({ real }) => real.tokens);
    const isIdle = this.reservations.length === 0 && naive.usedAt(now).every((used) => used === 0);
    // One comparison for each step: `expect` is what takes the time here.
    expect([seen, remaining, this.budget.remaining, held, this.budget.isIdle, this.time.timers]).toEqual([
      expected, naive.remaining(now), naive.remaining(now),
      this.reservations.map(({ model }) => model.pieces.reduce((sum, { tokens }) => sum + tokens, 0)), isIdle, 0,
    ]);
  }

  #isReset(index: number, at: number): boolean {
    const usedAt = (time: number) => this.naive.usedAt(time)[index];
    return at >= this.now && usedAt(at) === 0 && (at === this.now || usedAt(at - 1) !== 0);
  }

  #made(initial?: unknown): TokenBudget {
    const { limits, maxTokensPerRequest, time } = this;
    const budget = new TokenBudget({ limits, maxTokensPerRequest, scheduler: time, initial });
    budget.events$.subscribe((event) => this.events.push(event));
    expect(budget.remaining).toBe(this.naive.remaining(this.now)); // the first look
    return budget;
  }

  #reserve(tokens: number): void {
    let real: Reservation | undefined;
    let error: unknown;
    const ends: string[] = [];
    this.budget.reserve(tokens).subscribe({
      next: (reservation) => {
        real = reservation;
      },
      error: (each) => {
        error = each;
        ends.push('error');
      },
      complete: () => ends.push('complete'),
    });
    expect([real === undefined, ends]).toEqual(real === undefined ? [true, []] : [false, ['complete']]); // C12
    const { now } = this;
    this.time.pass(0);
    if (real === undefined) {
      const { limit, reason } = this.#refusal(tokens, now);
      const remaining = this.naive.remaining(now);
      const retryAfter = this.naive.retryAfter(tokens, now);
      expect(error).toBeInstanceOf(TokenBudgetExceededError);
      expect({ ...(error as object) }).toEqual({
        requested: tokens, remaining, limit, reason, ...(retryAfter === undefined ? {} : { retryAfter }),
      });
      this.expectedEvents.push({ type: 'refused', requested: tokens, remaining });
    }
    this.#reserved(tokens, real);
  }

  /** Which limit has refused: one that is too small at all, or else the tightest. */
  #refusal(tokens: number, now: number): { limit: number; reason: string } {
    if (tokens > this.maxTokensPerRequest) {
      return { limit: this.maxTokensPerRequest, reason: 'request-too-large' };
    }
    const totals = this.limits.map((limit) => totalsOf(limit).limit);
    const tightest = this.naive.states(now).findIndex(({ remaining }) => remaining === this.naive.remaining(now));
    return { limit: totals.find((total) => tokens > total) ?? totals[tightest]!, reason: 'budget' };
  }

  #reserved(tokens: number, real: Reservation | undefined): void {
    const { now } = this;
    expect(real !== undefined).toBe(this.naive.check(tokens, now));
    if (real !== undefined) {
      this.reservations.push({ real, model: this.naive.reserve(tokens, now) });
      this.expectedEvents.push({ type: 'reserved', tokens });
    }
  }

  /** Somebody who leaves on hearing of what was reserved for them: nobody is there to receive it. */
  #leave(tokens: number): void {
    const { now } = this;
    const isGiven = this.naive.check(tokens, now);
    const { timers } = this.time;
    const stop = new Subject<void>();
    const listener = this.budget.events$.subscribe(() => stop.next());
    const heard: unknown[] = [];
    this.budget.reserve(tokens).pipe(takeUntil(stop)).subscribe({
      next: (reservation) => heard.push(reservation),
      error: (error) => heard.push(error),
    });
    listener.unsubscribe();
    expect(this.time.timers).toBe(timers);
    this.time.pass(0);
    expect(heard).toEqual([]);
    if (isGiven) {
      const reservation = this.naive.reserve(tokens, now);
      this.naive.end(reservation, 0, now);
      this.expectedEvents.push({ type: 'reserved', tokens }, { type: 'refunded', tokens });
    } else {
      this.expectedEvents.push({ type: 'refused', requested: tokens, remaining: this.naive.remaining(now) });
    }
  }

  #change(step: Extract<Step, { which: number }>): void {
    const { now } = this;
    const chosen = this.reservations.at(step.which % Math.max(1, this.reservations.length));
    if (chosen === undefined) {
      return;
    }
    const { real, model } = chosen;
    if (step.do === 'report') {
      expect(real.report(step.tokens)).toBe(this.naive.report(model, step.tokens, now));
      return;
    }
    const reserved = real.tokens;
    for (const actual of [step.tokens, step.tokens + 3]) {
      // The second is one too many: the first of settle and refund wins.
      step.do === 'settle' ? real.settle(actual) : real.refund();
    }
    expect(real.report(step.tokens + 99)).toBe(true);
    this.naive.end(model, step.do === 'settle' ? step.tokens : 0, now);
    this.expectedEvents.push(
      step.do === 'settle' ? { type: 'settled', reserved, actual: step.tokens } : { type: 'refunded', tokens: reserved },
    );
    this.reservations = this.reservations.filter((each) => each !== chosen);
  }
}

function totalsOf(limit: Limit): { limit: number; window: number | undefined } {
  return limit.kind === 'window' ? { limit: limit.limit, window: limit.window } : { limit: limit.capacity, window: undefined };
}

describe('TokenBudget and a naive list of reservations', { timeout: runs(60_000) }, () => {
  it('T1, T5, C7, C9, C12: agree on every state, answer, error and event, whatever happens in whatever order', () => {
    fc.assert(
      fc.property(anyLimits, largest, trace(anything), (limits, maxTokensPerRequest, steps) => {
        const twins = new Twins(limits, maxTokensPerRequest);
        for (const step of steps) {
          twins.act(step);
          if (!('isSeen' in step) || step.isSeen) {
            twins.compare();
          }
        }
        expect(twins.events.map(({ at: _, policy: __, call: ___, ...event }) => event)).toEqual(twins.expectedEvents);
      }),
      { numRuns: runs(150) },
    );
  });

  it('T4: agree on runaway calls, whose excesses are taken when they are reported and given back the last one first', () => {
    const roomy = fc.array(fc.record({ limit: fc.integer({ min: 40, max: 80 }), window: fc.integer({ min: 10, max: 60 }) }).map(slidingWindow), { minLength: 1, maxLength: 2 });
    const running: fc.Arbitrary<Step> = fc.oneof(
      { weight: 2, arbitrary: fc.record({ do: fc.constant('tryReserve' as const), tokens: amount }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('report' as const), which: fc.nat(1), tokens: amount }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('settle' as const), which: fc.nat(1), tokens: amount }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 10 }), isSeen: fc.constant(true) }) },
    );
    fc.assert(
      fc.property(roomy, fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 10, max: 40 })), trace(running), (limits, maxTokensPerRequest, steps) => {
        const twins = new Twins(limits, maxTokensPerRequest);
        for (const step of steps) {
          twins.act(step);
          twins.compare();
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('T1: what was refused fits after exactly retryAfter, and not a millisecond before', () => {
    fc.assert(
      fc.property(anyLimits, trace(plain, 40), tokens, (limits, steps, asked) => {
        const twins = new Twins(limits, Number.POSITIVE_INFINITY);
        for (const step of steps) {
          twins.act(step);
        }
        const { budget, time } = twins;
        fc.pre(!budget.check(asked));
        const { retryAfter } = budget.exceeded(asked);
        if (retryAfter === undefined) {
          expect(limits.some((limit) => totalsOf(limit).limit < asked)).toBe(true);
          return;
        }
        time.pass(retryAfter - 1);
        expect(budget.check(asked)).toBe(false);
        expect(budget.tryReserve(asked)).toBeUndefined();
        time.pass(1);
        expect(budget.check(asked)).toBe(true);
        expect(budget.tryReserve(asked)?.tokens).toBe(asked);
      }),
      { numRuns: runs(150) },
    );
  });

  it('T1: concurrent reservations never pass a limit together, in any window', () => {
    fc.assert(
      fc.property(anyWindows, trace(fc.oneof({ weight: 1, arbitrary: passing }, { weight: 3, arbitrary: asking }, { weight: 2, arbitrary: ending }), 80), (windows, steps) => {
        const time = new VirtualTime();
        const budget = new TokenBudget({ limits: windows, scheduler: time });
        const open: { readonly reservation: Reservation; readonly taken: { readonly at: number; tokens: number }[] }[] = [];
        const taken: { readonly at: number; tokens: number }[] = [];
        const take = (list: { readonly at: number; tokens: number }[], tokens: number) => {
          const each = { at: time.frame, tokens };
          list.push(each);
          taken.push(each);
        };
        for (const step of steps) {
          const chosen = 'which' in step ? open[step.which % Math.max(1, open.length)] : undefined;
          if (step.do === 'pass') {
            time.pass(step.ms);
          } else if (step.do === 'reserve' || step.do === 'tryReserve') {
            const reservation = budget.tryReserve(step.tokens);
            if (reservation !== undefined) {
              open.push({ reservation, taken: [] });
              take(open.at(-1)!.taken, step.tokens);
            }
          } else if (step.do === 'report' && chosen !== undefined) {
            const before = chosen.reservation.tokens;
            if (chosen.reservation.report(step.tokens) && step.tokens > before) {
              take(chosen.taken, step.tokens - before);
            }
          } else if (step.do === 'settle' && chosen !== undefined) {
            const cost = Math.min(step.tokens, chosen.reservation.tokens);
            chosen.reservation.settle(cost);
            let rest = cost;
            for (const each of chosen.taken) {
              each.tokens = Math.min(each.tokens, rest);
              rest -= each.tokens;
            }
            open.splice(open.indexOf(chosen), 1);
          }
          expect(budget.remaining).toBeGreaterThanOrEqual(0);
        }
        for (const { limit, window } of windows) {
          for (const { at: from } of taken) {
            const within = taken.filter(({ at }) => at >= from && at < from + window);
            expect(within.reduce((sum, { tokens }) => sum + tokens, 0)).toBeLessThanOrEqual(limit);
          }
        }
      }),
      { numRuns: runs(100) },
    );
  });

  it('T1, C9: no token is lost or made: what is left, and what the events tell, is the limit less all that was taken', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 200 }), trace(plain, 80), (limit, steps) => {
        const twins = new Twins([slidingWindow({ limit, window: 1e6 })], Number.POSITIVE_INFINITY);
        let left = limit;
        for (const step of steps) {
          const before = new Map(twins.reservations.map(({ real }) => [real, real.tokens]));
          twins.act(step);
          left -= step.do === 'record' ? step.tokens : 0;
          for (const { real } of twins.reservations) {
            left -= real.tokens - (before.get(real) ?? 0);
            before.delete(real);
          }
          for (const reserved of before.values()) {
            left += reserved - (step.do === 'settle' ? step.tokens : 0);
          }
          const { used, reserved, remaining } = twins.budget.state.limits[0]!;
          expect([twins.budget.remaining, remaining, used + reserved]).toEqual([left, left, limit - left]);
        }
        const settled = twins.events.reduce((sum, event) => sum + (event.type === 'settled' ? event.actual : 0), 0);
        const recorded = steps.reduce((sum, step) => sum + (step.do === 'record' ? step.tokens : 0), 0);
        const held = twins.reservations.reduce((sum, { real }) => sum + real.tokens, 0);
        expect(limit - settled - recorded - held).toBe(left);
      }),
      { numRuns: runs(100) },
    );
  });

  it('T5: a restart at any moment goes on exactly as the original does', () => {
    fc.assert(
      fc.property(anyLimits, largest, trace(plain, 40), fc.integer({ min: -20, max: 20 }), trace(plain, 40), (limits, maxTokensPerRequest, before, zone, after) => {
        const twins = new Twins(limits, maxTokensPerRequest);
        for (const step of before) {
          twins.act(step);
        }
        const { time, budget: original } = twins;
        const otherTime = new VirtualTime(); // of another process, whose own clock began at some other time
        otherTime.pass(Math.abs(zone));
        otherTime.offset = time.now() - otherTime.frame;
        const copy = new TokenBudget({ limits, maxTokensPerRequest, scheduler: otherTime, initial: json(original.snapshot()) });
        const both: (readonly [Reservation, Reservation])[] = [];
        const agree = () => {
          const [one, other] = [original, copy].map(({ state: { remaining, limits } }) => ({
            remaining, limits: limits.map(({ used, reserved, ...rest }) => ({ ...rest, used: used + reserved })),
          }));
          expect(other).toEqual(one);
          expect(json(copy.snapshot())).toEqual(json(original.snapshot()));
        };
        agree();
        for (const step of after) {
          if (step.do === 'pass') {
            time.pass(step.ms);
            otherTime.pass(step.ms);
          } else if ('which' in step) {
            const [which] = both.splice(step.which % Math.max(1, both.length), 1);
            const answers = which?.map((each) => (step.do === 'refund' ? each.refund() : each[step.do](step.tokens)));
            expect(answers?.[1]).toBe(answers?.[0]);
          } else if (step.do === 'record') {
            original.record(step.tokens);
            copy.record(step.tokens);
          } else if ('tokens' in step) {
            const [one, other] = [original.tryReserve(step.tokens), copy.tryReserve(step.tokens)];
            expect(other === undefined).toBe(one === undefined);
            if (one !== undefined && other !== undefined) {
              both.push([one, other]);
            } else {
              expect({ ...copy.exceeded(step.tokens) }).toEqual({ ...original.exceeded(step.tokens) });
            }
          }
          agree();
        }
      }),
      { numRuns: runs(120) },
    );
  });

  it('C9, C10: who watches sees every change at its time; no timer is held while nobody does', () => {
    fc.assert(
      fc.property(anyWindows, trace(plain), (limits, steps) => {
        const twins = new Twins(limits, Number.POSITIVE_INFINITY);
        const { budget, time } = twins;
        const visible = () => budget.state.limits.map(({ resetAt, ...limit }) => ({ ...limit, resetAt: limit.used + limit.reserved === 0 ? 0 : resetAt }));
        let seen: unknown;
        const watching = budget.state$.subscribe(({ limits }) => {
          seen = limits.map(({ resetAt, ...limit }) => ({ ...limit, resetAt: limit.used + limit.reserved === 0 ? 0 : resetAt }));
        });
        for (const step of steps) {
          if (step.do === 'pass') {
            for (let ms = 0; ms < step.ms; ms += 1) {
              twins.pass(1);
              expect(seen).toEqual(visible());
            }
          } else {
            twins.act(step);
            expect(seen).toEqual(visible());
          }
          expect(time.timers).toBe(budget.state.limits.some(({ used, reserved }) => used + reserved > 0) ? 1 : 0);
        }
        watching.unsubscribe();
        expect(time.timers).toBe(0);
      }),
      { numRuns: runs(60) },
    );
  });

  it('C7: whatever the clock does, nobody is told to wait longer than a window, and the same trace tells the same', () => {
    const told = (limits: readonly Limit[], steps: readonly Step[]) => {
      const time = new VirtualTime();
      const budget = new TokenBudget({ limits, scheduler: time });
      const events: unknown[] = [];
      budget.events$.subscribe((event) => events.push(event));
      const open: Reservation[] = [];
      for (const step of steps) {
        if (step.do === 'pass') {
          time.pass(step.ms);
        } else if (step.do === 'clock') {
          time.offset += step.ms * 10;
        } else if ('which' in step) {
          open.splice(step.which % Math.max(1, open.length), 1)[0]?.refund();
        } else if (step.do === 'tryReserve' || step.do === 'reserve') {
          const reservation = budget.tryReserve(step.tokens);
          if (reservation === undefined) {
            events.push(budget.exceeded(step.tokens).retryAfter);
            const longest = Math.max(...limits.map((limit) => (limit.kind === 'window' ? limit.window : 0)));
            expect(budget.exceeded(step.tokens).retryAfter ?? 0).toBeLessThanOrEqual(longest);
          } else {
            open.push(reservation);
          }
        }
      }
      return [events, budget.state];
    };
    fc.assert(
      fc.property(anyWindows, trace(anything), (limits, steps) => {
        expect(told(limits, steps)).toEqual(told(limits, steps));
      }),
      { numRuns: runs(100) },
    );
  });
});

const usages: fc.Arbitrary<Usage> = fc.record({ input: amount, output: amount, total: amount, final: fc.boolean() }, { requiredKeys: ['final'] });
const said: fc.Arbitrary<Said> = fc.record({
  usage: fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: amount }, { weight: 2, arbitrary: usages }),
  count: fc.integer({ min: 0, max: 40 }).map((quarters) => quarters / 4),
  type: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: fc.constant('message_stop' as const) }),
});
const calls = fc.record({
  estimate: fc.oneof(amount, fc.record({ input: amount, output: amount })) as fc.Arbitrary<TokenEstimate>,
  values: fc.array(said, { maxLength: 6 }),
  ending: fc.constantFrom('complete' as const, 'error' as const, 'unsubscribe' as const),
  isUnbilled: fc.boolean(),
  overrun: fc.constantFrom('allow' as const, 'error' as const),
  isSynchronous: fc.boolean(),
});

describe('tokenBudget and the rules of what a call costs', { timeout: runs(60_000) }, () => {
  const limits = fc.record({ limit: fc.integer({ min: 1, max: 80 }), largest: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 20, max: 60 })) });
  const [unbilled, unknown] = [{ status: 503 }, new Error('down')];

  it('T1, T2, T3, T4, C5, C8, C11: settles every call once, to what it has cost, before anybody hears of its end', () => {
    fc.assert(
      fc.property(limits, fc.array(calls, { minLength: 1, maxLength: 5 }), ({ limit, largest }, calls) => {
        const time = new VirtualTime();
        const budget = new TokenBudget({ limits: slidingWindow({ limit, window: 1e6 }), maxTokensPerRequest: largest, scheduler: time });
        const ends: object[] = [];
        budget.events$.subscribe(({ at: _, policy: __, call: ___, ...event }) => event.type.endsWith('ed') && event.type !== 'reserved' && ends.push(event));
        let left = limit;

        for (const { estimate, values, ending, isUnbilled, overrun, isSynchronous } of calls) {
          const down = isUnbilled ? unbilled : unknown;
          const total = typeof estimate === 'number' ? estimate : estimate.input + estimate.output;
          const isLetThrough = left > 0 && total <= Math.min(left, largest);
          const { delivered, runaway, reserved } = expectedOf({ estimate, values, overrun }, total, left - total, largest);
          const how = runaway === undefined ? ending : 'error';
          const cost = new NaiveCost(estimate, values.slice(0, delivered)).after(how, isUnbilled);

          const heard: unknown[] = [];
          let pulled = 0;
          const source = new Observable<Said>((subscriber) => {
            const say = () => {
              for (const value of values) {
                if (subscriber.closed) {
                  return;
                }
                pulled += 1;
                subscriber.next(value);
              }
              ending === 'complete' ? subscriber.complete() : ending === 'error' && subscriber.error(down);
            };
            isSynchronous ? say() : subscriber.add(time.schedule(say, 3));
          });
          let reservedAtEnd = 0;
          const look = () => {
            reservedAtEnd = budget.state.limits[0]!.reserved;
          };
          ends.length = 0;
          const call = source.pipe(tokenBudget(budget, { estimate, overrun, usage: ({ usage }) => usage, count: ({ count }) => count })).subscribe({
            next: (value) => heard.push(value),
            error: (error) => {
              look();
              heard.push(error);
            },
            complete: () => {
              look();
              heard.push('complete');
            },
          });
          time.pass(3);
          call.unsubscribe();

          if (!isLetThrough) {
            expect(heard).toEqual([expect.any(TokenBudgetExceededError)]);
            expect([pulled, budget.remaining, time.timers]).toEqual([0, left, 0]);
            continue;
          }
          const end = runaway === undefined ? { complete: ['complete'], error: [down], unsubscribe: [] }[ending] : [expect.any(TokenBudgetExceededError)];
          expect(heard).toEqual([...values.slice(0, delivered), ...end]);
          if (runaway !== undefined) {
            const isTooLarge = runaway > largest;
            const error = { requested: runaway, limit: isTooLarge ? largest : limit, reason: isTooLarge ? 'request-too-large' : 'budget', remaining: left - reserved };
            expect(heard.at(-1)).toMatchObject(error);
          }
          left -= cost ?? 0;
          const settlement = cost === undefined ? { type: 'refunded', tokens: reserved } : { type: 'settled', reserved, actual: cost };
          expect([ends, pulled, budget.remaining, reservedAtEnd, time.timers]).toEqual([[settlement], delivered, left, 0, 0]);
        }
      }),
      { numRuns: runs(400) },
    );
  });
});

/** How many values pass, what the call has come to if it is stopped for that, and what is reserved for it by then. */
function expectedOf({ estimate, values, overrun }: { estimate: TokenEstimate; values: readonly Said[]; overrun: string }, total: number, room: number, largest: number) {
  let reserved = total;
  for (let count = 1; overrun === 'error' && count <= values.length; count += 1) {
    const before = new NaiveCost(estimate, values.slice(0, count - 1)).soFar;
    const cost = new NaiveCost(estimate, values.slice(0, count));
    if (!cost.isOver && cost.soFar > Math.max(before, reserved)) {
      const left = room - (reserved - total);
      if (cost.soFar > largest || left <= 0 || cost.soFar - reserved > left) {
        return { delivered: count, runaway: cost.soFar, reserved };
      }
      reserved = cost.soFar;
    }
  }
  return { delivered: values.length, runaway: undefined, reserved };
}
