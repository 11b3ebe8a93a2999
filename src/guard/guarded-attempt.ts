import { asyncScheduler, type Observable, type Observer, type Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { Caller } from './caller';
import { type Chain, inTurn, type Passing } from './chain';
import type { HoldEnding, Reading, Wants } from './guard';

/**
 * An attempt that passes a chain of guards before its source, shows them its values, and ends what they gave before
 * downstream hears of the end.
 */
export class GuardedAttempt<
  T,
  W extends Wants = Wants,
  R extends Reading<T> | undefined = Reading<T> | undefined,
> extends Caller<T, W, R> {
  /** What the chain keeps here, see {@link Passing}. */
  holds: unknown[];
  hears: readonly number[];
  place: Unsubscribable | undefined = undefined;
  position = 0;
  ahead = inTurn;
  mustLook: boolean;
  sentBack: Passing['sentBack'] = 'never';

  constructor(
    downstream: Observer<T>,
    protected readonly chain: Chain,
    readonly wants: W,
    reading: R,
    source: Observable<T>,
  ) {
    super(downstream, reading, source);
    this.holds = chain.holds();
    this.hears = chain.hears;
    this.mustLook = chain.mustLook;
  }

  /** A wait is over. Retries make a loop of this, because synchronous failures must not recurse. */
  resume(): void {
    this.start();
  }

  override start(): void {
    if (this.phase !== 'over' && this.chain.letsIn(this)) {
      this.connects();
      super.start();
    }
  }

  granted(hold: unknown): void {
    this.chain.granted(this, hold);
  }

  refused(error: unknown): void {
    this.place = undefined;
    if (this.phase !== 'over') {
      this.error(error);
    }
  }

  refuse(error: unknown, frame: Frame = asyncScheduler): void {
    if (this.phase !== 'over') {
      this.phase = 'over';
      const told = this.endHolds(this.holds, 'release', error, false);
      this.add(frame.schedule(() => this.error(told), 0));
    }
  }

  again(refusal: unknown, frame?: Frame): void {
    this.chain.again(this, refusal, frame);
  }

  stands(place: Unsubscribable): void {
    if (this.phase === 'over') {
      place.unsubscribe();
    } else {
      this.place = place;
    }
  }

  /** All guards have let it in: its source is about to be subscribed. */
  protected connects(): void {}

  protected override accepts(): void {
    this.chain.accepted(this);
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
    try {
      return this.chain.told(this, hadContent);
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

  endHolds(holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown {
    return this.chain.end(this, holds, ending, error, isAbandoned);
  }
}

/** Gives up a place in a queue. Returns the error, or what that threw. */
function leave(place: Unsubscribable, error: unknown): unknown {
  try {
    place.unsubscribe();
    return error;
  } catch (thrown) {
    return thrown;
  }
}
