import { Subscriber } from 'rxjs';
import type { Wait, Wants } from './guard';

/**
 * Where an attempt is. `over`: its holds have ended, or it was refused. One field instead of three flags, because each
 * field costs a ns or two for every call.
 */
export type Phase = 'waiting' | 'walking' | 'connected' | 'over';

/**
 * What an attempt says of its call to the policies that it asks: nothing but what the call wants, unless overridden. It
 * has no constructor and no fields, because a level of classes that has costs some 10 ns for every call.
 */
export abstract class Caller<T, W extends Wants> extends Subscriber<T> {
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
