import { type Observable, type Observer, Subscriber } from 'rxjs';
import { reportUnhandled } from '../internal/unhandled';
import type { Ending, HoldEnding, Reading } from './guard';
import type { Try } from './try';

/**
 * Where an attempt is. `over`: nothing comes any more, what it held has ended. One field instead of three flags, because
 * each field costs a ns or two for every call.
 */
export type Phase = 'waiting' | 'walking' | 'connected' | 'over';

/**
 * One subscription to a source, whose values are read on their way. It passes no guards: those that do are a class of their
 * own, because every field costs something for each attempt, and most have no guards.
 *
 * A `Subscriber`, not an observer object: so a synchronous source sees at once that nothing more is wanted, and what a
 * callback throws goes down the error channel of this call.
 */
export class Attempt<T, R extends Reading<T> | undefined = Reading<T> | undefined>
  extends Subscriber<T>
  implements Try
{
  hasValue = false;
  hasContent = false;
  isContent = false;
  phase: Phase = 'waiting';
  /** A callback of the user's has thrown. Set only then: a field costs something for every call. */
  declare isBroken?: true;

  /** What its error says. Set only then, as `isBroken`. */
  declare private lastRead?: { readonly error: unknown; readonly reading: unknown };

  /** @param downstream Receives what comes. */
  constructor(
    protected readonly downstream: Observer<T>,
    readonly reading: R,
    protected readonly source: Observable<T>,
  ) {
    super();
  }

  readOnce<E>(error: unknown, read: (error: unknown) => E): E {
    if (this.lastRead === undefined || this.lastRead.error !== error) {
      this.lastRead = { error, reading: read(error) };
    }
    return this.lastRead.reading as E;
  }

  /** Subscribes the source. */
  start(): void {
    if (this.phase !== 'over') {
      this.phase = 'connected';
      try {
        this.source.subscribe(this);
      } catch (thrown) {
        this.failed(thrown); // a source that was unsubscribed, or whose teardown throws
      }
    }
  }

  /** Ends it from outside: the source is stopped first, then all guards hear of the error, then downstream. */
  cut(error: unknown): void {
    if (!this.closed && !this.isStopped) {
      try {
        super.unsubscribe();
      } finally {
        this.downstream.error(this.finish('error', error));
      }
    }
  }

  /** As if its source had failed; an answer that is whole completes. */
  fail(error: unknown): void {
    if (this.reading?.isWhole !== true) {
      this.cut(error);
    } else if (!this.closed && !this.isStopped) {
      try {
        super.unsubscribe();
      } finally {
        this.tellEnd(this.finish('complete', undefined));
      }
    }
  }

  override unsubscribe(): void {
    if (!this.closed) {
      try {
        super.unsubscribe();
      } finally {
        const thrown = this.finish('unsubscribe', undefined);
        if (thrown !== undefined) {
          reportUnhandled(thrown);
        }
      }
    }
  }

  protected override _next(value: T): void {
    if (this.takes(value)) {
      this.downstream.next(value);
    }
  }

  protected override _error(error: unknown): void {
    try {
      if (this.reading?.isWhole === true) {
        this.tellEnd(this.finish('complete', undefined));
      } else {
        this.downstream.error(this.finish('error', error));
      }
    } finally {
      super.unsubscribe(); // all holds have ended
    }
  }

  protected override _complete(): void {
    const missing = this.reading?.missing?.();
    try {
      this.tellEnd(missing === undefined ? this.finish('complete', undefined) : this.finish('error', missing));
    } finally {
      super.unsubscribe(); // all holds have ended
    }
  }

  private tellEnd(error: unknown): void {
    if (error === undefined) {
      this.downstream.complete();
    } else {
      this.downstream.error(error);
    }
  }

  /** Everything is over. Returns what downstream is told: the error, or what a callback of the user's threw instead. */
  protected finish(ending: Ending, error: unknown): unknown {
    const { phase } = this;
    if (phase === 'over') {
      return error;
    }
    this.phase = 'over';
    const told = this.settle(phase === 'connected' ? ending : 'release', error, ending === 'unsubscribe');
    if (told !== error) {
      this.isBroken = true;
    }
    return told;
  }

  /** Its first value has come, and it is no failure. */
  protected accepts(): void {}

  /** It has ended, or its source was never subscribed: `release`. Returns as `finish`. */
  protected settle(_ending: HoldEnding, error: unknown, _isAbandoned: boolean): unknown {
    return error;
  }

  /** Reads a value. Whether downstream is to have it: not if it reports a failure, or something has ended this. */
  protected takes(value: T): boolean {
    try {
      if (this.hear(value)) {
        return !this.closed;
      }
      this.fail(this.reading!.failure);
    } catch (thrown) {
      this.breaks(thrown);
    }
    return false;
  }

  /** A callback of the user's has thrown. */
  protected breaks(thrown: unknown): void {
    this.isBroken = true;
    this.cut(thrown);
  }

  /** False if the value reports a failure: that is as if it had not come. */
  private hear(value: T): boolean {
    const { reading, hasValue } = this;
    this.hasValue = true; // first: it has come even if a callback of the user's throws over it
    reading?.read(value, this.hasContent);
    this.isContent = reading?.isContent !== false;
    if (reading?.failure !== undefined) {
      this.hasValue = hasValue;
      return false;
    }
    if (!hasValue) {
      if (reading?.isContent !== true && reading?.isAnnouncement?.(value)) {
        this.hasValue = false;
        return true;
      }
      if (!this.closed) {
        this.accepts(); // else a callback of the user's has ended it
      }
    }
    this.hasContent ||= this.isContent;
    return true;
  }

  private failed(thrown: unknown): void {
    if (this.phase === 'over') {
      reportUnhandled(thrown);
    } else {
      this.error(thrown);
    }
  }
}
