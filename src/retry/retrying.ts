import { from, type Observable, type Subscriber, type Subscription } from 'rxjs';
import { checkAmount } from '../internal/options';
import { isRetryable, retryAfterOf } from '../provider';
import { Attempt, type Run } from './attempt';
import { atLeast, backoffOf, jittered } from './backoff';
import type { RetryContext, Settings } from './retry-backoff';

/** One subscription to a source that is retried: the loop over its attempts. */
export class Retrying<T> implements Run<T> {
  readonly isContent: ((value: T) => boolean) | undefined;
  /** Content was delivered as soon as anything was. */
  #emitted = 0;
  #retries = 0;
  #previousBackoff: number;
  readonly #startedAt: number;
  #timer: Subscription | undefined;
  /** What was delivered, kept only for a function that wants to see it. */
  readonly #values: T[] | undefined;
  /** Set while `subscribe` of an attempt has not returned yet. */
  #isSubscribing = false;
  #failedSynchronously: { readonly error: unknown } | undefined;

  constructor(
    private readonly source: Observable<T>,
    readonly downstream: Subscriber<T>,
    private readonly settings: Settings<T>,
  ) {
    this.isContent = settings.isContent;
    this.#startedAt = settings.clock.now();
    this.#previousBackoff = settings.baseDelay;
    this.#values = typeof settings.afterValues === 'function' ? [] : undefined;
  }

  start(): void {
    this.settings.retryBudget?.attempt();
    this.#attempt(this.source);
  }

  deliver(value: T): void {
    this.#emitted += 1;
    this.#values?.push(value);
    this.downstream.next(value);
  }

  /** To be called by an attempt that failed. */
  failed(error: unknown): void {
    if (this.#isSubscribing) {
      this.#failedSynchronously = { error };
      return;
    }
    const next = this.#nextAfter(error);
    if (next !== undefined) {
      this.#attempt(next);
    }
  }

  /**
   * Subscribes, and again while attempts fail synchronously and need not wait: in a loop, for a recursion would end in
   * a stack overflow after some thousands.
   */
  #attempt(first: Observable<T>): void {
    let next: Observable<T> | undefined = first;
    while (next !== undefined && !this.downstream.closed) {
      this.#failedSynchronously = undefined;
      this.#isSubscribing = true;
      next.subscribe(new Attempt(this));
      this.#isSubscribing = false;
      // Only now has the teardown of a source that failed synchronously run.
      const failure = this.#failedSynchronously as { readonly error: unknown } | undefined;
      next = failure && this.#nextAfter(failure.error);
    }
  }

  /** What to subscribe to now; undefined if the error was passed on, or the next attempt waits for its time. */
  #nextAfter(error: unknown): Observable<T> | undefined {
    if (this.downstream.closed) {
      return undefined;
    }
    try {
      const retry = this.#retryFor(error);
      if (retry === undefined || this.downstream.closed) {
        this.downstream.error(error);
        return undefined;
      }
      this.#retries += 1;
      this.settings.onRetry?.(retry);
      if (this.downstream.closed) {
        return undefined;
      }
      if (retry.delay === 0) {
        return this.#sourceOf(retry);
      }
      this.#wait(retry);
    } catch (thrown) {
      this.downstream.error(thrown);
    }
    return undefined;
  }

  #wait(retry: RetryContext): void {
    if (this.#timer === undefined) {
      this.downstream.add(() => this.#timer?.unsubscribe());
    }
    this.#timer = this.settings.clock.after(retry.delay, () => {
      try {
        this.#attempt(this.#sourceOf(retry));
      } catch (thrown) {
        this.downstream.error(thrown);
      }
    });
  }

  /** The retry that is due after an error; undefined if there is none. */
  #retryFor(error: unknown): RetryContext | undefined {
    const { maxRetries, retryIf, afterValues, maxElapsed, retryBudget, clock } = this.settings;
    const mayRepeat = this.#emitted === 0 || afterValues !== 'error';
    if (this.#retries >= maxRetries || !mayRepeat || !(retryIf || isRetryable(error))) {
      return undefined;
    }
    const delay = this.#delayAfter(error);
    if (delay === undefined) {
      return undefined;
    }
    const attempt = this.#retries + 1;
    const elapsed = clock.now() - this.#startedAt;
    const retry = { attempt, retriesLeft: maxRetries - attempt, error, delay, elapsed, emitted: this.#emitted };
    const isWorthIt = (retryIf === undefined || retryIf(error, retry)) && elapsed + delay <= maxElapsed;
    return isWorthIt && (retryBudget === undefined || retryBudget.tryRetry()) ? retry : undefined;
  }

  /** Whole ms to wait; undefined if the server asks for more than is allowed. */
  #delayAfter(error: unknown): number | undefined {
    const { retryAfter, maxRetryAfter, onLongRetryAfter, random, jitter, clock } = this.settings;
    const hint = retryAfter ? retryAfter(error) : retryAfterOf(error, clock.now() + clock.toWall);
    if (hint !== undefined) {
      checkAmount('retryBackoff', 'retryAfter', hint);
      if (hint > maxRetryAfter && onLongRetryAfter === 'error') {
        return undefined;
      }
    }
    const heeded = hint !== undefined && onLongRetryAfter === 'clamp' ? Math.min(hint, maxRetryAfter) : hint;
    const backoff = checkAmount('retryBackoff', 'backoff', backoffOf(this.#retries + 1, this.settings));
    this.#previousBackoff = jittered(backoff, random, this.#previousBackoff, this.settings);
    checkAmount('retryBackoff', 'jitter', this.#previousBackoff);
    return Math.ceil(atLeast(heeded, this.#previousBackoff, random, jitter));
  }

  #sourceOf(retry: RetryContext): Observable<T> {
    const { afterValues } = this.settings;
    return this.#values !== undefined && this.#emitted > 0 && typeof afterValues === 'function'
      ? from(afterValues({ ...retry, values: [...this.#values] }))
      : this.source;
  }
}
