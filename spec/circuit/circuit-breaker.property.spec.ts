import type { Subscription } from 'rxjs';
import { describe, expect, it } from 'vitest';
import {
  type Admission,
  CircuitBreaker,
  type CircuitBreakerConfig,
  type CircuitBreakerEvent,
  CircuitOpenError,
  consecutiveFailures,
  failureRate,
  slowCallRate,
  type Trip,
} from '../../src/index';
import { NaiveClock } from '../support/naive-clock';
import { fc, runs } from '../support/property';
import { NaiveBreaker, type NaiveCall } from './naive-breaker';
import { VirtualTime } from './virtual-time';

const share = fc.constantFrom(0.3, 0.5, 1);
const minimumCalls = fc.integer({ min: 1, max: 3 });
const inWindow = fc.record({ threshold: share, minimumCalls, window: fc.integer({ min: 1, max: 40 }) });
const ofLast = fc.record({ threshold: share, minimumCalls, calls: fc.integer({ min: 3, max: 5 }) });
/** Conditions that need no timer: whatever the clock does, they are exactly what it shows. */
const untimed: fc.Arbitrary<Trip> = fc.oneof(fc.integer({ min: 1, max: 4 }).map(consecutiveFailures), inWindow.map(failureRate), ofLast.map(failureRate));
const timed: fc.Arbitrary<Trip> = fc.oneof(
  untimed,
  fc.tuple(fc.oneof(inWindow, ofLast), fc.integer({ min: 0, max: 12 })).map(([rate, slowerThan]) => slowCallRate({ ...rate, slowerThan })),
);
const settingsWith = (trip: fc.Arbitrary<Trip>, timeout: fc.Arbitrary<number>) =>
  fc.record({
    trip: fc.array(trip, { minLength: 1, maxLength: 2 }),
    recovery: fc.integer({ min: 0, max: 15 }),
    halfOpen: fc.integer({ min: 1, max: 4 }).chain((calls) => fc.record({ calls: fc.constant(calls), failures: fc.integer({ min: 1, max: calls }) })),
    timeout,
    successOn: fc.constantFrom('complete' as const, 'first-value' as const),
  });
const settings = settingsWith(timed, fc.integer({ min: 1, max: 20 }));
type Settings = typeof settings extends fc.Arbitrary<infer Value> ? Value : never;

const configOf = ({ trip, recovery, halfOpen, timeout, successOn }: Settings, scheduler: VirtualTime): CircuitBreakerConfig => ({
  trip, successOn, scheduler, recoveryTimeout: (openings) => recovery * openings, halfOpen: { ...halfOpen, timeout }, outcome: () => 'failure',
});

type Verdict = 'value' | 'succeed' | 'fail' | 'ignore';
type Step =
  | { readonly do: 'admit' | 'isolate' | 'release' | 'reset' }
  | { readonly do: 'pass' | 'clock'; readonly ms: number; readonly isSeen: boolean }
  | { readonly do: Verdict; readonly which: number }
  | { readonly do: 'turn'; readonly maxWait: number; readonly priority: number; readonly retry: boolean; readonly reaction: Verdict | 'none' | 'leave' | 'shy' }
  | { readonly do: 'leave'; readonly which: number };

const admitting: fc.Arbitrary<Step> = fc.constant({ do: 'admit' });
const judging: fc.Arbitrary<Step> = fc.record({ do: fc.constantFrom<Verdict>('value', 'succeed', 'fail', 'fail', 'fail', 'ignore'), which: fc.nat(5) });
const passing: fc.Arbitrary<Step> = fc.record({ do: fc.constant('pass' as const), ms: fc.integer({ min: 0, max: 20 }), isSeen: fc.boolean() });
const setting: fc.Arbitrary<Step> = fc.record({ do: fc.constant('clock' as const), ms: fc.integer({ min: -40, max: 40 }), isSeen: fc.boolean() });
const forcing: fc.Arbitrary<Step> = fc.constantFrom({ do: 'isolate' }, { do: 'release' }, { do: 'release' }, { do: 'reset' });
const waiting: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 3,
    arbitrary: fc.record({
      do: fc.constant('turn' as const),
      maxWait: fc.oneof(fc.constant(Number.POSITIVE_INFINITY), fc.integer({ min: 0, max: 30 })),
      priority: fc.integer({ min: 0, max: 2 }),
      retry: fc.boolean(),
      reaction: fc.constantFrom('none' as const, 'none' as const, 'succeed' as const, 'fail' as const, 'ignore' as const, 'leave' as const, 'shy' as const),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('leave' as const), which: fc.nat(5) }) },
);
const trace = (...steps: readonly fc.WeightedArbitrary<Step>[]) => fc.array(fc.oneof(...steps), { minLength: 10, maxLength: 80, size: 'max' });
const calling = [{ weight: 6, arbitrary: admitting }, { weight: 9, arbitrary: judging }, { weight: 5, arbitrary: passing }];
const everything = trace(...calling, { weight: 1, arbitrary: forcing }, { weight: 1, arbitrary: setting }, { weight: 4, arbitrary: waiting });
/** A breaker that is broken down again and again, and for whose probes many wait. */
const queueing = trace(
  { weight: 3, arbitrary: admitting }, { weight: 8, arbitrary: judging }, { weight: 4, arbitrary: passing }, { weight: 1, arbitrary: forcing }, { weight: 9, arbitrary: waiting },
);

const json = (value: unknown) => JSON.parse(JSON.stringify(value));

/** Somebody who stands in line, or once stood there. */
interface Caller {
  readonly number: number;
  readonly since: number;
  readonly maxWait: number;
  readonly priority: number;
  readonly retry: boolean;
  /** Leaves as soon as the breaker's state tells of a probe, perhaps their own. */
  readonly isShy: boolean;
  subscription: Subscription | undefined;
  stands: boolean;
  hasLeft: boolean;
  readonly heard: string[];
}

const precedes = (one: Caller, other: Caller) =>
  one.priority !== other.priority ? one.priority > other.priority : one.retry !== other.retry ? one.retry : one.number < other.number;

/** A breaker with calls and callers, all of them numbered. */
class Rig {
  readonly breaker: CircuitBreaker;
  readonly events: CircuitBreakerEvent[] = [];
  readonly calls: { readonly admission: Admission; readonly number: number }[] = [];
  readonly callers: Caller[] = [];
  /** What callers heard, in order. */
  readonly log: { readonly at: number; readonly caller: number; readonly heard: string }[] = [];
  /** What a caller found wrong: an error that it threw would not fail the property. */
  readonly complaints: unknown[] = [];
  readonly #releases: (() => void)[] = [];
  #numbers = 0;

  constructor(private readonly settings: Settings, readonly time = new VirtualTime()) {
    this.breaker = new CircuitBreaker(configOf(settings, time));
    this.breaker.events$.subscribe((event) => this.events.push(event));
  }

  get inLine(): Caller[] {
    return this.callers.filter(({ stands, hasLeft, heard }) => stands && !hasLeft && heard.length === 0);
  }

  act(step: Step): void {
    switch (step.do) {
      case 'admit':
        this.#admit();
        break;
      case 'pass':
        this.time.pass(step.ms);
        break;
      case 'clock':
        this.time.offset += step.ms;
        break;
      case 'isolate':
        this.#releases.push(this.breaker.isolate());
        break;
      case 'release':
        this.#releases.pop()?.();
        break;
      case 'reset':
        this.breaker.reset();
        break;
      case 'turn':
        this.#turn(step);
        break;
      case 'leave':
        this.#leave(this.inLine[step.which % Math.max(1, this.inLine.length)]);
        break;
      default:
        this.calls.at(-1 - step.which)?.admission[step.do]();
    }
  }

  watch(): Subscription {
    return this.breaker.state$.subscribe(({ status, calls }) => {
      for (const caller of status === 'half-open' && calls > 0 ? this.inLine.filter(({ isShy }) => isShy) : []) {
        this.#leave(caller);
      }
    });
  }

  /** Everybody leaves, every call ends, and what was isolated is released. */
  end(): void {
    for (const caller of this.inLine) {
      this.#leave(caller);
    }
    for (const { admission } of this.calls) {
      admission.ignore();
    }
    for (const release of this.#releases) {
      release();
    }
  }

  #admit(): void {
    this.#numbers += 1;
    const foretold = this.breaker.check();
    const isAlone = this.inLine.length === 0; // or else somebody whose timer is late goes first, and may change everything
    let refusal: unknown;
    try {
      this.calls.push({ admission: this.breaker.admit(this.#numbers), number: this.#numbers });
    } catch (error) {
      refusal = error;
    }
    this.#claim(refusal instanceof CircuitOpenError, refusal !== undefined);
    if (isAlone) {
      this.#claim({ ...(refusal as object | undefined) }, { ...foretold });
      this.#claim(refusal === undefined, foretold === undefined);
    }
  }

  #turn({ reaction, maxWait, priority, retry }: Extract<Step, { do: 'turn' }>): void {
    this.#numbers += 1;
    const number = this.#numbers;
    const caller: Caller = { number, since: this.time.frame, maxWait, priority, retry, isShy: reaction === 'shy', subscription: undefined, stands: false, hasLeft: false, heard: [] };
    const onWait = ({ ahead, until }: { ahead: number; until?: number | undefined }) => {
      caller.stands = true;
      this.#claim([ahead, until], [this.inLine.filter((other) => precedes(other, caller)).length, this.breaker.state.openUntil]);
    };
    this.callers.push(caller);
    caller.subscription = this.breaker.turn({ maxWait, priority, retry, call: number, onWait }).subscribe({
      next: (admission) => this.#given(caller, admission, reaction),
      error: (error) => {
        this.#claim([error instanceof CircuitOpenError, caller.hasLeft], [true, false]);
        this.#hear(caller, 'refused');
      },
    });
    this.time.pass(0);
  }

  #given(caller: Caller, admission: Admission | undefined, reaction: string): void {
    const before = this.inLine.filter((other) => precedes(other, caller)).map(({ number }) => number);
    const { status, calls } = this.breaker.state;
    this.#claim(
      { before, status, hasRoom: status === 'closed' || calls <= this.settings.halfOpen.calls, hasLeft: caller.hasLeft },
      { before: [], status: admission === undefined ? 'closed' : 'half-open', hasRoom: true, hasLeft: false },
    );
    this.#hear(caller, admission === undefined ? 'closed' : 'probe');
    if (admission !== undefined) {
      admission.begin?.();
      this.calls.push({ admission, number: caller.number });
    }
    if (reaction === 'leave') {
      this.#leave(this.inLine.at(-1));
    } else if (reaction !== 'none' && reaction !== 'shy') {
      admission?.[reaction as Verdict]();
    }
  }

  #hear(caller: Caller, heard: string): void {
    caller.heard.push(heard);
    this.log.push({ at: this.time.frame, caller: caller.number, heard });
  }

  #claim(seen: unknown, expected: unknown): void {
    if (JSON.stringify(seen) !== JSON.stringify(expected)) {
      this.complaints.push({ seen, expected });
    }
  }

  #leave(caller: Caller | undefined): void {
    if (caller !== undefined) {
      caller.hasLeft = true;
      caller.subscription?.unsubscribe();
    }
  }
}

describe('CircuitBreaker, whatever happens in whatever order', { timeout: runs(60_000) }, () => {
  it('C7: agrees with a naive model of a clock that never runs backwards, whatever the wall clock does', () => {
    fc.assert(
      fc.property(settingsWith(untimed, fc.constant(1e9)), trace(...calling, { weight: 2, arbitrary: setting }), (settings, steps) => {
        const rig = new Rig(settings);
        const { breaker, time } = rig;
        const { halfOpen, ...rest } = settings;
        const naive = new NaiveBreaker({ ...rest, ...halfOpen });
        const clock = new NaiveClock();
        const models: NaiveCall[] = [];
        const look = () => naive.pass(clock.now() - naive.now);
        for (const step of steps) {
          if ('ms' in step) {
            clock.pass(step.ms);
            rig.act(step);
            if (!step.isSeen) {
              continue;
            }
          } else if (step.do === 'admit') {
            look();
            const model = naive.admit();
            rig.act(step);
            if (model !== undefined) {
              models.push(model);
            }
            expect(rig.calls.length).toBe(models.length);
          } else if ('which' in step && step.do !== 'leave') {
            look();
            const model = models.at(-1 - step.which);
            rig.act(step);
            if (model !== undefined) {
              step.do === 'value' ? naive.value(model) : naive.end(model, step.do);
            }
          }
          look();
          const { openedAt, openUntil, ...state } = naive.state;
          const toWall = time.now() - naive.now;
          const open = openedAt === undefined || openUntil === undefined ? {} : { openedAt: openedAt + toWall, openUntil: openUntil + toWall };
          expect(breaker.state).toEqual({ ...state, ...open });
          expect(breaker.check()?.retryAfter).toBe(openUntil === undefined ? undefined : openUntil - naive.now);
        }
      }),
      { numRuns: runs(200) },
    );
  });

  it('C7: who waits for a probe has it when the recovery time has really passed, whatever the wall clock does', () => {
    const clock = fc.array(fc.record({ at: fc.integer({ min: 0, max: 99 }), ms: fc.oneof(fc.integer({ min: -300, max: 300 }), fc.constantFrom(-1e9, 1e9)) }), { maxLength: 5 });
    fc.assert(
      fc.property(clock, fc.integer({ min: 1, max: 100 }), fc.integer({ min: 0, max: 99 }), (clock, recoveryTimeout, later) => {
        const time = new VirtualTime();
        const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout, scheduler: time });
        breaker.admit().fail();
        const givenAt: number[] = [];
        time.pass(later % recoveryTimeout);
        breaker.turn().subscribe(() => givenAt.push(time.frame));
        for (const { at, ms } of clock) {
          time.schedule(() => {
            time.offset += ms;
          }, at);
        }
        time.pass(1_000);
        // A clock that is set back by up to 2 ms looks like a timer that fired early: it is armed again, once a step.
        expect(givenAt.length).toBe(1);
        expect(givenAt[0]).toBeGreaterThanOrEqual(recoveryTimeout);
        expect(givenAt[0]).toBeLessThanOrEqual(recoveryTimeout + 2 * clock.length);
        expect(time.timers).toBe(0);
      }),
      { numRuns: runs(100) },
    );
  });

  it('B9, C4, C10: callers go in order as soon as they can, or are refused at their time; who left hears nothing', () => {
    fc.assert(
      fc.property(settings, queueing, fc.boolean(), (settings, steps, isWatched) => {
        const rig = new Rig(settings);
        const { breaker, time } = rig;
        const watching = isWatched ? rig.watch() : undefined;
        const look = () => {
          const { inLine } = rig;
          const isFree = breaker.check() === undefined;
          const late = inLine.filter(({ since, maxWait }) => since + maxWait <= time.frame);
          expect([isFree && inLine.length > 0, late, rig.complaints]).toEqual([false, [], []]);
        };
        for (const step of steps) {
          for (let ms = 0; step.do === 'pass' && ms < step.ms; ms += 1) {
            time.pass(1);
            look();
          }
          if (step.do !== 'pass') {
            rig.act(step);
            look();
          }
        }
        rig.end();
        watching?.unsubscribe();
        expect(time.timers).toBe(0);
        const { length } = rig.log;
        expect(rig.callers.filter(({ heard, hasLeft }) => heard.length !== 1 && !(hasLeft && heard.length === 0))).toEqual([]);
        for (const { since, maxWait, number } of rig.callers) {
          const refused = rig.log.find(({ caller, heard }) => caller === number && heard === 'refused');
          expect(refused?.at ?? since + maxWait).toBe(since + maxWait);
        }
        time.pass(1_000);
        expect([rig.log.length, time.timers, rig.complaints]).toEqual([length, 0, []]);
        breaker.reset();
        expect(breaker.isIdle).toBe(true); // nobody waits, nothing is in flight
      }),
      { numRuns: runs(200) },
    );
  });

  it('B3, B4, B6: every admission has exactly one verdict, and the statuses follow one another in order', () => {
    fc.assert(
      fc.property(settings, everything, (settings, steps) => {
        const rig = new Rig(settings);
        for (const step of steps) {
          rig.act(step);
        }
        rig.end();
        const verdicts = rig.events.filter(({ type }) => type === 'success' || type === 'failure' || type === 'ignored').map(({ call }) => call);
        expect([...verdicts].sort((one, other) => one! - other!)).toEqual(rig.calls.map(({ number }) => number).sort((one, other) => one - other));
        let status = 'closed';
        for (const event of rig.events) {
          const from = { opened: ['closed', 'half-open'], 'half-opened': ['open'], closed: ['open', 'half-open'] }[event.type as string];
          if (from !== undefined) {
            expect(from).toContain(status);
            status = event.type === 'opened' ? 'open' : event.type === 'half-opened' ? 'half-open' : 'closed';
          }
        }
        for (const event of rig.events) {
          expect('duration' in event ? event.duration : 0).toBeGreaterThanOrEqual(0);
        }
        expect(rig.complaints).toEqual([]);
      }),
      { numRuns: runs(150) },
    );
  });

  it('C9: the same trace has the same states, events and answers', () => {
    const told = (settings: Settings, steps: readonly Step[]) => {
      const rig = new Rig(settings);
      const states: unknown[] = [];
      rig.breaker.state$.subscribe((state) => states.push(state));
      for (const step of steps) {
        rig.act(step);
      }
      return [states, rig.events, rig.log, rig.breaker.snapshot(), rig.time.timers];
    };
    fc.assert(
      fc.property(settings, everything, (settings, steps) => {
        expect(told(settings, steps)).toEqual(told(settings, steps));
      }),
      { numRuns: runs(60) },
    );
  });

  it('B8: a restart at any moment goes on exactly as the original does, once calls in flight are forgotten', () => {
    fc.assert(
      fc.property(settings, trace(...calling), fc.integer({ min: -30, max: 30 }), trace(...calling), (settings, before, zone, after) => {
        const rig = new Rig(settings);
        for (const step of before) {
          rig.act(step);
        }
        const { time, breaker: original } = rig;
        const otherTime = new VirtualTime(); // of another process, whose own clock began at some other time
        otherTime.pass(Math.abs(zone));
        otherTime.offset = time.now() - otherTime.frame;
        const initial = json(original.snapshot());
        for (const { admission } of rig.calls) {
          admission.ignore();
        }
        const copy = new CircuitBreaker({ ...configOf(settings, otherTime), initial });
        const [events, otherEvents]: CircuitBreakerEvent[][] = [[], []];
        original.events$.subscribe((event) => events!.push(event));
        copy.events$.subscribe((event) => otherEvents!.push(event));
        const calls: (readonly [Admission, Admission])[] = [];
        // An open period that is over is told of only when the next call comes; the copy begins half-open.
        const isOver = original.state.status === 'half-open';
        const agree = () => {
          const told = events!.slice(isOver && events![0]?.type === 'half-opened' ? 1 : 0);
          expect([copy.state, otherEvents, { ...copy.check() }]).toEqual([original.state, told, { ...original.check() }]);
        };
        agree();
        for (const step of after) {
          if (step.do === 'admit' && original.check() === undefined) {
            calls.push([original.admit(calls.length), copy.admit(calls.length)]);
          } else if (step.do === 'pass') {
            time.pass(step.ms);
            otherTime.pass(step.ms);
          } else if ('which' in step && step.do !== 'leave') {
            for (const admission of calls.at(-1 - step.which) ?? []) {
              admission[step.do]();
            }
          }
          agree();
        }
      }),
      { numRuns: runs(100) },
    );
  });
});
