import { reportUnhandled } from '../internal/unhandled';
import type { Reading, Wants } from './guard';
import { Walk } from './walk';

/**
 * One subscription of a call: passes a list of guards, subscribes the source, shows every value to the guards, and ends
 * what they gave it before downstream hears of the end.
 *
 * A `Subscriber`, not an observer object: so a synchronous source sees at once that nothing more is wanted, and what a
 * callback throws goes down the error channel of this call.
 */
export class Attempt<
  T,
  W extends Wants = Wants,
  R extends Reading<T> | undefined = Reading<T> | undefined,
> extends Walk<T, W, R> {
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
    let verdict: Error | undefined;
    try {
      this.hear(value);
      if (this.reading?.failure !== undefined) {
        this.fail(this.reading.failure);
        return;
      }
      if (this.seen !== 'nothing') {
        verdict = this.tellGuards();
      }
    } catch (thrown) {
      this.isBroken = true;
      this.cut(thrown);
      return;
    }
    if (this.closed) {
      return; // a callback of a guard's has ended it
    }
    this.downstream.next(value);
    if (verdict !== undefined) {
      this.cut(verdict);
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

  /** The source is about to be subscribed. */
  protected connects(): void {}

  /** Its first value has come. */
  protected accepts(): void {}

  protected override connect(): void {
    this.connects();
    if (this.phase !== 'over') {
      this.phase = 'connected';
      try {
        this.source.subscribe(this);
      } catch (thrown) {
        this.failed(thrown); // a source that was unsubscribed, or whose teardown throws
      }
    }
  }

  private failed(thrown: unknown): void {
    if (this.phase === 'over') {
      reportUnhandled(thrown);
    } else {
      this.error(thrown);
    }
  }

  private hear(value: T): void {
    const { reading } = this;
    const before = this.seen;
    if (before === 'nothing') {
      this.seen = 'values'; // first: it has come even if a callback of the user's throws over it
    }
    reading?.read(value, before === 'content');
    const isAhead = before === 'nothing' && reading?.isContent !== true && reading?.isAnnouncement?.(value);
    if (isAhead || reading?.failure !== undefined) {
      this.seen = before; // as if it had not come
      return;
    }
    if (before === 'nothing') {
      this.accepts();
      this.tellAccepted();
    }
    if (before !== 'content' && this.isContent) {
      this.seen = 'content';
    }
  }

  private tellAccepted(): void {
    const { guards, accepts } = this.chain;
    for (let index = 0; index < accepts.length; index += 1) {
      const place = accepts[index]!;
      guards[place]!.accepted!(this.holds[place], this as never);
    }
  }

  private tellGuards(): Error | undefined {
    const { guards, hears } = this.chain;
    let verdict: Error | undefined;
    for (let index = 0; index < hears.length; index += 1) {
      const place = hears[index]!;
      verdict = guards[place]!.value!(this.holds[place], this as never) ?? verdict;
    }
    return verdict;
  }
}
