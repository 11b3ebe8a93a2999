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
  let told = error;
  for (let index = 0; index < ends.length; index += 1) {
    const place = ends[index]!;
    if (isHold(holds[place])) {
      guards[place]!.block?.();
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    const place = ends[index]!;
    const hold = holds[place];
    if (isHold(hold)) {
      try {
        if (ending === 'release') {
          guards[place]!.release(hold, attempt as never);
        } else {
          guards[place]!.end(hold, ending, error, attempt as never);
        }
      } catch (thrown) {
        told = thrown;
      }
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    const place = ends[index]!;
    if (isHold(holds[place])) {
      try {
        guards[place]!.grant?.(isAbandoned);
      } catch (thrown) {
        told = thrown; // the others must not stay blocked
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
    guard.release(hold, attempt as never);
    guard.grant?.(true);
  }
}

function isHold(hold: unknown): boolean {
  return hold !== undefined && hold !== cleared;
}
