import { asyncScheduler, type Observable, type Observer, Subscriber, type Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { stepBegins, stepEnds } from '../internal/time/step';
import { Caller, type Phase, type Seen } from './caller';
import { type Chain, holdsFor } from './chain';
import type { Asking, Ending, Reading, Wants } from './guard';
import { cleared, endHolds, giveBackAhead, releaseLate } from './holds';

const none = -1;

/** The way of an attempt up to its source: enters guard after guard, and waits where one lets it wait. */
export abstract class Walk<T, W extends Wants, R extends Reading<T> | undefined>
  extends Caller<T, W, R>
  implements Asking<W, R>
{
  protected seen: Seen = 'nothing';
  protected phase: Phase = 'waiting';
  protected holds: unknown[];
  /** Which guard is next. */
  private position = 0;
  /** The place of the guard that was asked last, if that was ahead of its turn. */
  private ahead = none;
  private mustLook: boolean;
  /** `now`: by the guard that is being asked. `once`: and it has not waited since. */
  private sentBack: 'never' | 'now' | 'once' = 'never';
  private place: Unsubscribable | undefined = undefined;

  /** @param downstream Receives what comes. If it is a Subscriber, unsubscribing it ends this. */
  constructor(
    protected readonly downstream: Observer<T>,
    protected readonly chain: Chain,
    readonly wants: W,
    readonly reading: R,
    protected readonly source: Observable<T>,
  ) {
    super();
    this.holds = holdsFor(chain);
    this.mustLook = chain.looks.length > 0;
    if (downstream instanceof Subscriber) {
      downstream.add(this); // last: a closed downstream ends this at once, which needs its fields
    }
  }

  abstract cut(error: unknown): void;

  abstract fail(error: unknown): void;

  /** All guards have let it in. */
  protected abstract connect(): void;

  /** A wait is over. Retries make a loop of this, because synchronous failures must not recurse. */
  protected resume(): void {
    this.start();
  }

  start(): void {
    if (this.chain.guards.length === 0 ? this.phase !== 'over' : this.isLetIn()) {
      this.connect();
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

  /** Returns what downstream is told: the error, or what a callback of the user's threw instead. */
  protected finish(ending: Ending, error: unknown): unknown {
    const { phase, place } = this;
    let told = error;
    if (phase === 'over') {
      return told;
    }
    this.phase = 'over';
    if (place !== undefined) {
      this.place = undefined;
      try {
        place.unsubscribe();
      } catch (thrown) {
        told = thrown;
      }
    }
    told = this.endHolds(this.holds, phase === 'connected' ? ending : 'release', told, ending === 'unsubscribe');
    if (told !== error) {
      this.isBroken = true;
    }
    return told;
  }

  protected endHolds(
    holds: readonly unknown[],
    ending: Ending | 'release',
    error: unknown,
    isAbandoned: boolean,
  ): unknown {
    return endHolds(this.chain, holds, ending, error, isAbandoned, this);
  }

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
    while (this.phase !== 'over') {
      this.phase = 'walking';
      if (!this.mustLook && this.position === this.chain.guards.length) {
        return true;
      }
      if (!(this.mustLook ? this.look() : this.enter())) {
        if (this.sentBack !== 'now') {
          return false;
        }
        this.sentBack = 'once';
      }
    }
    return false;
  }

  private enter(): boolean {
    const place = this.position;
    const held = this.holds[place];
    this.ahead = none;
    const isIn = this.isHeld(this.chain.guards[place]!.enter(this as never, held === cleared ? undefined : held), held);
    if (isIn) {
      this.position = place + 1;
    }
    return isIn;
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
        if ((this.phase as Phase) === 'over') {
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
