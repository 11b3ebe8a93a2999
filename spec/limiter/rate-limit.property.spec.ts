import { map, Observable, type Subscriber, Subscription, take } from 'rxjs';
import { describe, expect, it } from 'vitest';
import type { Limiter, Permit } from '../../src/limiter/limiter';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { rateLimit } from '../../src/limiter/rate-limit';
import { rateLimitEach } from '../../src/limiter/rate-limit-each';
import { RateLimiter, type RateLimiter as Shared } from '../../src/limiter/rate-limiter';
import { slidingWindow, tokenBucket } from '../../src/quota/limits';
import { FrameTime, start, type Told, textOf } from '../support/limiter-trace';
import { NaiveLimiter } from '../support/naive-limiter';
import { type CallPlan, type Cut, type EachEar, type EachPlan, type Ear, type Emission, headers, hint, NaiveCall, NaiveEach } from '../support/naive-rate-limit';
import { fc, runs } from '../support/property';

type Dimensions = 'requests' | 'tokens';

const limit = fc.oneof(
  fc.record({ limit: fc.integer({ min: 1, max: 12 }), window: fc.integer({ min: 1, max: 30 }) }).map(slidingWindow),
  fc.record({ capacity: fc.integer({ min: 1, max: 12 }), refill: fc.integer({ min: 1, max: 4 }), interval: fc.integer({ min: 1, max: 12 }) }).map(tokenBucket),
);
const limits = fc.array(limit, { minLength: 1, maxLength: 2 });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: undefined });
const setting = fc.record({
  limits: fc.record({ requests: limits, tokens: limits }),
  maxConcurrent: maybe(fc.integer({ min: 1, max: 3 })),
  maxQueue: maybe(fc.integer({ min: 0, max: 4 })),
  maxWait: maybe(fc.integer({ min: 0, max: 30 })),
});
type Setting = typeof setting extends fc.Arbitrary<infer T> ? T : never;

const cut: fc.Arbitrary<Cut | undefined> = maybe(fc.record({ by: fc.constantFrom('take' as const, 'unsubscribe' as const), at: fc.integer({ min: 1, max: 4 }) }));
const value: fc.Arbitrary<Emission> = fc.record({ kind: fc.constant('value' as const), tokens: maybe(fc.integer({ min: 0, max: 15 })) });
const ending: fc.Arbitrary<Emission> = fc.record({ kind: fc.constantFrom('complete' as const, 'complete' as const, 'fail' as const, 'throttle' as const, 'headers' as const, 'broken' as const) });
const plan: fc.Arbitrary<CallPlan> = fc.record({
  cost: fc.oneof(fc.record({ requests: fc.constant(1), tokens: fc.integer({ min: 0, max: 12 }) }), fc.constant({ requests: 1 })),
  priority: fc.constantFrom(0, 0, 0, 1),
  maxWait: maybe(fc.integer({ min: 0, max: 25 })),
  prefix: fc.tuple(fc.array(value, { maxLength: 3 }), maybe(ending), fc.array(value, { maxLength: 1 })).map(([before, end, after]) => (end ? [...before, end, ...after] : before)),
  cut,
  isRepeated: fc.boolean(),
});

type Deed =
  | { readonly do: 'call'; readonly plan: CallPlan }
  | { readonly do: 'emit'; readonly which: number; readonly emission: Emission }
  | { readonly do: 'cancel'; readonly which: number }
  | { readonly do: 'pause'; readonly ms: number }
  | { readonly do: 'nothing' };

const wait = fc.oneof(fc.constant(0), fc.integer({ min: 1, max: 5 }), fc.integer({ min: 6, max: 30 }));
const stepOf = <T>(deed: fc.Arbitrary<T>) => fc.record({ wait, isEarly: fc.boolean(), deed });
const which = fc.nat(5);
const callSteps = fc.array(
  stepOf<Deed>(
    fc.oneof(
      { weight: 8, arbitrary: fc.record({ do: fc.constant('call' as const), plan }) },
      { weight: 6, arbitrary: fc.record({ do: fc.constant('emit' as const), which, emission: value }) },
      { weight: 5, arbitrary: fc.record({ do: fc.constant('emit' as const), which, emission: ending }) },
      { weight: 4, arbitrary: fc.record({ do: fc.constant('cancel' as const), which }) },
      { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.nat(8) }) },
      { weight: 2, arbitrary: fc.constant({ do: 'nothing' as const }) },
    ),
  ),
  { maxLength: 40, size: 'max' },
);

/** A call through the real operator. */
class RealCall {
  subscribed = 0;
  left = 0;
  pulled = 0;
  #source: Subscriber<Emission> | undefined;
  #subscription = new Subscription();
  #values = 0;

  constructor(private readonly limiter: Limiter<Dimensions>, private readonly plan: CallPlan, private readonly ear: Ear) {}

  begin(): void {
    const { plan, ear } = this;
    const { cost, priority, maxWait, cut } = plan;
    const source = new Observable<Emission>((subscriber) => {
      this.subscribed += 1;
      this.#source = subscriber;
      plan.prefix.forEach((emission) => {
        this.emit(emission);
      });
      return () => {
        this.left += 1;
      };
    });
    const usage = (emission: Emission) => {
      if (emission.kind === 'broken') {
        throw new Error('broken');
      }
      return emission.kind === 'value' && emission.tokens !== undefined ? { tokens: emission.tokens } : undefined;
    };
    const limited = source.pipe(rateLimit(this.limiter, { cost, priority, maxWait, usage }));
    const consumer = {
      next: () => {
        this.#values += 1;
        ear.value();
        if (cut?.by === 'unsubscribe' && cut.at === this.#values) {
          this.cancel();
        }
      },
      complete: () => ear.complete(),
      error: (error: Error) => ear.error(error instanceof PermitRefusedError ? error.reason : error.message),
    };
    // A subscription that is there before a synchronous source begins, so that it can be cancelled meanwhile.
    const all = cut?.by === 'take' ? limited.pipe(take(cut.at)) : limited;
    new Observable<Emission>((subscriber) => {
      this.#subscription = subscriber;
      all.subscribe(subscriber);
    }).subscribe(consumer);
  }

  emit(emission: Emission): void {
    const source = this.#source;
    if (source === undefined || source.closed) {
      return;
    }
    this.pulled += 1;
    if (emission.kind === 'value' || emission.kind === 'broken') {
      source.next(emission);
    } else if (emission.kind === 'complete') {
      source.complete();
    } else {
      source.error(errorOf(emission.kind));
    }
  }

  cancel(): void {
    this.#subscription.unsubscribe();
  }
}

function errorOf(kind: string): Error {
  const more = kind === 'throttle' ? { status: 429, headers: { 'retry-after-ms': `${hint}` } } : kind === 'headers' ? { status: 500, headers } : {};
  return Object.assign(new Error(kind), more);
}

/** Counts how often each permit is ended, and how. */
class Witness {
  readonly ends: string[][] = [];
  readonly limiter: Limiter<Dimensions>;

  constructor(limiter: Shared<Dimensions>) {
    const { dimensions, scheduler, maxPause } = limiter;
    this.limiter = {
      acquire: (cost, options) => limiter.acquire(cost, options).pipe(map((permit) => this.#witnessed(permit))),
      pause: (ms) => limiter.pause(ms),
      sync: (info) => limiter.sync(info),
      dimensions, scheduler, maxPause,
    };
  }

  #witnessed(permit: Permit<Dimensions>): Permit<Dimensions> {
    const ends: string[] = [];
    this.ends.push(ends);
    return {
      cost: permit.cost,
      settle: (actual) => {
        ends.push('settle');
        permit.settle(actual);
      },
      refund: () => {
        ends.push('refund');
        permit.refund();
      },
    };
  }
}

/** Two limiters in which the same happens, each with the calls that go through it. */
class Scene<C extends { begin(): void; cancel(): void }> {
  readonly notes: string[][] = [];
  readonly calls: C[] = [];

  constructor(private readonly now: () => number) {}

  /** Begins a call whose consumer notes everything. */
  begin(create: (ear: EachEar) => C, again?: () => void): void {
    const notes: string[] = [];
    this.notes.push(notes);
    const note = (what: string) => notes.push(`${this.now()} ${what}`);
    const call = create({
      value: (each) => note(`value ${each}`),
      complete: () => {
        note('complete');
        again?.();
      },
      error: (what) => {
        note(what);
        if (!['queue-full', 'wait-too-long', 'cost-too-large'].includes(what)) {
          again?.();
        }
      },
    });
    this.calls.push(call);
    call.begin();
  }
}

function worlds(setting: Setting) {
  const time = new FrameTime();
  const real = new RateLimiter<Dimensions>({ ...setting, scheduler: time });
  const events: Told[] = [];
  real.events$.subscribe(({ policy, ...event }) => events.push(event));
  return { time, real, naive: new NaiveLimiter(setting, start), events };
}

function compare(one: unknown, other: unknown): void {
  if (textOf(one) !== textOf(other)) {
    expect(one).toEqual(other);
    expect(textOf(one)).toBe(textOf(other));
  }
}

type Worlds = ReturnType<typeof worlds>;
const compareStates = ({ real, naive }: Worlds) => compare([real.state, real.isIdle], [naive.state, naive.isIdle]);

/** Plays calls in both worlds, and looks after each step. */
function playCalls(setting: Setting, steps: readonly { wait: number; isEarly: boolean; deed: Deed }[], look: (both: Worlds) => void = () => {}) {
  const both = worlds(setting);
  const { time, real, naive, events } = both;
  const witness = new Witness(real);
  const [reals, naives] = [new Scene<RealCall>(() => real.scheduler.now()), new Scene<NaiveCall>(() => naive.now)];
  const beginReal = (plan: CallPlan): void =>
    reals.begin((ear) => new RealCall(witness.limiter, plan, ear as Ear), plan.isRepeated ? () => beginReal({ ...plan, isRepeated: false }) : undefined);
  const beginNaive = (plan: CallPlan): void =>
    naives.begin((ear) => new NaiveCall(naive, plan, ear as Ear), plan.isRepeated ? () => beginNaive({ ...plan, isRepeated: false }) : undefined);
  const act = (deed: Deed) => {
    if (deed.do === 'call') {
      beginReal(deed.plan);
      beginNaive(deed.plan);
    } else if (deed.do === 'emit') {
      reals.calls.at(-1 - deed.which)?.emit(deed.emission);
      naives.calls.at(-1 - deed.which)?.emit(deed.emission);
    } else if (deed.do === 'cancel') {
      reals.calls.at(-1 - deed.which)?.cancel();
      naives.calls.at(-1 - deed.which)?.cancel();
    } else if (deed.do === 'pause') {
      real.pause(deed.ms);
      naive.pause(deed.ms);
    }
  };
  for (const { wait, isEarly, deed } of steps) {
    for (const each of [time, naive]) {
      each.enter(wait);
      if (!isEarly) {
        each.ring();
      }
    }
    act(deed);
    look(both);
    const open = reals.calls.filter(({ subscribed, left }) => subscribed > left).length;
    if (open !== real.state.inFlight) {
      expect({ open }).toEqual({ open: real.state.inFlight });
    }
  }
  return { time, real, naive, events, witness, reals, naives };
}

/** Lets everybody go on until nobody waits, the others being cancelled. */
function finish({ time, real, reals }: ReturnType<typeof playCalls>): void {
  for (let round = 0; round < 400 && real.state.waiting + real.state.inFlight > 0; round += 1) {
    for (const call of reals.calls.slice()) {
      if (call.subscribed > 0) {
        call.cancel();
      }
    }
    time.enter(1);
    time.ring();
  }
  for (const call of reals.calls) {
    call.cancel();
  }
  real.resume();
  time.ring();
}

describe('rateLimit and a naive one', { timeout: runs(60_000) }, () => {
  it('L2, L5, L6: agree to the ms on values, endings, refusals, settlements and pauses, whatever the sources do', () => {
    fc.assert(
      fc.property(setting, callSteps, (setting, steps) => {
        const { reals, naives, events, naive } = playCalls(setting, steps, compareStates);
        compare(reals.notes, naives.notes);
        compare(events, naive.events);
      }),
      { numRuns: runs(250) },
    );
  });

  it('L2: a source is subscribed once for each permit, and never without one; C5: nothing is pulled that nobody wants', () => {
    fc.assert(
      fc.property(setting, callSteps, (setting, steps) => {
        const { reals, naives, witness } = playCalls(setting, steps);
        const subscriptions = reals.calls.map(({ subscribed, pulled }) => ({ subscribed, pulled }));
        compare(subscriptions, naives.calls.map(({ subscribed, pulled }) => ({ subscribed, pulled })));
        expect(subscriptions.reduce((sum, { subscribed }) => sum + subscribed, 0)).toBe(witness.ends.length);
      }),
      { numRuns: runs(100) },
    );
  });

  it('L5: every granted permit is settled exactly once, whatever ends the call, and nothing is in flight afterwards', () => {
    fc.assert(
      fc.property(setting, callSteps, (setting, steps) => {
        const played = playCalls(setting, steps);
        finish(played);
        const { time, real, reals, witness } = played;
        expect(witness.ends.map((each) => each.join())).toEqual(witness.ends.map(() => 'settle'));
        expect({ ...real.state, limits: {} }).toEqual({ limits: {}, inFlight: 0, waiting: 0, pausedUntil: 0 });
        expect(reals.calls.filter(({ subscribed, left }) => subscribed !== left)).toEqual([]);
        expect(time.timers).toBe(0);
      }),
      { numRuns: runs(100) },
    );
  });

  it('C4, C8: every consumer hears of at most one ending, nothing after it, and nothing after it has left', () => {
    fc.assert(
      fc.property(setting, callSteps, (setting, steps) => {
        const played = playCalls(setting, steps);
        const { reals } = played;
        finish(played);
        const before = textOf(reals.notes);
        for (const call of reals.calls) {
          call.emit({ kind: 'value' });
          call.emit({ kind: 'complete' });
        }
        played.time.enter(100);
        expect(textOf(reals.notes)).toBe(before);
        for (const notes of reals.notes) {
          const firstEnd = notes.findIndex((note) => !note.includes('value'));
          expect([-1, notes.length - 1]).toContain(firstEnd);
        }
      }),
      { numRuns: runs(60) },
    );
  });
});

describe('rateLimitEach and a naive one', { timeout: runs(60_000) }, () => {
  type EachDeed =
    | { readonly do: 'begin'; readonly plan: EachPlan }
    | { readonly do: 'emit'; readonly which: number; readonly what: 'value' | 'complete' | 'fail' }
    | { readonly do: 'cancel'; readonly which: number }
    | { readonly do: 'pause'; readonly ms: number };

  const eachPlan: fc.Arbitrary<EachPlan> = fc.record({
    costs: fc.array(fc.oneof({ weight: 20, arbitrary: fc.integer({ min: 0, max: 5 }) }, { weight: 1, arbitrary: fc.constant(12) }), { minLength: 1, maxLength: 4 }),
    prefix: fc.nat(5),
    maxBuffer: fc.constantFrom(Number.POSITIVE_INFINITY, Number.POSITIVE_INFINITY, 0, 2, 4),
    cut,
  });
  const eachSteps = fc.array(
    stepOf<EachDeed>(
      fc.oneof(
        { weight: 4, arbitrary: fc.record({ do: fc.constant('begin' as const), plan: eachPlan }) },
        { weight: 12, arbitrary: fc.record({ do: fc.constant('emit' as const), which: fc.nat(3), what: fc.constant('value' as const) }) },
        { weight: 3, arbitrary: fc.record({ do: fc.constant('emit' as const), which: fc.nat(3), what: fc.constantFrom('complete' as const, 'complete' as const, 'fail' as const) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('cancel' as const), which: fc.nat(3) }) },
        { weight: 1, arbitrary: fc.record({ do: fc.constant('pause' as const), ms: fc.nat(8) }) },
      ),
    ),
    { maxLength: 40, size: 'max' },
  );

  /** A stream through the real operator; its values are 0, 1, 2, … */
  class RealEach {
    emitted = 0;
    isCompleted = false;
    #source: Subscriber<number> | undefined;
    #subscription = new Subscription();

    constructor(private readonly limiter: Shared<Dimensions>, readonly plan: EachPlan, private readonly ear: EachEar) {}

    get hasSource(): boolean {
      return this.#source?.closed === false;
    }

    get isOpen(): boolean {
      return !this.#subscription.closed;
    }

    begin(): void {
      const { plan, ear } = this;
      const source = new Observable<number>((subscriber) => {
        this.#source = subscriber;
        for (let count = 0; count < plan.prefix; count += 1) {
          this.emit('value');
        }
      });
      let sent = 0;
      const cost = (value: number) => ({ tokens: plan.costs[value % plan.costs.length]! });
      const limited = source.pipe(rateLimitEach(this.limiter, { cost, maxBuffer: plan.maxBuffer }));
      const consumer = {
        next: (value: number) => {
          sent += 1;
          ear.value(value);
          if (plan.cut?.by === 'unsubscribe' && plan.cut.at === sent) {
            this.cancel();
          }
        },
        complete: () => ear.complete(),
        error: (error: Error) => ear.error(error instanceof PermitRefusedError ? error.reason : error.message),
      };
      const all = plan.cut?.by === 'take' ? limited.pipe(take(plan.cut.at)) : limited;
      new Observable<number>((subscriber) => {
        this.#subscription = subscriber;
        all.subscribe(subscriber);
      }).subscribe(consumer);
    }

    emit(what: 'value' | 'complete' | 'fail'): void {
      if (!this.hasSource) {
        return;
      }
      if (what === 'value') {
        this.emitted += 1;
        this.#source!.next(this.emitted - 1);
      } else if (what === 'complete') {
        this.isCompleted = true;
        this.#source!.complete();
      } else {
        this.#source!.error(new Error('fail'));
      }
    }

    cancel(): void {
      this.#subscription.unsubscribe();
    }
  }

  function playEach(setting: Setting, steps: readonly { wait: number; isEarly: boolean; deed: EachDeed }[], look: (both: Worlds) => void = () => {}) {
    const both = worlds({ ...setting, maxWait: undefined });
    const { time, real, naive, events } = both;
    const [reals, naives] = [new Scene<RealEach>(() => real.scheduler.now()), new Scene<NaiveEach>(() => naive.now)];
    for (const { wait, isEarly, deed } of steps) {
      for (const each of [time, naive]) {
        each.enter(wait);
        if (!isEarly) {
          each.ring();
        }
      }
      if (deed.do === 'begin') {
        reals.begin((ear) => new RealEach(real, deed.plan, ear));
        naives.begin((ear) => new NaiveEach(naive, deed.plan, ear));
      } else if (deed.do === 'emit') {
        reals.calls.at(-1 - deed.which)?.emit(deed.what);
        naives.calls.at(-1 - deed.which)?.emit(deed.what);
      } else if (deed.do === 'cancel') {
        reals.calls.at(-1 - deed.which)?.cancel();
        naives.calls.at(-1 - deed.which)?.cancel();
      } else {
        real.pause(deed.ms);
        naive.pause(deed.ms);
      }
      look(both);
      const { inFlight, waiting } = real.state;
      if (inFlight !== 0 || waiting > reals.calls.filter(({ isOpen }) => isOpen).length) {
        expect({ inFlight, waiting }).toEqual({ inFlight: 0, waiting: 'one for each open stream' });
      }
    }
    return { time, real, naive, events, reals, naives };
  }

  it('L8: agree to the ms on what is emitted, ended and refused, whatever the sources do', () => {
    fc.assert(
      fc.property(setting, eachSteps, (setting, steps) => {
        const { reals, naives, events, naive } = playEach(setting, steps, compareStates);
        compare(reals.notes, naives.notes);
        compare(reals.calls.map(({ hasSource }) => hasSource), naives.calls.map(({ hasSource }) => hasSource));
        compare(events, naive.events);
      }),
      { numRuns: runs(200) },
    );
  });

  it('L8: keeps the order, loses nothing and invents nothing: who completes has had every value', () => {
    fc.assert(
      fc.property(setting, eachSteps, (setting, steps) => {
        const { time, reals } = playEach({ ...setting, maxQueue: undefined }, steps);
        time.enter(5_000);
        reals.calls.forEach(({ emitted, plan, isCompleted }, index) => {
          const notes = reals.notes[index]!.map((note) => note.replace(/^\d+ /, ''));
          const values = notes.filter((note) => note.startsWith('value'));
          expect(values).toEqual(values.map((_, place) => `value ${place}`));
          const isCut = plan.cut?.by === 'take' && values.length === plan.cut.at;
          if (notes.at(-1) === 'complete' && !isCut) {
            expect({ values: values.length, isCompleted }).toEqual({ values: emitted, isCompleted: true });
          }
        });
      }),
      { numRuns: runs(60) },
    );
  });

  it('C4, C10: nothing is left behind when all have been cancelled', () => {
    fc.assert(
      fc.property(setting, eachSteps, (setting, steps) => {
        const { time, real, reals } = playEach(setting, steps);
        for (const each of reals.calls) {
          each.cancel();
        }
        expect([real.state.waiting, real.state.inFlight, time.timers]).toEqual([0, 0, 0]);
        expect(reals.calls.filter(({ hasSource }) => hasSource)).toEqual([]);
      }),
      { numRuns: runs(60) },
    );
  });
});
