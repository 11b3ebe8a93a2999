import type { Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { Caller } from './caller';
import type { Chain } from './chain';
import type { Asking, HoldEnding, Reading, Wants } from './guard';
import { endHolds, hearingOn, leave, tellAccepted, tellValue } from './holds';

/**
 * An attempt with what guards gave it: shows them its values, and ends what they gave before downstream hears of the end.
 * Its fields stand in the class that has the constructor, see {@link Caller}.
 */
export abstract class HoldingAttempt<T, W extends Wants, R extends Reading<T> | undefined>
  extends Caller<T, W, R>
  implements Asking<W, R>
{
  protected abstract readonly chain: Chain;
  /** One for each guard of the chain. */
  protected abstract holds: readonly unknown[];
  /** The places of guards that hear of values. */
  protected abstract hears: readonly number[];
  /** Where it stands in a queue. */
  protected abstract place: Unsubscribable | undefined;

  abstract granted(hold: unknown): void;
  abstract refused(error: unknown): void;
  abstract refuse(error: unknown, frame?: Frame): void;
  abstract again(refusal: unknown, frame?: Frame): void;
  abstract stands(place: Unsubscribable): void;

  protected override accepts(): void {
    tellAccepted(this.chain, this.holds, this);
  }

  protected override _next(value: T): void {
    const { hasContent } = this;
    if (this.takes(value)) {
      const verdict = this.hasValue && this.hears.length > 0 ? this.told(hasContent) : undefined;
      if (!this.closed) {
        this.downstream.next(value); // else a callback of a guard's has ended it
        if (verdict !== undefined) {
          this.cut(verdict);
        }
      }
    }
  }

  /**
   * Tells the guards of a value. Returns an error with which the attempt ends after it.
   *
   * @param hadContent Whether they have heard of content before. Not asked earlier: many calls have one value.
   */
  private told(hadContent: boolean): Error | undefined {
    const { chain, holds } = this;
    try {
      if (hadContent && this.hears === chain.hears) {
        this.hears = hearingOn(chain, holds, this);
      }
      return tellValue(chain, this.hears, holds, this);
    } catch (thrown) {
      this.breaks(thrown);
      return undefined;
    }
  }

  protected override settle(ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown {
    const { place } = this;
    this.place = undefined;
    return this.endHolds(this.holds, ending, place === undefined ? error : leave(place, error), isAbandoned);
  }

  protected endHolds(holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown {
    return endHolds(this.chain, holds, ending, error, isAbandoned, this);
  }
}
