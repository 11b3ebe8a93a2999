import { type Observable, type Subscriber, TimeoutError, type Unsubscribable } from 'rxjs';
import { refuse } from '../guard/grants';
import type { Wait } from '../guard/guard';
import type { Try } from '../guard/try';
import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { reportUnhandled } from '../internal/unhandled';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import type { RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import { Retrying } from '../retry/retrying';
import { type AttemptedCall, CallAttempts } from './call-attempts';
import type { CallContext } from './call-context';
import type { CallStatus, PolicyKeys } from './call-options';
import type { RegisteredCall } from './call-registry';
import type { CallSettings } from './call-settings';
import type { Attempt } from './open';
import type { UsedKey } from './policy-keys';

/** Phases whose status has no field but the attempt's number, if that. */
type BarePhase = 'connecting' | 'streaming' | 'done' | 'cancelled';

/** One guarded call, from its subscription to its end: its status, its total timeout, and its place in the client's books. */
export class Call<T> implements AttemptedCall, RegisteredCall, Unsubscribable {
  readonly number: number | undefined;
  closed = false;
  phase: CallStatus['phase'] | undefined = undefined;
  private readonly attempts: CallAttempts<T>;
  private readonly retrying: Retrying<T>;
  private totalTimer: Timer | undefined = undefined;
  private isRunning = true;
  private hasEnded = false;

  /** @param source What is guarded, or what opens it for an attempt. */
  constructor(
    private readonly downstream: Subscriber<T>,
    private readonly context: CallContext,
    private readonly settings: CallSettings<T>,
    source: Observable<T> | ((attempt: Attempt) => Observable<T>),
  ) {
    this.attempts = new CallAttempts(this, context, settings, source);
    this.retrying = new Retrying<T>(this.attempts, this, context.retry as unknown as Settings<T>);
    this.number = context.registry?.began(this);
  }

  start(): void {
    const { total } = this.settings.timeout;
    if (total !== undefined) {
      this.totalTimer = new Timer(this.clock, 'last', () => this.cut(new TimeoutError()));
      this.totalTimer.set(this.clock.now() + total);
    }
    this.downstream.add(this); // one that is closed already ends the call at once
    this.retrying.start();
  }

  get clock(): Clock {
    return this.context.clock;
  }

  get key(): string | PolicyKeys | undefined {
    return this.settings.options.key;
  }

  get usedKeys(): readonly UsedKey[] {
    return this.context.usedKeys;
  }

  get objection(): { readonly error: unknown } | undefined {
    return this.context.registry?.isDraining ? { error: this.draining() } : this.context.refusal;
  }

  begins(): void {
    this.phase = undefined;
  }

  waits(attempt: number, what: 'permit' | 'breaker', { ahead, until }: Wait): void {
    this.progress({ phase: 'waiting', for: what, attempt, ahead, until, error: this.attempts.lastError });
  }

  connects(): void {
    this.progress('connecting');
  }

  resume(attempt: Try): void {
    this.retrying.resume(attempt);
  }

  settled(): void {
    this.closeBooks();
  }

  retries({ attempt, delay, error }: RetryContext): void {
    const { registry, clock } = this.context;
    if (registry?.isDraining) {
      this.refuse();
      return;
    }
    registry?.tell({ type: 'retry', attempt, delay, error }, this.number!);
    if (delay > 0) {
      const until = clock.scheduler.now() + delay;
      this.progress({ phase: 'waiting', for: 'retry', attempt: this.attempts.count, until, error });
    }
  }

  /** Gives up its holds and its place in a queue at once. */
  refuseUnlessInFlight(): void {
    if (this.phase !== 'connecting' && this.phase !== 'streaming') {
      this.refuse();
    }
  }

  next(value: T): void {
    if (this.phase !== 'streaming') {
      this.progress('streaming');
    }
    this.downstream.next(value);
  }

  error(error: unknown): void {
    this.over({ phase: 'failed', error });
    try {
      this.downstream.error(error);
    } finally {
      this.unsubscribe();
    }
  }

  complete(): void {
    this.over('done');
    try {
      this.downstream.complete();
    } finally {
      this.unsubscribe();
    }
  }

  unsubscribe(): void {
    if (!this.closed) {
      try {
        this.stop();
      } finally {
        this.over('cancelled');
        this.ends();
      }
    }
  }

  private draining(): PermitRefusedError {
    return new PermitRefusedError({ reason: 'draining', cost: this.context.guards.costOf(this.settings.cost) });
  }

  private refuse(): void {
    if (!this.retrying.isStopped) {
      this.retrying.unsubscribe();
      const { downstream } = this;
      const error = (refusal: unknown) => this.error(refusal);
      refuse({ add: (action) => downstream.add(action), error }, this.draining(), this.clock.scheduler);
    }
  }

  private progress(status: CallStatus | BarePhase): void {
    if (this.isRunning) {
      this.report(status);
    }
  }

  /** Tells the status. If the listener throws, a running call fails with that error. */
  private report(status: CallStatus | BarePhase): void {
    const { onStatus } = this.settings.options;
    this.phase = typeof status === 'string' ? status : status.phase;
    if (onStatus !== undefined) {
      this.tell(onStatus, typeof status === 'string' ? this.statusIn(status) : status);
    }
    this.context.registry?.moved(); // last, because a listener may end the call
  }

  private tell(onStatus: (status: CallStatus) => void, status: CallStatus): void {
    try {
      onStatus(status);
    } catch (thrown) {
      if (this.isRunning) {
        this.cut(thrown);
      } else {
        reportUnhandled(thrown);
      }
    }
  }

  private statusIn(phase: BarePhase): CallStatus {
    return phase === 'done' || phase === 'cancelled' ? { phase } : { phase, attempt: this.attempts.count };
  }

  private over(status: 'done' | 'cancelled' | { readonly phase: 'failed'; readonly error: unknown }): void {
    if (this.isRunning) {
      this.isRunning = false;
      if (typeof status === 'object' && this.context.isRetried) {
        const { error } = status;
        this.context.registry?.tell({ type: 'gave-up', attempts: this.attempts.count, error }, this.number!);
      }
      this.report(status);
    }
  }

  /** Ends the call from outside: what runs is stopped and settled first, then everything hears of it. */
  private cut(error: unknown): void {
    try {
      this.stop();
    } finally {
      this.over({ phase: 'failed', error });
      try {
        this.downstream.error(error);
      } finally {
        this.ends();
      }
    }
  }

  private stop(): void {
    this.closed = true;
    this.totalTimer?.set(Number.POSITIVE_INFINITY);
    this.retrying.unsubscribe();
  }

  private ends(): void {
    this.hasEnded = true;
    this.closeBooks();
  }

  /** Not during a settlement, in which a listener may end the call: the remaining holds must settle first. */
  private closeBooks(): void {
    if (this.hasEnded && !this.attempts.isSettling && this.number !== undefined) {
      this.context.registry?.ended(this.number);
    }
  }
}
