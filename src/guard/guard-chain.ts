import type { Frame } from '../internal/time/soon';
import { stepBegins, stepEnds } from '../internal/time/step';
import { type Chain, inTurn, type Passing } from './chain';
import type { HoldEnding } from './guard';
import { cleared, endHolds, giveBackAhead, hearingOn, releaseLate, tellAccepted, tellValue } from './holds';
import { type AnyGuard, type GuardsOfCall, holdsFor, type Orders, ordersOf } from './orders';

/** Guards that an attempt enters one after the other. It waits where one lets it wait. */
class GuardChain implements Chain {
  readonly hears: readonly number[];
  readonly mustLook: boolean;

  constructor(private readonly orders: Orders) {
    this.hears = orders.hears;
    this.mustLook = orders.looks.length > 0;
  }

  holds(): unknown[] {
    return holdsFor(this.orders);
  }

  letsIn(attempt: Passing): boolean {
    stepBegins();
    try {
      return this.walk(attempt);
    } catch (thrown) {
      attempt.error(thrown);
      return false;
    } finally {
      stepEnds();
    }
  }

  granted(attempt: Passing, hold: unknown): void {
    attempt.place = undefined;
    if (attempt.phase === 'over') {
      releaseLate(this.orders, asked(attempt), hold, attempt);
    } else if (hold === undefined && attempt.ahead === inTurn) {
      attempt.refused(new TypeError('A policy granted undefined'));
    } else {
      attempt.holds[asked(attempt)] = hold === undefined ? cleared : hold;
      if (attempt.phase === 'waiting') {
        if (attempt.ahead === inTurn) {
          attempt.position += 1;
        }
        attempt.mustLook = this.mustLook;
        attempt.sentBack = 'never';
        attempt.resume();
      }
    }
  }

  again(attempt: Passing, refusal: unknown, frame?: Frame): void {
    if (attempt.sentBack !== 'never') {
      attempt.refuse(refusal, frame);
    } else if (attempt.phase !== 'over') {
      attempt.sentBack = 'now';
      this.startOver(attempt);
      attempt.mustLook = true;
    }
  }

  accepted(attempt: Passing): void {
    tellAccepted(this.orders, attempt.holds, attempt);
  }

  told(attempt: Passing, hadContent: boolean): Error | undefined {
    const { orders } = this;
    if (hadContent && attempt.hears === this.hears) {
      attempt.hears = hearingOn(orders, attempt.holds, attempt);
    }
    return tellValue(orders, attempt.hears, attempt.holds, attempt);
  }

  end(attempt: Passing, holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown {
    return endHolds(this.orders, holds, ending, error, isAbandoned, attempt);
  }

  refuses(attempt: Passing, delay: number): boolean {
    return this.orders.guards.some((guard) => guard.refuses?.(attempt as never, delay));
  }

  get makesWait(): boolean {
    return this.orders.guards.some((guard) => guard.makesWait);
  }

  /** Gives all holds back, and begins with the first guard again. */
  private startOver(attempt: Passing): void {
    const { holds } = attempt;
    attempt.holds = this.holds(); // first: a listener may end the attempt, which has nothing left to end
    attempt.position = 0;
    const thrown = attempt.endHolds(holds, 'release', undefined, false);
    if (thrown !== undefined) {
      throw thrown;
    }
  }

  private walk(attempt: Passing): boolean {
    const { length } = this.orders.guards;
    while (attempt.phase !== 'over') {
      attempt.phase = 'walking';
      if (!attempt.mustLook && attempt.position === length) {
        return true;
      }
      if (!(attempt.mustLook ? this.look(attempt) : this.enter(attempt))) {
        if (attempt.sentBack !== 'now') {
          return false;
        }
        attempt.sentBack = 'once';
      }
    }
    return false;
  }

  private enter(attempt: Passing): boolean {
    const { position, holds } = attempt;
    const held = holds[position];
    attempt.ahead = inTurn;
    const hold = this.orders.guards[position]!.enter(attempt as never, held === cleared ? undefined : held);
    if (hold !== undefined && attempt.phase === 'walking') {
      attempt.holds[position] = hold; // as `isHeld` would: saves a call for what is mostly so
    } else if (!this.isHeld(attempt, hold, held)) {
      return false;
    }
    attempt.position = position + 1;
    return true;
  }

  /**
   * Looks at the guards that are still ahead. If one objects, all holds go back, and it is asked ahead of its turn: it
   * refuses the attempt, or lets it wait.
   */
  private look(attempt: Passing): boolean {
    const { guards, looks } = this.orders;
    attempt.mustLook = false;
    for (let index = 0; index < looks.length; index += 1) {
      const place = looks[index]!;
      const guard = guards[place]!;
      if (attempt.holds[place] !== undefined || guard.check!(attempt as never)) {
        continue;
      }
      if (attempt.position > 0) {
        this.startOver(attempt);
        if (attempt.phase === 'over') {
          return false; // a listener has ended it
        }
      }
      attempt.ahead = place;
      const hold =
        guard.object === undefined ? guard.enter(attempt as never, undefined) : guard.object(attempt as never);
      if (!this.isHeld(attempt, hold, undefined)) {
        return false;
      }
    }
    return true;
  }

  /** Whether the guard that was just asked let it in. If `granted` was called meanwhile, it has replaced what was held `before`. */
  private isHeld(attempt: Passing, hold: unknown, before: unknown): boolean {
    const place = asked(attempt);
    if (attempt.phase === 'over') {
      releaseLate(this.orders, place, hold, attempt); // a listener of the grant's event has ended it
      return false;
    } else if (hold !== undefined) {
      attempt.holds[place] = hold;
      return true;
    }
    const hasCome = attempt.sentBack !== 'now' && attempt.holds[place] !== before;
    if (!hasCome) {
      attempt.phase = 'waiting';
      giveBackAhead(this.orders, attempt.holds, place, attempt);
    }
    return hasCome;
  }
}

/** The place of the guard that was asked last. */
function asked({ ahead, position }: Passing): number {
  return ahead === inTurn ? position : ahead;
}

/** The guards of a call, in the orders that follow from what they are. */
export function chainOf(given: GuardsOfCall): Chain {
  return new GuardChain(ordersOf(given));
}

/** The list of a piped operator. A single guard needs no look, because entering it is one; but one at which calls may have to wait does. */
export function chainOfOne(guard: object, mustBeLookedAt = false): Chain {
  const orders = ordersOf({ breaker: guard as AnyGuard });
  return new GuardChain(mustBeLookedAt ? orders : { ...orders, looks: [] });
}
