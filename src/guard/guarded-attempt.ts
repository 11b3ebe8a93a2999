import { asyncScheduler, type Observable, type Observer, type Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { stepBegins, stepEnds } from '../internal/time/step';
import { type Chain, holdsFor } from './chain';
import type { Reading, Wants } from './guard';
import { HoldingAttempt } from './holding-attempt';
import { cleared, giveBackAhead, releaseLate } from './holds';

const none = -1;

/** An attempt that passes a list of guards before its source: enters one after the other, and waits where one lets it wait. */
export class GuardedAttempt<
  T,
  W extends Wants = Wants,
  R extends Reading<T> | undefined = Reading<T> | undefined,
> extends HoldingAttempt<T, W, R> {
  protected holds: unknown[];
  protected hears: readonly number[];
  protected place: Unsubscribable | undefined = undefined;
  /** Which guard is next. */
  private position = 0;
  /** The place of the guard that was asked last, if that was ahead of its turn. */
  private ahead = none;
  private mustLook: boolean;
  /** `now`: by the guard that is being asked. `once`: and it has not waited since. */
  private sentBack: 'never' | 'now' | 'once' = 'never';

  constructor(
    downstream: Observer<T>,
    protected readonly chain: Chain,
    readonly wants: W,
    reading: R,
    source: Observable<T>,
  ) {
    super(downstream, reading, source);
    this.holds = holdsFor(chain);
    this.hears = chain.hears;
    this.mustLook = chain.looks.length > 0;
  }

  /** A wait is over. Retries make a loop of this, because synchronous failures must not recurse. */
  protected resume(): void {
    this.start();
  }

  override start(): void {
    if (this.isLetIn()) {
      this.connects();
      super.start();
    }
  }

  granted(hold: unknown): void {
    const { asked } = this;
    this.place = undefined;
    if (this.phase === 'over') {
      releaseLate(this.chain, asked, hold, this);
      return;
    }
    if (hold === undefined && this.ahead === none) {
      this.refused(new TypeError('A policy granted undefined'));
      return;
    }
    this.holds[asked] = hold === undefined ? cleared : hold;
    if (this.phase === 'waiting') {
      if (this.ahead === none) {
        this.position += 1;
      }
      this.mustLook = this.chain.looks.length > 0;
      this.sentBack = 'never';
      this.resume();
    }
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
    if (this.sentBack !== 'never') {
      this.refuse(refusal, frame);
    } else if (this.phase !== 'over') {
      this.sentBack = 'now';
      this.startOver();
      this.mustLook = true;
    }
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

  /** The place of the guard that was asked last. */
  private get asked(): number {
    return this.ahead === none ? this.position : this.ahead;
  }

  /** Gives all holds back, and begins with the first guard again. */
  private startOver(): void {
    const { holds } = this;
    this.holds = holdsFor(this.chain); // first: a listener may end the attempt, which has nothing left to end
    this.position = 0;
    const thrown = this.endHolds(holds, 'release', undefined, false);
    if (thrown !== undefined) {
      throw thrown;
    }
  }

  private isLetIn(): boolean {
    stepBegins();
    try {
      return this.walk();
    } catch (thrown) {
      this.error(thrown);
      return false;
    } finally {
      stepEnds();
    }
  }

  /** Enters the guards that are still ahead. False if it has to wait, or must not go on. */
  private walk(): boolean {
    const { guards } = this.chain;
    while (this.phase !== 'over') {
      this.phase = 'walking';
      const place = this.position;
      if (!this.mustLook && place === guards.length) {
        return true;
      }
      if (!(this.mustLook ? this.look() : this.enter(place))) {
        if (this.sentBack !== 'now') {
          return false;
        }
        this.sentBack = 'once';
      }
    }
    return false;
  }

  private enter(place: number): boolean {
    const held = this.holds[place];
    this.ahead = none;
    const hold = this.chain.guards[place]!.enter(this as never, held === cleared ? undefined : held);
    if (hold !== undefined && this.phase === 'walking') {
      this.holds[place] = hold; // as `isHeld` would: saves a call for what is mostly so
    } else if (!this.isHeld(hold, held)) {
      return false;
    }
    this.position = place + 1;
    return true;
  }

  /**
   * Looks at the guards that are still ahead. If one objects, all holds go back, and it is asked ahead of its turn: it
   * refuses the attempt, or lets it wait.
   */
  private look(): boolean {
    const { guards, looks } = this.chain;
    this.mustLook = false;
    for (let index = 0; index < looks.length; index += 1) {
      const place = looks[index]!;
      const guard = guards[place]!;
      if (this.holds[place] !== undefined || guard.check!(this as never)) {
        continue;
      }
      if (this.position > 0) {
        this.startOver();
        if ((this.phase as string) === 'over') {
          return false; // a listener has ended it
        }
      }
      this.ahead = place;
      const hold = guard.object === undefined ? guard.enter(this as never, undefined) : guard.object(this as never);
      if (!this.isHeld(hold, undefined)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the guard that was just asked let it in. If `granted` was called meanwhile, it has replaced what was held `before`. */
  private isHeld(hold: unknown, before: unknown): boolean {
    const { asked } = this;
    if (this.phase === 'over') {
      releaseLate(this.chain, asked, hold, this); // a listener of the grant's event has ended it
      return false;
    } else if (hold !== undefined) {
      this.holds[asked] = hold;
      return true;
    }
    const hasCome = this.sentBack !== 'now' && this.holds[asked] !== before;
    if (!hasCome) {
      this.phase = 'waiting';
      giveBackAhead(this.chain, this.holds, asked, this);
    }
    return hasCome;
  }
}
