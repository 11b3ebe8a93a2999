import { Observable, Subscriber, TimeoutError, throwError } from 'rxjs';
import { totalOf } from '../budget/spending';
import { Alarm } from '../internal/alarm';
import { refuse } from '../internal/refuse';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { rateLimitOf } from '../provider';
import type { Units } from '../quota/limits';
import type { AfterValues, RetryContext, Settings } from '../retry/retry-backoff';
import { Retrying } from '../retry/retrying';
import { Approach } from './approach';
import type { CallOptions, CallStatus } from './call-options';
import type { Stack } from './stack';
import type { Timeouts } from './timeouts';

/** What `open` is told of the attempt that it begins. */
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

/** One guarded call, from its subscription to its end: its attempts, its status, and its place in the client's books. */
export class Call<T> extends Subscriber<T> {
  readonly number: number | undefined;
  /** Which attempt runs: 1, 2, … */
  attempt = 0;
  phase: CallStatus['phase'] | undefined;
  readonly #downstream: Subscriber<T>;
  /** All that is done for the call, apart from the call: so it can be stopped and the call still be told why. */
  readonly #work: Subscriber<T>;
  #error: unknown;
  #isRunning = true;
  #hasEnded = false;
  #settling = 0;

  constructor(
    destination: Subscriber<T>,
    readonly stack: Stack,
    readonly options: CallOptions<T>,
    private readonly sourceOf: (attempt: Attempt) => Observable<T>,
  ) {
    super();
    this.#downstream = destination;
    this.#work = new Subscriber<T>(this);
    this.number = stack.host.began(this as unknown as Call<never>);
    destination.add(this); // not by super(): a destination that is closed already ends the call at once
  }

  /** What the call takes of the limiter: a request, and of the token dimensions those that the limiter has. */
  get cost(): Units {
    const { tokens = 0 } = this.options;
    const { dimensions = [] } = this.stack.limiter ?? {};
    const split = typeof tokens === 'number' ? {} : { inputTokens: tokens.input, outputTokens: tokens.output };
    const known = Object.entries({ tokens: totalOf('call', 'tokens', tokens), ...split });
    return { requests: 1, ...Object.fromEntries(known.filter(([dimension]) => dimensions.includes(dimension))) };
  }

  get timeout(): Timeouts {
    return { ...this.stack.timeout, ...this.options.timeout };
  }

  start(): void {
    if (this.closed) {
      return; // nobody was there any more
    }
    const { retry } = this.stack;
    this.#startTotalTimeout();
    if (retry === undefined) {
      this.#attempts([]).subscribe(this.#work);
    } else {
      new Retrying<T>(this.#attempts([]), this.#work, this.#settings(retry as unknown as Settings<T>)).start();
    }
  }

  /** The call stands in a line. */
  waits(what: 'permit' | 'breaker', { ahead, until }: { ahead?: number; until?: number | undefined }): void {
    this.#progress({ phase: 'waiting', for: what, attempt: this.attempt, ahead, until, error: this.#error });
  }

  /** The source is about to be subscribed. */
  connects(): void {
    this.#progress({ phase: 'connecting', attempt: this.attempt });
  }

  /** Runs `settle`, in which the call gives back or settles what it holds: the books are closed only after it. */
  settles(settle: () => void): void {
    this.#settling += 1;
    try {
      settle();
    } finally {
      this.#settling -= 1;
      this.#closeBooks();
    }
  }

  /** Ends the call unless an attempt is in flight. What it holds and where it stands is given up at once. */
  refuseUnlessInFlight(): void {
    if (this.phase !== 'connecting' && this.phase !== 'streaming' && !this.#work.closed) {
      this.#work.unsubscribe();
      const refusal = new PermitRefusedError({ reason: 'draining', cost: this.cost });
      refuse(refusal, this.stack.clock.scheduler).subscribe(this as Subscriber<unknown>);
    }
  }

  protected override _next(value: T): void {
    if (this.phase !== 'streaming') {
      this.#progress({ phase: 'streaming', attempt: this.attempt });
    }
    this.#downstream.next(value);
  }

  protected override _error(error: unknown): void {
    this.#over({ phase: 'failed', error });
    try {
      this.#downstream.error(error);
    } finally {
      this.unsubscribe();
    }
  }

  protected override _complete(): void {
    this.#over({ phase: 'done' });
    try {
      this.#downstream.complete();
    } finally {
      this.unsubscribe();
    }
  }

  override unsubscribe(): void {
    if (!this.closed) {
      try {
        super.unsubscribe();
      } finally {
        this.#over({ phase: 'cancelled' });
        this.#ends();
      }
    }
  }

  #startTotalTimeout(): void {
    const { total } = this.timeout;
    if (total !== undefined) {
      const { clock } = this.stack;
      const alarm = new Alarm(clock, 'last', () => this.#cut(new TimeoutError()));
      alarm.set(clock.now() + total);
      this.add(() => alarm.set(Number.POSITIVE_INFINITY));
    }
  }

  #attempts(delivered: readonly T[]): Observable<T> {
    return new Observable<T>((destination) => {
      this.attempt += 1;
      this.phase = undefined;
      new Approach(this, destination, this.sourceOf(this.#attempt(delivered))).look();
    });
  }

  #attempt(delivered: readonly T[]): Attempt {
    const { limiter, clock } = this.stack;
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

  #settings(retry: Settings<T>): Settings<T> {
    return {
      ...retry,
      afterValues: this.#afterValues(retry),
      isContent: this.options.isContent ?? retry.isContent,
      onRetry: (context) => {
        this.#retries(context);
        retry.onRetry?.(context);
      },
    };
  }

  #afterValues(retry: Settings<T>): AfterValues<T> {
    const { afterValues = retry.afterValues } = this.options;
    if (afterValues === 'continue') {
      return ({ values }) => this.#attempts(values);
    }
    if (typeof afterValues !== 'function') {
      return afterValues;
    }
    return (context) => {
      this.attempt += 1; // what the user goes on with is beyond the guards, but an attempt like any other
      this.connects();
      return afterValues(context);
    };
  }

  #retries({ attempt, delay, error }: RetryContext): void {
    const { host, clock } = this.stack;
    this.#error = error;
    host.tell?.({ type: 'retry', attempt, delay, error }, this.number);
    if (delay > 0) {
      const until = clock.scheduler.now() + delay;
      this.#progress({ phase: 'waiting', for: 'retry', attempt: this.attempt, until, error });
      if (host.isDraining) {
        this.refuseUnlessInFlight();
      }
    }
  }

  #progress(status: CallStatus): void {
    if (this.#isRunning) {
      this.#report(status);
    }
  }

  /** Tells the status; what the listener throws ends the call while it runs. */
  #report(status: CallStatus): void {
    this.phase = status.phase;
    this.stack.host.moved();
    try {
      this.options.onStatus?.(status);
    } catch (thrown) {
      if (this.#isRunning) {
        this.#cut(thrown);
      } else {
        throwError(() => thrown).subscribe(); // nobody is left to be told: rxjs reports it as unhandled
      }
    }
  }

  #over(status: CallStatus): void {
    if (this.#isRunning) {
      this.#isRunning = false;
      if (status.phase === 'failed' && this.stack.retry !== undefined) {
        this.stack.host.tell?.({ type: 'gave-up', attempts: this.attempt, error: status.error }, this.number);
      }
      this.#report(status);
    }
  }

  /** Ends the call from outside: what runs is stopped and settled first, then everybody hears of it. */
  #cut(error: unknown): void {
    try {
      super.unsubscribe();
    } finally {
      this.#over({ phase: 'failed', error });
      this.#downstream.error(error);
      this.#ends();
    }
  }

  #ends(): void {
    this.#hasEnded = true;
    this.#closeBooks();
  }

  /** A listener may end the call while it is being settled: then the rest is settled first. */
  #closeBooks(): void {
    if (this.#hasEnded && this.#settling === 0) {
      this.stack.host.ended(this as unknown as Call<never>);
    }
  }
}
