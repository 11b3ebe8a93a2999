import { Observable, type SchedulerLike, type Subscriber, TimeoutError } from 'rxjs';
import { Alarm } from '../internal/alarm';
import { Clock } from '../internal/clock';
import { Line, type Waiter } from '../internal/line';
import { Options, show } from '../internal/options';
import { type EventOf, Policy } from '../internal/policy';
import { refuse } from '../internal/refuse';
import { classifyError } from '../provider';
import type { Admission, Breaker, TurnOptions } from './breaker';
import { Circuit, type CircuitSnapshot, type Period, type Transition } from './circuit';
import { CircuitOpenError } from './circuit-open-error';
import { type Desk, LocalAdmission, type Verdict } from './local-admission';
import { SlowCalls } from './slow-calls';
import { checkTrip, consecutiveFailures, type SlowCallRate, type Trip } from './trip';

/** Options of a {@link CircuitBreaker}. */
export interface CircuitBreakerConfig {
  /** Opens after so many failures in a row. Default 5; not together with `trip`. */
  readonly failureThreshold?: number | undefined;
  /** When it opens: any of these. Default `consecutiveFailures(5)`. */
  readonly trip?: Trip | readonly Trip[] | undefined;
  /** How long it stays open, in ms; a function is given how often it has opened without closing: 1, 2, … Default 30_000. */
  readonly recoveryTimeout?: number | ((openings: number) => number) | undefined;
  readonly halfOpen?: HalfOpenConfig | undefined;
  /** What an error says of the provider. Default: what `classifyError` calls transient or unknown is a failure. */
  readonly outcome?: ((error: unknown) => 'failure' | 'ignore') | undefined;
  /** Whether a call has succeeded when it completes, or at its first value already. Default `'complete'`. */
  readonly successOn?: 'complete' | 'first-value' | undefined;
  /** What `snapshot()` of an earlier breaker returned. */
  readonly initial?: unknown;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** What a half-open breaker does. */
export interface HalfOpenConfig {
  /** How many probes it lets through in all. Default 1. */
  readonly calls?: number | undefined;
  /** That many failed probes open it again. Default 1. */
  readonly failures?: number | undefined;
  /** A probe that delivers no value for so many ms has failed. Default 60_000. */
  readonly timeout?: number | undefined;
}

/** What a breaker does with calls. */
export type CircuitStatus = Period['status'] | 'isolated';

/** A snapshot of a breaker. Times are ms on the scheduler's clock. */
export interface CircuitBreakerState {
  readonly status: CircuitStatus;
  /** Present while it is open. */
  readonly openedAt?: number;
  /** Present while it is open. */
  readonly openUntil?: number;
  /** How often it has opened since it was last closed. */
  readonly openings: number;
  /** What its conditions count; the probes while it is half-open. */
  readonly calls: number;
  readonly failures: number;
  readonly slowCalls: number;
}

/** What happens in a breaker. Durations are ms. */
export type CircuitBreakerEvent = EventOf<'breaker'> &
  (
    | { readonly type: 'opened'; readonly until: number; readonly reason: string }
    | { readonly type: 'half-opened' | 'closed' | 'ignored' | 'isolated' | 'released' }
    | { readonly type: 'refused'; readonly retryAfter?: number | undefined }
    | { readonly type: 'success'; readonly duration: number }
    | { readonly type: 'failure'; readonly error: unknown; readonly duration: number }
  );

/** Somebody who waits for their turn. */
interface Caller extends Waiter {
  readonly subscriber: Subscriber<Admission | undefined>;
  readonly call: number | undefined;
}

const names = [
  'failureThreshold',
  'trip',
  'recoveryTimeout',
  'halfOpen',
  'outcome',
  'successOn',
  'initial',
  'scheduler',
];

/**
 * Says "not now" to calls while a provider is down, and finds out with a few probes when it is back.
 *
 * One breaker is shared by all calls to the same provider. A call is judged at its end, in the period that admitted it:
 * late results of calls that began before the breaker opened decide nothing.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3, recoveryTimeout: 10_000 });
 * breaker.state$.subscribe((state) => console.log(state.status));
 * ```
 */
export class CircuitBreaker extends Policy<'breaker', CircuitBreakerState, CircuitBreakerEvent> implements Breaker {
  readonly #circuit: Circuit;
  readonly #outcome: (error: unknown) => 'failure' | 'ignore';
  readonly #isFirstValueSuccess: boolean;
  readonly #probeTimeout: number;
  readonly #slow: SlowCalls<LocalAdmission>;
  readonly #probes = new Set<LocalAdmission>();
  readonly #line = new Line<Caller>();
  /** For the end of the open period, while somebody waits for it or watches. */
  readonly #recovery = new Alarm(this.clock, 'first', () => this.#proceed());
  /** For slow calls, silent probes and deadlines: a value at exactly that time comes first. */
  readonly #patience = new Alarm(this.clock, 'last', () => this.#runOut());
  #isolations = 0;
  #inFlight = 0;
  #isDraining = false;

  constructor(config: CircuitBreakerConfig = {}) {
    const { trips, halfOpen } = checked(config);
    super('breaker', new Clock(config.scheduler));
    this.#circuit = new Circuit({
      trips,
      recoveryTimeout: config.recoveryTimeout ?? 30_000,
      probes: halfOpen.calls ?? 1,
      probeFailures: halfOpen.failures ?? 1,
    });
    this.#slow = new SlowCalls(trips.filter((trip): trip is SlowCallRate => trip.kind === 'slow-call-rate'));
    this.#probeTimeout = halfOpen.timeout ?? 60_000;
    this.#isFirstValueSuccess = config.successOn === 'first-value';
    this.#outcome = config.outcome ?? defaultOutcome;
    if (config.initial !== undefined) {
      this.#restore(config.initial);
    }
  }

  get state(): CircuitBreakerState {
    const now = this.clock.now();
    const { toWall } = this.clock;
    const { period } = this.#circuit;
    const status = this.#isolations > 0 ? 'isolated' : this.#circuit.status(now);
    return {
      status,
      ...(status === 'open' && period.status === 'open'
        ? { openedAt: period.openedAt + toWall, openUntil: period.openUntil + toWall }
        : {}),
      openings: this.#circuit.openings,
      ...this.#circuit.counts(now),
    };
  }

  /** Whether it is closed, has no failure on its count, and nobody waits or is in flight. */
  get isIdle(): boolean {
    const now = this.clock.now();
    const { failures, slowCalls } = this.#circuit.counts(now);
    const isQuiet = this.#isolations === 0 && this.#inFlight === 0 && this.#line.length === 0;
    return isQuiet && this.#circuit.status(now) === 'closed' && failures === 0 && slowCalls === 0;
  }

  /** Leave to make a call now; a verdict on it must be given. `call` is repeated in events. */
  admit(call?: number): Admission {
    const now = this.#advance();
    if (this.#refusal(now) !== undefined) {
      throw this.#refused(now, call);
    }
    const admission = this.#admission(call);
    admission.begin();
    return admission;
  }

  /** The error with which a call would be refused now, or undefined. Changes nothing. */
  check(): CircuitOpenError | undefined {
    return this.#refusal(this.clock.now());
  }

  /**
   * Waits in line while the breaker is open or its probes are out: emits the admission of a probe, or undefined once it
   * is closed, then completes. Errors with `CircuitOpenError` after `maxWait`.
   */
  turn(options: TurnOptions = {}): Observable<Admission | undefined> {
    new Options('CircuitBreaker.turn', options, ['maxWait', 'onWait', 'call'])
      .amount('maxWait', 'or Infinity')
      .functions('onWait');
    return new Observable((subscriber) => this.#stand(options, subscriber));
  }

  /** Forces it open until every function that this returned has been called; then the state before goes on. */
  isolate(): () => void {
    this.#isolations += 1;
    this.#announce('isolated');
    let isHeld = true;
    return () => {
      if (isHeld) {
        isHeld = false;
        this.#isolations -= 1;
        this.#announce('released');
        this.#proceed();
      }
    };
  }

  /** Closes it and clears every count. What was isolated stays isolated. */
  reset(): void {
    this.#follow(this.#circuit.reset());
    this.#proceed();
  }

  /** The state as plain JSON, for `initial` of another breaker. Probes in flight are forgotten. */
  snapshot(): unknown {
    const now = this.clock.now();
    const { toWall } = this.clock;
    return { at: now + toWall, ...this.#circuit.save(toWall, now) };
  }

  protected watch(): void {
    this.#arm();
  }

  #restore(initial: unknown): void {
    const { at, ...saved } = Object(initial) as CircuitSnapshot & { at?: unknown };
    if (typeof at !== 'number' || !Array.isArray(saved.tallies)) {
      throw new TypeError(`CircuitBreaker: initial must be what snapshot() returned, got ${show(initial)}`);
    }
    const now = this.clock.now();
    // A clock that was set back since must not make the open period longer.
    const setBack = Math.max(0, at - this.clock.toWall - now);
    this.#circuit.load(saved, -this.clock.toWall - setBack, now);
  }

  #refusal(now: number): CircuitOpenError | undefined {
    if (this.#isolations === 0 && this.#circuit.admits(now)) {
      return undefined;
    }
    const { period, cause } = this.#circuit;
    return this.#isolations === 0 && period.status === 'open'
      ? new CircuitOpenError({
          retryAfter: period.openUntil - now,
          openUntil: period.openUntil + this.clock.toWall,
          cause,
        })
      : new CircuitOpenError({ cause });
  }

  #admission(call: number | undefined): LocalAdmission {
    const admission = new LocalAdmission(this.#desk, this.#circuit.admit(), call);
    this.#inFlight += 1;
    if (admission.isProbe) {
      this.#probes.add(admission);
      this.changed();
    }
    return admission;
  }

  readonly #desk: Desk = {
    begun: (admission) => {
      admission.startedAt = this.clock.now();
      if (admission.period !== this.#circuit.period) {
        return false;
      }
      if (admission.isProbe) {
        admission.leaseUntil = admission.startedAt + this.#probeTimeout;
      } else {
        this.#slow.begin(admission);
      }
      this.#watchPatience();
      return true;
    },
    delivered: (admission) => {
      const now = this.clock.now();
      admission.leaseUntil = now + this.#probeTimeout;
      if (!admission.hasDelivered) {
        this.#countSlow(admission, now);
        if (this.#isFirstValueSuccess) {
          admission.succeed();
        }
      }
    },
    ended: (admission, verdict, error) => {
      this.#inFlight -= 1;
      this.#probes.delete(admission);
      const now = this.clock.now();
      try {
        this.#judge(admission, this.#verdictOf(verdict, error), error, now);
      } catch (thrown) {
        // What a callback of the user's threw is that call's error; the breaker takes it for no verdict.
        this.#circuit.giveBack(admission.period);
        throw thrown;
      } finally {
        this.#slow.end(admission);
        this.#proceed();
      }
    },
  };

  #verdictOf(verdict: Verdict, error: unknown): Verdict {
    return verdict === 'failure' && error !== undefined && this.#outcome(error) === 'ignore' ? 'ignored' : verdict;
  }

  #judge(admission: LocalAdmission, verdict: Verdict, error: unknown, now: number): void {
    const { period, call } = admission;
    const duration = now - admission.startedAt;
    if (verdict === 'ignored') {
      this.#circuit.giveBack(period);
      this.#announce('ignored', call);
      return;
    }
    const transition =
      verdict === 'success' ? this.#circuit.succeed(period, now) : this.#circuit.fail(period, error, now);
    if (this.isHeard) {
      this.tell(verdict === 'success' ? { type: verdict, duration, call } : { type: verdict, error, duration, call });
    }
    this.#follow(transition);
    this.#countSlow(admission, now);
    this.changed();
  }

  /** Counts a call by the slow call conditions that have not done so yet. */
  #countSlow(admission: LocalAdmission, now: number): void {
    for (const trip of this.#slow.end(admission)) {
      const isSlow = now - admission.startedAt > trip.slowerThan;
      this.#follow(this.#circuit.countSlow(trip, isSlow, admission.period, now));
    }
  }

  #stand(
    { maxWait = Number.POSITIVE_INFINITY, onWait, call }: TurnOptions,
    subscriber: Subscriber<Admission | undefined>,
  ) {
    const now = this.#advance();
    if (this.#line.length === 0 && this.#refusal(now) === undefined) {
      this.#deliver(subscriber, call);
      return undefined;
    }
    if (maxWait === 0) {
      return refuse(this.#refused(now, call), this.scheduler).subscribe(subscriber);
    }
    const caller: Caller = { priority: 0, retry: false, deadline: now + maxWait, subscriber, call };
    const ahead = this.#line.length;
    this.#line.add(caller);
    subscriber.add(() => {
      if (this.#line.remove(caller)) {
        this.#proceed();
      }
    });
    this.#arm();
    onWait?.({ ahead, until: this.#refusal(now)?.openUntil });
    return undefined;
  }

  /** Lets a caller through: as a probe, or for good once it is closed. */
  #deliver(subscriber: Subscriber<Admission | undefined>, call: number | undefined): void {
    const probe = this.#circuit.period.status === 'half-open' ? this.#admission(call) : undefined;
    if (subscriber.closed) {
      probe?.ignore();
    } else {
      subscriber.next(probe);
      subscriber.complete();
    }
  }

  #refused(now: number, call: number | undefined): CircuitOpenError {
    const error = this.#refusal(now) ?? new CircuitOpenError();
    if (this.isHeard) {
      this.tell({ type: 'refused', retryAfter: error.retryAfter, call });
    }
    return error;
  }

  /** Does what is due by now; returns the time. */
  #advance(): number {
    const now = this.clock.now();
    this.#follow(this.#circuit.advance(now));
    return now;
  }

  /** Tells what has changed. Nothing that was in flight counts any longer. */
  #follow(transition: Transition | undefined): void {
    if (transition === undefined) {
      return;
    }
    this.#probes.clear();
    this.#slow.clear();
    if (this.isHeard) {
      if (transition.to === 'open') {
        this.tell({ type: 'opened', until: transition.until + this.clock.toWall, reason: transition.reason });
      } else {
        this.tell({ type: transition.to === 'closed' ? 'closed' : 'half-opened' });
      }
    }
    this.changed();
  }

  #announce(type: 'ignored' | 'isolated' | 'released', call?: number): void {
    if (this.isHeard) {
      this.tell({ type, call });
    }
    this.changed();
  }

  /** Lets through whoever can go now. A loop that looks again each time, for callers that are let through re-enter. */
  #proceed(): void {
    if (this.#isDraining) {
      return;
    }
    this.#isDraining = true;
    try {
      let now = this.#advance();
      for (let caller = this.#line.first; caller !== undefined && !this.#refusal(now); caller = this.#line.first) {
        this.#line.remove(caller);
        this.#deliver(caller.subscriber, caller.call);
        now = this.#advance();
      }
    } finally {
      this.#isDraining = false;
    }
    this.#arm();
  }

  #runOut(): void {
    const now = this.#advance();
    for (let slow = this.#slow.overdue(now); slow !== undefined; slow = this.#slow.overdue(now)) {
      this.#follow(this.#circuit.countSlow(slow.trip, true, slow.call.period, now));
    }
    for (const probe of [...this.#probes].filter(({ leaseUntil }) => leaseUntil <= now)) {
      probe.fail(new TimeoutError());
    }
    for (let caller = this.#line.overdue(now); caller !== undefined; caller = this.#line.overdue(now)) {
      caller.subscriber.error(this.#refused(now, caller.call));
    }
    this.#proceed();
  }

  #arm(): void {
    const { period } = this.#circuit;
    const isAwaited = this.isWatched || this.#line.length > 0;
    const isOpen = this.#isolations === 0 && period.status === 'open';
    this.#recovery.set(isAwaited && isOpen ? period.openUntil : Number.POSITIVE_INFINITY);
    this.#watchPatience();
  }

  #watchPatience(): void {
    let earliest = Math.min(this.#slow.next, this.#line.nextDeadline);
    for (const probe of this.#probes) {
      earliest = Math.min(earliest, probe.leaseUntil);
    }
    this.#patience.set(earliest);
  }
}

function defaultOutcome(error: unknown): 'failure' | 'ignore' {
  const kind = classifyError(error);
  return kind === 'transient' || kind === 'unknown' ? 'failure' : 'ignore';
}

/** Checks a config; returns its trip conditions and what it does half-open. */
function checked(config: CircuitBreakerConfig): { trips: readonly Trip[]; halfOpen: HalfOpenConfig } {
  const { trip, failureThreshold, halfOpen = {}, recoveryTimeout } = config;
  new Options('CircuitBreaker', config, names)
    .whole('failureThreshold', 1)
    .oneOf('successOn', ['complete', 'first-value'])
    .functions('outcome')
    .scheduler();
  if (typeof recoveryTimeout !== 'function') {
    new Options('CircuitBreaker', config, names).amount('recoveryTimeout');
  }
  new Options('CircuitBreaker: halfOpen', halfOpen, ['calls', 'failures', 'timeout'])
    .whole('calls', 1)
    .whole('failures', 1)
    .positive('timeout');
  const { calls = 1, failures = 1 } = halfOpen;
  if (failures > calls) {
    throw new RangeError(`CircuitBreaker: halfOpen.failures must be at most halfOpen.calls, ${calls}, got ${failures}`);
  }
  if (trip !== undefined && failureThreshold !== undefined) {
    throw new TypeError(
      `CircuitBreaker: failureThreshold and trip exclude each other, got both: ${failureThreshold}, ${show(trip)}`,
    );
  }
  const trips = trip === undefined ? [consecutiveFailures(failureThreshold ?? 5)] : Array.isArray(trip) ? trip : [trip];
  if (trips.length === 0) {
    throw new RangeError('CircuitBreaker: trip must hold at least one condition, got []');
  }
  return { trips: trips.map((each) => checkTrip('CircuitBreaker: trip', each as Trip)), halfOpen };
}
