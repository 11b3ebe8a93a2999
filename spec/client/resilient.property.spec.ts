import { map, TimeoutError, timer } from 'rxjs';
import { describe, expect, it } from 'vitest';
import { type CallStatus, CircuitOpenError, PermitRefusedError, ResilientClient, type ResilientClientEvent, type SlidingWindow, slidingWindow, TokenBudgetExceededError, tokenBucket, type Usage } from '../../src/index';
import { largest, NaiveCost } from '../budget/naive-cost';
import { FakeScheduler } from '../support/fake-scheduler';
import { fc, runs } from '../support/property';
import { type AttemptPlan, type CallPlan, failures, isWhole, isWorthRetrying, type Leaving, type Run, type Seen, type StackPlan, StackRig } from './stack-rig';

const sometimes = <T>(arbitrary: fc.Arbitrary<T>) => fc.oneof({ weight: 1, arbitrary: fc.constant(undefined) }, { weight: 3, arbitrary });
const amount = fc.integer({ min: 0, max: 12 });
const usages: fc.Arbitrary<Usage> = fc.record({ input: amount, output: amount, final: fc.boolean() }, { requiredKeys: ['final'] });
const gap = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.integer({ min: 1, max: 12 }) });
const said = fc.record({
  gap,
  usage: fc.oneof({ weight: 5, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary: amount }, { weight: 1, arbitrary: usages }),
  count: fc.integer({ min: 0, max: 12 }).map((quarters) => quarters / 4),
  isLast: fc.boolean(),
});
const kinds = Object.keys(failures) as (keyof typeof failures)[];
const attempt: fc.Arbitrary<AttemptPlan> = fc.record({
  values: fc.oneof(fc.constant([]), fc.array(said, { maxLength: 4 })),
  end: fc.record({
    gap,
    kind: fc.oneof({ weight: 4, arbitrary: fc.constant('complete' as const) }, { weight: 1, arbitrary: fc.constant('never' as const) }, { weight: 5, arbitrary: fc.constantFrom(...kinds) }),
  }),
});
const leaving: fc.Arbitrary<Leaving> = fc.oneof(
  { weight: 6, arbitrary: fc.constant({ on: 'never' as const }) },
  { weight: 3, arbitrary: fc.record({ on: fc.constant('time' as const), ms: fc.integer({ min: 0, max: 60 }) }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('value' as const), count: fc.integer({ min: 1, max: 3 }) }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('status' as const), phase: fc.constantFrom<CallStatus['phase']>('waiting', 'connecting', 'streaming') }) },
  { weight: 1, arbitrary: fc.record({ on: fc.constant('event' as const), type: fc.constantFrom('granted', 'reserved', 'waiting', 'refused', 'settled', 'success', 'failure', 'ignored', 'retry', 'half-opened') }) },
);
const call: fc.Arbitrary<CallPlan> = fc.record({
  at: fc.integer({ min: 0, max: 120 }),
  way: fc.constantFrom('call' as const, 'guard' as const),
  tokens: fc.oneof(amount, fc.record({ input: amount, output: amount })),
  priority: fc.integer({ min: 0, max: 2 }),
  maxWait: sometimes(fc.integer({ min: 0, max: 80 })),
  overrun: fc.constantFrom('allow' as const, 'error' as const),
  afterValues: fc.constantFrom('error' as const, 'restart' as const, 'continue' as const),
  checksEnd: fc.boolean(),
  attempts: fc.array(attempt, { minLength: 1, maxLength: 4 }),
  leaving,
});
const windowOf = (limit: fc.Arbitrary<number>) => fc.record({ limit, window: fc.integer({ min: 1, max: 50 }) }).map(slidingWindow);
const stack: fc.Arbitrary<StackPlan> = fc.record({
  way: fc.constantFrom('client' as const, 'client' as const, 'resilient' as const),
  isWatched: fc.boolean(),
  whenOpen: fc.constantFrom('error' as const, 'wait' as const),
  retry: sometimes(fc.record({ maxRetries: fc.integer({ min: 0, max: 4 }), baseDelay: fc.integer({ min: 0, max: 12 }), jitter: fc.constantFrom('none' as const, 'full' as const) })),
  limiter: sometimes(fc.record({
    limits: fc.record({ requests: windowOf(fc.integer({ min: 1, max: 5 })), tokens: windowOf(fc.integer({ min: 10, max: 60 })) }),
    maxConcurrent: fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constant(Number.POSITIVE_INFINITY)),
    maxQueue: fc.oneof(fc.integer({ min: 0, max: 3 }), fc.constant(Number.POSITIVE_INFINITY)),
  })),
  breaker: sometimes(fc.record({
    failureThreshold: fc.integer({ min: 1, max: 3 }),
    recoveryTimeout: fc.integer({ min: 0, max: 40 }),
    halfOpen: fc.integer({ min: 1, max: 3 }).chain((calls) => fc.record({ calls: fc.constant(calls), failures: fc.integer({ min: 1, max: calls }), timeout: fc.integer({ min: 1, max: 30 }) })),
    successOn: fc.constantFrom('complete' as const, 'first-value' as const),
  })),
  budget: sometimes(fc.record({ limits: windowOf(fc.integer({ min: 10, max: 80 })), maxTokensPerRequest: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 10, max: 30 })) })),
  timeout: fc.record({ first: fc.integer({ min: 1, max: 20 }), each: fc.integer({ min: 1, max: 20 }), total: fc.integer({ min: 1, max: 90 }) }, { requiredKeys: [] }),
  drainAt: fc.oneof({ weight: 3, arbitrary: fc.constant(Number.POSITIVE_INFINITY) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 150 }) }),
  endAt: fc.oneof({ weight: 2, arbitrary: fc.constant(600) }, { weight: 1, arbitrary: fc.integer({ min: 0, max: 150 }) }),
  calls: fc.array(call, { minLength: 1, maxLength: 14, size: 'max' }),
});

const played = (plan: StackPlan) => {
  const rig = new StackRig(plan);
  rig.play();
  expect(rig.complaints).toEqual([]);
  return rig;
};

describe('a whole stack of guards, with random policies, sources and unsubscriptions', { timeout: runs(60_000) }, () => {
  it('C4, C8, C9, C10, C11: every subscription has one outcome, everything is settled once, and nothing is left behind', () => {
    fc.assert(
      fc.property(stack, (plan) => {
        const rig = played(plan);
        const { limiter, breaker, budget, time } = rig;
        expect(rig.calls.map(({ outcomes }) => outcomes.length)).toEqual(plan.calls.filter(({ at }) => at <= plan.endAt).map(() => 1));
        expect(rig.runs.filter(({ ending }) => ending === undefined)).toEqual([]);
        expect(rig.given.filter(({ ends }) => ends.length !== 1)).toEqual([]);
        expect(limiter?.state ?? {}).toMatchObject(limiter ? { inFlight: 0, waiting: 0 } : {});
        expect(budget?.state.limits[0]?.reserved ?? 0).toBe(0);
        expect(time.timers).toBe(0);
        expect(rig.drainedAt < Number.POSITIVE_INFINITY).toBe(plan.way === 'client' && plan.drainAt <= plan.endAt);
        for (const seen of rig.calls) {
          expectStatuses(seen, rig.runs.filter((run) => rig.calls[run.call] === seen));
        }
        const { length } = rig.log;
        time.pass(2_000);
        expect([rig.log.length, limiter?.isIdle ?? true, budget?.isIdle ?? true]).toEqual([length, true, true]);
        breaker?.reset();
        expect(breaker?.isIdle ?? true).toBe(true); // nobody waits, nothing is in flight
      }),
      { numRuns: runs(120) },
    );
  });

  it('S1, B2, B4, T2, T3, L5: every subscribed attempt has one verdict, one settled permit and one settled reservation, each as it ended', () => {
    fc.assert(
      fc.property(stack, (plan) => {
        const rig = played({ ...plan, way: 'client' });
        const attempts = rig.runs.map((run) => ({ run, seen: rig.calls[run.call]! }));
        rig.calls.forEach((_, call) => {
          const mine = attempts.filter(({ run }) => run.call === call);
          for (const { run, seen } of mine.filter(({ run, seen }) => cutBy(run, seen, plan) !== undefined)) {
            const { admission, permit, reservation } = run.given;
            expect([admission?.ends[0], reservation && [reservation.ends[0], reservation.final], permit && [permit.at, permit.ends[0], permit.final.requests, permit.final.tokens]]).toEqual([
              plan.breaker && verdictOf(run, seen, plan),
              plan.budget && costOf(run, seen, plan),
              plan.limiter && [run.at, 'settle', 1, permitOf(run, seen, plan)],
            ]);
          }
          // What was given to attempts that never came to their source goes back in full.
          const used = mine.flatMap(({ run }) => Object.values(run.given));
          const unused = rig.givenTo(call).filter((each) => !used.includes(each));
          expect(unused.filter(({ kind, ends }) => ends[0] !== (kind === 'admission' ? 'ignore' : 'refund'))).toEqual([]);
        });
      }),
      { numRuns: runs(100) },
    );
  });

  it('L1, L9, Q1, T1: sources are subscribed within every window, and in the order of their standing', () => {
    fc.assert(
      fc.property(stack, (plan) => {
        const rig = played({ ...plan, way: 'client' });
        if (plan.limiter) {
          const { requests, tokens } = plan.limiter.limits;
          expectWithin(requests, rig.runs.map(({ at }) => ({ at, units: 1 })));
          const permits = rig.limiter?.given ?? [];
          if (permits.every(({ cost, final }) => (final.tokens ?? 0) <= (cost.tokens ?? 0))) {
            expectWithin(tokens, permits.map(({ at, final }) => ({ at, units: final.tokens ?? 0 })));
          }
          expectOrder(rig);
        }
        const reservations = rig.budget?.given ?? [];
        if (plan.budget && reservations.every(({ cost, final }) => final <= cost)) {
          expectWithin(plan.budget.limits, reservations.map(({ at, final }) => ({ at, units: final })));
        }
      }),
      { numRuns: runs(120) },
    );
  });

  it('S1, S6, R1, R7, R9, C12: retries only what is worth it, never delivers a text twice, and ends with an error that has its reason', () => {
    fc.assert(
      fc.property(stack, (plan) => {
        const rig = played(plan);
        const retried = (rig.log as ResilientClientEvent[]).flatMap((event) => (event.policy === 'retry' && event.type === 'retry' ? [event.error] : []));
        expect(retried.filter((error) => error instanceof CircuitOpenError || error instanceof PermitRefusedError || error instanceof TokenBudgetExceededError)).toEqual([]);
        rig.calls.forEach((seen, call) => {
          const mine = rig.runs.filter((run) => run.call === call);
          const afterValues = plan.way === 'resilient' || seen.plan.way === 'guard' ? seen.plan.afterValues.replace('continue', 'error') : seen.plan.afterValues;
          const cuts = mine.slice(0, -1).map((run, index) => ({
            isWorthIt: isWorthRetrying(run),
            mayRepeat: afterValues !== 'error' || run.said.length === 0,
            hasWaited: mine[index + 1]!.at >= run.endedAt + (run.failure === undefined ? 0 : failures[run.failure].hint),
          }));
          expect(cuts).toEqual(cuts.map(() => ({ isWorthIt: true, mayRepeat: true, hasWaited: true })));
          // Each value is what a source said, in order: nothing lost, nothing twice. Who leaves may miss the one that comes.
          const said = mine.flatMap(({ said }) => said);
          const isMissed = seen.outcomes[0]!.how === 'left' && said.length > seen.values.length;
          expect(seen.values).toEqual(isMissed ? said.slice(0, -1) : said);
          const positions = seen.values.map(({ position }) => position);
          if (afterValues === 'restart') {
            expect(positions).toEqual(mine.flatMap(({ said }) => said.map((_, index) => index)).slice(0, positions.length));
          } else {
            expect(positions).toEqual(positions.map((_, index) => index));
          }
          expectReason(seen, mine, plan);
        });
      }),
      { numRuns: runs(120) },
    );
  });

  it('C9: the same trace tells the same, to the millisecond', () => {
    fc.assert(
      fc.property(stack, (plan) => {
        expect(played(plan).log).toEqual(played(plan).log);
      }),
      { numRuns: runs(40) },
    );
  });

  it('C7: whatever passes between two looks at the clock, errors are those that users know', () => {
    const call = fc.record({ tokens: fc.integer({ min: 1, max: 30 }), fails: fc.boolean(), lasts: fc.integer({ min: 1, max: 12 }), maxWait: fc.option(fc.nat(30)), wait: fc.nat(8) });
    fc.assert(
      fc.property(fc.array(call, { minLength: 5, maxLength: 40 }), fc.integer({ min: 1, max: 4 }), (calls, perLook) => {
        let looks = 0;
        const scheduler = new FakeScheduler((elapsed) => { looks += 1; return elapsed + Math.floor((looks * perLook) / 4); });
        const client = new ResilientClient({
          rateLimit: { limits: { requests: slidingWindow({ limit: 4, window: 15 }), tokens: tokenBucket({ capacity: 60, refill: 4, interval: 1 }) }, maxConcurrent: 3 },
          tokenBudget: { limits: [slidingWindow({ limit: 40, window: 25 }), slidingWindow({ limit: 90, window: 60 })], maxTokensPerRequest: 28 },
          circuitBreak: { failureThreshold: 2, recoveryTimeout: 9 },
          retryBackoff: { maxRetries: 2, baseDelay: 3 },
          scheduler,
        });
        const seen = new Set<string>();
        for (const { tokens, fails, lasts, maxWait, wait } of calls) {
          const answer = () => timer(lasts, scheduler).pipe(map(() => { if (fails) { throw Object.assign(new Error('down'), { status: 503 }); } return tokens; }));
          client.call(answer, { tokens, usage: (used) => used + 1, overrun: 'error', ...(maxWait === null ? {} : { maxWait }) })
            .subscribe({ error: (error) => seen.add(`${error.name}: ${error.message}`) });
          scheduler.run(wait);
        }
        scheduler.run();
        expect([...seen].filter((each) => !/^(PermitRefused|CircuitOpen|TokenBudgetExceeded)Error|^Error: down/.test(each))).toEqual([]);
        expect(client.limiter.state.inFlight).toBe(0);
      }),
      { numRuns: 100 },
    );
  });
});

/** What has cut a source off without being asked to; undefined where two have at once. */
function cutBy({ ending, at, said, saidAt, endedAt }: Run, { startedAt }: Seen, { timeout: { first, each, total } }: StackPlan) {
  if (ending !== 'cut') {
    return ending;
  }
  const patience = said.length === 0 ? (first ?? each) : each;
  const bySilence = patience !== undefined && endedAt === (saidAt.at(-1) ?? at) + patience;
  const byTotal = total !== undefined && endedAt === startedAt + total;
  return bySilence && byTotal ? undefined : bySilence ? 'silence' : byTotal ? 'total' : 'no reason';
}

/** How the guards see a run end: whatever takes too long has failed, unless the answer is whole. */
function endingOf(run: Run, seen: Seen, plan: StackPlan): 'complete' | 'error' | 'unsubscribe' {
  const ending = cutBy(run, seen, plan);
  if (ending?.startsWith('left')) {
    return 'unsubscribe';
  }
  return ending === 'complete' || (isWhole(run, seen) && ending !== 'cut inside next') ? 'complete' : 'error';
}

function verdictOf(run: Run, seen: Seen, plan: StackPlan): string {
  const ending = endingOf(run, seen, plan);
  return ending === 'error' ? 'fail' : ending === 'complete' || run.said.length > 0 ? 'succeed' : 'ignore';
}

function costOf(run: Run, seen: Seen, plan: StackPlan): [string, number] {
  const isUnbilled = 'status' in (failures[run.failure ?? 'unknown'].error as object);
  const cost = new NaiveCost(seen.plan.tokens, run.said).after(endingOf(run, seen, plan), isUnbilled);
  return cost === undefined ? ['refund', 0] : ['settle', cost];
}

/** The tokens that a permit ends with: the last report once it is final, else no less than was taken. */
function permitOf(run: Run, seen: Seen, plan: StackPlan): number {
  const { tokens } = seen.plan;
  const taken = typeof tokens === 'number' ? tokens : tokens.input + tokens.output;
  const ending = endingOf(run, seen, plan);
  if (ending === 'error' && run.said.length === 0) {
    return 0;
  }
  let [sum, reported, isFinal]: [Partial<Usage>, number | undefined, boolean] = [{}, undefined, false];
  for (const { usage } of run.said) {
    if (typeof usage === 'number') {
      [reported, isFinal] = [usage, true];
    } else if (usage !== undefined) {
      sum = { input: largest(sum.input, usage.input), output: largest(sum.output, usage.output), final: sum.final === true || usage.final };
      const { input, output } = sum;
      reported = input === undefined && output === undefined ? reported : (input ?? 0) + (output ?? 0);
      isFinal ||= sum.final === true;
    }
  }
  return ending === 'complete' || isFinal ? (reported ?? taken) : Math.max(reported ?? 0, taken);
}

/** No half-open interval as long as the window holds more than its limit. */
function expectWithin({ limit, window }: SlidingWindow, taken: readonly { readonly at: number; readonly units: number }[]): void {
  const most = taken.map(({ at: from }) => taken.reduce((sum, { at, units }) => (at >= from && at < from + window ? sum + units : sum), 0));
  expect(Math.max(0, ...most)).toBeLessThanOrEqual(limit);
}

/** Whoever is granted a permit has nobody before them in the line: by priority, then retries, then the time of coming. */
function expectOrder(rig: StackRig): void {
  const inLine = new Map<number, { readonly rank: number; readonly place: number }>();
  const retried = new Set<number>();
  const wrong: unknown[] = [];
  (rig.log as ResilientClientEvent[]).forEach((event, place) => {
    const { policy, type, call } = event;
    if (call === undefined) {
      return; // nobody's own: a pause, or what a watcher sees
    }
    if (policy === 'retry' && type === 'retry') {
      retried.add(call);
    }
    if (policy !== 'limiter') {
      return;
    }
    const rank = rig.calls[call - 1]!.plan.priority * 2 + Number(retried.has(call));
    const mine = inLine.get(call) ?? { rank, place };
    inLine.delete(call);
    if (type === 'waiting') {
      inLine.set(call, mine);
    } else if (type === 'granted') {
      wrong.push(...[...inLine].filter(([, other]) => other.rank > mine.rank || (other.rank === mine.rank && other.place < mine.place)).map(([other]) => ({ call, other })));
    }
  });
  expect([wrong, [...inLine]]).toEqual([[], []]);
}

/** Each attempt connects once, streams if it says anything, and the last word is how the call ended. */
function expectStatuses({ statuses, values, outcomes: [outcome], plan: { leaving } }: Seen, mine: readonly Run[]): void {
  const attemptsIn = (phase: CallStatus['phase']) => statuses.flatMap((status) => (status.phase === phase && 'attempt' in status ? [status.attempt] : []));
  const hasLeftAtOnce = leaving.on === 'status' && leaving.phase === 'connecting';
  expect(attemptsIn('connecting')).toEqual(hasLeftAtOnce ? attemptsIn('connecting').slice(0, 1) : mine.map(({ attempt }) => attempt));
  const streamed = mine.filter(({ said, ending, attempt }) => said.length > 0 && (ending !== 'left inside next' || leaving.on === 'status' || values.some((value) => value.attempt === attempt)));
  expect(attemptsIn('streaming')).toEqual(streamed.map(({ attempt }) => attempt));
  const all = statuses.flatMap((status) => ('attempt' in status ? [status.attempt] : []));
  expect(all).toEqual([...all].sort((one, other) => one - other));
  const ends = statuses.filter(({ phase }) => phase === 'done' || phase === 'failed' || phase === 'cancelled');
  expect([ends.length, statuses.at(-1)]).toEqual([1, ends[0]]);
  // Who leaves on hearing how the call is settled may be too late: it was ending already.
  if (outcome!.how !== 'left' || leaving.on !== 'event') {
    expect(ends[0]).toEqual({ complete: { phase: 'done' }, error: { phase: 'failed', error: outcome?.error }, left: { phase: 'cancelled' } }[outcome!.how]);
  }
}

/** Why the call ended as it did. */
function expectReason(seen: Seen, mine: readonly Run[], plan: StackPlan): void {
  const [outcome] = seen.outcomes;
  const last = mine.at(-1);
  expect(mine.map((run) => cutBy(run, seen, plan))).not.toContain('no reason');
  if (outcome!.how === 'complete') {
    expect(last && endingOf(last, seen, plan)).toBe('complete');
  }
  if (outcome!.how !== 'error') {
    return;
  }
  const { error, at } = outcome as { at: number; error: Error & { reason?: string } };
  const { tokens, maxWait, afterValues, checksEnd, overrun, way } = seen.plan;
  const total = typeof tokens === 'number' ? tokens : tokens.input + tokens.output;
  const isLate = plan.timeout.total !== undefined && at === seen.startedAt + plan.timeout.total;
  if (error instanceof CircuitOpenError) {
    expect(plan.breaker !== undefined && (plan.whenOpen === 'error' || maxWait !== undefined)).toBe(true);
  } else if (error instanceof PermitRefusedError) {
    const reasons = {
      draining: plan.way === 'client' && at >= plan.drainAt,
      'queue-full': plan.limiter !== undefined && plan.limiter.maxQueue < Number.POSITIVE_INFINITY,
      'wait-too-long': plan.limiter !== undefined && maxWait !== undefined,
      'cost-too-large': plan.limiter !== undefined && total > plan.limiter.limits.tokens.limit,
    };
    expect(reasons[error.reason as keyof typeof reasons]).toBe(true);
  } else if (error instanceof TokenBudgetExceededError) {
    expect(plan.budget !== undefined && (last?.ending !== 'cut inside next' || overrun === 'error')).toBe(true);
  } else if (!(error instanceof TimeoutError && isLate)) {
    // It is the error of the last attempt, the same object, after which there was no other to make.
    expect(last?.endedAt).toBe(at);
    if (last?.failure !== undefined) {
      expect(error).toBe(failures[last.failure].error);
    } else {
      expect(error.name).toBe(last?.ending === 'error' && checksEnd ? 'StreamTruncatedError' : 'TimeoutError');
    }
    const isUsedUp = last!.attempt > (plan.retry?.maxRetries ?? 0);
    const stops = afterValues === 'error' || (afterValues === 'continue' && (plan.way === 'resilient' || way === 'guard'));
    const mayBeRefused = (plan.breaker !== undefined && plan.whenOpen === 'error') || (plan.limiter !== undefined && maxWait !== undefined);
    expect(isUsedUp || !isWorthRetrying(last!) || (stops && seen.values.length > 0) || mayBeRefused).toBe(true);
  }
}
