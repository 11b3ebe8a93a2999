import type { Unsubscribable } from 'rxjs';
import type { Frame } from '../internal/time/soon';
import { stepEnds } from '../internal/time/step';
import type { Phase } from './attempt';
import type { Asking, HoldEnding } from './guard';

/** Where a place would stand: no guard was asked ahead of its turn. */
export const inTurn = -1;

/** An attempt as its chain sees it, which keeps there how far it has come: an object more would cost something for each. */
export interface Passing extends Asking {
  phase: Phase;
  /** One for each guard. */
  holds: unknown[];
  /** The places of guards that hear of values. */
  hears: readonly number[];
  /** Where it stands in a queue. */
  place: Unsubscribable | undefined;
  /** Which guard is next. */
  position: number;
  /** The place of the guard that was asked last, if that was ahead of its turn; else {@link inTurn}. */
  ahead: number;
  mustLook: boolean;
  /** `now`: by the guard that is being asked. `once`: and it has not waited since. */
  sentBack: 'never' | 'now' | 'once';
  /** A wait is over. */
  resume(): void;
  /** Ends what guards gave it, see {@link Chain.end}. */
  endHolds(holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown;
  /** Ends the attempt, and tells downstream. */
  error(error: unknown): void;
}

/** What an attempt passes before its source is subscribed. Policies bring the one that has guards: who has none bundles none. */
export interface Chain {
  /** The places of guards that hear of values, in the order in which they do. */
  readonly hears: readonly number[];
  readonly mustLook: boolean;
  /** A list for the holds of an attempt. */
  holds(): unknown[];
  /** Enters the guards that are still ahead. False if the attempt has to wait, or must not go on. */
  letsIn(attempt: Passing): boolean;
  /** A guard for which it waited, or that is just being asked, gives it a hold. */
  granted(attempt: Passing, hold: unknown): void;
  /** The guard that is being asked sends it back. */
  again(attempt: Passing, refusal: unknown, frame?: Frame): void;
  /** Its first value has come. */
  accepted(attempt: Passing): void;
  /**
   * A value has come. Returns an error with which the attempt ends after it.
   *
   * @param hadContent Whether the guards have heard of content before.
   */
  told(attempt: Passing, hadContent: boolean): Error | undefined;
  /** Ends holds. Returns the error, or what a callback of the user's threw instead. */
  end(attempt: Passing, holds: readonly unknown[], ending: HoldEnding, error: unknown, isAbandoned: boolean): unknown;
  /** Whether a guard will still refuse the attempt when so many ms have passed. */
  refuses(attempt: Passing, delay: number): boolean;
  /** Whether attempts have to wait until a guard lets any in. */
  readonly makesWait: boolean;
}

const none: never[] = [];

/** For attempts that are only retried or read. */
export const noGuards: Chain = {
  hears: none,
  mustLook: false,
  holds: () => none,
  letsIn() {
    stepEnds();
    return true;
  },
  granted() {},
  again() {},
  accepted() {},
  told: () => undefined,
  end: (_attempt, _holds, _ending, error) => error,
  refuses: () => false,
  makesWait: false,
};
