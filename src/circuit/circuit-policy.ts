import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import { TimedPolicy } from '../internal/policy/timed-policy';
import type { Clock } from '../internal/time/clock';
import { Circuit } from './circuit';
import type { Settings } from './circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from './circuit-breaker-state';
import { CircuitOpenError } from './circuit-open-error';
import { checkSnapshot } from './circuit-snapshot';
import type { Transition } from './generation';

/** The error with which a call is refused. */
export type Refusal = Error & Pick<CircuitOpenError, 'retryAfter' | 'openUntil'>;

/** A breaker that is elsewhere tells of that, too. */
type Event = CircuitBreakerEvent | (EventOf<'breaker'> & AvailabilityEvent);

/** The telling part of a breaker: its circuit with a clock, what users see of it, and who is told of changes. */
export abstract class CircuitPolicy extends TimedPolicy<'breaker', CircuitBreakerState, Event> {
  /** Whether processes share it: then a call may have to wait for what the others know. */
  readonly isShared: boolean = false;
  protected readonly circuit: Circuit;
  protected isolations = 0;

  constructor(
    protected readonly settings: Settings,
    clock: Clock,
  ) {
    super('breaker', clock, settings.name);
    this.circuit = new Circuit(settings.circuit);
  }

  /** The class that errors name. */
  get owner(): string {
    return this.settings.circuit.owner;
  }

  /** Whether what it knows is young enough to let a call in by it. */
  get isSure(): boolean {
    return true;
  }

  get state(): CircuitBreakerState {
    const now = this.clock.now();
    const { toWall } = this.clock;
    const { generation, openings } = this.circuit;
    const status = this.isIsolated ? 'isolated' : this.circuit.status(now);
    return {
      ...this.named,
      status,
      ...(status === 'open' && generation.status === 'open'
        ? { openedAt: generation.openedAt + toWall, openUntil: generation.openUntil + toWall }
        : {}),
      openings,
      ...this.circuit.counts(now),
    };
  }

  /** The error with which a call is refused now. */
  refusal(): Refusal {
    return this.circuitOpen();
  }

  circuitOpen(): CircuitOpenError {
    const { generation, cause } = this.circuit;
    return !this.isIsolated && generation.status === 'open'
      ? new CircuitOpenError({
          retryAfter: generation.openUntil - this.clock.now(),
          openUntil: generation.openUntil + this.clock.toWall,
          cause,
          ...this.labels,
        })
      : new CircuitOpenError({ cause, ...this.labels });
  }

  tellRefused({ retryAfter }: Refusal, call: number | undefined): void {
    if (this.isHeard) {
      this.tell({ type: 'refused', retryAfter, call });
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

  /** A generation is over: nothing that was in flight counts any longer. */
  protected abstract forgetInFlight(): void;

  /** Forced open. */
  protected get isIsolated(): boolean {
    return this.isolations > 0;
  }

  protected nextChange(now: number): number {
    return this.circuit.nextChange(now);
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

  protected announce(type: 'ignored' | 'isolated' | 'released', call?: number): void {
    if (this.isHeard) {
      this.tell({ type, call });
    }
    this.changed();
  }
}
