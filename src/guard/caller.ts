import { Attempt } from './attempt';
import type { Reading, Wait, Wants } from './guard';

/**
 * What an attempt says of itself and its call to the policies that it asks: nothing but what the call wants, unless
 * overridden. It has no constructor and no fields, because a level of classes that has costs some 10 ns for every call.
 */
export abstract class Caller<T, W extends Wants, R extends Reading<T> | undefined> extends Attempt<T, R> {
  abstract readonly wants: W;

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
