import { asyncScheduler, type SchedulerLike, Subscriber, type Unsubscribable } from 'rxjs';
import type { Chain } from './chain';
import type { Asking, Ending, Wait, Wants } from './guard';
import { cleared, endHolds, releaseLate } from './holds';

const none: unknown[] = [];

/** The way of an attempt through a list of guards, up to its source: enters each, and waits where one lets it wait. */
export abstract class Walk<T, W extends Wants, R> extends Subscriber<T> implements Asking<W, R> {
  hasValue = false;
  /** Its holds are being ended; a listener may end the call meanwhile. */
  isSettling = false;
  /** Its holds have ended, or it was refused. */
  protected isOver = false;
  protected isConnected = false;
  protected readonly holds: unknown[];
  /** Which guard is next. */
  private position = 0;
  /** The place of the guard that was asked last. */
  private asked = 0;
  /** Whether it was asked ahead of its turn. */
  private isAhead = false;
  private mustLook: boolean;
  private isWalking = false;
  /** `granted` was called before `enter` returned. */
  private hasCome = false;
  private isSentBack = false;
  /** It was sent back, and has not waited since. */
  private wasSentBack = false;
  private place: Unsubscribable | undefined = undefined;

  constructor(
    protected readonly chain: Chain,
    readonly wants: W,
    readonly reading: R,
  ) {
    super();
    const { length } = chain.guards;
    this.holds = length === 0 ? none : new Array<unknown>(length).fill(undefined);
    this.mustLook = chain.looks.length > 0;
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

  abstract cut(error: unknown): void;

  /** All guards have let it in. */
  protected abstract connect(): void;

  get onWait(): ((wait: Wait) => void) | undefined {
    return undefined;
  }

  get turnWait(): number | undefined {
    return this.wants.maxWait;
  }

  get onTurn(): ((wait: Wait) => void) | undefined {
    return undefined;
  }

  /** The wait is over. A retry makes a loop of this, so that synchronous failures do not recurse. */
  protected resume(): void {
    this.start();
  }

  /** All holds have ended. */
  protected settled(): void {}

  /** Begins it, or goes on after a wait. */
  start(): void {
    let hasAll: boolean;
    this.isWalking = true;
    try {
      hasAll = this.walk();
    } catch (thrown) {
      this.isWalking = false;
      this.error(thrown);
      return;
    }
    this.isWalking = false;
    if (hasAll) {
      this.connect();
    }
  }

  granted(hold: unknown): void {
    this.place = undefined;
    if (this.isOver) {
      releaseLate(this.chain, this.asked, hold, this);
      return;
    }
    this.holds[this.asked] = hold === undefined ? cleared : hold;
    if (this.isWalking) {
      this.hasCome = true;
      return;
    }
    if (!this.isAhead) {
      this.position = this.asked + 1;
    }
    this.mustLook = this.chain.looks.length > 0;
    this.wasSentBack = false;
    this.resume();
  }

  refused(error: unknown): void {
    this.place = undefined;
    if (!this.isOver) {
      this.error(error);
    }
  }

  refuse(error: unknown, scheduler: SchedulerLike = asyncScheduler): void {
    if (!this.isOver) {
      this.isOver = true;
      const told = this.endHolds('release', error, false);
      this.add(scheduler.schedule(() => this.error(told), 0));
    }
  }

  again(refusal: unknown, scheduler?: SchedulerLike): void {
    if (this.wasSentBack) {
      this.refuse(refusal, scheduler);
    } else if (!this.isOver) {
      this.wasSentBack = true;
      this.isSentBack = true;
      this.startOver();
      this.mustLook = true;
    }
  }

  stands(place: Unsubscribable): void {
    if (this.isOver) {
      place.unsubscribe();
    } else {
      this.place = place;
    }
  }

  /** Returns what downstream is to be told: the error, or what a callback of the user's threw instead. */
  protected finish(ending: Ending, error: unknown): unknown {
    if (this.isOver) {
      return error;
    }
    this.isOver = true;
    this.place?.unsubscribe();
    this.place = undefined;
    return this.endHolds(this.isConnected ? ending : 'release', error, ending === 'unsubscribe');
  }

  private endHolds(ending: Ending | 'release', error: unknown, isAbandoned: boolean): unknown {
    this.isSettling = true;
    const told = endHolds(this.chain, this.holds, ending, error, isAbandoned, this);
    this.isSettling = false;
    this.settled();
    return told;
  }

  /** Gives all holds back, and begins with the first guard again. */
  private startOver(): void {
    this.endHolds('release', undefined, false);
    this.holds.fill(undefined);
    this.position = 0;
  }

  /** Enters the guards that are still ahead. False if it has to wait, or must not go on. */
  private walk(): boolean {
    const { length } = this.chain.guards;
    while (!this.isOver) {
      if (!this.mustLook && this.position === length) {
        return true;
      }
      const isIn = this.mustLook ? this.look() : this.enter();
      if (!isIn && !this.isSentBack) {
        return false;
      }
      this.isSentBack = false;
    }
    return false;
  }

  private enter(): boolean {
    const place = this.position;
    const held = this.holds[place];
    this.asked = place;
    this.isAhead = false;
    const hold = this.chain.guards[place]!.enter(this as never, held === cleared ? undefined : held);
    const isIn = this.isHeld(hold);
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
      }
      this.asked = place;
      this.isAhead = true;
      const hold = guard.object === undefined ? guard.enter(this as never, undefined) : guard.object(this as never);
      if (!this.isHeld(hold)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the guard that was just asked let it in. */
  private isHeld(hold: unknown): boolean {
    if (this.isOver) {
      releaseLate(this.chain, this.asked, hold, this); // a listener of the grant's event has ended it
      return false;
    }
    if (hold === undefined) {
      const { hasCome } = this;
      this.hasCome = false;
      return hasCome;
    }
    this.holds[this.asked] = hold;
    return true;
  }
}
