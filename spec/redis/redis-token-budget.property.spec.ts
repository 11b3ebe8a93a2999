import { describe, expect, it } from 'vitest';
import type { Reservation } from '../../src/budget/budget';
import { calendarWindow, inTotal, type Limit, slidingWindow, tokenBucket } from '../../src/quota/limits';
import { RedisTokenBudget } from '../../src/redis';
import { NaiveBudget, type NaiveReservation } from '../budget/naive-budget';
import { fc, runs } from '../support/property';
import { serverForRuns } from './support/each-test';

const nextRun = serverForRuns();

type Step =
  | { readonly do: 'reserve'; readonly process: number; readonly tokens: number }
  | { readonly do: 'record'; readonly process: number; readonly tokens: number }
  | { readonly do: 'report' | 'settle' | 'refund'; readonly which: number; readonly tokens: number }
  | { readonly do: 'pass'; readonly ms: number };

const total = fc.integer({ min: 5, max: 40 });
const window = fc.record({ limit: total, window: fc.integer({ min: 5, max: 30 }) }).map(slidingWindow);
/** Rates that floating point keeps exactly, so that the models are not off by a hair. */
const bucket = fc.record({ capacity: total, refill: fc.constantFrom(1, 2), interval: fc.constantFrom(1, 2, 4) }).map(tokenBucket);
const hour = 3_600_000;
const calendar = fc
  .record({ limit: total, every: fc.constantFrom('hour' as const, 'day' as const), timeZone: fc.constantFrom('UTC', 'Asia/Kolkata') })
  .map(calendarWindow);
const inAll = fc.integer({ min: 20, max: 200 }).map(inTotal);
const limits = fc.array(fc.oneof(window, bucket), { minLength: 1, maxLength: 3 });
const periods = fc.array(fc.oneof({ weight: 2, arbitrary: calendar }, window, inAll), { minLength: 1, maxLength: 3 });
/** So wrong are the clocks of the processes. */
const wrong = fc.constantFrom(0, 1_500, -2 * hour, 40 * 24 * hour);
const tokens = fc.integer({ min: 0, max: 25 });
const steps = fc.array(
  fc.oneof(
    { weight: 8, arbitrary: fc.record({ do: fc.constant('reserve' as const), process: fc.nat(1), tokens }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constant('record' as const), process: fc.nat(1), tokens }) },
    { weight: 8, arbitrary: fc.record({ do: fc.constantFrom('report' as const, 'settle' as const, 'refund' as const), which: fc.nat(9), tokens }) },
    { weight: 5, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 12 }) }) },
  ) as fc.Arbitrary<Step>,
  { minLength: 5, maxLength: 40 },
);

describe('RedisTokenBudget and a naive budget', { timeout: runs(60_000) }, () => {
  it('T1, T4, Q6: agree on what is reserved and refused, when it is worth asking again, and what is used, in two processes', async () => {
    const most = fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 10, max: 25 }));
    await fc.assert(
      fc.asyncProperty(limits, most, steps, (limits, most, steps) => play({ limits, most, steps })),
      { numRuns: runs(120) },
    );
  });

  it('Q7, D11: the same by the calendar and in total, however wrong the clocks of the processes are', async () => {
    const wide = steps.map((list) => list.map((step) => (step.do === 'pass' && step.ms > 10 ? { ...step, ms: 35 * 60_000 } : step)));
    await fc.assert(
      fc.asyncProperty(periods, wide, wrong, (limits, steps, wrong) => play({ limits, steps, wrong })),
      { numRuns: runs(80) },
    );
  });

  it('T1, Q6, D2: the same in windows of many slots', async () => {
    const long = fc.array(fc.record({ limit: total, window: fc.integer({ min: 4_200, max: 60_000 }) }).map(slidingWindow), { minLength: 1, maxLength: 2 });
    const slow = steps.map((list) => list.map((step) => (step.do === 'pass' ? { ...step, ms: step.ms > 8 ? 300 * step.ms : step.ms } : step)));
    await fc.assert(
      fc.asyncProperty(long, slow, (limits, steps) => play({ limits, steps })),
      { numRuns: runs(100) },
    );
  });

  it('T6, D11: the same for money, to a millionth', async () => {
    const cents = (step: Step): Step => ('tokens' in step ? { ...step, tokens: step.tokens / 1_000 } : step);
    const money = fc.array(fc.oneof(fc.integer({ min: 5, max: 40 }).map((limit) => slidingWindow({ limit: limit / 1_000, window: 20 })), fc.constant(calendarWindow({ limit: 0.03, every: 'hour' }))), { minLength: 1, maxLength: 2 });
    await fc.assert(
      fc.asyncProperty(money, steps, (limits, steps) => play({ limits, steps: steps.map(cents), counts: 'cost' })),
      { numRuns: runs(80) },
    );
  });
});

interface Trace {
  readonly limits: readonly Limit[];
  readonly most?: number;
  readonly steps: readonly Step[];
  /** What the clocks of the processes are behind that of the server. */
  readonly wrong?: number;
  readonly counts?: 'tokens' | 'cost';
}

const tidy = (units: number) => Math.round(units * 1e6) / 1e6 + 0; // no -0

async function play({ limits, most: maxTokensPerRequest = Number.POSITIVE_INFINITY, steps, wrong = 0, counts = 'tokens' }: Trace): Promise<void> {
  const { redis, key } = nextRun('budget');
  const boundary = 1_700_000_000_000 - (1_700_000_000_000 % hour) - 25; // of an hour, by the clock of the server
  redis.ahead = wrong;
  redis.scheduler.wall = (elapsed) => boundary - wrong + elapsed;
  const config = { key, limits, maxTokensPerRequest, counts, scheduler: redis.scheduler };
  const budgets = [new RedisTokenBudget(redis, config), new RedisTokenBudget(redis, config)];
  const naive = new NaiveBudget(limits, maxTokensPerRequest, boundary);
  const open: { readonly real: Reservation; readonly naive: NaiveReservation; reported: number }[] = [];

  for (const step of steps) {
    const now = redis.scheduler.elapsed;
    if (step.do === 'pass') {
      await redis.pass(step.ms, Math.max(1, step.ms / 20));
    } else if (step.do === 'record') {
      budgets[step.process]!.record(step.tokens);
      naive.record(step.tokens, now);
    } else if (step.do === 'reserve') {
      const isGiven = naive.check(step.tokens, now);
      const heard: unknown[] = [];
      const expected = isGiven ? { tokens: step.tokens } : {
        requested: step.tokens,
        reason: step.tokens > maxTokensPerRequest ? 'request-too-large' : 'budget',
        retryAfter: naive.retryAfter(step.tokens, now),
      };
      new RedisTokenBudget(redis, config).reserve(step.tokens) // by a process that remembers no refusal
      .subscribe({
        next: (real) => {
          heard.push({ tokens: real.tokens });
          open.push({ real, naive: naive.reserve(step.tokens, now), reported: step.tokens });
        },
        error: ({ requested, reason, retryAfter }) => heard.push({ requested, reason, retryAfter }),
      });
      await redis.settled();
      expect(heard).toEqual([expected]);
    } else {
      const [held] = step.do === 'report' ? open.slice(step.which % Math.max(1, open.length)) : open.splice(step.which % Math.max(1, open.length), 1);
      if (held !== undefined && step.do === 'report') {
        const hasRoom = naive.report(held.naive, step.tokens, now);
        held.real.report(step.tokens);
        await redis.settled();
        expect(held.real.report(step.tokens)).toBe(hasRoom); // known with the next report
        if (!hasRoom) {
          open.splice(open.indexOf(held), 1); // the call ends
          held.real.settle(step.tokens);
          naive.end(held.naive, step.tokens, now);
        }
      } else if (held !== undefined) {
        const actual = step.do === 'refund' ? 0 : step.tokens;
        step.do === 'refund' ? held.real.refund() : held.real.settle(actual);
        held.real.settle(actual + 1); // the first counts
        naive.end(held.naive, actual, now);
      }
    }
    await redis.settled(); // a process that is told the time asks again
    let seen: unknown;
    budgets[0]!.look().subscribe(({ limits, remaining }) => {
      seen = [limits.map(({ used }) => used), remaining];
    });
    await redis.settled();
    expect(seen).toEqual([naive.usedAt(redis.scheduler.elapsed).map(tidy), tidy(naive.remaining(redis.scheduler.elapsed))]);
  }
  expect(redis.scheduler.pending).toBe(0);
}
