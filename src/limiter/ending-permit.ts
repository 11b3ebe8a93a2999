import type { Units } from '../quota/limits';
import { checkUnits } from './cost';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** A permit that tells once how it ended. */
export abstract class EndingPermit implements Permit {
  abstract readonly cost: Units;
  #hasEnded = false;

  /** @param isAbandoned The call was unsubscribed, and others that wait may be unsubscribed with it. */
  protected abstract ended(actual: PermitEnd, isAbandoned: boolean): void;

  settle(actual?: Units): void {
    this.#finish(actual && checkUnits('Permit.settle', 'actual', actual), false);
  }

  refund(): void {
    this.#finish('refund', false);
  }

  abandon(actual: PermitEnd): void {
    this.#finish(actual, true);
  }

  #finish(actual: PermitEnd, isAbandoned: boolean): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.ended(actual, isAbandoned);
    }
  }
}

/**
 * Ends the permit of a call that was unsubscribed. Whoever is next has its turn when that is over: where many are
 * unsubscribed at once, the next would be opened only to be the next that is stopped, and so on through the whole line.
 */
export function abandon(permit: Permit, actual: PermitEnd): void {
  if (permit instanceof EndingPermit) {
    permit.abandon(actual);
  } else if (actual === 'refund') {
    permit.refund();
  } else {
    permit.settle(actual);
  }
}
