import type { Observable, Subscriber, Unsubscribable } from 'rxjs';
import type { Wait } from '../guard/guard';
import type { Clock } from '../internal/time/clock';
import type { Frame } from '../internal/time/frame';
import { stepBegins, stepEnds } from '../internal/time/step';
import type { RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import { Retrying } from '../retry/retrying';
import type { UsedKey } from './any-keyed';
import { type AttemptedCall, CallAttempts } from './call-attempts';
import type { CallContext } from './call-context';
import { CallJournal, type Outcome } from './call-journal';
import type { CallStatus, PolicyKeys } from './call-options';
import { CallProgress } from './call-progress';
import type { RegisteredCall } from './call-registry';
import type { CallSettings } from './call-settings';
import type { Attempt } from './open';
import { Deadline, timeoutError } from './timeouts';
import { TurnWait } from './turn-wait';

/** One guarded call, from its subscription to its end: its status, its total timeout, and its place in the client's books. */
export class Call<T> implements AttemptedCall, RegisteredCall, Unsubscribable {
  readonly number: number | undefined;
  place = -1;
  closed = false;
  private readonly progress: CallProgress;
  private readonly attempts: CallAttempts<T>;
  private readonly retrying: Retrying<T>;
  private totalTimer: Deadline | undefined = undefined;
  private turns: TurnWait | undefined = undefined; // made for the first wait
  readonly journal: CallJournal | undefined;
  private hasEnded = false;

  /** @param source What is guarded, or what opens it for an attempt. */
  constructor(
    private readonly downstream: Subscriber<T>,
    private readonly context: CallContext,
    private readonly settings: CallSettings<T>,
    source: Observable<T> | ((attempt: Attempt) => Observable<T>),
  ) {
    this.attempts = new CallAttempts(this, context, settings, source);
    this.progress = new CallProgress(this, this.attempts, settings.options.onStatus);
    this.retrying = new Retrying<T>(this.attempts, this, context.retry as unknown as Settings<T>);
    this.number = context.registry?.began(this);
    this.journal = context.registry && new CallJournal(context.registry, context.clock, this.number!);
    this.journal?.began(settings.options.meta);
  }

  start(): void {
    const { total } = this.settings.timeout;
    stepBegins(); // the time is read once for the call and for the policies that it asks
    try {
      // Who heard that it began may have ended it.
      if (total !== undefined && !this.closed) {
        this.totalTimer = new Deadline(this.clock, () => this.retrying.cut(timeoutError('total', total)));
        this.totalTimer.set(this.clock.now() + total);
      }
      this.journal?.starts();
      this.retrying.start();
    } catch (thrown) {
      this.error(thrown); // a callback of the user's
    } finally {
      stepEnds();
    }
  }

  get clock(): Clock {
    return this.context.clock;
  }

  get frame(): Frame {
    return this.context.frameOf(this.clock);
  }

  get key(): string | PolicyKeys | undefined {
    return this.settings.options.key;
  }

  get usedKeys(): readonly UsedKey[] {
    return this.context.usedKeys;
  }

  get objection(): { readonly error: unknown } | undefined {
    const { registry, guards, refusal } = this.context;
    return registry?.isDraining
      ? { error: this.draining() }
      : ((registry && this.settings.objectionTo(guards)) ?? refusal);
  }

  get turnWait(): number {
    return this.turn.rest;
  }

  get phase(): CallStatus['phase'] | undefined {
    return this.progress.phase;
  }

  moved(): void {
    this.context.registry?.moved();
  }

  begins(attempt: number): void {
    this.progress.phase = undefined;
    this.journal?.attemptBegan(attempt);
  }

  validated(result: unknown): void {
    this.context.validated?.(result);
  }

  rejected(): void {
    this.journal?.rejected(this.attempts.count);
  }

  waits(attempt: number, what: 'permit' | 'breaker', { ahead, until }: Wait): void {
    if (what === 'breaker') {
      this.turn.begins();
    }
    this.progress.report({ phase: 'waiting', for: what, attempt, ahead, until, error: this.attempts.lastError });
  }

  connects(attempt: number): void {
    this.journal?.connected(attempt);
    if (attempt === this.attempts.shown) {
      this.progress.report('connecting');
    }
  }

  turnOver(): void {
    this.turns?.ends();
  }

  resume(): void {
    this.turnOver();
    this.retrying.resume();
  }

  /** Closes the books of an ended call, but not while holds are ended: a listener may have ended the call. */
  settled(): void {
    if (this.hasEnded && !this.attempts.isSettling) {
      this.context.registry?.ended(this);
    }
  }

  retries(retry: RetryContext): void {
    const { delay, error } = retry;
    if (this.context.registry?.isDraining) {
      this.refuse();
    } else {
      this.journal?.retries(retry);
      if (delay > 0) {
        const until = this.clock.scheduler.now() + delay;
        this.progress.report({ phase: 'waiting', for: 'retry', attempt: this.attempts.count, until, error });
      }
    }
  }

  /** Gives up its holds and its place in a queue at once. */
  refuseUnlessInFlight(): void {
    if (this.phase !== 'connecting' && this.phase !== 'streaming') {
      this.refuse();
    }
  }

  next(value: T): void {
    if (this.phase !== 'streaming' && this.attempts.hasContent) {
      this.progress.report('streaming');
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
        this.hasEnded = true;
        this.settled();
      }
    }
  }

  private get turn(): TurnWait {
    this.turns ??= new TurnWait(this.clock, this.settings.longestTurn(this.context.registry !== undefined));
    return this.turns;
  }

  private draining(): Error {
    return this.settings.draining(this.context.guards, this.attempts.lastError);
  }

  private refuse(): void {
    if (!this.retrying.isStopped) {
      this.retrying.unsubscribe();
      const refusal = this.draining();
      this.downstream.add(this.frame.schedule(() => this.error(refusal), 0));
    }
  }

  private over(status: Outcome): void {
    const attempts = this.attempts.count;
    if (this.progress.isRunning && typeof status === 'object' && this.context.isRetried) {
      this.journal?.gaveUp(attempts, status.error);
    }
    if (this.progress.isRunning) {
      this.progress.end(status); // else a listener has ended it
      this.journal?.ended(status, attempts, this.attempts.usage);
    }
  }

  /** Ends the call from outside: what runs is stopped and settled first, then everything hears of it. */
  cut(error: unknown): void {
    try {
      this.stop();
    } finally {
      try {
        this.error(error);
      } finally {
        this.hasEnded = true;
        this.settled();
      }
    }
  }

  private stop(): void {
    this.closed = true;
    this.totalTimer?.set(Number.POSITIVE_INFINITY);
    this.retrying.unsubscribe();
  }
}
