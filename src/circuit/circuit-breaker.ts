import { Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import { checkStanding } from '../internal/options';
import { TimedPolicy } from '../internal/policy/timed-policy';
import { Queue, type Queued } from '../internal/queue/queue';
import { refuse } from '../internal/refuse';
import { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import type { Admission, Breaker, TurnOptions } from './breaker';
import { Circuit, type Generation, type Transition } from './circuit';
import { type CircuitBreakerConfig, type Settings, settingsOf } from './circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from './circuit-breaker-state';
import { CircuitOpenError } from './circuit-open-error';
import { checkSnapshot } from './circuit-snapshot';
import { Leases } from './leases';
import { type Desk, LocalAdmission, type Verdict } from './local-admission';
import { SlowCalls } from './slow-calls';

export type { CircuitBreakerConfig, HalfOpenConfig } from './circuit-breaker-config';
export type { CircuitBreakerEvent, CircuitBreakerState, CircuitStatus } from './circuit-breaker-state';

/** Somebody who waits for their turn. */
interface Caller extends Queued {
  readonly subscriber: Subscriber<Admission | undefined>;
  readonly call: number | undefined;
}

/**
 * Says "not now" to calls while a provider is down, and finds out with a few probes when it is back.
 *
 * One breaker is shared by all calls to the same provider. A call is judged at its end, in the generation that admitted it:
 * late results of calls that began before the breaker opened decide nothing.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3, recoveryTimeout: 10_000 });
 * breaker.state$.subscribe((state) => console.log(state.status)); // -> closed
 * ```
 */
export class CircuitBreaker
  extends TimedPolicy<'breaker', CircuitBreakerState, CircuitBreakerEvent>
  implements Breaker
{
  readonly #settings: Settings;
  readonly #circuit: Circuit;
  readonly #slow: SlowCalls<LocalAdmission>;
  readonly #leases: Leases<LocalAdmission>;
  /** Whether first values matter to it. */
  readonly #isFollowing: boolean;
  readonly #queue = new Queue<Caller>();
  /** For what changes by time, while somebody waits for it or watches. */
  readonly #turn = new Timer(this.clock, 'first', () => this.#turnOver());
  /** For slow calls, silent probes and deadlines: a value at exactly that time comes first. */
  readonly #patience = new Timer(this.clock, 'last', () => this.#runOut());
  #isolations = 0;
  #inFlight = 0;
  #isDraining = false;

  constructor(config: CircuitBreakerConfig = {}) {
    const settings = settingsOf(config);
    super('breaker', new Clock(config.scheduler));
    this.#settings = settings;
    this.#circuit = new Circuit(settings.circuit);
    this.#slow = new SlowCalls(settings.circuit.trips);
    this.#isFollowing = settings.isFirstValueSuccess || this.#slow.isWatching;
    this.#leases = new Leases(settings.probeTimeout);
    if (config.initial !== undefined) {
      this.#restore(config.initial);
    }
  }

  get state(): CircuitBreakerState {
    const now = this.clock.now();
    const { toWall } = this.clock;
    const { generation, openings } = this.#circuit;
    const status = this.#isolations > 0 ? 'isolated' : this.#circuit.status(now);
    return {
      status,
      ...(status === 'open' && generation.status === 'open'
        ? { openedAt: generation.openedAt + toWall, openUntil: generation.openUntil + toWall }
        : {}),
      openings,
      ...this.#circuit.counts(now),
    };
  }

  /** Whether it is closed, has no failure on its count, and nobody waits or is in flight. */
  get isIdle(): boolean {
    const { status, failures, slowCalls } = this.state;
    const isHealthy = status === 'closed' && failures === 0 && slowCalls === 0;
    return isHealthy && this.#inFlight === 0 && this.#queue.length === 0;
  }

  /** Leave to make a call now; a verdict on it must be given. `call` is repeated in events. */
  admit(call?: number): Admission {
    if (this.#isCalm && !this.#isObserved) {
      return this.#admission(call); // nothing to look up, nothing to time
    }
    this.#proceed(); // who waits goes first
    const now = this.#advance();
    if (!this.#admits(now)) {
      throw this.#refused(now, call);
    }
    const admission = this.#admission(call);
    admission.begin();
    return admission;
  }

  /** The error with which a call would be refused now, or undefined. Changes nothing. */
  check(): CircuitOpenError | undefined {
    if (this.#isCalm) {
      return undefined;
    }
    const now = this.clock.now();
    return this.#admits(now) ? undefined : this.#refusal(now);
  }

  /**
   * Waits in line while the breaker is open or its probes are out: emits the admission of a probe, or undefined once it
   * is closed, then completes. Errors with `CircuitOpenError` after `maxWait`.
   */
  turn(options: TurnOptions = {}): Observable<Admission | undefined> {
    checkStanding('CircuitBreaker.turn', options);
    return new Observable((subscriber) => this.#stand(options, subscriber));
  }

  /** Forces it open until every function that this returned has been called; then the state before goes on. */
  isolate(): () => void {
    this.#isolations += 1;
    this.#announce('isolated');
    this.#arm();
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

  /** Closes it and clears every count; calls in flight no longer count. What was isolated stays isolated. */
  reset(): void {
    const wasClosed = this.#circuit.status(this.clock.now()) === 'closed';
    const transition = this.#circuit.reset();
    this.#forgetInFlight();
    if (wasClosed) {
      this.changed();
    } else {
      this.#follow(transition);
    }
    this.#proceed();
  }

  /** The state as plain JSON, for `initial` of another breaker. Probes in flight are forgotten. */
  snapshot(): unknown {
    const now = this.clock.now();
    const { toWall } = this.clock;
    return { at: now + toWall, ...this.#circuit.save(toWall, now) };
  }

  protected watch(): void {
    this.#proceed();
  }

  protected nextChange(now: number): number {
    return this.#circuit.nextChange(now);
  }

  #restore(initial: unknown): void {
    const { at, ...saved } = checkSnapshot(initial);
    const now = this.clock.now();
    const { toWall } = this.clock;
    // A clock that was set back since must not make the open generation longer.
    const setBack = Math.max(0, at - toWall - now);
    this.#circuit.load(saved, -toWall - setBack, now);
  }

  /** Closed, with nobody in line: then only what is counted by time needs a look at the clock. */
  get #isCalm(): boolean {
    return this.#isolations === 0 && this.#circuit.generation.status === 'closed' && this.#queue.length === 0;
  }

  #admits(now: number): boolean {
    return this.#isolations === 0 && this.#circuit.admits(now);
  }

  #refusal(now: number): CircuitOpenError {
    const { generation, cause } = this.#circuit;
    return this.#isolations === 0 && generation.status === 'open'
      ? new CircuitOpenError({
          retryAfter: generation.openUntil - now,
          openUntil: generation.openUntil + this.clock.toWall,
          cause,
        })
      : new CircuitOpenError({ cause });
  }

  #refused(now: number, call: number | undefined): CircuitOpenError {
    const error = this.#refusal(now);
    if (this.isHeard) {
      this.tell({ type: 'refused', retryAfter: error.retryAfter, call });
    }
    return error;
  }

  #admission(call: number | undefined): LocalAdmission {
    const admission = new LocalAdmission(this.#desk, this.#circuit.admit(), call, this.#isFollowing);
    this.#inFlight += 1;
    if (admission.isProbe) {
      this.changed();
    }
    return admission;
  }

  readonly #desk: Desk = {
    begun: (admission) => {
      if (admission.isProbe || this.isHeard || this.#slow.isWatching) {
        admission.startedAt = this.clock.now();
      }
      if (this.#isolations > 0 || admission.generation !== this.#circuit.generation) {
        return false;
      }
      if (admission.isProbe) {
        this.#leases.begin(admission, admission.startedAt);
        this.#armPatience();
      } else if (this.#slow.isWatching) {
        this.#slow.begin(admission);
        this.#armPatience();
      }
      return true;
    },
    delivered: (admission) => {
      if (admission.isProbe) {
        this.#leases.renew(admission, this.clock.now());
      }
      if (!admission.hasDelivered) {
        if (admission.isProbe || this.#slow.isWatching) {
          this.#countSlow(admission, this.clock.now());
          this.#arm();
        }
        if (this.#settings.isFirstValueSuccess) {
          admission.succeed();
        }
      }
    },
    ended: (admission, type, error, isGrantedLater) => {
      this.#inFlight -= 1;
      if (type === 'success' && this.#isCalm && !this.#isObserved) {
        this.#countSuccess(admission.generation);
        return;
      }
      this.#leases.end(admission);
      try {
        this.#judge(admission, type, error, this.clock.now());
      } catch (thrown) {
        // What a callback of the user's threw is that call's error; the breaker takes it for no verdict.
        this.#circuit.giveBack(admission.generation);
        throw thrown;
      } finally {
        this.#slow.end(admission);
        this.changed();
        if (isGrantedLater) {
          this.#advance();
          this.#arm();
        } else {
          this.#proceed();
        }
      }
    },
  };

  /** Whether anybody wants to know when calls begin and end. */
  get #isObserved(): boolean {
    return this.isHeard || this.isWatched || this.#slow.isWatching;
  }

  /** What `#judge` comes to for a success that nobody hears of. */
  #countSuccess(generation: Generation): void {
    if (generation === this.#circuit.generation) {
      const now = this.#circuit.isTimed ? this.clock.now() : 0;
      const reason = this.#circuit.count(false, now);
      if (reason !== undefined) {
        this.#follow(this.#circuit.open(reason, undefined, this.clock.now()));
        this.#proceed();
      }
    }
  }

  #judge(admission: LocalAdmission, verdict: Verdict, error: unknown, now: number): void {
    const { generation, call, startedAt } = admission;
    if (verdict === 'ignored' || (verdict === 'error' && this.#settings.outcome(error) === 'ignore')) {
      this.#circuit.giveBack(generation);
      this.#announce('ignored', call);
      return;
    }
    const isSuccess = verdict === 'success';
    const transition = isSuccess ? this.#circuit.succeed(generation, now) : this.#circuit.fail(generation, error, now);
    if (this.isHeard) {
      const duration = Number.isNaN(startedAt) ? undefined : now - startedAt;
      this.tell(isSuccess ? { type: 'success', duration, call } : { type: 'failure', error, duration, call });
    }
    if (transition?.to === this.#circuit.generation.status) {
      this.#follow(transition); // else a listener has reset it
    }
    this.#countSlow(admission, now);
  }

  /** Counts a call by the slow call conditions that have not done so yet. */
  #countSlow(admission: LocalAdmission, now: number): void {
    for (const trip of this.#slow.end(admission)) {
      const isSlow = now - admission.startedAt > trip.slowerThan;
      this.#follow(this.#circuit.countSlow(trip, isSlow, admission.generation, now));
      this.changed();
    }
  }

  #stand(
    { maxWait = Number.POSITIVE_INFINITY, priority = 0, retry = false, onWait, call }: TurnOptions,
    subscriber: Subscriber<Admission | undefined>,
  ): TeardownLogic {
    this.#proceed(); // a timer that is late must not make those wait who can go
    const now = this.#advance();
    if (this.#admits(now) && (this.#queue.length === 0 || maxWait === 0)) {
      this.#deliver(subscriber, call);
      return;
    }
    if (maxWait === 0) {
      refuse(subscriber, this.#refused(now, call), this.scheduler);
      return;
    }
    const caller: Caller = { priority, retry, deadline: now + maxWait, subscriber, call };
    const ahead = this.#queue.ahead(caller);
    this.#queue.add(caller);
    subscriber.add(() => {
      if (this.#queue.remove(caller)) {
        this.#arm();
      }
    });
    this.#arm();
    onWait?.({ ahead, until: this.#refusal(now).openUntil });
  }

  /** Lets a caller through: as a probe, or for good once it is closed. */
  #deliver(subscriber: Subscriber<Admission | undefined>, call: number | undefined): void {
    const probe = this.#circuit.generation.status === 'half-open' ? this.#admission(call) : undefined;
    if (subscriber.closed) {
      probe?.ignore();
    } else {
      subscriber.next(probe);
      subscriber.complete();
    }
  }

  /** Does what is due by now; returns the time. */
  #advance(): number {
    const now = this.clock.now();
    this.#follow(this.#circuit.advance(now));
    return now;
  }

  /** Tells what has changed. */
  #follow(transition: Transition | undefined): void {
    if (transition === undefined) {
      return;
    }
    this.#forgetInFlight();
    if (this.isHeard) {
      if (transition.to === 'open') {
        this.tell({ type: 'opened', until: transition.until + this.clock.toWall, reason: transition.reason });
      } else {
        this.tell({ type: transition.to === 'closed' ? 'closed' : 'half-opened' });
      }
    }
    this.changed();
  }

  /** A generation is over: nothing that was in flight counts any longer. */
  #forgetInFlight(): void {
    this.#leases.clear();
    this.#slow.clear();
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
    let now = this.#advance();
    for (let caller = this.#queue.first; caller !== undefined && this.#admits(now); caller = this.#queue.first) {
      this.#queue.remove(caller);
      this.#deliver(caller.subscriber, caller.call);
      now = this.#advance();
    }
    this.#isDraining = false;
    this.#arm();
  }

  #turnOver(): void {
    this.changed();
    this.#proceed();
  }

  #runOut(): void {
    const now = this.#advance();
    for (let slow = this.#slow.overdue(now); slow !== undefined; slow = this.#slow.overdue(now)) {
      const { trip, call } = slow;
      call.byTimer(() => this.#follow(this.#circuit.countSlow(trip, true, call.generation, now)));
      this.changed();
    }
    for (let probe = this.#leases.overdue(now); probe !== undefined; probe = this.#leases.overdue(now)) {
      const silent = probe;
      silent.byTimer(() => silent.expire());
    }
    this.#proceed(); // who can go now is not refused
    for (let caller = this.#queue.overdue(now); caller !== undefined; caller = this.#queue.overdue(now)) {
      caller.subscriber.error(this.#refused(now, caller.call));
    }
    this.#arm();
  }

  /** While callers are let through only the last one sets the timers: the line and the periods are in motion. */
  #arm(): void {
    if (this.#isDraining) {
      return;
    }
    const now = this.clock.now();
    const { generation } = this.#circuit;
    const isAwaited = this.isWatched || this.#queue.length > 0;
    const isOpen = this.#isolations === 0 && generation.status === 'open';
    const opening = isAwaited && isOpen ? generation.openUntil : Number.POSITIVE_INFINITY;
    const turn = this.#queue.length > 0 && this.#admits(now) ? now : opening;
    this.#turn.set(Math.min(turn, this.nextVisibleChange(now)));
    this.#armPatience();
  }

  #armPatience(): void {
    this.#patience.set(Math.min(this.#slow.next, this.#leases.next, this.#queue.nextDeadline));
  }
}
