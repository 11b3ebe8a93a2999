import type { ObservableInput, Observer, Subscriber, Unsubscribable } from 'rxjs';
import type { Try } from '../guard/try';
import type { Sleeper } from '../internal/time/shared-timers';
import { HeldBack, type Recipient } from './held-back';
import { type Outlook, Retries } from './retries';
import type { AfterValues, RetryContext } from './retry-backoff-config';
import type { Settings } from './retry-settings';

/** What is retried. */
export interface Retried<T> {
  /** `continue` begins an attempt that goes on after what was delivered. */
  readonly afterValues: AfterValues<T> | 'continue';
  /** So many values are held back before content. */
  readonly maxHeldBack: number;
  /** An attempt that goes on after what was `delivered`: nothing, if it starts over. */
  begin(downstream: Observer<T>, delivered: readonly T[]): Try;
  /** An attempt at what a function of the user's returns: only where `afterValues` is one. What that throws is the error of the call. */
  goOn?(downstream: Observer<T>, next: () => ObservableInput<T>): Try;
  /** Hears of a retry before `onRetry` does. */
  retries?(retry: RetryContext): void;
  /** What the next attempt will find at its guards. Asked when the last one has settled. */
  readonly outlook?: Outlook | undefined;
}

const nothing: readonly never[] = Object.freeze([]);

/** One call that is retried: the loop over its attempts, of which it receives what they deliver. */
export class Retrying<T> implements Observer<T>, Recipient<T>, Sleeper, Unsubscribable {
  private emitted = 0;
  /** Whether content was delivered, or so much else that it counts as content. */
  private hasDelivered = false;
  /** When the first content of the attempt of now was delivered; kept only where somebody wants to know. */
  private contentAt: number | undefined = undefined;
  /** Made for the first failure, unless it takes the time. */
  private retries: Retries | undefined;
  private attempt: Try | undefined = undefined;
  /** What is held back of the attempt of now; made for its first value that is no content. */
  private held: HeldBack<T> | undefined = undefined;
  /** Whether values of the attempt of now pass at once. */
  private isPassing = false;
  private wait: Unsubscribable | undefined = undefined;
  /** The retry that is waited for, kept only for a function that wants to see it. */
  private retry: RetryContext | undefined = undefined;
  /** What was delivered, kept only where an attempt may go on after it. */
  private readonly values: T[] | undefined;
  private hasStopped = false;
  /** It was ended from outside: nothing is tried again. */
  private isCut = false;
  /** Set while `start` of an attempt has not returned yet. */
  private isStarting = false;
  private failedSynchronously: { readonly error: unknown } | undefined = undefined;

  constructor(
    private readonly retried: Retried<T>,
    private readonly downstream: Pick<Subscriber<T>, 'next' | 'error' | 'complete' | 'closed'>,
    private readonly settings: Settings<T>,
  ) {
    const { afterValues } = retried;
    this.retries = settings.isTimed ? new Retries(settings) : undefined;
    this.values = afterValues === 'error' || afterValues === 'restart' ? undefined : [];
  }

  /** What `begin` throws for the first attempt is thrown: to catch it here would cost every call 25 ns. */
  start(): void {
    if (!this.isStopped) {
      this.settings.retryBudget?.attempt();
      this.run(this.retried.begin(this, nothing));
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

  /** Ends what runs as if its source had failed; what waits ends with that error. */
  cut(error: unknown): void {
    if (this.attempt === undefined) {
      this.unsubscribe();
      this.downstream.error(error);
    } else {
      this.isCut = true;
      this.attempt.fail(error);
    }
  }

  next(value: T): void {
    if (this.isPassing) {
      this.deliver(value);
    } else if (this.held === undefined && this.attempt?.isContent !== false) {
      this.isPassing = true;
      this.deliver(value);
    } else {
      this.holdBack(value);
    }
  }

  private holdBack(value: T): void {
    const { maxHeldBack } = this.retried;
    if (maxHeldBack === 0) {
      this.pass(value);
    } else {
      this.held ??= new HeldBack(this, maxHeldBack);
      const { held } = this;
      held.next(value, this.attempt?.isContent !== false);
      this.isPassing ||= held === this.held && held.isOver; // another attempt may have begun within downstream's next
    }
  }

  deliver(value: T): void {
    this.hasDelivered = true;
    if (this.settings.resetAfter !== undefined) {
      this.contentAt ??= this.settings.clock.now();
    }
    this.pass(value);
  }

  private pass(value: T): void {
    this.emitted += 1;
    this.values?.push(value);
    this.downstream.next(value);
  }

  complete(): void {
    this.held?.flush();
    this.downstream.complete();
  }

  error(error: unknown): void {
    const { held } = this;
    if (held?.hasContent) {
      held.flush(); // its turn had come when the attempt failed
    }
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

  /** The wait of the attempt of now is over: it goes on in the loop. */
  resume(): void {
    this.run(this.attempt);
  }

  /** The time of the next attempt has come. */
  wake(): void {
    this.wait = undefined;
    let next: Try;
    try {
      next = this.nextAttempt(this.retry);
    } catch (thrown) {
      this.downstream.error(thrown); // a callback of the user's
      return;
    }
    this.run(next);
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
      this.retried.retries?.(retry);
      if (!this.isStopped) {
        this.settings.onRetry?.(retry);
      }
      if (!this.isStopped) {
        return retry.delay === 0 ? this.nextAttempt(retry) : this.waitFor(retry);
      }
    } catch (thrown) {
      this.downstream.error(thrown);
    }
    return undefined;
  }

  /** Nothing is held meanwhile that is not needed: in an outage many wait. */
  private waitFor(retry: RetryContext): undefined {
    this.attempt = undefined;
    this.retry = this.values && retry;
    this.wait = this.settings.timers.after(retry.delay, this);
  }

  /** The retry that is due after an error; undefined if there is none. */
  private retryFor(error: unknown): RetryContext | undefined {
    const { attempt } = this;
    const { resetAfter, clock } = this.settings;
    if (resetAfter !== undefined && this.contentAt !== undefined && clock.now() - this.contentAt >= resetAfter) {
      this.retries?.reset();
    }
    if (this.isCut || attempt?.isBroken || (this.hasDelivered && this.retried.afterValues === 'error')) {
      return undefined;
    }
    this.retries ??= new Retries(this.settings);
    const { read } = this.settings.readers;
    return this.retries.after(error, () => attempt!.readOnce(error, read), this.emitted, this.retried.outlook);
  }

  /** The attempt that begins now. */
  private nextAttempt(retry: RetryContext | undefined): Try {
    const { afterValues } = this.retried;
    this.held = undefined;
    this.isPassing = false;
    this.contentAt = undefined;
    if (retry === undefined || this.values === undefined || !this.hasDelivered) {
      return this.retried.begin(this, nothing);
    }
    const values = [...this.values];
    return typeof afterValues === 'function'
      ? this.retried.goOn!(this, () => afterValues({ ...retry, values }))
      : this.retried.begin(this, values);
  }
}
