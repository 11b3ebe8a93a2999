import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { hintBy } from '../provider';
import type { Settings } from './circuit-breaker-config';
import { CircuitPolicy } from './circuit-policy';
import type { Generation, Transition } from './generation';
import { Leases } from './leases';
import { type AdmissionCore, LocalAdmission, type Told, type Verdict } from './local-admission';
import type { Ramp } from './ramp';
import { SlowCalls } from './slow-calls';

/** The judging part of a breaker: the calls in flight, what becomes of them, and what that says of the provider. */
export abstract class CircuitJudge extends CircuitPolicy implements AdmissionCore {
  protected readonly slow: SlowCalls<LocalAdmission>;
  protected readonly leases: Leases<LocalAdmission>;
  /** How those go who wait, while it is closed. */
  protected ramp: Ramp<LocalAdmission> | undefined = undefined;
  /** For slow calls, silent probes and deadlines: content at exactly that time comes first. */
  protected readonly deadlineTimer = new Timer(this.clock, 'last', () => this.expire());
  protected inFlight = 0;

  constructor(settings: Settings, clock: Clock) {
    super(settings, clock);
    this.slow = new SlowCalls(settings.circuit.trips);
    this.leases = new Leases(settings.probeTimeout);
  }

  /** Closed, and nothing in the queue: then only what is counted by time needs a look at the clock. */
  abstract readonly isCalm: boolean;

  /** Lets those through who can go now. */
  protected abstract proceed(): void;

  protected abstract arm(): void;

  protected abstract armDeadline(): void;

  /** The time of something that is not heard of has come. */
  protected abstract expire(): void;

  get isFollowing(): boolean {
    return this.settings.isFirstValueSuccess || this.slow.isWatching || this.ramp !== undefined;
  }

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

  delivered(admission: LocalAdmission, isFirst: boolean): void {
    if (admission.isProbe) {
      this.leases.renew(admission, this.clock.now());
    }
    if (!isFirst) {
      return;
    }
    if (admission.isProbe || this.slow.isWatching) {
      this.countSlow(admission, this.clock.now());
      this.arm();
    }
    if (this.settings.isFirstValueSuccess) {
      admission.succeed();
    } else if (admission.isProbe) {
      this.probed(admission);
    }
    if (this.ramp?.succeed(admission)) {
      this.proceed();
    }
  }

  ended(admission: LocalAdmission, verdict: Verdict, told: Told): void {
    this.inFlight -= 1;
    if (verdict === 'success' && this.isCalm && !this.isObserved) {
      this.countSuccess(admission.generation);
      return;
    }
    this.leases.end(admission);
    if (verdict === 'success') {
      this.ramp?.succeed(admission);
    } else {
      this.ramp?.end(admission);
    }
    try {
      this.judge(admission, verdict, told);
    } catch (thrown) {
      // What a callback of the user's threw is that call's error; the breaker takes it for no verdict.
      this.giveBack(admission);
      throw thrown;
    } finally {
      if (!this.isCalm || this.isObserved || admission.isProbe) {
        this.slow.end(admission);
        this.changed();
        this.proceed(); // else nobody waits, and no timer has to be set
      }
    }
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

  protected forgetInFlight(): void {
    this.leases.clear();
    this.slow.clear();
    this.ramp = undefined;
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

  /** A probe has its first content: it has succeeded, unless it fails later. */
  private probed(admission: LocalAdmission): void {
    const { generation } = admission;
    if (generation.status === 'half-open' && generation === this.circuit.generation) {
      admission.probed = generation;
      this.follow(this.circuit.succeed(generation, this.clock.now()));
      this.proceed();
    }
  }

  /** Everything is counted before it is told: a listener that asks the breaker gets the new answer. */
  private judge(admission: LocalAdmission, verdict: Verdict, told: Told): void {
    const { call, startedAt } = admission;
    const { error } = told;
    const now = this.clock.now();
    if (verdict === 'ignored' || (verdict === 'error' && !this.isFailure(told))) {
      this.giveBack(admission);
      this.announce('ignored', call);
      return;
    }
    const isSuccess = verdict === 'success';
    const counted = isSuccess ? this.succeeded(admission, now) : this.failed(admission, told, now);
    const transition = this.slowness(admission, now) ?? counted;
    if (this.isHeard) {
      const duration = startedAt === undefined ? undefined : now - startedAt;
      this.tell(isSuccess ? { type: 'success', duration, call } : { type: 'failure', error, duration, call });
    }
    if (transition?.to === this.circuit.generation.status) {
      this.follow(transition); // else a listener has reset it
    }
  }

  private isFailure({ error, read }: Told): boolean {
    const { outcome, readers } = this.settings;
    if (outcome !== undefined) {
      return outcome(error) !== 'ignore';
    }
    const kind = readers.classOf(read === undefined ? readers.read(error) : read());
    return kind === 'transient' || kind === 'unknown';
  }

  private succeeded({ generation, probed }: LocalAdmission, now: number): Transition | undefined {
    return probed === undefined ? this.circuit.succeed(generation, now) : undefined;
  }

  private failed(
    { generation, probed }: LocalAdmission,
    { error, retryAfter, read }: Told,
    now: number,
  ): Transition | undefined {
    const { readers } = this.settings;
    const reading = () => (read === undefined ? readers.read(error) : read());
    const hint = () => hintBy(retryAfter, error, reading(), readers.hintOf, now + this.clock.toWall);
    return probed === undefined
      ? this.circuit.fail(generation, error, now, hint)
      : this.circuit.withdraw(probed, error, now, hint);
  }

  /** No verdict. What a probe's content has decided stays. */
  private giveBack({ generation, probed }: LocalAdmission): void {
    if (probed === undefined) {
      this.circuit.release(generation);
    }
  }

  private countSlow(admission: LocalAdmission, now: number): void {
    this.follow(this.slowness(admission, now));
    this.changed();
  }

  /** Counts a call by the slow call conditions that have not done so yet. */
  private slowness(admission: LocalAdmission, now: number): Transition | undefined {
    let transition: Transition | undefined;
    for (const trip of this.slow.end(admission)) {
      const isSlow = now - admission.startedAt! > trip.slowerThan;
      transition = this.circuit.countSlow(trip, isSlow, admission.generation, now) ?? transition;
    }
    return transition;
  }
}
