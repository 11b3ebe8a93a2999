import { reportUnhandled } from '../internal/unhandled';
import type { Chain } from './chain';
import type { Asking, Ending } from './guard';

/** Stands where a hold would: the guard was asked ahead of its turn, and has no objection. */
export const cleared = Symbol('cleared');

/**
 * Ends all holds of an attempt, or gives them back if its source was never subscribed. From the first of them on until the
 * last has ended, no policy of the call lets a waiting call go. Every guard hears of the end, whatever the others throw.
 *
 * @param isAbandoned The attempt was unsubscribed: those who wait go later.
 * @returns The error, or what a callback of the user's threw instead.
 */
export function endHolds(
  { guards, ends }: Chain,
  holds: readonly unknown[],
  ending: Ending | 'release',
  error: unknown,
  isAbandoned: boolean,
  attempt: Asking,
): unknown {
  // Loops without a list of what is held, which would cost some 30 ns a call.
  let told = error;
  for (let index = 0; index < ends.length; index += 1) {
    if (isHold(holds[ends[index]!])) {
      guards[ends[index]!]!.block?.();
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    const guard = guards[ends[index]!]!;
    const hold = holds[ends[index]!];
    if (isHold(hold)) {
      try {
        if (ending === 'release') {
          guard.release(hold, attempt as never);
        } else {
          guard.end(hold, ending, error, attempt as never);
        }
      } catch (thrown) {
        told = thrown;
      }
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    if (isHold(holds[ends[index]!])) {
      guards[ends[index]!]!.unblock?.(); // all of them first: a call that one lets go asks the others
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    if (isHold(holds[ends[index]!])) {
      try {
        guards[ends[index]!]!.grant?.(isAbandoned);
      } catch (thrown) {
        reportUnhandled(thrown); // it is none of this attempt's
      }
    }
  }
  return told;
}

/** Gives back a hold that came after the attempt had ended. */
export function releaseLate({ guards }: Chain, place: number, hold: unknown, attempt: Asking): void {
  if (isHold(hold)) {
    const guard = guards[place]!;
    guard.block?.();
    try {
      guard.release(hold, attempt as never);
    } catch (thrown) {
      reportUnhandled(thrown);
    }
    guard.unblock?.();
    guard.grant?.(true);
  }
}

function isHold(hold: unknown): boolean {
  return hold !== undefined && hold !== cleared;
}
