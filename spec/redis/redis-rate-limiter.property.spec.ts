import { describe, expect, it } from 'vitest';
import type { Permit } from '../../src/limiter/limiter';
import { calendarWindow, inTotal, type Limit, slidingWindow, tokenBucket, type Units } from '../../src/quota/limits';
import { RedisRateLimiter } from '../../src/redis';
import { NaiveLedger, type NaiveTaking } from '../support/naive-limits';
import { fc, runs } from '../support/property';
import { serverForRuns } from './support/each-test';
import type { VirtualRedis } from './support/virtual-redis';

const nextRun = serverForRuns();

type Step =
  | { readonly do: 'ask'; readonly process: number; readonly cost: Units; readonly priority: number; readonly retry: boolean; readonly maxWait: number }
  | { readonly do: 'leave' | 'settle' | 'refund'; readonly which: number; readonly tokens: number }
  | { readonly do: 'pass'; readonly ms: number }
  | { readonly do: 'pause' | 'resume'; readonly process: number; readonly ms: number };

type LimitsByDimension = { readonly requests: readonly Limit[]; readonly tokens: readonly Limit[] };

const window = (limit: number) => fc.integer({ min: 4, max: 25 }).map((ms) => slidingWindow({ limit, window: ms }));
/** Rates that floating point keeps exactly, so that the models are not off by a hair. */
const bucket = (capacity: number) => fc.record({ refill: fc.constantFrom(1, 2, 4), interval: fc.constantFrom(1, 2, 4, 8) }).map((each) => tokenBucket({ capacity, ...each }));
const limit = fc.integer({ min: 4, max: 10 }).chain((total) => fc.oneof(window(total), bucket(total)));
/** What counts by the clock of the server, or never comes back. */
const period = fc.integer({ min: 4, max: 10 }).chain((total) => fc.constantFrom(calendarWindow({ limit: total, every: 'hour' }), calendarWindow({ limit: total, every: 'day', timeZone: 'Asia/Kolkata' }), inTotal(4 * total)));
const periods = fc.record({ requests: fc.array(fc.oneof(limit, period), { minLength: 1, maxLength: 2 }), tokens: fc.array(period, { minLength: 1, maxLength: 2 }) });
/** So wrong are the clocks of the processes. */
const wrong = fc.constantFrom(0, 1_500, -2 * 3_600_000, 40 * 24 * 3_600_000);
const limits = fc.record({ requests: fc.array(limit, { minLength: 1, maxLength: 2 }), tokens: fc.array(limit, { minLength: 1, maxLength: 2 }) });
const cost = fc.record({ requests: fc.integer({ min: 0, max: 2 }), tokens: fc.integer({ min: 0, max: 4 }) });

function traces(processes: number, maxWait: fc.Arbitrary<number>): fc.Arbitrary<Step[]> {
  const process = fc.nat(processes - 1);
  const ask = fc.record({ do: fc.constant('ask' as const), process, cost, priority: fc.integer({ min: 0, max: 1 }), retry: fc.boolean(), maxWait });
  const step: fc.Arbitrary<Step> = fc.oneof(
    { weight: 9, arbitrary: ask },
    { weight: 5, arbitrary: fc.record({ do: fc.constantFrom('leave' as const, 'settle' as const, 'refund' as const), which: fc.nat(20), tokens: fc.integer({ min: 0, max: 6 }) }) },
    { weight: 6, arbitrary: fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 1, max: 6 }) }) },
    { weight: 1, arbitrary: fc.record({ do: fc.constantFrom('pause' as const, 'resume' as const), process, ms: fc.integer({ min: 1, max: 12 }) }) },
  );
  return fc.array(step, { minLength: 5, maxLength: 30 });
}

/** A call as the model sees it, and what became of it. */
interface Asked {
  readonly number: number;
  readonly process: number;
  readonly cost: Units;
  readonly priority: number;
  readonly retry: boolean;
  /** When it was told that it will have its turn at the earliest. */
  until?: number;
  permit?: Permit;
  taking?: NaiveTaking;
  end?: string;
  leave(): void;
}

function precedes(one: Asked, other: Asked): boolean {
  const order = other.priority - one.priority || Number(other.retry) - Number(one.retry) || one.number - other.number;
  return order < 0;
}

/** Plays a trace with limiters of several processes on one key; `look` is called after every ms. */
class Play {
  readonly redis: VirtualRedis;
  readonly asked: Asked[] = [];
  readonly log: string[] = [];
  /** Grants that do not fit by the model, or overtake somebody. */
  readonly excesses: string[] = [];
  /** Grants before the time that was foreseen. */
  readonly early: string[] = [];
  readonly limiters: RedisRateLimiter<'requests' | 'tokens'>[];
  /** What is counted by what users were granted, in that order. */
  readonly ledger: NaiveLedger;

  /** @param wrong What the clocks of the processes are behind that of the server, which shows nearly a full hour. */
  constructor(processes: number, limits: LimitsByDimension, wrong = 0) {
    const { redis, key } = nextRun('property');
    this.redis = redis;
    const start = 1_700_000_000_000 - (1_700_000_000_000 % 3_600_000) - 15;
    this.redis.ahead = wrong;
    this.redis.scheduler.wall = (elapsed) => start - wrong + elapsed;
    this.ledger = new NaiveLedger(limits, start);
    this.limiters = Array.from({ length: processes }, () => new RedisRateLimiter(this.redis, { key, limits, scheduler: this.redis.scheduler }));
  }

  get now(): number {
    return this.redis.scheduler.elapsed;
  }

  get waiting(): Asked[] {
    return this.asked.filter(({ end, permit }) => end === undefined && permit === undefined);
  }

  get held(): Asked[] {
    return this.asked.filter(({ end, permit }) => end === undefined && permit !== undefined);
  }

  act(step: Step): void {
    if (step.do === 'ask') {
      const { process, cost, priority, retry, maxWait } = step;
      const asked: Asked = { ...{ number: this.asked.length, process, cost, priority, retry }, leave: () => subscription.unsubscribe() };
      this.asked.push(asked);
      const subscription = this.limiters[process]!.acquire(cost, { priority, retry, maxWait, onWait: ({ until }) => { asked.until = until - this.redis.scheduler.wall(0); } }).subscribe({
        next: (permit) => {
          asked.permit = permit;
          if ((asked.until ?? 0) > this.now) {
            this.early.push(`${asked.number} at ${this.now}, foreseen was ${asked.until}`);
          }
          if (!this.ledger.fits(cost, this.now)) {
            this.excesses.push(`${asked.number} at ${this.now}`);
          }
          const overtaken = this.waiting.filter((other) => other.process === process && precedes(other, asked));
          this.excesses.push(...overtaken.map(({ number }) => `${asked.number} before ${number}`));
          asked.taking = this.ledger.take(cost, this.now);
          this.log.push(`${this.now} ${asked.number}`);
        },
        error: (error) => {
          asked.end = error.reason ?? String(error);
          this.log.push(`${this.now} ${asked.number} ${asked.end}`);
        },
      });
    } else if (step.do === 'leave') {
      const { waiting } = this;
      const asked = waiting[step.which % Math.max(1, waiting.length)];
      if (asked !== undefined) {
        asked.end = 'left';
        asked.leave();
      }
    } else if (step.do === 'settle' || step.do === 'refund') {
      const { held } = this;
      const asked = held[step.which % Math.max(1, held.length)];
      if (asked !== undefined) {
        asked.end = step.do;
        const actual = step.do === 'refund' ? { requests: 0, tokens: 0 } : { tokens: step.tokens };
        this.ledger.settle(asked.taking!, actual, this.now);
        step.do === 'refund' ? asked.permit!.refund() : asked.permit!.settle(actual);
        asked.permit!.refund(); // the first counts
      }
    } else if (step.do === 'pause') {
      this.limiters[step.process]!.pause(step.ms);
    } else if (step.do === 'resume') {
      this.limiters[step.process]!.resume();
    }
  }

  async play(steps: readonly Step[], look: () => void = () => {}): Promise<void> {
    for (const step of steps) {
      this.act(step);
      for (let ms = 0; ms < (step.do === 'pass' ? step.ms : 0); ms += 1) {
        await this.redis.pass(1);
        look();
      }
      await this.redis.settled();
    }
  }

  /** What Redis and the model say of what is used. */
  async compare(): Promise<void> {
    expect(this.excesses).toEqual([]);
    let state: unknown;
    this.limiters[0]!.look().subscribe(({ limits }) => {
      state = Object.fromEntries(Object.entries(limits).map(([dimension, list]) => [dimension, list.map(({ used }) => Math.round(used * 1e3))]));
    });
    await this.redis.settled();
    const expected = ['requests', 'tokens'].map((dimension) => [dimension, this.ledger.used(dimension, this.now).map((used) => Math.round(used * 1e3))]);
    expect(state).toEqual(Object.fromEntries(expected));
  }
}

/** One process grants each call at the first ms at which it fits, in the order of the line. */
async function playInTime(limits: LimitsByDimension, steps: readonly Step[], wrong = 0): Promise<void> {
  const play = new Play(1, limits, wrong);
  let pausedUntil = 0;
  const inTime = () => {
    const [head] = play.waiting.sort((one, other) => (precedes(one, other) ? -1 : 1));
    if (head !== undefined && play.now >= pausedUntil && play.ledger.fits(head.cost, play.now)) {
      expect.fail(`${head.number} fits at ${play.now} and was not granted: ${play.log.join(', ')}`);
    }
  };
  for (const step of [...steps, { do: 'pass' as const, ms: 20 }]) {
    pausedUntil = step.do === 'pause' ? Math.max(pausedUntil, play.now + step.ms) : step.do === 'resume' ? 0 : pausedUntil;
    await play.play([step], inTime);
    inTime();
  }
  await play.compare();
}

describe('RedisRateLimiter, by the naive models of the local policies', { timeout: runs(60_000) }, () => {
  it('L1, Q1, Q2, Q3, Q6: one process grants each call at the first ms at which it fits, in the order of the line', async () => {
    await fc.assert(
      fc.asyncProperty(limits, traces(1, fc.constant(Number.POSITIVE_INFINITY)), (limits, steps) => playInTime(limits, steps)),
      { numRuns: runs(60) },
    );
  });

  it('Q7, D11: the same by the calendar and in total, however wrong the clock of the process is', async () => {
    await fc.assert(
      fc.asyncProperty(periods, traces(1, fc.constant(Number.POSITIVE_INFINITY)), wrong, playInTime),
      { numRuns: runs(60) },
    );
  });

  it('Q7, D11: several processes never exceed a calendar window, nor what there is in total', async () => {
    await fc.assert(
      fc.asyncProperty(periods, traces(3, fc.constantFrom(0, 3, 9, Number.POSITIVE_INFINITY)), wrong, async (limits, steps, wrong) => {
        const play = new Play(3, limits, wrong);
        await play.play(steps);
        await play.compare();
        await play.play([{ do: 'pass', ms: 25 }]);
        await play.compare();
      }),
      { numRuns: runs(60) },
    );
  });

  it('L3: foresees no wait that is longer than it becomes while nobody leaves or pays back', async () => {
    const towardsLater = (step: Step) => step.do === 'ask' || step.do === 'pass' || step.do === 'pause';
    await fc.assert(
      fc.asyncProperty(fc.oneof(limits, periods), traces(2, fc.constant(Number.POSITIVE_INFINITY)), async (limits, steps) => {
        const play = new Play(2, limits);
        await play.play([...steps.filter(towardsLater), { do: 'pass', ms: 60 }]);
        expect(play.early).toEqual([]);
      }),
      { numRuns: runs(60) },
    );
  });

  it('Q1, Q2, Q6, L4: several processes never exceed a limit, whoever leaves or pays back; what is used is what they hold', async () => {
    await fc.assert(
      fc.asyncProperty(limits, traces(3, fc.constantFrom(0, 3, 9, Number.POSITIVE_INFINITY)), async (limits, steps) => {
        const play = new Play(3, limits);
        await play.play(steps);
        await play.compare();
        await play.play([{ do: 'pass', ms: 25 }]);
        await play.compare();
      }),
      { numRuns: runs(60) },
    );
  });

  it('L1, Q4: everybody who waits is granted in the end, and first come is first served in each process', async () => {
    const asks = fc.array(fc.record({ process: fc.nat(2), cost }), { minLength: 5, maxLength: 25 });
    await fc.assert(
      fc.asyncProperty(limits, asks, async (limits, asks) => {
        const play = new Play(3, limits);
        for (const ask of asks) {
          play.act({ do: 'ask', priority: 0, retry: false, maxWait: Number.POSITIVE_INFINITY, ...ask });
        }
        for (let ms = 0; ms < 2_000 && play.waiting.length > 0; ms += 1) {
          await play.redis.pass(1);
        }
        expect(play.waiting).toEqual([]);
        await play.compare();
        const order = play.log.map((line) => play.asked[Number(line.split(' ')[1])]!);
        for (const process of [0, 1, 2]) {
          const numbers = order.filter((asked) => asked.process === process).map(({ number }) => number);
          expect(numbers).toEqual([...numbers].sort((one, other) => one - other));
        }
      }),
      { numRuns: runs(30) },
    );
  });
});

/** One of several processes that share calls in flight, and how it orders who waits. */
const orders = fc.record({
  maxConcurrent: fc.integer({ min: 1, max: 4 }),
  fair: fc.boolean(),
  ageing: fc.option(fc.integer({ min: 2, max: 20 }), { nil: undefined }),
});
const waiting = fc.array(
  fc.record({ process: fc.nat(2), tenant: fc.constantFrom('a', 'b', 'c'), priority: fc.nat(2), retry: fc.boolean(), takes: fc.integer({ min: 0, max: 12 }), after: fc.nat(3), leaves: fc.boolean() }),
  { minLength: 5, maxLength: 30 },
);

describe('D9: several processes with calls in flight, by naive models', { timeout: runs(60_000) }, () => {
  it('L9: never have more in flight than maxConcurrent, grant everybody who stays, and count nothing that has ended', async () => {
    await fc.assert(
      fc.asyncProperty(orders, fc.option(limits, { nil: undefined }), waiting, async (order, limits, calls) => {
        const { redis, key } = nextRun('in flight');
        const config = { key, limits, scheduler: redis.scheduler, lease: 1_000, ...order };
        const limiters = Array.from({ length: 3 }, () => new RedisRateLimiter<string>(redis, config));
        let [inFlight, most, open] = [0, 0, 0];
        for (const { process, tenant, priority, retry, takes, after, leaves } of calls) {
          open += 1;
          const call = limiters[process]!.acquire(1, { tenant, priority, retry }).subscribe({
            next: (permit) => {
              inFlight += 1;
              most = Math.max(most, inFlight);
              redis.scheduler.schedule(() => { inFlight -= 1; permit.settle(); }, takes);
            },
            complete: () => { open -= 1; },
          });
          if (leaves && !call.closed) {
            redis.scheduler.schedule(() => {
              open -= call.closed ? 0 : 1;
              call.unsubscribe();
            }, takes);
          }
          await redis.pass(after);
        }
        for (let ms = 0; ms < 3_000 && (open > 0 || inFlight > 0); ms += 1) {
          await redis.pass(1);
        }
        let counted = -1;
        limiters[0]!.look().subscribe((state) => { counted = state.inFlight; });
        await redis.settled();
        expect({ open, inFlight, counted }).toEqual({ open: 0, inFlight: 0, counted: 0 });
        expect(most).toBeLessThanOrEqual(order.maxConcurrent);
      }),
      { numRuns: runs(25) },
    );
  });

  it('L11: what two tenants were granted, by their weights, is never further apart than some calls, while both wait', async () => {
    const weights = fc.record({ a: fc.integer({ min: 1, max: 4 }), b: fc.integer({ min: 1, max: 4 }) });
    await fc.assert(
      fc.asyncProperty(weights, fc.integer({ min: 1, max: 3 }), fc.integer({ min: 1, max: 6 }), async (weights, processes, limit) => {
        const { redis, key } = nextRun('shares');
        const config = { key, limits: slidingWindow({ limit, window: 10 }), scheduler: redis.scheduler, fair: { weight: (tenant: string) => weights[tenant as 'a' | 'b'] } };
        const limiters = Array.from({ length: processes }, () => new RedisRateLimiter(redis, config));
        const granted = { a: 0, b: 0 };
        let apart = 0;
        for (const limiter of limiters) {
          for (let call = 0; call < 40; call += 1) {
            for (const tenant of ['a', 'b'] as const) {
              limiter.acquire(1, { tenant }).subscribe((permit) => { granted[tenant] += 1; permit.settle(); });
            }
          }
        }
        while (granted.a < 35 && granted.b < 35) {
          await redis.pass(1);
          apart = Math.max(apart, Math.abs(granted.a / weights.a - granted.b / weights.b));
        }
        expect(apart).toBeLessThanOrEqual(2 * (1 / weights.a + 1 / weights.b) * processes);
      }),
      { numRuns: runs(20) },
    );
  });
});
