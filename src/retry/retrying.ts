import type { ObservableInput, Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Try } from '../guard/try';
import { checkAmount } from '../internal/options';
import type { Sleeper } from '../internal/time/shared-timers';
import { classOf, type ErrorReading, hintOf, isRetryableClass, readError } from '../provider';
import { atLeast, backoffOf, jittered } from './backoff';
import { HeldBack, type Recipient } from './held-back';
import type { AfterValues, RetryContext } from './retry-backoff-config';
import type { Settings } from './retry-settings';

/** What is retried. */
export interface Retried<T> {
  /** `continue` begins an attempt that goes on after what was delivered. */
  readonly afterValues: AfterValues<T> | 'continue';
  readonly isContent: ((value: T) => boolean) | undefined;
  /** An attempt that goes on after what was `delivered`: nothing, if it starts over. */
  begin(downstream: Observer<T>, delivered: readonly T[]): Try;
  /** An attempt at what a function of the user's returns. What that throws is the error of the call. */
  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try;
  /** Hears of a retry before `onRetry` does. */
  retries?(retry: RetryContext): void;
}

const nothing: readonly never[] = Object.freeze([]);

/** One call that is retried: the loop over its attempts, of which it receives what they deliver. */
export class Retrying<T> implements Recipient<T>, Sleeper, Unsubscribable {
  /** Content was delivered as soon as anything was. */
  private emitted = 0;
  private retries = 0;
  private previousBackoff: number;
  private readonly startedAt: number;
  private attempt: Try | undefined = undefined;
  private wait: Unsubscribable | undefined = undefined;
  /** The retry that is waited for, kept only for a function that wants to see it. */
  private retry: RetryContext | undefined = undefined;
  /** What was delivered, kept only where an attempt may go on after it. */
  private readonly values: T[] | undefined;
  private hasStopped = false;
  /** Set while `start` of an attempt has not returned yet. */
  private isStarting = false;
  private failedSynchronously: { readonly error: unknown } | undefined = undefined;

  constructor(
    private readonly retried: Retried<T>,
    private readonly downstream: Pick<Subscriber<T>, 'next' | 'error' | 'complete' | 'closed'>,
    private readonly settings: Settings<T>,
  ) {
    const { afterValues } = retried;
    this.startedAt = settings.isTimed ? settings.clock.now() : 0;
    this.previousBackoff = settings.baseDelay;
    this.values = afterValues === 'error' || afterValues === 'restart' ? undefined : [];
  }

  start(): void {
    if (!this.isStopped) {
      this.settings.retryBudget?.attempt();
      this.run(this.nextAttempt(undefined));
    }
  }

  /** Ends what runs and what waits; downstream is told nothing. */
  unsubscribe(): void {
    this.hasStopped = true;
    this.wait?.unsubscribe();
    this.attempt?.unsubscribe();
  }

  get isStopped(): boolean {
    return this.hasStopped || this.downstream.closed;
  }

  next(value: T): void {
    this.emitted += 1;
    this.values?.push(value);
    this.downstream.next(value);
  }

  complete(): void {
    this.downstream.complete();
  }

  error(error: unknown): void {
    try {
      this.attempt?.unsubscribe(); // a failed attempt is torn down before the next begins
    } finally {
      if (this.isStarting) {
        this.failedSynchronously = { error };
      } else {
        this.run(this.attemptAfter(error));
      }
    }
  }

  abort(thrown: unknown): void {
    try {
      this.attempt?.unsubscribe();
    } finally {
      this.downstream.error(thrown);
    }
  }

  /** The wait of an attempt is over: it goes on in the loop. */
  resume(attempt: Try): void {
    this.run(attempt);
  }

  /** The time of the next attempt has come. */
  wake(): void {
    this.wait = undefined;
    try {
      this.run(this.nextAttempt(this.retry));
    } catch (thrown) {
      this.downstream.error(thrown);
    }
  }

  /**
   * Starts an attempt, and the next one while they fail synchronously and need not wait: in a loop, because a recursion
   * would end in a stack overflow after some thousands.
   */
  private run(first: Try | undefined): void {
    let next = first;
    while (next !== undefined && !this.isStopped) {
      this.attempt = next;
      this.isStarting = true;
      try {
        next.start();
      } finally {
        this.isStarting = false;
      }
      // Only now has the teardown of a source that failed synchronously run.
      const failure = this.failedSynchronously as { readonly error: unknown } | undefined;
      this.failedSynchronously = undefined;
      next = failure && this.attemptAfter(failure.error);
    }
  }

  /** The attempt that begins now; undefined if the error was passed on, or the next attempt waits for its time. */
  private attemptAfter(error: unknown): Try | undefined {
    if (this.isStopped) {
      return undefined;
    }
    try {
      const retry = this.retryFor(error);
      if (retry === undefined || this.isStopped) {
        this.downstream.error(error);
        return undefined;
      }
      this.retries += 1;
      this.retried.retries?.(retry);
      if (this.isStopped) {
        return undefined;
      }
      this.settings.onRetry?.(retry);
      if (this.isStopped) {
        return undefined;
      }
      if (retry.delay === 0) {
        return this.nextAttempt(retry);
      }
      this.waitFor(retry);
    } catch (thrown) {
      this.downstream.error(thrown);
    }
    return undefined;
  }

  /** Nothing is held meanwhile that is not needed: in an outage many wait. */
  private waitFor(retry: RetryContext): void {
    this.attempt = undefined;
    this.retry = this.values && retry;
    this.wait = this.settings.timers.after(retry.delay, this);
  }

  /** The retry that is due after an error; undefined if there is none. */
  private retryFor(error: unknown): RetryContext | undefined {
    const { maxRetries, retryIf, maxElapsed, retryBudget, clock, isTimed } = this.settings;
    const mayRepeat = this.emitted === 0 || this.retried.afterValues !== 'error';
    if (this.retries >= maxRetries || !mayRepeat) {
      return undefined;
    }
    const reading = readError(error);
    const delay = retryIf || isRetryableClass(classOf(reading)) ? this.delayAfter(error, reading) : undefined;
    if (delay === undefined) {
      return undefined;
    }
    const attempt = this.retries + 1;
    const elapsed = isTimed ? clock.now() - this.startedAt : 0;
    const retry = { attempt, retriesLeft: maxRetries - attempt, error, delay, elapsed, emitted: this.emitted };
    const isWorthIt = (retryIf === undefined || retryIf(error, retry)) && elapsed + delay <= maxElapsed;
    return isWorthIt && (retryBudget === undefined || retryBudget.tryRetry()) ? retry : undefined;
  }

  /** Whole ms to wait; undefined if the server asks for more than is allowed. */
  private delayAfter(error: unknown, reading: ErrorReading): number | undefined {
    const { retryAfter, maxRetryAfter, onLongRetryAfter, random, jitter, clock } = this.settings;
    const hint = retryAfter ? retryAfter(error) : hintOf(reading, clock.now() + clock.toWall);
    if (hint !== undefined) {
      checkAmount('retryBackoff', 'retryAfter', hint);
      if (hint > maxRetryAfter && onLongRetryAfter === 'error') {
        return undefined;
      }
    }
    const heeded = hint !== undefined && onLongRetryAfter === 'clamp' ? Math.min(hint, maxRetryAfter) : hint;
    const backoff = checkAmount('retryBackoff', 'backoff', backoffOf(this.retries + 1, this.settings));
    this.previousBackoff = jittered(backoff, random, this.previousBackoff, this.settings);
    checkAmount('retryBackoff', 'jitter', this.previousBackoff);
    return Math.ceil(atLeast(heeded, this.previousBackoff, random, jitter));
  }

  /** The attempt that begins now. */
  private nextAttempt(retry: RetryContext | undefined): Try {
    const { isContent, afterValues } = this.retried;
    const downstream = isContent === undefined ? this : new HeldBack(this, isContent);
    if (retry === undefined || this.values === undefined || this.emitted === 0) {
      return this.retried.begin(downstream, nothing);
    }
    const values = [...this.values];
    return typeof afterValues === 'function'
      ? this.retried.goOn(downstream, () => afterValues({ ...retry, values }))
      : this.retried.begin(downstream, values);
  }
}
