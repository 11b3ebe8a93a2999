import { from, type Observable, type ObservableInput, type Observer } from 'rxjs';
import { noGuards } from '../guard/chain';
import type { Try } from '../guard/try';
import type { ErrorClass, Usage } from '../provider';
import type { Outlook } from '../retry/retries';
import type { AfterValues, RetryContext } from '../retry/retry-backoff-config';
import type { Settings } from '../retry/retry-settings';
import type { Retried } from '../retry/retrying';
import { CallAttempt, type CallOfAttempt } from './call-attempt';
import type { CallContext } from './call-context';
import type { CallReading } from './call-reading';
import type { AttemptWants, CallSettings } from './call-settings';
import type { Attempt } from './open';
import type { AttemptsRace } from './racing-attempt';
import { ValidatedTry, type Validating } from './validated';

/** A call as the maker of its attempts knows it. */
export interface AttemptedCall extends CallOfAttempt, Validating {
  /** An attempt begins. */
  begins(attempt: number): void;
  /** Another attempt will follow. */
  retries(retry: RetryContext): void;
}

const nobody: readonly never[] = Object.freeze([]);

/** Makes the attempts of a call, one after the other. */
export class CallAttempts<T> implements Retried<T>, Outlook {
  /** How many there have been. */
  count = 0;
  /** Which of them the call shows: of several that race the first, until another one has won. */
  shown = 0;
  /** What made the last one fail. */
  lastError: unknown = undefined;
  private current: CallAttempt<T> | undefined = undefined;
  /** Those of a try that is hedged. */
  private racing: readonly CallAttempt<T>[] = nobody;

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
    return (
      this.current?.isSettling === true || (this.racing !== nobody && this.racing.some((attempt) => attempt.isSettling)) // a call of `some` takes 15 ns
    );
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
    const { chain } = this.context.guards;
    return this.current !== undefined && chain.refuses(this.current, delay);
  }

  get waits(): boolean {
    return this.context.guards.chain.makesWait;
  }

  get isFree(): boolean {
    return this.current !== undefined && !this.current.wasProbe && !this.current.hasContent;
  }

  begin(downstream: Observer<T>, delivered: readonly T[]): Try {
    const to = this.lookedAt(downstream);
    return looking(to, this.tried(to, delivered));
  }

  /** Subscribes what `afterValues` returned. It passes no guards, but counts as an attempt. */
  goOn(downstream: Observer<T>, next: () => ObservableInput<T>): Try {
    this.begins();
    const wants = { ...this.current!.wants, timeout: undefined };
    const reading = this.readingOf(wants);
    const to = this.lookedAt(downstream);
    this.current = new CallAttempt(this.call, this.count, to, noGuards, wants, reading, from(next()));
    return looking(to, this.current);
  }

  retries(retry: RetryContext): void {
    this.lastError = retry.error;
    this.call.retries(retry);
  }

  /** Where the values of a try go: to `validate` first, if the call has one. */
  private lookedAt(downstream: Observer<T>): Observer<T> {
    const { validate } = this.settings.options;
    return validate === undefined ? downstream : new ValidatedTry<T>(downstream, validate, this.call);
  }

  /** One attempt, or several that race. */
  private tried(downstream: Observer<T>, delivered: readonly T[]): Try {
    const { hedge } = this.context;
    if (hedge === undefined) {
      this.begins();
      this.current = this.made(downstream, delivered);
      return this.current;
    }
    return hedge.race<T>(
      {
        racer: (n, racer, race) => this.racer(n, racer, delivered, race),
        classOf: (error, failed) => this.classOf(error, failed),
        hedges: ({ after }) => this.call.journal?.hedged(this.count + 1, after),
        won: (winner) => {
          this.current = winner as CallAttempt<T>;
          this.shown = this.current.number;
        },
      },
      downstream,
    );
  }

  private classOf(error: unknown, failed: Try): ErrorClass {
    const { readers } = this.context;
    return readers.classOf(failed.readOnce(error, readers.read));
  }

  private racer(n: number, downstream: Observer<T>, delivered: readonly T[], race: AttemptsRace): CallAttempt<T> {
    if (n === 0) {
      this.racing = nobody;
      this.begins();
    } else {
      this.count += 1;
    }
    const attempt = this.made(downstream, delivered, { race, isHedge: n > 0 });
    this.racing = [...this.racing, attempt];
    if (n === 0) {
      this.current = attempt;
    }
    return attempt;
  }

  private begins(): void {
    this.count += 1;
    this.shown = this.count;
    this.call.begins(this.count);
  }

  private made(
    downstream: Observer<T>,
    delivered: readonly T[],
    racing?: { readonly race: AttemptsRace; readonly isHedge: boolean },
  ): CallAttempt<T> {
    const { call, count, settings, context, source } = this;
    const wants = settings.wants(count, delivered);
    const opened = typeof source === 'function' ? source(this.opening(delivered)) : source;
    const { chain } = context.guards;
    const reading = this.readingOf(wants);
    return racing === undefined
      ? new CallAttempt(call, count, downstream, chain, wants, reading, opened)
      : context.hedge!.attempt(racing.race, racing.isHedge, call, count, downstream, chain, wants, reading, opened);
  }

  private readingOf(wants: AttemptWants): CallReading<T> {
    const { guards, registry } = this.context;
    return this.settings.reading(guards, registry !== undefined, wants);
  }

  private get retry(): Settings<T> {
    return this.context.retry as unknown as Settings<T>;
  }

  private opening(delivered: readonly T[]): Attempt {
    const { guards, clock, readers } = this.context;
    const sync = (headers: unknown) => {
      const info = readers.limitsOf(readers.read(headers), clock.scheduler.now());
      if (Object.keys(info).length > 0) {
        guards.sync(info);
      }
    };
    const opening = { number: this.count, delivered, sync };
    return this.lastError === undefined ? opening : { ...opening, error: this.lastError };
  }
}

/** The try whose values go there. */
function looking<T>(to: Observer<T>, made: Try): Try {
  return to instanceof ValidatedTry ? to.of(made) : made;
}
