import { Subscriber } from 'rxjs';
import type { Wait, Wants } from './guard';

/** What an attempt says of its call to the policies that it asks: nothing but what the call wants, unless overridden. */
export abstract class Caller<T, W extends Wants, R> extends Subscriber<T> {
  hasValue = false;

  constructor(
    readonly wants: W,
    readonly reading: R,
  ) {
    super();
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
