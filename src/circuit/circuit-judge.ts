import { TimedPolicy } from '../internal/policy/timed-policy';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { Circuit } from './circuit';
import type { Settings } from './circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from './circuit-breaker-state';
import { checkSnapshot } from './circuit-snapshot';
import type { Generation, Transition } from './generation';
import { Leases } from './leases';
import { type AdmissionCore, LocalAdmission, type Verdict } from './local-admission';
import { SlowCalls } from './slow-calls';

/** The judging part of a breaker: the calls in flight, what becomes of them, and what that says of the provider. */
export abstract class CircuitJudge
  extends TimedPolicy<'breaker', CircuitBreakerState, CircuitBreakerEvent>
  implements AdmissionCore
{
  protected readonly circuit: Circuit;
  protected readonly slow: SlowCalls<LocalAdmission>;
  protected readonly leases: Leases<LocalAdmission>;
  /** For slow calls, silent probes and deadlines: a value at exactly that time comes first. */
  protected readonly deadlineTimer = new Timer(this.clock, 'last', () => this.expire());
  protected inFlight = 0;
  readonly isFollowing: boolean;

  constructor(
    private readonly settings: Settings,
    clock: Clock,
  ) {
    super('breaker', clock);
    this.circuit = new Circuit(settings.circuit);
    this.slow = new SlowCalls(settings.circuit.trips);
    this.leases = new Leases(settings.probeTimeout);
    this.isFollowing = settings.isFirstValueSuccess || this.slow.isWatching;
  }

  /** Closed, and nothing in the queue: then only what is counted by time needs a look at the clock. */
  abstract readonly isCalm: boolean;

  /** Forced open. */
  protected abstract readonly isIsolated: boolean;

  /** Lets those through who can go now. */
  protected abstract proceed(): void;

  protected abstract arm(): void;

  protected abstract armDeadline(): void;

  /** The time of something that is not heard of has come. */
  protected abstract expire(): void;

  begun(admission: LocalAdmission): boolean {
    const { isWatching } = this.slow;
    const now = admission.isProbe || this.isHeard || isWatching ? this.clock.now() : undefined;
    admission.startedAt = now;
    if (this.isIsolated || admission.generation !== this.circuit.generation) {
      return false;
    }
    if (admission.isProbe) {
      this.leases.begin(admission, now!);
      this.armDeadline();
    } else if (isWatching) {
      this.slow.begin(admission);
      this.armDeadline();
    }
    return true;
  }

  delivered(admission: LocalAdmission): void {
    if (admission.isProbe) {
      this.leases.renew(admission, this.clock.now());
    }
    if (!admission.hasDelivered) {
      if (admission.isProbe || this.slow.isWatching) {
        this.countSlow(admission, this.clock.now());
        this.arm();
      }
      if (this.settings.isFirstValueSuccess) {
        admission.succeed();
      }
    }
  }

  ended(admission: LocalAdmission, verdict: Verdict, error: unknown): void {
    this.inFlight -= 1;
    if (verdict === 'success' && this.isCalm && !this.isObserved) {
      this.countSuccess(admission.generation);
      return;
    }
    this.leases.end(admission);
    try {
      this.judge(admission, verdict, error, this.clock.now());
    } catch (thrown) {
      // What a callback of the user's threw is that call's error; the breaker takes it for no verdict.
      this.circuit.release(admission.generation);
      throw thrown;
    } finally {
      this.slow.end(admission);
      this.changed();
      this.proceed();
    }
  }

  snapshot(): unknown {
    const now = this.clock.now();
    const { toWall } = this.clock;
    return { at: now + toWall, ...this.circuit.save(toWall, now) };
  }

  restore(initial: unknown): void {
    const { at, ...saved } = checkSnapshot(initial);
    const now = this.clock.now();
    const { toWall } = this.clock;
    // A clock that was set back since must not make the open time longer.
    const setBack = Math.max(0, at - toWall - now);
    this.circuit.load(saved, -toWall - setBack, now);
  }

  protected nextChange(now: number): number {
    return this.circuit.nextChange(now);
  }

  protected admission(call: number | undefined): LocalAdmission {
    const admission = new LocalAdmission(this, this.circuit.admit(), call);
    this.inFlight += 1;
    if (admission.isProbe) {
      this.changed();
    }
    return admission;
  }

  /** Whether anything wants to know when calls begin and end. */
  protected get isObserved(): boolean {
    return this.isHeard || this.isWatched || this.slow.isWatching;
  }

  /** Does what is due by now; returns the time. */
  protected advance(): number {
    const now = this.clock.now();
    this.follow(this.circuit.advance(now));
    return now;
  }

  /** Tells what has changed. */
  protected follow(transition: Transition | undefined): void {
    if (transition === undefined) {
      return;
    }
    this.forgetInFlight();
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
  protected forgetInFlight(): void {
    this.leases.clear();
    this.slow.clear();
  }

  protected announce(type: 'ignored' | 'isolated' | 'released', call?: number): void {
    if (this.isHeard) {
      this.tell({ type, call });
    }
    this.changed();
  }

  /** Slow calls are counted as soon as they are slow, and probes fail that were silent for too long. */
  protected expireInFlight(now: number): void {
    for (let slow = this.slow.overdue(now); slow !== undefined; slow = this.slow.overdue(now)) {
      const { trip, call } = slow;
      call.byTimer(() => this.follow(this.circuit.countSlow(trip, true, call.generation, now)));
      this.changed();
    }
    for (let probe = this.leases.overdue(now); probe !== undefined; probe = this.leases.overdue(now)) {
      const silent = probe;
      silent.byTimer(() => silent.expire());
    }
  }

  /** What `judge` comes to for a success of which nothing hears. */
  private countSuccess(generation: Generation): void {
    if (generation === this.circuit.generation) {
      const now = this.circuit.isTimed ? this.clock.now() : 0;
      const reason = this.circuit.count(false, now);
      if (reason !== undefined) {
        this.follow(this.circuit.open(reason, undefined, this.clock.now()));
        this.proceed();
      }
    }
  }

  private judge(admission: LocalAdmission, verdict: Verdict, error: unknown, now: number): void {
    const { generation, call, startedAt } = admission;
    if (verdict === 'ignored' || (verdict === 'error' && this.settings.outcome(error) === 'ignore')) {
      this.circuit.release(generation);
      this.announce('ignored', call);
      return;
    }
    const isSuccess = verdict === 'success';
    const transition = isSuccess ? this.circuit.succeed(generation, now) : this.circuit.fail(generation, error, now);
    if (this.isHeard) {
      const duration = startedAt === undefined ? undefined : now - startedAt;
      this.tell(isSuccess ? { type: 'success', duration, call } : { type: 'failure', error, duration, call });
    }
    if (transition?.to === this.circuit.generation.status) {
      this.follow(transition); // else a listener has reset it
    }
    this.countSlow(admission, now);
  }

  /** Counts a call by the slow call conditions that have not done so yet. */
  private countSlow(admission: LocalAdmission, now: number): void {
    for (const trip of this.slow.end(admission)) {
      const isSlow = now - admission.startedAt! > trip.slowerThan;
      this.follow(this.circuit.countSlow(trip, isSlow, admission.generation, now));
      this.changed();
    }
  }
}
