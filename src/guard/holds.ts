import { stepBegins, stepEnds } from '../internal/time/step';
import { reportUnhandled } from '../internal/unhandled';
import type { AnyGuard, Chain } from './chain';
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
  { guards, ends, blocks }: Chain,
  holds: readonly unknown[],
  ending: Ending | 'release',
  error: unknown,
  isAbandoned: boolean,
  attempt: Asking,
): unknown {
  let told = error;
  if (ends.length === 0) {
    return told;
  }
  stepBegins();
  for (let index = 0; index < blocks.length; index += 1) {
    if (isHold(holds[blocks[index]!])) {
      guards[blocks[index]!]!.block!();
    }
  }
  for (let index = 0; index < ends.length; index += 1) {
    const hold = holds[ends[index]!];
    if (isHold(hold)) {
      try {
        endHold(guards[ends[index]!]!, hold, ending, error, attempt);
      } catch (thrown) {
        told = thrown;
      }
    }
  }
  stepEnds();
  if (blocks.length > 0) {
    unblock(guards, blocks, holds, isAbandoned);
  }
  return told;
}

function endHold(guard: AnyGuard, hold: unknown, ending: Ending | 'release', error: unknown, attempt: Asking): void {
  if (ending === 'release') {
    guard.release(hold, attempt as never);
  } else {
    guard.end(hold, ending, error, attempt as never);
  }
}

/** All policies are unblocked first, because a call that one lets go asks the others. Mostly nobody waits. */
function unblock(
  guards: readonly AnyGuard[],
  blocks: readonly number[],
  holds: readonly unknown[],
  isLater: boolean,
): void {
  let isAwaited = false;
  for (let index = 0; index < blocks.length; index += 1) {
    if (isHold(holds[blocks[index]!]) && guards[blocks[index]!]!.unblock!()) {
      isAwaited = true;
    }
  }
  if (isAwaited) {
    for (const place of blocks.filter((each) => isHold(holds[each]))) {
      try {
        guards[place]!.grant!(isLater);
      } catch (thrown) {
        reportUnhandled(thrown); // it is none of this attempt's
      }
    }
  }
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

/**
 * An attempt has to wait at a guard: what it holds of those behind goes back, so that nobody who stands in one queue keeps
 * the only probe of a breaker from others. It is asked for again when its turn comes.
 */
export function giveBackAhead(chain: Chain, holds: unknown[], place: number, attempt: Asking): void {
  for (let behind = place + 1; behind < holds.length; behind += 1) {
    const hold = holds[behind];
    if (isHold(hold) && chain.blocks.includes(behind)) {
      holds[behind] = cleared;
      releaseLate(chain, behind, hold, attempt);
    }
  }
}

function isHold(hold: unknown): boolean {
  return hold !== undefined && hold !== cleared;
}
