import type { TurnOptions } from '../circuit/breaker';
import type { CircuitBreakerState } from '../circuit/circuit-breaker-state';
import { CircuitOpenError } from '../circuit/circuit-open-error';
import type { Refusal } from '../circuit/circuit-policy';
import type { LocalAdmission } from '../circuit/local-admission';
import type { Receiver } from '../guard/guard';
import type { AvailabilityEvent } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import type { NoAnswer } from './link';
import type { News } from './news';
import { ProbingCircuit } from './probing-circuit';
import type { CheckedConfig } from './redis-circuit-breaker-config';
import type { RunScript } from './redis-client';
import { Unsure } from './unsure';

/** A process whose probe is out renews its hold on it after so many ms. */
const renewEvery = 400;
/** A refusal says to come again after so many ms at least, while the probe is fetched. */
const briefly = 100;

/** Lets calls through or refuses them by what all processes know, or by itself while Redis is away. */
export class RedisCircuitCore extends ProbingCircuit {
  override readonly isShared = true;
  private readonly unsure = new Unsure();
  private readonly whenUnavailable: 'local' | 'error';
  /** Why every call fails. */
  private fault: NoAnswer | undefined = undefined;
  /** The probe was asked for a bit before its time, because messages travel. */
  private isEarly = false;

  constructor(run: RunScript, clock: Clock, { settings, shared, whenUnavailable }: CheckedConfig) {
    super(settings, clock, run, shared);
    this.whenUnavailable = whenUnavailable;
  }

  override get state(): CircuitBreakerState & { readonly isAvailable: boolean } {
    return { ...super.state, isAvailable: !this.shared.link.isAway };
  }

  override get isIdle(): boolean {
    return super.isIdle && this.isTold;
  }

  get isTold(): boolean {
    return this.shared.isDone;
  }

  get isAwaited(): boolean {
    const isNeeded = this.queue.length > 0 || this.probe !== undefined || this.unsure.size > 0;
    return isNeeded || this.isWatched || this.isEarly;
  }

  override get isSure(): boolean {
    this.shared.proceed();
    return this.fault === undefined && !this.shared.isStale;
  }

  override ask(call: number | undefined): LocalAdmission | undefined {
    this.shared.proceed();
    return this.fault === undefined ? super.ask(call) : undefined;
  }

  override letsIn(): boolean {
    this.shared.proceed();
    const isIn = this.fault === undefined && super.letsIn();
    if (!isIn) {
      this.called();
      this.want();
    }
    return isIn;
  }

  override object(receiver: Receiver<undefined>, call: number | undefined): void {
    if (!this.waitsToKnow(receiver, () => this.answer(receiver, call))) {
      super.object(receiver, call);
    }
  }

  override turn(options: TurnOptions, receiver: Receiver<LocalAdmission | undefined>): void {
    if (this.fault !== undefined) {
      this.refuse(receiver, options.call);
    } else if (!this.waitsToKnow(receiver, () => this.turn(options, receiver))) {
      super.turn(options, receiver);
    }
  }

  override refusal(): Refusal {
    return this.fault ?? this.circuitOpen();
  }

  override circuitOpen(): CircuitOpenError {
    if (this.fault !== undefined) {
      return new CircuitOpenError({ cause: this.fault, ...this.labels });
    }
    if (!this.isProbing) {
      return super.circuitOpen();
    }
    const retryAfter = this.probe === undefined ? Math.max(briefly, this.shared.nextLook) : undefined;
    return new CircuitOpenError({ retryAfter, cause: this.circuit.cause, ...this.labels });
  }

  override tellRefused(refusal: Refusal, call: number | undefined): void {
    super.tellRefused(refusal, call);
    this.called();
    this.want();
  }

  heard(news: News): void {
    const now = this.advance(); // first: a probe that is half-open time's must not be lost when that begins
    this.fault = undefined;
    this.lease.heard(news, now);
    this.adopt(news, now);
    if (this.probe !== undefined && !this.holds(now)) {
      this.loseProbe();
    }
    this.unsure.resolve();
    this.proceed();
    this.isEarly = this.lease.isWanted && news.rest > 0;
    if (this.probe !== undefined) {
      this.shared.askAfter(renewEvery);
    } else if (news.rest > 0 || news.heldFor > 0) {
      this.shared.askAfter(Math.max(news.rest, news.heldFor) + 1);
    }
    this.shared.proceed();
  }

  unheard(error: NoAnswer): void {
    this.noteFault(error);
    this.unsure.resolve();
    for (let first = this.queue.first; first !== undefined && this.fault !== undefined; first = this.queue.first) {
      this.queue.remove(first);
      this.tellRefused(this.fault, first.call);
      first.receiver.refused(this.fault);
    }
    this.proceed();
  }

  availability(event: AvailabilityEvent): void {
    if (event.type === 'unavailable') {
      this.noteFault(event.error as NoAnswer);
    }
    if (this.isHeard) {
      this.tell(event);
    }
    this.changed();
  }

  protected override admits(now: number): boolean {
    return this.fault === undefined && super.admits(now);
  }

  /** What an administrator must mend lets no call through; an outage only if the user wants that. */
  private noteFault(error: NoAnswer): void {
    const isFatal = this.whenUnavailable === 'error' || !(error instanceof LimiterUnavailableError);
    this.fault = isFatal ? error : undefined;
  }

  /** If what is known is too old: the receiver is told of the decision when Redis has answered. */
  private waitsToKnow(receiver: Receiver<never>, decide: () => void): boolean {
    const waits = this.fault === undefined && this.shared.isStale;
    if (waits) {
      this.unsure.add(receiver, decide);
      this.shared.proceed();
    }
    return waits;
  }

  private answer(receiver: Receiver<undefined>, call: number | undefined): void {
    if (this.letsIn()) {
      receiver.granted(undefined);
    } else {
      const error = this.refusal();
      this.tellRefused(error, call);
      receiver.refused(error);
    }
  }
}
