import { asyncScheduler, type SchedulerLike, type Unsubscribable } from 'rxjs';
import { Caller } from './caller';
import type { Chain } from './chain';
import type { Asking, Ending, Wants } from './guard';
import { cleared, endHolds, releaseLate } from './holds';

/** The way of an attempt through a list of guards, up to its source: enters each, and waits where one lets it wait. */
export abstract class Walk<T, W extends Wants, R> extends Caller<T, W, R> implements Asking<W, R> {
  /** How many times its holds are being ended: a listener may end the call meanwhile. */
  private settling = 0;
  /** Its holds have ended, or it was refused. */
  protected isOver = false;
  protected isConnected = false;
  protected holds: unknown[];
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
    wants: W,
    reading: R,
  ) {
    super(wants, reading);
    this.holds = chain.noHolds.slice();
    this.mustLook = chain.looks.length > 0;
  }

  get isSettling(): boolean {
    return this.settling > 0;
  }

  abstract cut(error: unknown): void;

  /** All guards have let it in. */
  protected abstract connect(): void;

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
    if (hold === undefined && !this.isAhead) {
      this.refused(new TypeError('A policy granted undefined'));
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
      const told = this.endHolds(this.holds, 'release', error, false);
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
    const { place } = this;
    this.place = undefined;
    let told = error;
    try {
      place?.unsubscribe();
    } catch (thrown) {
      told = thrown;
    }
    return this.endHolds(this.holds, this.isConnected ? ending : 'release', told, ending === 'unsubscribe');
  }

  private endHolds(
    holds: readonly unknown[],
    ending: Ending | 'release',
    error: unknown,
    isAbandoned: boolean,
  ): unknown {
    this.settling += 1;
    const told = endHolds(this.chain, holds, ending, error, isAbandoned, this);
    this.settling -= 1;
    this.settled();
    return told;
  }

  /** Gives all holds back, and begins with the first guard again. */
  private startOver(): void {
    const { holds } = this;
    this.holds = this.chain.noHolds.slice(); // first: a listener may end the attempt, which has nothing left to end
    this.position = 0;
    const thrown = this.endHolds(holds, 'release', undefined, false);
    if (thrown !== undefined) {
      throw thrown;
    }
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
        if (this.isOver) {
          return false; // a listener has ended it
        }
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
