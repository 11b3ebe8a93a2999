import { from, type Observable, type ObservableInput, type Observer } from 'rxjs';
import { type Chain, noGuards } from '../guard/chain';
import type { Reading } from '../guard/guard';
import type { Try } from '../guard/try';
import { rateLimitOf } from '../provider';
import type { AfterValues, RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import type { Retried } from '../retry/retrying';
import { CallAttempt, type CallOfAttempt } from './call-attempt';
import type { CallContext } from './call-context';
import type { CallSettings } from './call-settings';
import type { Attempt } from './open';

/** A call as the maker of its attempts knows it. */
export interface AttemptedCall extends CallOfAttempt {
  /** An attempt begins. */
  begins(): void;
  /** Another attempt will follow. */
  retries(retry: RetryContext): void;
}

/** Makes the attempts of a call, one after the other. */
export class CallAttempts<T> implements Retried<T> {
  /** How many there have been. */
  count = 0;
  /** What made the last one fail. */
  lastError: unknown = undefined;
  private current: CallAttempt<T> | undefined = undefined;

  constructor(
    private readonly call: AttemptedCall,
    private readonly context: CallContext,
    private readonly settings: CallSettings<T>,
    /** What is guarded, or what opens it for an attempt. */
    private readonly source: Observable<T> | ((attempt: Attempt) => Observable<T>),
  ) {}

  get isContent(): ((value: T) => boolean) | undefined {
    return this.context.isRetried ? (this.settings.options.isContent ?? this.retry.isContent) : undefined;
  }

  get afterValues(): AfterValues<T> | 'continue' {
    return this.context.isRetried ? (this.settings.options.afterValues ?? this.retry.afterValues) : 'error';
  }

  /** Whether a listener has been called in the middle of a settlement. */
  get isSettling(): boolean {
    return this.current?.isSettling === true;
  }

  begin(downstream: Observer<T>, delivered: readonly T[]): Try {
    const { guards } = this.context;
    const { settings } = this;
    this.count += 1;
    this.call.begins();
    const source = typeof this.source === 'function' ? this.source(this.opening(delivered)) : this.source;
    const chain = guards.chainFor(settings.isTimed);
    return this.attempt(downstream, chain, settings.reading(guards), source);
  }

  /** Subscribes what `afterValues` returned. It passes no guards, but counts as an attempt. */
  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try {
    this.count += 1;
    this.call.connects(this.count);
    return this.attempt(downstream, noGuards, undefined, from(next()));
  }

  retries(retry: RetryContext): void {
    this.lastError = retry.error;
    this.call.retries(retry);
  }

  private attempt(downstream: Observer<T>, chain: Chain, reading: Reading<T> | undefined, source: Observable<T>): Try {
    this.current = new CallAttempt(this.call, this.count, downstream, chain, this.settings, reading, source);
    return this.current;
  }

  private get retry(): Settings<T> {
    return this.context.retry as unknown as Settings<T>;
  }

  private opening(delivered: readonly T[]): Attempt {
    const { guards, clock } = this.context;
    return {
      number: this.count,
      delivered,
      ...(this.lastError === undefined ? {} : { error: this.lastError }),
      sync: (headers) => {
        const info = rateLimitOf(headers, clock.scheduler.now());
        if (Object.keys(info).length > 0) {
          guards.sync(info);
        }
      },
    };
  }
}
