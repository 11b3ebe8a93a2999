import { from, type ObservableInput, type Subscriber, type Unsubscribable } from 'rxjs';
import { GuardedSubscriber } from '../internal/operate';
import { checkAmount } from '../internal/options';
import type { Sleeper } from '../internal/time/shared-timers';
import { isRetryable, retryAfterOf } from '../provider';
import { atLeast, backoffOf, jittered } from './backoff';
import { HeldBack, type Recipient } from './held-back';
import type { AfterValues, RetryContext, Settings } from './retry-backoff';

/** What an attempt can be made of: an Observable, or whoever sees to it that the attempt is subscribed to one. */
export interface Source<T> {
  subscribe(attempt: GuardedSubscriber<T>): unknown;
}

/** How one call differs from what its settings say. */
export interface CallsOwn<T> {
  readonly afterValues: AfterValues<T> | ((retry: RetryContext & { readonly values: readonly T[] }) => Source<T>);
  readonly isContent: ((value: T) => boolean) | undefined;
  /** Hears of a retry before `onRetry` does. */
  retries(retry: RetryContext): void;
}

/** Whoever receives what a retried source delivers. */
export type Downstream<T> = Pick<Subscriber<T>, 'next' | 'error' | 'complete' | 'closed'>;

/** One subscription to a source that is retried: the loop over its attempts, of which it receives what they deliver. */
export class Retrying<T> implements Recipient<T>, Sleeper, Unsubscribable {
  /** Content was delivered as soon as anything was. */
  #emitted = 0;
  #retries = 0;
  #previousBackoff: number;
  readonly #startedAt: number;
  #attempt: GuardedSubscriber<T> | undefined;
  #wait: Unsubscribable | undefined;
  /** The retry that is waited for, kept only for a function that wants to see it. */
  #retry: RetryContext | undefined;
  /** What was delivered, kept only for a function that wants to see it. */
  readonly #values: T[] | undefined;
  #isStopped = false;
  /** Set while `subscribe` of an attempt has not returned yet. */
  #isSubscribing = false;
  #failedSynchronously: { readonly error: unknown } | undefined;

  constructor(
    private readonly source: Source<T>,
    private readonly downstream: Downstream<T>,
    private readonly settings: Settings<T>,
    private readonly own?: CallsOwn<T>,
  ) {
    this.#startedAt = settings.isTimed ? settings.clock.now() : 0;
    this.#previousBackoff = settings.baseDelay;
    this.#values = typeof this.#afterValues === 'function' ? [] : undefined;
  }

  start(): void {
    if (!this.isStopped) {
      this.settings.retryBudget?.attempt();
      this.#run(this.source);
    }
  }

  /** Ends what runs and what waits; downstream is told nothing. */
  unsubscribe(): void {
    this.#isStopped = true;
    this.#wait?.unsubscribe();
    this.#attempt?.unsubscribe();
  }

  get isStopped(): boolean {
    return this.#isStopped || this.downstream.closed;
  }

  next(value: T): void {
    this.#emitted += 1;
    this.#values?.push(value);
    this.downstream.next(value);
  }

  complete(): void {
    this.downstream.complete();
  }

  error(error: unknown): void {
    try {
      this.#attempt?.unsubscribe(); // a failed attempt is torn down before the next begins
    } finally {
      this.#failed(error);
    }
  }

  abort(thrown: unknown): void {
    try {
      this.#attempt?.unsubscribe();
    } finally {
      this.downstream.error(thrown);
    }
  }

  /** Subscribes an attempt that had to wait to its source. */
  connect(source: Source<T>, attempt: GuardedSubscriber<T>): void {
    if (this.#isSubscribing) {
      source.subscribe(attempt);
    } else {
      this.#run(this.#afterSubscribing(source, attempt));
    }
  }

  /** The time of the next attempt has come. */
  wake(): void {
    this.#wait = undefined;
    try {
      this.#run(this.#sourceAfter(this.#retry));
    } catch (thrown) {
      this.downstream.error(thrown);
    }
  }

  get #isContent(): ((value: T) => boolean) | undefined {
    return this.own === undefined ? this.settings.isContent : this.own.isContent;
  }

  get #afterValues(): CallsOwn<T>['afterValues'] {
    return this.own === undefined ? this.settings.afterValues : this.own.afterValues;
  }

  /**
   * Subscribes, and again while attempts fail synchronously and need not wait: in a loop, for a recursion would end in
   * a stack overflow after some thousands.
   */
  #run(first: Source<T> | undefined): void {
    let next = first;
    while (next !== undefined && !this.isStopped) {
      const isContent = this.#isContent;
      const recipient = isContent === undefined ? this : new HeldBack(this, isContent);
      this.#attempt = new GuardedSubscriber(recipient);
      next = this.#afterSubscribing(next, this.#attempt);
    }
  }

  /** Subscribes; what to subscribe to then, if that failed synchronously and the next attempt need not wait. */
  #afterSubscribing(source: Source<T>, attempt: GuardedSubscriber<T>): Source<T> | undefined {
    this.#isSubscribing = true;
    source.subscribe(attempt);
    this.#isSubscribing = false;
    // Only now has the teardown of a source that failed synchronously run.
    const failure = this.#failedSynchronously as { readonly error: unknown } | undefined;
    this.#failedSynchronously = undefined;
    return failure && this.#nextAfter(failure.error);
  }

  #failed(error: unknown): void {
    if (this.#isSubscribing) {
      this.#failedSynchronously = { error };
    } else {
      this.#run(this.#nextAfter(error));
    }
  }

  /** What to subscribe to now; undefined if the error was passed on, or the next attempt waits for its time. */
  #nextAfter(error: unknown): Source<T> | undefined {
    if (this.isStopped) {
      return undefined;
    }
    try {
      const retry = this.#retryFor(error);
      if (retry === undefined || this.isStopped) {
        this.downstream.error(error);
        return undefined;
      }
      this.#retries += 1;
      this.own?.retries(retry);
      this.settings.onRetry?.(retry);
      if (this.isStopped) {
        return undefined;
      }
      if (retry.delay === 0) {
        return this.#sourceAfter(retry);
      }
      this.#waitFor(retry);
    } catch (thrown) {
      this.downstream.error(thrown);
    }
    return undefined;
  }

  /** Nothing is held meanwhile that is not needed: in an outage many wait. */
  #waitFor(retry: RetryContext): void {
    this.#attempt = undefined;
    this.#retry = this.#values && retry;
    this.#wait = this.settings.timers.after(retry.delay, this);
  }

  /** The retry that is due after an error; undefined if there is none. */
  #retryFor(error: unknown): RetryContext | undefined {
    const { maxRetries, retryIf, maxElapsed, retryBudget, clock, isTimed } = this.settings;
    const mayRepeat = this.#emitted === 0 || this.#afterValues !== 'error';
    if (this.#retries >= maxRetries || !mayRepeat || !(retryIf || isRetryable(error))) {
      return undefined;
    }
    const delay = this.#delayAfter(error);
    if (delay === undefined) {
      return undefined;
    }
    const attempt = this.#retries + 1;
    const elapsed = isTimed ? clock.now() - this.#startedAt : 0;
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

  #sourceAfter(retry: RetryContext | undefined): Source<T> {
    const afterValues = this.#afterValues;
    if (!retry || !this.#values || this.#emitted === 0 || typeof afterValues !== 'function') {
      return this.source;
    }
    const next = afterValues({ ...retry, values: [...this.#values] });
    return this.own === undefined ? from(next as ObservableInput<T>) : (next as Source<T>);
  }
}
