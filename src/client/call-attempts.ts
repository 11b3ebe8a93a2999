import { from, type Observable, type ObservableInput, type Observer } from 'rxjs';
import { type Chain, noGuards } from '../guard/chain';
import type { Try } from '../guard/try';
import { rateLimitOf, type Usage } from '../provider';
import type { Outlook } from '../retry/retries';
import type { AfterValues, RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import type { Retried } from '../retry/retrying';
import { CallAttempt, type CallOfAttempt } from './call-attempt';
import type { CallContext } from './call-context';
import type { AttemptWants, CallSettings } from './call-settings';
import type { Attempt } from './open';
import { ValidatedTry, type Validating } from './validated';

/** A call as the maker of its attempts knows it. */
export interface AttemptedCall extends CallOfAttempt, Validating {
  /** An attempt begins. */
  begins(attempt: number): void;
  /** Another attempt will follow. */
  retries(retry: RetryContext): void;
}

/** Makes the attempts of a call, one after the other. */
export class CallAttempts<T> implements Retried<T>, Outlook {
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

  get maxHeldBack(): number {
    return this.context.isRetried ? this.retry.maxHeldBack : 0;
  }

  get afterValues(): AfterValues<T> | 'continue' {
    return this.context.isRetried ? (this.settings.options.afterValues ?? this.retry.afterValues) : 'error';
  }

  /** Whether a listener has been called in the middle of a settlement. */
  get isSettling(): boolean {
    return this.current?.isSettling === true;
  }

  /** Whether the attempt of now has delivered content. */
  get hasContent(): boolean {
    return this.current?.hasContent === true;
  }

  /** What the last attempt reported of its cost. */
  get usage(): Usage | undefined {
    return this.current?.reading.usage;
  }

  get outlook(): Outlook | undefined {
    return this.context.isRetried ? this : undefined;
  }

  refuses(delay: number): boolean {
    const { guards } = this.context;
    return this.current !== undefined && guards.refuses(delay, this.current.wants);
  }

  get waits(): boolean {
    return this.context.guards.makesWait;
  }

  get isFree(): boolean {
    return this.current !== undefined && !this.current.wasProbe && !this.current.hasContent;
  }

  begin(downstream: Observer<T>, delivered: readonly T[]): Try {
    const { guards } = this.context;
    const { settings } = this;
    this.count += 1;
    this.call.begins(this.count);
    const wants = settings.wants({ number: this.count, delivered });
    const source = typeof this.source === 'function' ? this.source(this.opening(delivered)) : this.source;
    return this.attempt(downstream, guards.chainFor(settings.isTimed), wants, source);
  }

  /** Subscribes what `afterValues` returned. It passes no guards, but counts as an attempt. */
  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try {
    this.count += 1;
    this.call.begins(this.count);
    this.call.connects(this.count);
    return this.attempt(downstream, noGuards, this.current!.wants, from(next()));
  }

  retries(retry: RetryContext): void {
    this.lastError = retry.error;
    this.call.retries(retry);
  }

  private attempt(downstream: Observer<T>, chain: Chain, wants: AttemptWants, source: Observable<T>): Try {
    const { validate } = this.settings.options;
    const reading = this.settings.reading(this.context, wants);
    const validated = validate && new ValidatedTry<T>(downstream, validate, this.call);
    this.current = new CallAttempt(this.call, this.count, validated ?? downstream, chain, wants, reading, source);
    return validated === undefined ? this.current : validated.of(this.current);
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
