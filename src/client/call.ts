import { Observable, Subscriber, TimeoutError, throwError } from 'rxjs';
import { refuse } from '../internal/refuse';
import { PermitRefusedError } from '../limiter/permit-refused-error';
import { rateLimitOf } from '../provider';
import type { RetryContext, Settings } from '../retry/retry-backoff';
import { Retrying } from '../retry/retrying';
import { Approach } from './approach';
import type { CallOptions, CallStatus } from './call-options';
import type { Stack } from './stack';

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
  #error: unknown;
  #isRunning = true;

  constructor(
    destination: Subscriber<T>,
    readonly stack: Stack,
    readonly options: CallOptions<T>,
    private readonly sourceOf: (attempt: Attempt) => Observable<T>,
  ) {
    super(destination);
    this.#downstream = destination;
    this.number = stack.host.began(this as unknown as Call<never>);
  }

  start(): void {
    const { retry, clock, timeout } = this.stack;
    const total = (this.options.timeout ?? timeout)?.total;
    if (total !== undefined) {
      this.add(clock.after(total, () => this.#cut(new TimeoutError())));
    }
    if (retry === undefined) {
      this.#attempts([]).subscribe(this);
    } else {
      new Retrying<T>(this.#attempts([]), this, this.#settings(retry as unknown as Settings<T>)).start();
    }
  }

  /** The call stands in a line. */
  waits(what: 'permit' | 'breaker', { ahead, until }: { ahead?: number; until?: number | undefined }): void {
    this.#report({ phase: 'waiting', for: what, attempt: this.attempt, ahead, until, error: this.#error });
  }

  /** The source is about to be subscribed. */
  connects(): void {
    this.#report({ phase: 'connecting', attempt: this.attempt });
  }

  /** Ends the call if it waits, for whatever it waits. */
  refuseIfWaiting(): void {
    if (this.phase === 'waiting') {
      const refusal = new PermitRefusedError({ reason: 'draining', cost: { requests: 1 } });
      this.add(refuse(refusal, this.stack.clock.scheduler).subscribe({ error: (error) => this.#cut(error) }));
    }
  }

  protected override _next(value: T): void {
    if (this.phase !== 'streaming') {
      this.#report({ phase: 'streaming', attempt: this.attempt });
    }
    this.#downstream.next(value);
  }

  protected override _error(error: unknown): void {
    this.#over({ phase: 'failed', error });
    this.#downstream.error(error);
    this.unsubscribe();
  }

  protected override _complete(): void {
    this.#over({ phase: 'done' });
    this.#downstream.complete();
    this.unsubscribe();
  }

  override unsubscribe(): void {
    if (!this.closed) {
      super.unsubscribe();
      this.#over({ phase: 'cancelled' });
      this.stack.host.ended(this as unknown as Call<never>);
    }
  }

  #attempts(delivered: readonly T[]): Observable<T> {
    return new Observable<T>((destination) => {
      this.attempt += 1;
      new Approach(this, destination, this.sourceOf(this.#attempt(delivered))).look();
    });
  }

  #attempt(delivered: readonly T[]): Attempt {
    const { limiter, clock } = this.stack;
    return {
      number: this.attempt,
      delivered,
      ...(this.#error === undefined ? {} : { error: this.#error }),
      sync: (headers) => limiter?.sync?.(rateLimitOf(headers, clock.scheduler.now())),
    };
  }

  #settings(retry: Settings<T>): Settings<T> {
    const { afterValues, isContent } = this.options;
    const onward =
      afterValues === 'continue'
        ? ({ values }: { readonly values: readonly T[] }) => this.#attempts(values)
        : (afterValues ?? retry.afterValues);
    return {
      ...retry,
      afterValues: onward,
      isContent: isContent ?? retry.isContent,
      onRetry: (context) => {
        this.#retries(context);
        retry.onRetry?.(context);
      },
    };
  }

  #retries({ attempt, delay, error }: RetryContext): void {
    const { host, clock } = this.stack;
    this.#error = error;
    host.tell?.({ type: 'retry', attempt, delay, error }, this.number);
    if (delay > 0) {
      const until = clock.scheduler.now() + delay;
      this.#report({ phase: 'waiting', for: 'retry', attempt: this.attempt, until, error });
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

  /** Ends the call from outside: what runs is stopped first, then downstream hears of it. */
  #cut(error: unknown): void {
    this.#over({ phase: 'failed', error });
    this.unsubscribe();
    this.#downstream.error(error);
  }
}
