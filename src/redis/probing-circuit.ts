import type { Settings } from '../circuit/circuit-breaker-config';
import { CircuitCore } from '../circuit/circuit-core';
import { halfOpened, type Transition } from '../circuit/generation';
import type { LocalAdmission, Told, Verdict } from '../circuit/local-admission';
import type { AvailabilityEvent } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import type { NoAnswer } from './link';
import type { News } from './news';
import { ProbeLease } from './probe-lease';
import type { RunScript } from './redis-client';
import { SharedCircuit, type SharedCircuitListener } from './shared-circuit';
import type { SharedConfig } from './shared-config';

/** For so many ms Redis remembers a breaker that should have been probed: `memory` of the script. */
const memory = 3_600_000;

/**
 * The part of a shared breaker that keeps it in step with other processes: tells them what it decides, goes by what they
 * tell, and lets a probe out only while it holds the one that there is.
 */
export abstract class ProbingCircuit extends CircuitCore implements SharedCircuitListener {
  protected readonly shared: SharedCircuit;
  protected readonly lease: ProbeLease;
  /** The probe of this process that is out, while it is half-open. */
  protected probe: LocalAdmission | undefined = undefined;
  /** What it was before the last transition. */
  private was: Transition['to'] = 'closed';
  private reason = '';
  /** Until when Redis remembers that it is not closed. */
  private rememberedUntil = 0;
  private isReset = false;

  constructor(settings: Settings, clock: Clock, run: RunScript, config: SharedConfig) {
    super(settings, clock);
    this.shared = new SharedCircuit(run, clock, config, this);
    this.lease = new ProbeLease(this.shared.link.deadline, 2 * settings.probeTimeout);
  }

  abstract readonly isAwaited: boolean;
  abstract heard(news: News): void;
  abstract unheard(error: NoAnswer): void;
  abstract availability(event: AvailabilityEvent): void;

  get wantedLease(): number | undefined {
    if (!this.isProbing) {
      return undefined;
    }
    const isNeededNow = this.probe !== undefined || this.queue.length > 0;
    return isNeededNow || this.lease.isWanted ? this.lease.lengthFor(isNeededNow) : undefined;
  }

  override reset(): void {
    this.isReset = true;
    this.shared.tell({ kind: 'reset' });
    super.reset();
    this.isReset = false;
  }

  override delivered(admission: LocalAdmission, isFirst: boolean): void {
    this.loseIfLate(admission);
    super.delivered(admission, isFirst);
  }

  override ended(admission: LocalAdmission, verdict: Verdict, told: Told): void {
    this.loseIfLate(admission);
    try {
      super.ended(admission, verdict, told);
    } finally {
      if (admission === this.probe) {
        this.giveProbeBack();
      }
    }
  }

  /** A call may go, or is refused. */
  protected called(): void {
    this.lease.called(this.clock.now(), this.circuit.generation.status === 'closed');
  }

  /** A call was refused, or waits: if that is for want of the probe, it is fetched. */
  protected want(): void {
    const now = this.advance();
    if (!this.isProbing || this.probe !== undefined || this.holds(now)) {
      return;
    }
    if (!this.lease.isWanted && !this.lease.isTaken(now)) {
      this.shared.askAfter(0);
    }
    this.lease.isWanted = true;
    this.shared.proceed();
  }

  protected override admits(now: number): boolean {
    return super.admits(now) && (this.circuit.status(now) === 'closed' || this.holds(now));
  }

  protected override admission(call: number | undefined): LocalAdmission {
    const admission = super.admission(call);
    this.called();
    if (admission.isProbe) {
      this.probe = admission;
      this.shared.ask(); // from now on the hold on it is renewed
    }
    return admission;
  }

  protected override arm(): void {
    super.arm();
    if (this.queue.length > 0) {
      this.want();
    }
    this.shared.proceed();
  }

  protected override forgetInFlight(): void {
    super.forgetInFlight();
    this.probe = undefined;
    this.lease.drop();
  }

  protected override follow(transition: Transition | undefined): void {
    if (transition !== undefined) {
      this.decided(transition);
    }
    super.follow(transition);
  }

  /** Goes by what Redis says, unless it says what is known. */
  protected adopt(news: News, now: number): void {
    const { generation } = this.circuit;
    const { known } = this.shared;
    const isKnown = news.counts || news.epoch === known;
    if (news.status === 'unknown' && generation.status !== 'closed' && now < this.rememberedUntil) {
      this.retell(generation.status === 'open' ? generation.openUntil : now);
      return;
    }
    this.shared.known = news.epoch;
    const until = now + news.rest;
    // The answer has come later than Redis gave it, at most by the time since it was asked.
    const isLater = (than: number) => until - (now - news.askedAt) > than + 1;
    if (news.status !== 'open') {
      const isSame = isKnown || known === '' || news.status === 'unknown';
      if (!isSame || generation.status !== 'closed') {
        this.close();
      }
    } else if (!isKnown || generation.status === 'closed' || (generation.status === 'half-open' && isLater(now))) {
      this.open(news, now);
    } else if (generation.status === 'open' && isLater(generation.openUntil)) {
      this.circuit.adopt({ ...generation, openUntil: until }, news.openings);
      this.remember(until, news.reason);
      this.changed();
    }
  }

  /** Another process has the probe, or may have it: that of this one decides nothing. */
  protected loseProbe(): void {
    this.circuit.adopt(halfOpened(), this.circuit.openings);
    this.forgetInFlight();
    this.changed();
  }

  /** While Redis is away, each process probes for itself. */
  protected holds(now: number): boolean {
    return this.shared.link.isAway || this.lease.holds(now);
  }

  /** Whether a probe is what it needs. */
  protected get isProbing(): boolean {
    return !this.isIsolated && this.circuit.status(this.clock.now()) === 'half-open';
  }

  /** Tells what this process has decided. That it is half-open each process finds out by itself. */
  private decided(transition: Transition): void {
    const { was } = this;
    this.was = transition.to;
    if (transition.to === 'open') {
      const { until, reason } = transition;
      this.remember(until, reason);
      const kind = was === 'half-open' ? 'reopen' : 'open';
      this.shared.tell({ kind, until, reason, openings: this.circuit.openings });
    } else if (transition.to === 'closed' && !this.isReset) {
      this.shared.tell({ kind: 'close' });
    }
    this.isReset = false;
  }

  private remember(until: number, reason: string): void {
    this.reason = reason;
    this.rememberedUntil = until + memory;
  }

  /** Redis has lost what it knew, as by a restart. */
  private retell(until: number): void {
    this.shared.tell({ kind: 'open', until, reason: this.reason, openings: this.circuit.openings });
  }

  private open({ rest, openFor, openings, reason }: News, now: number): void {
    const until = now + rest;
    const opened = { status: 'open', openedAt: now - openFor, openUntil: until } as const;
    this.circuit.adopt(rest > 0 ? opened : halfOpened(), openings);
    this.circuit.cause = undefined;
    this.was = rest > 0 ? 'open' : 'half-open';
    this.remember(until, reason);
    super.follow(rest > 0 ? { to: 'open', until, reason } : { to: 'half-open' });
  }

  private close(): void {
    const wasClosed = this.circuit.generation.status === 'closed';
    const transition = this.circuit.reset();
    this.was = 'closed';
    if (wasClosed) {
      this.changed(); // it has opened and closed since: what was counted before is void
    } else {
      super.follow(transition);
    }
  }

  private loseIfLate(admission: LocalAdmission): void {
    if (admission === this.probe && !this.holds(this.clock.now())) {
      this.loseProbe();
    }
  }

  /** The probe has ended without a verdict: others may have it, unless a call of this process waits for it. */
  private giveProbeBack(): void {
    this.probe = undefined;
    if (this.queue.length === 0 && this.lease.holds(this.clock.now())) {
      this.lease.drop();
      this.shared.tell({ kind: 'give' });
    }
  }
}
