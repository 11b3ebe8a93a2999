import { from, type Observable, type Subscriber, TimeoutError, throwError, type Unsubscribable } from 'rxjs';
import type { GuardedSubscriber } from '../internal/operate';
import { refuse } from '../internal/refuse';
import { Timer } from '../internal/time/timer';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { rateLimitOf } from '../provider';
import type { AfterValues, RetryContext, Settings } from '../retry/retry-backoff';
import { type CallsOwn, type Downstream, Retrying, type Source } from '../retry/retrying';
import { Approach } from './approach';
import type { CallStatus } from './call-options';
import type { Plan } from './plan';

/**
 * What `open` is told of the attempt that it begins.
 *
 * @category Client
 */
export interface Attempt {
  /** 1, 2, … */
  readonly number: number;
  /** What was delivered already, where the call goes on from there; else empty. */
  readonly delivered: readonly unknown[];
  /** What made the last attempt fail. */
  readonly error?: unknown;
  /** Tells the limiter what the response's headers say of the provider's limits. */
  sync(headers: unknown): void;
}

/** The phases of which a status tells nothing but the attempt, if that. */
type BarePhase = 'connecting' | 'streaming' | 'done' | 'cancelled';

const nothing: readonly never[] = Object.freeze([]);

/** One guarded call, from its subscription to its end: its attempts, its status, and its place in the client's books. */
export class Call<T> implements CallsOwn<T>, Source<T>, Downstream<T>, Unsubscribable {
  readonly number: number | undefined;
  /** Which attempt runs: 1, 2, … */
  attempt = 0;
  phase: CallStatus['phase'] | undefined;
  closed = false;
  readonly #downstream: Subscriber<T>;
  readonly #retrying: Retrying<T>;
  #error: unknown;
  #totalTimeout: Timer | undefined;
  #isRunning = true;
  #hasEnded = false;
  #settling = 0;

  constructor(
    destination: Subscriber<T>,
    readonly plan: Plan<T>,
    /** What is guarded, or what opens it for an attempt. */
    private readonly source: Observable<T> | ((attempt: Attempt) => Observable<T>),
  ) {
    this.#downstream = destination;
    this.#retrying = new Retrying<T>(this, this, plan.stack.retry as unknown as Settings<T>, this);
    this.number = plan.stack.host.began(this as unknown as Call<never>);
  }

  start(): void {
    const { total } = this.plan.timeout;
    if (total !== undefined) {
      this.#startTotalTimeout(total);
    }
    this.#downstream.add(this); // one that is closed already ends the call at once
    this.#retrying.start();
  }

  /** The call stands in a line. */
  waits(what: 'permit' | 'breaker', { ahead, until }: { ahead?: number; until?: number | undefined }): void {
    this.#progress({ phase: 'waiting', for: what, attempt: this.attempt, ahead, until, error: this.#error });
  }

  /** Subscribes an attempt to its source. */
  connect(source: Observable<T>, attempt: GuardedSubscriber<T>): void {
    this.#retrying.connect(source, attempt);
  }

  /** The source is about to be subscribed. */
  connects(): void {
    this.#progress('connecting');
  }

  /** The call begins to give back or settle what it holds: the books are closed only after `hasSettled`. */
  settles(): void {
    this.#settling += 1;
  }

  hasSettled(): void {
    this.#settling -= 1;
    this.#closeBooks();
  }

  /** Ends the call unless an attempt is in flight. What it holds and where it stands is given up at once. */
  refuseUnlessInFlight(): void {
    const isInFlight = this.phase === 'connecting' || this.phase === 'streaming';
    if (!isInFlight) {
      this.#refuse();
    }
  }

  #refuse(): void {
    if (!this.#retrying.isStopped) {
      this.#retrying.unsubscribe();
      const refusal = new PermitRefusedError({ reason: 'draining', cost: this.plan.cost });
      refuse(this, refusal, this.plan.stack.clock.scheduler);
    }
  }

  next(value: T): void {
    if (this.phase !== 'streaming') {
      this.#progress('streaming');
    }
    this.#downstream.next(value);
  }

  error(error: unknown): void {
    this.#over({ phase: 'failed', error });
    try {
      this.#downstream.error(error);
    } finally {
      this.unsubscribe();
    }
  }

  complete(): void {
    this.#over('done');
    try {
      this.#downstream.complete();
    } finally {
      this.unsubscribe();
    }
  }

  /** Something else that ends with the call. */
  add(teardown: Unsubscribable): void {
    this.#downstream.add(teardown);
  }

  unsubscribe(): void {
    if (!this.closed) {
      try {
        this.#stop();
      } finally {
        this.#over('cancelled');
        this.#ends();
      }
    }
  }

  get isContent(): ((value: T) => boolean) | undefined {
    if (!this.plan.stack.isRetried) {
      return undefined;
    }
    return this.plan.options.isContent ?? (this.plan.stack.retry as unknown as Settings<T>).isContent;
  }

  get afterValues(): CallsOwn<T>['afterValues'] {
    const { retry, isRetried } = this.plan.stack;
    if (!isRetried) {
      return 'error';
    }
    const { afterValues = retry.afterValues as AfterValues<T> } = this.plan.options;
    return afterValues === 'error' || afterValues === 'restart' ? afterValues : this.#goingOn(afterValues);
  }

  #goingOn(afterValues: 'continue' | Exclude<AfterValues<T>, string>): CallsOwn<T>['afterValues'] {
    if (afterValues === 'continue') {
      return ({ values }) => this.#opening(values);
    }
    return (context) => {
      this.attempt += 1; // what the user goes on with is beyond the guards, but an attempt like any other
      this.connects();
      return from(afterValues(context));
    };
  }

  retries({ attempt, delay, error }: RetryContext): void {
    const { host, clock } = this.plan.stack;
    this.#error = error;
    if (host.isDraining) {
      this.#refuse();
      return;
    }
    host.tell?.({ type: 'retry', attempt, delay, error }, this.number);
    if (delay > 0) {
      const until = clock.scheduler.now() + delay;
      this.#progress({ phase: 'waiting', for: 'retry', attempt: this.attempt, until, error });
    }
  }

  #startTotalTimeout(total: number): void {
    const { clock } = this.plan.stack;
    this.#totalTimeout = new Timer(clock, 'last', () => this.#cut(new TimeoutError()));
    this.#totalTimeout.set(clock.now() + total);
  }

  /** Begins an attempt that has delivered nothing before. */
  subscribe(attempt: GuardedSubscriber<T>): void {
    this.#begin(attempt, nothing);
  }

  /** An attempt that goes on after what was delivered. */
  #opening(delivered: readonly T[]): Source<T> {
    return { subscribe: (attempt) => this.#begin(attempt, delivered) };
  }

  #begin(attempt: GuardedSubscriber<T>, delivered: readonly T[]): void {
    this.attempt += 1;
    this.phase = undefined;
    try {
      new Approach(this, attempt, this.#sourceOf(delivered)).look();
    } catch (thrown) {
      attempt.error(thrown);
    }
  }

  #sourceOf(delivered: readonly T[]): Observable<T> {
    return typeof this.source === 'function' ? this.source(this.#attemptAfter(delivered)) : this.source;
  }

  #attemptAfter(delivered: readonly T[]): Attempt {
    const { limiter, clock } = this.plan.stack;
    return {
      number: this.attempt,
      delivered,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      sync: (headers) => {
        const info = rateLimitOf(headers, clock.scheduler.now());
        if (Object.keys(info).length > 0) {
          limiter?.sync?.(info);
        }
      },
    };
  }

  #progress(status: CallStatus | BarePhase): void {
    if (this.#isRunning) {
      this.#report(status);
    }
  }

  /** Tells the status; what the listener throws ends the call while it runs. */
  #report(status: CallStatus | BarePhase): void {
    this.phase = typeof status === 'string' ? status : status.phase;
    if (this.plan.options.onStatus !== undefined) {
      this.#tell(this.plan.options.onStatus, typeof status === 'string' ? this.#statusIn(status) : status);
    }
    this.plan.stack.host.moved(); // last, for whoever watches may end the call
  }

  #tell(onStatus: (status: CallStatus) => void, status: CallStatus): void {
    try {
      onStatus(status);
    } catch (thrown) {
      if (this.#isRunning) {
        this.#cut(thrown);
      } else {
        throwError(() => thrown).subscribe(); // nobody is left to be told: rxjs reports it as unhandled
      }
    }
  }

  #statusIn(phase: BarePhase): CallStatus {
    return phase === 'done' || phase === 'cancelled' ? { phase } : { phase, attempt: this.attempt };
  }

  #over(status: 'done' | 'cancelled' | { readonly phase: 'failed'; readonly error: unknown }): void {
    if (this.#isRunning) {
      this.#isRunning = false;
      if (typeof status === 'object' && this.plan.stack.isRetried) {
        this.plan.stack.host.tell?.({ type: 'gave-up', attempts: this.attempt, error: status.error }, this.number);
      }
      this.#report(status);
    }
  }

  /** Ends the call from outside: what runs is stopped and settled first, then everybody hears of it. */
  #cut(error: unknown): void {
    try {
      this.#stop();
    } finally {
      this.#over({ phase: 'failed', error });
      this.#downstream.error(error);
      this.#ends();
    }
  }

  #stop(): void {
    this.closed = true;
    this.#totalTimeout?.set(Number.POSITIVE_INFINITY);
    this.#retrying.unsubscribe();
  }

  #ends(): void {
    this.#hasEnded = true;
    this.#closeBooks();
  }

  /** A listener may end the call while it is being settled: then the rest is settled first. */
  #closeBooks(): void {
    if (this.#hasEnded && this.#settling === 0) {
      this.plan.stack.host.ended(this as unknown as Call<never>);
    }
  }
}
