import { Subscriber } from 'rxjs';
import type { Reading, Wait, Wants } from './guard';

/**
 * Where an attempt is. `over`: its holds have ended, or it was refused. One field instead of three flags, because each
 * field costs a ns or two for every call.
 */
export type Phase = 'waiting' | 'walking' | 'connected' | 'over';

/** What has come of an answer. */
export type Seen = 'nothing' | 'values' | 'content';

/**
 * What an attempt says of itself and its call to the policies that it asks: nothing but what the call wants, unless overridden. It
 * has no constructor and no fields, because a level of classes that has costs some 10 ns for every call.
 */
export abstract class Caller<T, W extends Wants, R extends Reading<never> | undefined> extends Subscriber<T> {
  abstract readonly wants: W;
  abstract readonly reading: R;
  protected abstract seen: Seen;
  /** A callback of the user's has thrown. Set only then: a field costs something for every call. */
  declare isBroken?: true;

  /** What its error says. Set only then, as `isBroken`. */
  declare private lastRead?: { readonly error: unknown; readonly reading: unknown };

  readOnce<E>(error: unknown, read: (error: unknown) => E): E {
    if (this.lastRead === undefined || this.lastRead.error !== error) {
      this.lastRead = { error, reading: read(error) };
    }
    return this.lastRead.reading as E;
  }

  get hasValue(): boolean {
    return this.seen !== 'nothing';
  }

  get hasContent(): boolean {
    return this.seen === 'content';
  }

  get isContent(): boolean {
    return this.reading?.isContent !== false;
  }

  get call(): number | undefined {
    return undefined;
  }

  get retry(): boolean {
    return false;
  }

  get priority(): number | undefined {
    return this.wants.priority;
  }

  get maxWait(): number | undefined {
    return this.wants.maxWait;
  }

  get tenant(): string | undefined {
    return this.wants.tenant;
  }

  get onWait(): ((wait: Wait) => void) | undefined {
    return undefined;
  }

  get turnWait(): number | undefined {
    return this.wants.maxWait;
  }

  get onTurn(): ((wait: Wait) => void) | undefined {
    return undefined;
  }
}
