import { asyncScheduler, distinctUntilChanged, map, TimeoutError } from 'rxjs';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { Admission } from '../../src/circuit/breaker';
import {
  CircuitBreaker,
  type CircuitBreakerConfig,
  type CircuitBreakerEvent,
  type CircuitBreakerState,
} from '../../src/circuit/circuit-breaker';
import { CircuitOpenError } from '../../src/circuit/circuit-open-error';
import { consecutiveFailures, failureRate, slowCallRate } from '../../src/circuit/trip';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { run } from '../support/run';
import { VirtualTime } from './virtual-time';

const down = { status: 503 };

/** A breaker in virtual time, that opens at the first failure for 10 ms unless said otherwise. */
function breakerOf(config: CircuitBreakerConfig = {}) {
  const time = new VirtualTime();
  const breaker = new CircuitBreaker({ failureThreshold: config.trip ? undefined : 1, recoveryTimeout: 10, scheduler: time, ...config });
  return { time, breaker };
}

/** The same, and open since 0. */
function openBreaker(config: CircuitBreakerConfig = {}) {
  const made = breakerOf(config);
  made.breaker.admit().fail(down);
  return made;
}

/** The same, and half-open at 10. */
function halfOpenBreaker(config: CircuitBreakerConfig = {}) {
  const made = openBreaker(config);
  made.time.pass(10);
  return made;
}

function refusalOf(breaker: CircuitBreaker): CircuitOpenError {
  try {
    breaker.admit();
  } catch (error) {
    return error as CircuitOpenError;
  }
  throw new Error('it was let through');
}

function eventsOf(breaker: CircuitBreaker): { readonly type?: string; readonly name?: string }[] {
  const events: object[] = [];
  breaker.events$.subscribe(({ policy, ...event }) => {
    expect(policy).toBe('breaker');
    events.push(JSON.parse(JSON.stringify(event)));
  });
  return events;
}

function statesOf(breaker: CircuitBreaker): CircuitBreakerState[] {
  const states: CircuitBreakerState[] = [];
  breaker.state$.subscribe((state) => states.push(state));
  return states;
}

const idle = { openings: 0, calls: 0, failures: 0, slowCalls: 0 };

describe('CircuitBreaker', () => {
  describe('closed', () => {
    it('B1: opens at five failures in a row by default, for 30 s', () => {
      const breaker = new CircuitBreaker({ scheduler: new VirtualTime() });
      for (let failures = 1; failures <= 4; failures += 1) {
        breaker.admit().fail(down);
        expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: failures, failures });
      }
      breaker.admit().fail(down);
      expect(breaker.state).toEqual({ status: 'open', openedAt: 0, openUntil: 30_000, openings: 1, calls: 5, failures: 5, slowCalls: 0 });
    });

    it('B1: begins to count consecutive failures anew after a success', () => {
      const { breaker } = breakerOf({ failureThreshold: 2 });
      breaker.admit().fail(down);
      breaker.admit().succeed();
      breaker.admit().fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: 1, failures: 1 });
      breaker.admit().fail(down);
      expect(breaker.state.status).toBe('open');
    });

    it('B1: opens after a success if the share of failures holds with it', () => {
      const { breaker } = breakerOf({ trip: failureRate({ threshold: 0.5, minimumCalls: 2, calls: 10 }) });
      breaker.admit().fail(down);
      expect(breaker.state.status).toBe('closed');
      breaker.admit().succeed();
      expect(breaker.state).toMatchObject({ status: 'open', calls: 2, failures: 1 });
    });

    it('B1: forgets what is older than the window by itself', () => {
      const { breaker, time } = breakerOf({ trip: failureRate({ threshold: 1, minimumCalls: 3, window: 100 }) });
      breaker.admit().fail(down);
      breaker.admit().fail(down);
      time.pass(99);
      expect(breaker.state).toMatchObject({ calls: 2, failures: 2 });
      time.pass(1);
      expect(breaker.state).toMatchObject({ calls: 0, failures: 0 });
      breaker.admit().fail(down);
      expect(breaker.state.status).toBe('closed');
    });

    it('B1: opens by any of several conditions, which count on their own', () => {
      const { breaker } = breakerOf({ trip: [consecutiveFailures(3), failureRate({ threshold: 0.5, minimumCalls: 4, calls: 4 })] });
      for (const isGood of [false, true, false]) {
        isGood ? breaker.admit().succeed() : breaker.admit().fail(down);
      }
      expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: 3, failures: 2 });
      breaker.admit().succeed();
      expect(breaker.state.status).toBe('open');
    });

    it('gives each breaker a count of its own for the same condition', () => {
      const trip = consecutiveFailures(2);
      const [one, other] = [breakerOf({ trip }).breaker, breakerOf({ trip: [trip, trip] }).breaker];
      one.admit().fail(down);
      other.admit().fail(down);
      expect([one.state.failures, other.state.failures]).toEqual([1, 1]);
    });

    it('B4: takes transient and unknown errors for failures, all others for no verdict', () => {
      const { breaker } = breakerOf({ failureThreshold: 100 });
      const failures = [{ status: 500 }, { status: 529 }, new TimeoutError(), new TypeError('fetch failed'), 'whatever', undefined];
      const others = [{ status: 429 }, { status: 400 }, new DOMException('', 'AbortError'), new CircuitOpenError(),
        new PermitRefusedError({ reason: 'queue-full', cost: {} }), new TypeError('x is not a function')];
      for (const error of [...failures, ...others]) {
        breaker.admit().fail(error);
      }
      expect(breaker.state.failures).toBe(failures.length);
    });

    it('B4: asks outcome about every error, also about undefined, but not about a failure without one', () => {
      const asked: unknown[] = [];
      const { breaker } = breakerOf({ outcome: (error) => {
        asked.push(error);
        return 'ignore';
      } });
      breaker.admit().fail(down);
      breaker.admit().fail(undefined);
      expect(asked).toEqual([down, undefined]);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      breaker.admit().fail();
      expect(breaker.state.status).toBe('open');
      expect(asked).toHaveLength(2);
    });

    it('C11: takes the first verdict on a call only', () => {
      const { breaker } = breakerOf();
      const admission = breaker.admit();
      admission.succeed();
      admission.fail(down);
      admission.ignore();
      admission.value();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(breaker.isIdle).toBe(true);
    });
  });

  describe('open', () => {
    it('B2: refuses with the time when to come again and the error that opened it', () => {
      const { breaker, time } = openBreaker();
      time.pass(4);
      const refusal = refusalOf(breaker);
      expect(refusal).toBeInstanceOf(CircuitOpenError);
      expect([refusal.retryAfter, refusal.openUntil, refusal.cause]).toEqual([6, 10, down]);
    });

    it('B2: tells check() the same, which changes nothing and tells nobody', () => {
      const { breaker, time } = openBreaker();
      const events = eventsOf(breaker);
      expect(breaker.check()).toMatchObject({ retryAfter: 10, openUntil: 10, cause: down });
      time.pass(10);
      expect([breaker.check(), breaker.check()]).toEqual([undefined, undefined]);
      expect(events).toEqual([]);
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
    });

    it('B2: reads half-open from exactly openUntil on, without any timer', () => {
      const { breaker, time } = openBreaker();
      expect(time.timers).toBe(0);
      time.pass(9);
      expect(breaker.state).toEqual({ status: 'open', openedAt: 0, openUntil: 10, openings: 1, calls: 1, failures: 1, slowCalls: 0 });
      refusalOf(breaker);
      time.pass(1);
      expect(breaker.state).toEqual({ ...idle, status: 'half-open', openings: 1 });
      const probe = breaker.admit();
      expect(breaker.state).toEqual({ ...idle, status: 'half-open', openings: 1, calls: 1 });
      probe.succeed();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(time.timers).toBe(0);
    });

    it('B2: opens for no time at all with a recoveryTimeout of 0', () => {
      const { breaker } = openBreaker({ recoveryTimeout: 0 });
      expect(breaker.state.status).toBe('half-open');
      breaker.admit().fail(down);
      breaker.admit().succeed();
      expect(breaker.state.status).toBe('closed');
    });

    it('shows absolute times', () => {
      const time = new VirtualTime();
      time.offset = 1_700_000_000_000;
      const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 10, scheduler: time });
      time.pass(5);
      breaker.admit().fail(down);
      expect(breaker.state).toMatchObject({ openedAt: 1_700_000_000_005, openUntil: 1_700_000_000_015 });
      expect(breaker.check()).toMatchObject({ openUntil: 1_700_000_000_015, retryAfter: 10 });
      expect(JSON.parse(JSON.stringify(breaker.state))).toEqual(breaker.state);
    });

    it('C7: neither opens longer nor counts differently when the wall clock is set back', () => {
      const { breaker, time } = openBreaker();
      time.pass(5);
      expect(breaker.state.status).toBe('open');
      time.offset = -100_000;
      expect(breaker.check()).toMatchObject({ retryAfter: 5 });
      time.pass(5);
      expect(breaker.state.status).toBe('half-open');
    });
  });

  describe('half-open', () => {
    it('B3: lets one probe through by default and refuses others without a time', () => {
      const { breaker } = halfOpenBreaker();
      breaker.admit();
      const refusal = refusalOf(breaker);
      expect('retryAfter' in refusal || 'openUntil' in refusal).toBe(false);
      expect(refusal.cause).toBe(down);
    });

    it('B3: opens again at one failure, with openings one up', () => {
      const asked: number[] = [];
      const recoveryTimeout = (openings: number) => {
        asked.push(openings);
        return 10 * openings;
      };
      const { breaker } = halfOpenBreaker({ recoveryTimeout });
      breaker.admit().fail(down);
      expect(breaker.state).toMatchObject({ status: 'open', openedAt: 10, openUntil: 30, openings: 2 });
      expect(asked).toEqual([1, 2]);
    });

    it('B3: closes once the failures that would open it can no longer come, though probes are still out', () => {
      const { breaker } = halfOpenBreaker({ halfOpen: { calls: 5, failures: 3 } });
      const probes = Array.from({ length: 5 }, () => breaker.admit());
      refusalOf(breaker);
      probes[0]!.fail(down);
      probes[1]!.fail(down);
      probes[2]!.succeed();
      probes[3]!.succeed();
      expect(breaker.state).toEqual({ status: 'half-open', openings: 1, calls: 5, failures: 2, slowCalls: 0 });
      probes[4]!.succeed();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
    });

    it('B4: gives a probe back on an ignored outcome, and not twice', () => {
      const { breaker } = halfOpenBreaker();
      const probe = breaker.admit();
      probe.fail({ status: 429 });
      probe.ignore();
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
      breaker.admit();
      refusalOf(breaker);
    });

    it('B5: counts a probe that delivers nothing as failed, exactly when its lease ends', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { timeout: 50 } });
      const events = eventsOf(breaker);
      const probe = breaker.admit();
      time.pass(49);
      expect(breaker.state.status).toBe('half-open');
      time.pass(1);
      expect(breaker.state).toMatchObject({ status: 'open', openedAt: 60, openings: 2 });
      expect(events.slice(1)).toMatchObject([
        { type: 'failure', at: 60, duration: 50, error: { name: 'TimeoutError' } },
        { type: 'opened', at: 60, until: 70 },
      ]);
      probe.value();
      probe.succeed();
      expect(breaker.state.status).toBe('open');
      expect(time.timers).toBe(0);
    });

    it('B5: does not fail a long answer: all content renews the lease, also at exactly its end', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { calls: 2, timeout: 50 } });
      const probe = breaker.admit();
      time.schedule(() => probe.value(), 50);
      time.pass(50);
      time.schedule(() => probe.value(), 49);
      time.schedule(() => probe.value(), 99);
      time.pass(148);
      expect(breaker.state.status).toBe('half-open');
      time.pass(1);
      expect(breaker.state).toMatchObject({ status: 'open', openedAt: 10 + 50 + 99 + 50 });
    });

    it('B5: waits a minute by default', () => {
      const { breaker, time } = halfOpenBreaker();
      breaker.admit();
      time.pass(59_999);
      expect(breaker.state.status).toBe('half-open');
      time.pass(1);
      expect(breaker.state.status).toBe('open');
    });

    it('B5: counts a silent probe as failed whatever outcome says of timeouts', () => {
      const { breaker, time } = openBreaker({ halfOpen: { timeout: 50 }, outcome: (error) => (error === down ? 'failure' : 'ignore') });
      time.pass(10);
      breaker.admit();
      time.pass(50);
      expect(breaker.state).toMatchObject({ status: 'open', openings: 2 });
    });

    it('B5: fails each of several silent probes at its own time', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { calls: 4, failures: 3, timeout: 50 } });
      breaker.admit();
      time.pass(10);
      breaker.admit();
      breaker.admit();
      time.pass(40);
      expect(breaker.state).toMatchObject({ status: 'half-open', failures: 1 });
      time.pass(10);
      expect(breaker.state).toMatchObject({ status: 'open', openedAt: 70 });
    });

    it('B10: tells one outcome of each probe, at its end', () => {
      const { breaker, time } = halfOpenBreaker();
      const events = eventsOf(breaker);
      const probe = breaker.admit(1);
      time.pass(3);
      probe.value();
      probe.value();
      expect([breaker.state.status, events]).toEqual(['closed', [{ type: 'half-opened', at: 10 }, { type: 'closed', at: 13 }]]);
      time.pass(4);
      probe.succeed();
      expect(events.slice(2)).toEqual([{ type: 'success', at: 17, duration: 7, call: 1 }]);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
    });

    it('B10: keeps what content has decided if there is no verdict at the end', () => {
      const { breaker } = halfOpenBreaker({ halfOpen: { calls: 2 } });
      const events = eventsOf(breaker);
      for (const end of [(probe: Admission) => probe.ignore(), (probe: Admission) => probe.fail({ status: 400 })]) {
        const probe = breaker.admit();
        probe.value();
        end(probe);
      }
      expect(events.map(({ type }) => type)).toEqual(['half-opened', 'ignored', 'closed', 'ignored']);
    });

    it('B10: a probe without content decides at its end', () => {
      const { breaker } = halfOpenBreaker();
      breaker.admit().succeed();
      expect(breaker.state.status).toBe('closed');
    });

    it('B10: a probe whose content came when others had closed it does not open it again', () => {
      const { breaker } = halfOpenBreaker({ halfOpen: { calls: 2, failures: 2 } });
      const [quick, late] = [breaker.admit(), breaker.admit()];
      quick.value();
      late.value();
      late.fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      quick.fail(down);
      expect(breaker.state.status).toBe('open');
    });

    it('B5, B10: withdraws the success of a probe that falls silent, while it is half-open', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { calls: 3, failures: 2, timeout: 5 } });
      breaker.admit().value();
      time.pass(5);
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 1, failures: 1 });
      breaker.admit().value();
      expect(breaker.state.status).toBe('half-open');
    });

    it('B5, C10: a probe has no lease any more once it has closed the breaker', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { timeout: 5 } });
      const probe = breaker.admit();
      expect(time.timers).toBe(1);
      probe.value();
      expect(time.timers).toBe(0);
      time.pass(100);
      expect(breaker.state.status).toBe('closed');
    });

    it('B6: ignores late results of calls begun before it opened', () => {
      const { breaker, time } = breakerOf();
      const [one, two, three] = [breaker.admit(), breaker.admit(), breaker.admit()];
      one.fail(down);
      two.succeed();
      expect(breaker.state).toMatchObject({ status: 'open', openings: 1 });
      time.pass(10);
      const probe = breaker.admit();
      three.fail(down);
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 1, failures: 0, openings: 1 });
      probe.succeed();
      expect(breaker.state.status).toBe('closed');
    });

    it('B6: ignores a probe of an earlier half-open period, and does not take its place for free', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { calls: 2 } });
      const [slow, quick] = [breaker.admit(), breaker.admit()];
      quick.fail(down);
      time.pass(10);
      breaker.admit();
      breaker.admit();
      slow.ignore();
      refusalOf(breaker);
      slow.succeed();
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 2 });
    });
  });

  describe('slow calls', () => {
    const trip = slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 1, calls: 2 });
    const lax  = slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 2, calls: 2 });

    it('B7: counts a call in flight as slow once slowerThan has passed', () => {
      const { breaker, time } = breakerOf({ trip });
      const events = eventsOf(breaker);
      breaker.admit();
      time.pass(4);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      time.pass(1);
      expect(breaker.state).toMatchObject({ status: 'open', openedAt: 5, calls: 1, failures: 0, slowCalls: 1 });
      expect(events).toEqual([{ type: 'opened', at: 5, until: 15, reason: '1 of 1 calls were slow' }]);
      expect(breaker.check()!.cause).toBeUndefined();
    });

    it('B7: takes a first value at exactly slowerThan for fast, one later for slow', () => {
      const { breaker, time } = breakerOf({ trip });
      const call = breaker.admit();
      time.schedule(() => call.value(), 5);
      time.pass(5);
      expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: 1 });
      time.pass(100);
      expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: 1 });
    });

    it.each(['value', 'succeed', 'fail'] as const)('B7: counts a call once at %s, whatever comes later', (first) => {
      const { breaker, time } = breakerOf({ trip: [lax, consecutiveFailures(9)] });
      const call = breaker.admit();
      time.pass(1);
      call[first]();
      expect(breaker.state).toMatchObject({ calls: 1, slowCalls: 0 });
      time.pass(10);
      call.value();
      call.succeed();
      expect(breaker.state).toMatchObject({ calls: 1, slowCalls: 0 });
    });

    it('B7: counts a slow call once, and not again at its first value or outcome', () => {
      const { breaker, time } = breakerOf({ trip: lax });
      const call = breaker.admit();
      time.pass(5);
      expect(breaker.state).toMatchObject({ status: 'closed', calls: 1, slowCalls: 1 });
      call.value();
      call.fail(down);
      expect(breaker.state).toMatchObject({ status: 'closed', calls: 1, slowCalls: 1 });
    });

    it('B7: counts by each of several conditions in its own time, with one timer', () => {
      const slower = slowCallRate({ slowerThan: 9, threshold: 1, minimumCalls: 2, window: 100 });
      const { breaker, time } = breakerOf({ trip: [lax, slower] });
      const calls = [breaker.admit(), breaker.admit()];
      expect(time.timers).toBe(1);
      calls[0]!.value();
      time.pass(7);
      calls[1]!.value();
      expect(breaker.state).toMatchObject({ status: 'closed', calls: 2, slowCalls: 1 });
      expect(time.timers).toBe(0);
    });

    it('B7: does not count calls without a verdict, nor probes', () => {
      const { breaker, time } = breakerOf({ trip: [trip, consecutiveFailures(1)] });
      breaker.admit().ignore();
      breaker.admit().fail({ status: 400 });
      expect(breaker.state.calls).toBe(0);
      breaker.admit().fail(down);
      time.pass(10);
      breaker.admit();
      time.pass(6);
      expect(breaker.state).toEqual({ ...idle, status: 'half-open', openings: 1, calls: 1 });
    });

    it('B6: does not count slow calls that began before it opened or was reset', () => {
      const { breaker, time } = breakerOf({ trip: [trip, consecutiveFailures(1)] });
      breaker.admit();
      breaker.reset();
      time.pass(6);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      const [late, bad] = [breaker.admit(), breaker.admit()];
      bad.fail(down);
      breaker.reset();
      time.pass(6);
      late.value();
      late.succeed();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
    });
  });

  describe("successOn: 'first-value'", () => {
    it('judges a call at its first value', () => {
      const { breaker, time } = halfOpenBreaker({ successOn: 'first-value' });
      const events = eventsOf(breaker);
      const probe = breaker.admit();
      time.pass(3);
      probe.value();
      expect(breaker.state.status).toBe('closed');
      probe.value();
      probe.fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(events.slice(1)).toEqual([{ type: 'success', at: 13, duration: 3 }, { type: 'closed', at: 13 }]);
      expect(time.timers).toBe(0);
    });

    it('judges an empty answer at its end', () => {
      const { breaker } = halfOpenBreaker({ successOn: 'first-value' });
      breaker.admit().succeed();
      expect(breaker.state.status).toBe('closed');
    });
  });

  describe('isolate', () => {
    it('forces it open until every returned function was called, each of which counts once', () => {
      const { breaker, time } = breakerOf();
      const events = eventsOf(breaker);
      const [one, two] = [breaker.isolate(), breaker.isolate()];
      expect(breaker.state).toEqual({ ...idle, status: 'isolated' });
      time.pass(100);
      const refusal = refusalOf(breaker);
      expect([refusal.retryAfter, refusal.openUntil]).toEqual([undefined, undefined]);
      expect(breaker.check()).toBeInstanceOf(CircuitOpenError);
      one();
      one();
      expect(breaker.state.status).toBe('isolated');
      two();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      breaker.admit();
      expect(events).toEqual([
        { type: 'isolated', at: 0 }, { type: 'isolated', at: 0 }, { type: 'refused', at: 100 },
        { type: 'released', at: 100 }, { type: 'released', at: 100 },
      ]);
    });

    it('goes back to the state before: closed with its count', () => {
      const { breaker } = breakerOf({ failureThreshold: 2 });
      breaker.admit().fail(down);
      breaker.isolate()();
      expect(breaker.state).toEqual({ ...idle, status: 'closed', calls: 1, failures: 1 });
    });

    it('goes back to the state before: open until the same time', () => {
      const { breaker, time } = openBreaker();
      const release = breaker.isolate();
      expect(breaker.state.openUntil).toBeUndefined();
      time.pass(5);
      release();
      expect(breaker.state).toMatchObject({ status: 'open', openUntil: 10, openings: 1 });
      const again = breaker.isolate();
      time.pass(5);
      expect(breaker.state.status).toBe('isolated');
      again();
      expect(breaker.state.status).toBe('half-open');
    });

    it('does not say when it will be released, though it is open beneath', () => {
      const { breaker } = openBreaker();
      breaker.isolate();
      const refusal = refusalOf(breaker);
      expect([refusal.retryAfter, refusal.openUntil, refusal.cause]).toEqual([undefined, undefined, down]);
    });

    it('goes back to the state before: half-open with its probe out', () => {
      const { breaker } = halfOpenBreaker();
      const probe = breaker.admit();
      breaker.isolate()();
      refusalOf(breaker);
      probe.succeed();
      expect(breaker.state.status).toBe('closed');
    });

    it('is not ended by reset', () => {
      const { breaker } = openBreaker();
      const release = breaker.isolate();
      breaker.reset();
      expect(breaker.state.status).toBe('isolated');
      release();
      expect(breaker.state.status).toBe('closed');
    });
  });

  describe('reset', () => {
    it('closes it and clears every count; what was in flight no longer counts', () => {
      const { breaker, time } = openBreaker();
      const events = eventsOf(breaker);
      breaker.reset();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(breaker.check()).toBeUndefined();
      const call = breaker.admit();
      breaker.reset();
      call.fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(events.map((event) => (event as { type: string }).type)).toEqual(['closed', 'failure']);
      expect(time.timers).toBe(0);
    });
  });

  describe('hints', () => {
    const busy = (headers: Record<string, string>) => ({ status: 503, headers });

    it('B11: stays open for as long as the failure asks for, at most a minute by default', () => {
      const { breaker, time } = breakerOf();
      const events = eventsOf(breaker);
      breaker.admit().fail(busy({ 'retry-after': '20' }));
      expect(breaker.state.openUntil).toBe(20_000);
      expect(events).toMatchObject([{ type: 'failure' }, { type: 'opened', until: 20_000 }]);
      time.pass(20_000);
      breaker.admit().fail(busy({ 'retry-after': '3600' }));
      expect(breaker.check()?.retryAfter).toBe(60_000);
    });

    it('B11: reads a date on the clock of its scheduler', () => {
      const { breaker, time } = breakerOf();
      time.offset = Date.UTC(2030, 0, 1);
      breaker.admit().fail(busy({ 'retry-after': 'Tue, 01 Jan 2030 00:00:30 GMT' }));
      expect(breaker.check()?.retryAfter).toBe(30_000);
    });

    it('B11: heeds hints as far as maxHint allows', () => {
      const [none, all] = [breakerOf({ maxHint: 0 }), breakerOf({ maxHint: Number.POSITIVE_INFINITY })];
      for (const { breaker } of [none, all]) {
        breaker.admit().fail(busy({ 'retry-after': '3600' }));
      }
      expect([none, all].map(({ breaker }) => breaker.state.openUntil)).toEqual([10, 3_600_000]);
    });

    it('B11: hands the error to recoveryTimeout, that of a silent probe as well', () => {
      const told: unknown[] = [];
      const { breaker, time } = breakerOf({ halfOpen: { timeout: 5 }, recoveryTimeout: (openings, error) => {
        told.push([openings, error]);
        return 10;
      } });
      breaker.admit().fail(down);
      time.pass(10);
      breaker.admit();
      time.pass(5);
      expect(told).toEqual([[1, down], [2, expect.any(TimeoutError)]]);
    });

    it('B11, B8: goes on with what a hint has prolonged', () => {
      const { breaker, time } = breakerOf();
      breaker.admit().fail(busy({ 'retry-after': '20' }));
      const copy = new CircuitBreaker({ failureThreshold: 1, scheduler: time, initial: JSON.parse(JSON.stringify(breaker.snapshot())) });
      expect(copy.state).toEqual(breaker.state);
    });
  });

  describe('name', () => {
    it('C13: stands in its state, its events and its errors', () => {
      const { breaker } = breakerOf({ name: 'eu' });
      const events = eventsOf(breaker);
      expect(breaker.state).toEqual({ ...idle, status: 'closed', name: 'eu' });
      breaker.admit().fail(down);
      expect([breaker.check()?.policyName, refusalOf(breaker).policyName]).toEqual(['eu', 'eu']);
      breaker.isolate();
      expect(refusalOf(breaker).policyName).toBe('eu');
      expect(events.map(({ type, name }) => `${type} ${name}`)).toEqual(['failure eu', 'opened eu', 'refused eu', 'isolated eu', 'refused eu']);
    });

    it('C13: is nowhere if there is none', () => {
      const { breaker } = openBreaker();
      const events = eventsOf(breaker);
      const error = refusalOf(breaker);
      expect(['name' in breaker.state, 'policyName' in error, 'name' in events[0]!]).toEqual([false, false, false]);
    });
  });

  describe('state$', () => {
    it('C9: replays the state, then emits every change once', () => {
      const { breaker, time } = breakerOf({ failureThreshold: 2 });
      const states = statesOf(breaker);
      breaker.admit().succeed();
      breaker.admit().ignore();
      breaker.reset();
      expect(states).toEqual([{ ...idle, status: 'closed' }]);
      breaker.admit().fail(down);
      breaker.admit().fail(down);
      time.pass(10);
      breaker.admit().succeed();
      expect(states.slice(1)).toEqual([
        { ...idle, status: 'closed', calls: 1, failures: 1 },
        { status: 'open', openedAt: 0, openUntil: 10, openings: 1, calls: 2, failures: 2, slowCalls: 0 },
        { ...idle, status: 'half-open', openings: 1 },
        { ...idle, status: 'half-open', openings: 1, calls: 1 },
        { ...idle, status: 'closed' },
      ]);
      expect(states.at(-1)).toEqual(breaker.state);
    });

    it('B2: emits half-open at openUntil while watched', () => {
      run(({ expectObservable }) => {
        const breaker = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 5 });
        const statuses = breaker.state$.pipe(map(({ status }) => status[0]), distinctUntilChanged());
        asyncScheduler.schedule(() => breaker.admit().fail(down), 2);
        asyncScheduler.schedule(() => breaker.admit().fail(down), 9);
        asyncScheduler.schedule(() => breaker.admit().succeed(), 14);
        expectObservable(statuses, '          -^---------------!').toBe(
                                   '          -co----h-o----(hc)'.replace(/ /g, ''),
        );
      });
    });

    it('B2: emits half-open once to somebody who begins to watch later', () => {
      const { breaker, time } = openBreaker();
      time.pass(15);
      const states = statesOf(breaker);
      time.pass(10);
      expect(states).toEqual([{ ...idle, status: 'half-open', openings: 1 }]);
      expect(time.timers).toBe(0);
    });

    it('emits what windows forget', () => {
      const { breaker, time } = breakerOf({ trip: failureRate({ threshold: 1, minimumCalls: 9, window: 10 }) });
      const counts: unknown[] = [];
      breaker.state$.subscribe(({ calls, failures }) => counts.push([time.now(), calls, failures]));
      breaker.admit().fail(down);
      time.pass(3);
      breaker.admit().succeed();
      time.pass(20);
      expect(counts).toEqual([[0, 0, 0], [0, 1, 1], [3, 2, 1], [10, 1, 0], [13, 0, 0]]);
      expect(time.timers).toBe(0);
    });

    it('emits slow calls as they are counted, and the end of an open period that a first value began', () => {
      const { breaker, time } = breakerOf({ trip: slowCallRate({ slowerThan: 5, threshold: 0.5, minimumCalls: 2, window: 100 }) });
      const seen: unknown[] = [];
      breaker.state$.subscribe(({ status, calls, slowCalls }) => seen.push([time.now(), status, calls, slowCalls]));
      breaker.admit();
      time.pass(5);
      breaker.admit().value();
      time.pass(20);
      expect(seen).toEqual([[0, 'closed', 0, 0], [5, 'closed', 1, 1], [5, 'open', 2, 1], [15, 'half-open', 0, 0]]);
    });

    it('emits probes that are given back, also by an outcome callback that throws', () => {
      const { breaker } = openBreaker({ outcome: (error) => {
        if (error !== down) {
          throw new Error('broken');
        }
        return 'failure';
      }, recoveryTimeout: 0 });
      const calls: number[] = [];
      breaker.state$.subscribe((state) => calls.push(state.calls));
      breaker.admit().ignore();
      expect(() => breaker.admit().fail('other')).toThrow('broken');
      expect(calls).toEqual([0, 1, 0, 1, 0]);
    });

    it('emits isolation', () => {
      const { breaker, time } = openBreaker();
      const statuses: string[] = [];
      breaker.state$.pipe(map(({ status }) => status), distinctUntilChanged()).subscribe((status) => statuses.push(status));
      const releases = [breaker.isolate(), breaker.isolate()];
      time.pass(10);
      for (const release of releases) {
        release();
      }
      expect(statuses).toEqual(['open', 'isolated', 'half-open']);
    });

    it('lets a listener call the breaker', () => {
      const { breaker } = breakerOf();
      const seen: string[] = [];
      breaker.state$.subscribe(({ status }) => {
        if (status === 'open') {
          breaker.reset();
        }
      });
      breaker.state$.subscribe(({ status }) => seen.push(status));
      breaker.admit().fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
      expect(seen.at(-1)).toBe('closed');
    });

    it('C9: a change by time is told of, though somebody arms the timer anew in that very ms: a breaker', () => {
      const scheduler = new VirtualTime();
      const breaker = new CircuitBreaker({ trip: failureRate({ threshold: 1, minimumCalls: 9, window: 30 }), scheduler });
      scheduler.schedule(() => { breaker.admit(); }, 30);
      const calls: number[] = [];
      breaker.state$.subscribe((state) => calls.push(state.calls));
      breaker.admit().fail(new Error('x'));
      scheduler.pass(100);
      expect(calls).toEqual([0, 1, 0]);
    });
  });

  describe('events$', () => {
    it('C9: tells what happens, with at, policy and the number of the call', () => {
      const { breaker, time } = breakerOf({ recoveryTimeout: () => 10 });
      const events: CircuitBreakerEvent[] = [];
      breaker.events$.subscribe((event) => events.push(event));
      const [good, bad] = [breaker.admit(1), breaker.admit(2)];
      time.pass(3);
      good.succeed();
      bad.fail(down);
      expect(() => breaker.admit(3)).toThrow(CircuitOpenError);
      time.pass(10);
      breaker.admit(4).ignore();
      breaker.admit(5).succeed();
      const policy = 'breaker';
      expect(events).toEqual([
        { type: 'success', policy, at: 3, duration: 3, call: 1 },
        { type: 'failure', policy, at: 3, duration: 3, call: 2, error: down },
        { type: 'opened', policy, at: 3, until: 13, reason: '1 consecutive failures' },
        { type: 'refused', policy, at: 3, retryAfter: 10, call: 3 },
        { type: 'half-opened', policy, at: 13 },
        { type: 'ignored', policy, at: 13, call: 4 },
        { type: 'success', policy, at: 13, duration: 0, call: 5 },
        { type: 'closed', policy, at: 13 },
      ]);
    });

    it('has types that a switch can tell apart', () => {
      expectTypeOf<Extract<CircuitBreakerEvent, { type: 'opened' }>>().toHaveProperty('until').toEqualTypeOf<number>();
      expectTypeOf(breakerOf().breaker.state$).toExtend<import('rxjs').Observable<CircuitBreakerState>>();
      expectTypeOf(breakerOf().breaker.isolate()).toEqualTypeOf<() => void>();
    });
  });

  describe('callbacks that throw', () => {
    it('C5: passes on what outcome throws, takes it for no verdict and gives the probe back', () => {
      let isBroken = false;
      const { breaker, time } = openBreaker({ outcome: () => {
        if (isBroken) {
          throw new Error('broken');
        }
        return 'failure';
      } });
      time.pass(10);
      isBroken = true;
      const probe = breaker.admit();
      expect(() => probe.fail(down)).toThrow('broken');
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0, failures: 0 });
      isBroken = false;
      breaker.admit().fail(down);
      expect(breaker.state.status).toBe('open');
    });

    it('C5: passes on what recoveryTimeout throws, and a RangeError for NaN; the breaker stays usable', () => {
      let recovery: () => number = () => Number.NaN;
      const { breaker, time } = breakerOf({ recoveryTimeout: () => recovery() });
      expect(() => breaker.admit().fail(down)).toThrow(/recoveryTimeout .*got NaN/);
      expect(breaker.state).toMatchObject({ status: 'closed', failures: 1 });
      recovery = () => 10;
      breaker.admit().fail(down);
      time.pass(10);
      recovery = () => {
        throw new Error('broken');
      };
      expect(() => breaker.admit().fail(down)).toThrow('broken');
      expect(breaker.state).toMatchObject({ status: 'half-open', openings: 1, calls: 0, failures: 0 });
      breaker.admit().succeed();
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
    });

    it('C5: tells a call at its next word what recoveryTimeout threw while a timer judged it', () => {
      const broken = () => {
        throw new Error('broken');
      };
      const { breaker, time } = breakerOf({ trip: slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 1, calls: 9 }), recoveryTimeout: broken });
      const [one, two, three] = [breaker.admit(), breaker.admit(), breaker.admit()];
      time.pass(5);
      expect(breaker.state).toMatchObject({ status: 'closed', slowCalls: 3 });
      expect(() => one.value()).toThrow('broken');
      expect(() => one.value()).not.toThrow();
      breaker.reset();
      expect(() => two.succeed()).toThrow('broken');
      three.ignore();
    });

    it('C5: gives a silent probe back if recoveryTimeout throws', () => {
      let isBroken = false;
      const { breaker, time } = openBreaker({ halfOpen: { timeout: 5 }, recoveryTimeout: () => {
        if (isBroken) {
          throw new Error('broken');
        }
        return 10;
      } });
      time.pass(10);
      isBroken = true;
      const probe = breaker.admit();
      time.pass(5);
      expect(breaker.state).toMatchObject({ status: 'half-open', calls: 0 });
      expect(() => probe.value()).toThrow('broken');
    });

    it('lets outcome call the breaker', () => {
      const { breaker } = breakerOf({ outcome: () => {
        breaker.reset();
        return 'failure';
      } });
      breaker.admit().fail(down);
      expect(breaker.state).toEqual({ ...idle, status: 'closed' });
    });
  });

  describe('isIdle', () => {
    it('is true while it is closed, has no failure on its count, and nobody is in flight', () => {
      const { breaker, time } = breakerOf({ failureThreshold: 2 });
      expect(breaker.isIdle).toBe(true);
      const call = breaker.admit();
      expect(breaker.isIdle).toBe(false);
      call.fail(down);
      expect(breaker.isIdle).toBe(false);
      breaker.admit().fail(down);
      expect(breaker.isIdle).toBe(false);
      time.pass(10);
      expect(breaker.isIdle).toBe(false);
      breaker.admit().succeed();
      expect(breaker.isIdle).toBe(true);
      const release = breaker.isolate();
      expect(breaker.isIdle).toBe(false);
      release();
      expect(breaker.isIdle).toBe(true);
    });

    it('B12: is true again when what was counted is too old to matter', () => {
      const { breaker, time } = breakerOf({ failureThreshold: 2 });
      breaker.admit().fail(down);
      time.pass(29_999);
      expect(breaker.isIdle).toBe(false);
      time.pass(1);
      expect(breaker.isIdle).toBe(true);
    });

    it('B12: counts successes, too, where a share is counted', () => {
      const { breaker, time } = breakerOf({ trip: failureRate({ threshold: 0.5, minimumCalls: 2, calls: 2 }) });
      time.pass(5);
      breaker.admit().succeed();
      time.pass(29_999);
      expect(breaker.isIdle).toBe(false);
      time.pass(1);
      expect(breaker.isIdle).toBe(true);
    });

    it('B12: is false while somebody waits', () => {
      const { breaker } = breakerOf();
      const release = breaker.isolate();
      const waiting = breaker.turn().subscribe();
      expect(breaker.isIdle).toBe(false);
      waiting.unsubscribe();
      release();
      expect(breaker.isIdle).toBe(true);
    });

    it('is false while slow calls are on its count', () => {
      const { breaker, time } = breakerOf({ trip: slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 2, calls: 2 }) });
      const call = breaker.admit();
      time.pass(5);
      call.succeed();
      expect(breaker.isIdle).toBe(false);
    });
  });

  describe('timers', () => {
    it('C10: holds none while nobody watches or waits and nothing is in flight', () => {
      const { breaker, time } = breakerOf({ trip: [consecutiveFailures(1), slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 1, window: 50 })] });
      expect(time.timers).toBe(0);
      const call = breaker.admit();
      expect(time.timers).toBe(1);
      call.fail(down);
      expect(time.timers).toBe(0);
      const watching = breaker.state$.subscribe();
      expect(time.timers).toBe(1);
      watching.unsubscribe();
      expect(time.timers).toBe(0);
      time.pass(10);
      const probe = breaker.admit();
      expect(time.timers).toBe(1);
      probe.ignore();
      expect(time.timers).toBe(0);
    });

    it('C10: holds none for somebody who only listens to events, nor for a watched closed breaker', () => {
      const { breaker, time } = openBreaker();
      breaker.events$.subscribe();
      expect(time.timers).toBe(0);
      breaker.reset();
      breaker.state$.subscribe();
      expect(time.timers).toBe(0);
    });

    it('C10: holds none for calls and probes that a reset has made worthless', () => {
      const { breaker, time } = openBreaker({ trip: [consecutiveFailures(1), slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 9, window: 50 })] });
      time.pass(10);
      breaker.admit();
      breaker.reset();
      expect(time.timers).toBe(0);
      breaker.admit();
      expect(time.timers).toBe(1);
      breaker.reset();
      expect(time.timers).toBe(0);
    });

    it('C10: holds none while it is isolated', () => {
      const { breaker, time } = openBreaker();
      breaker.state$.subscribe();
      const release = breaker.isolate();
      expect(time.timers).toBe(0);
      release();
      expect(time.timers).toBe(1);
    });

    it('C6: serves 100,000 calls in flight with one timer', () => {
      const { breaker, time } = breakerOf({ trip: slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 200_000, window: 50 }) });
      const calls = Array.from({ length: 100_000 }, () => breaker.admit());
      expect(time.timers).toBe(1);
      time.pass(5);
      expect(breaker.state.slowCalls).toBe(100_000);
      for (const call of calls) {
        call.succeed();
      }
      expect(breaker.state).toMatchObject({ calls: 100_000, slowCalls: 100_000 });
      expect(time.timers).toBe(0);
    }, 30_000);

    it('C6: serves 20,000 probes at once with one timer', () => {
      const { breaker, time } = halfOpenBreaker({ halfOpen: { calls: 20_001, timeout: 50 } });
      const probes = Array.from({ length: 20_000 }, () => breaker.admit());
      time.pass(49);
      for (const probe of probes) {
        probe.value();
        probe.value();
      }
      expect(time.timers).toBe(1);
      time.pass(49);
      breaker.admit().value();
      expect(breaker.state.status).toBe('closed');
      expect(time.timers).toBe(0);
    }, 30_000);
  });

  describe('options', () => {
    it.each<[unknown, typeof RangeError | typeof TypeError, RegExp]>([
      [{ failureThreshold: 0 },                                   RangeError, /CircuitBreaker: failureThreshold .*got 0/],
      [{ failureThreshold: 2.5 },                                 RangeError, /failureThreshold .*got 2.5/],
      [{ failureThreshold: Number.NaN },                          RangeError, /failureThreshold .*got NaN/],
      [{ failureThreshold: 3, trip: consecutiveFailures(3) },     TypeError,  /failureThreshold and trip exclude each other, got both: 3/],
      [{ trip: [] },                                              RangeError, /trip must hold at least one condition, got \[\]/],
      [{ trip: [5] },                                             TypeError,  /trip: a trip condition .*got 5/],
      [{ trip: null },                                            TypeError,  /trip: a trip condition .*got null/],
      [{ trip: { kind: 'consecutive-failures', failures: -1 } },  RangeError, /trip: failures .*got -1/],
      [{ recoveryTimeout: -1 },                                   RangeError, /recoveryTimeout .*got -1/],
      [{ recoveryTimeout: Number.NaN },                           RangeError, /recoveryTimeout .*got NaN/],
      [{ recoveryTimeout: Number.POSITIVE_INFINITY },             RangeError, /recoveryTimeout .*got Infinity/],
      [{ recoveryTimeout: '30s' },                                TypeError,  /recoveryTimeout .*got "30s"/],
      [{ halfOpen: null },                                        TypeError,  /halfOpen.*got null/],
      [{ halfOpen: { calls: 0 } },                                RangeError, /halfOpen: calls .*got 0/],
      [{ halfOpen: { calls: 1.5 } },                              RangeError, /halfOpen: calls .*got 1.5/],
      [{ halfOpen: { failures: 0 } },                             RangeError, /halfOpen: failures .*got 0/],
      [{ halfOpen: { calls: 2, failures: 3 } },                   RangeError, /halfOpen.failures must be at most halfOpen.calls, 2, got 3/],
      [{ halfOpen: { timeout: 0 } },                              RangeError, /halfOpen: timeout .*got 0/],
      [{ halfOpen: { maxWait: 5 } },                              TypeError,  /halfOpen: unknown option maxWait: 5/],
      [{ outcome: 'failure' },                                    TypeError,  /outcome .*got "failure"/],
      [{ successOn: 'value' },                                    TypeError,  /successOn .*got "value"/],
      [{ maxHint: -1 },                                           RangeError, /maxHint must be a number of at least 0, or Infinity, got -1/],
      [{ maxHint: Number.NaN },                                   RangeError, /maxHint .*got NaN/],
      [{ name: 5 },                                               TypeError,  /name must be a string, got 5/],
      [{ scheduler: {} },                                         TypeError,  /scheduler .*got {}/],
      [{ threshold: 5 },                                          TypeError,  /unknown option threshold: 5/],
      [5,                                                         TypeError,  /CircuitBreaker: options must be an object, got 5/],
      [null,                                                      TypeError,  /CircuitBreaker: options must be an object, got null/],
    ])('C2: refuses %j and says which value', (config, error, message) => {
      expect(() => new CircuitBreaker(config as CircuitBreakerConfig)).toThrow(error);
      expect(() => new CircuitBreaker(config as CircuitBreakerConfig)).toThrow(message);
    });

    it('takes undefined for not given', () => {
      const breaker = new CircuitBreaker({ failureThreshold: undefined, trip: undefined, recoveryTimeout: undefined, halfOpen: undefined,
        outcome: undefined, successOn: undefined, initial: undefined, scheduler: undefined, maxHint: undefined, name: undefined });
      expect(breaker.scheduler).toBe(asyncScheduler);
      expect(breaker.state.status).toBe('closed');
    });
  });

  it('C9: has changed before it tells: a listener that asks at once gets the new answer', () => {
    const slow = slowCallRate({ slowerThan: 5, threshold: 1, minimumCalls: 1, calls: 1 });
    const { breaker, time } = breakerOf({ trip: [consecutiveFailures(1), slow] });
    const heard: string[] = [];
    breaker.events$.subscribe(({ type }) => heard.push(`${type}: ${breaker.state.status}, ${breaker.check() === undefined}`));
    breaker.admit().succeed();
    breaker.admit().fail(down);
    time.pass(10);
    breaker.admit().value();
    const call = breaker.admit();
    time.offset = 6; // the call is slow, and its timer is late
    call.succeed();
    breaker.isolate()();
    breaker.reset();
    expect(heard).toEqual([
      'success: closed, true', 'failure: open, false', 'opened: open, false', 'half-opened: half-open, true', 'closed: closed, true',
      'success: open, false', 'opened: open, false', 'isolated: isolated, false', 'released: open, false', 'closed: closed, true',
    ]);
  });

  it('C9: a listener that resets it at a failure hears last that it is closed', () => {
    const { breaker } = breakerOf();
    const told: string[] = [];
    breaker.events$.subscribe(({ type }) => type === 'failure' && breaker.reset());
    breaker.events$.subscribe(({ type }) => told.push(type));
    breaker.admit().fail(down);
    expect([breaker.state.status, told.filter((type) => type === 'opened' || type === 'closed')]).toEqual(['closed', ['closed']]);
  });

  it('C9: a listener that resets it at the success of a probe hears that it is closed', () => {
    const { breaker, time } = openBreaker();
    const told: string[] = [];
    breaker.events$.subscribe(({ type }) => { told.push(type); type === 'success' && breaker.reset(); });
    time.pass(10);
    breaker.admit().succeed();
    expect([breaker.state.status, told.at(-1)]).toEqual(['closed', 'closed']);
  });
});
