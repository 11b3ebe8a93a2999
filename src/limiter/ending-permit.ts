import type { Units } from '../quota/limits';
import { checkUnits } from './cost';
import type { Permit } from './limiter';

/** What a permit ends with: nothing to correct, what was really used, or everything back. */
export type PermitEnd = Units | 'refund' | undefined;

/** A permit that tells once how it ended. */
export abstract class EndingPermit implements Permit {
  abstract readonly cost: Units;
  #hasEnded = false;

  protected abstract ended(actual: PermitEnd): void;

  settle(actual?: Units): void {
    this.#finish(actual && checkUnits('Permit.settle', 'actual', actual));
  }

  refund(): void {
    this.#finish('refund');
  }

  #finish(actual: PermitEnd): void {
    if (!this.#hasEnded) {
      this.#hasEnded = true;
      this.ended(actual);
    }
  }
}
