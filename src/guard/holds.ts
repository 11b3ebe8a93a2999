import { stepBegins, stepEnds } from '../internal/time/step';
import { reportUnhandled } from '../internal/unhandled';
import type { Asking, HoldEnding } from './guard';
import type { AnyGuard, Orders } from './orders';

/**
 * Stands where a hold would: the guard was asked ahead of its turn, and has no objection. An object, as holds are: to
 * compare those with a symbol takes a call, 10 ns for each call of three guards.
 */
export const cleared: unknown = Object.freeze({});

/** The guards hear of the first value. */
export function tellAccepted({ guards, accepts }: Orders, holds: readonly unknown[], attempt: Asking): void {
  for (let index = 0; index < accepts.length; index += 1) {
    const place = accepts[index]!;
    guards[place]!.accepted!(holds[place], attempt as never);
  }
}

/** Those guards hear of a value. An error that is returned ends the attempt after it. */
export function tellValue(
  { guards }: Orders,
  hears: readonly number[],
  holds: readonly unknown[],
  attempt: Asking,
): Error | undefined {
  let verdict: Error | undefined;
  for (let index = 0; index < hears.length; index += 1) {
    const place = hears[index]!;
    verdict = guards[place]!.value!(holds[place], attempt as never) ?? verdict;
  }
  return verdict;
}

const nobody: readonly number[] = Object.freeze([]);

/** The places of those that must hear of values after content has come: mostly none, which saves 20 ns for each value. */
export function hearingOn({ guards, hears }: Orders, holds: readonly unknown[], attempt: Asking): readonly number[] {
  let places: number[] | undefined;
  for (let index = 0; index < hears.length; index += 1) {
    const place = hears[index]!;
    if (guards[place]!.hearsOn?.(holds[place], attempt as never) !== false) {
      places ??= [];
      places.push(place);
    }
  }
  return places ?? nobody;
}

/**
 * Ends all holds of an attempt, or gives them back if its source was never subscribed. From the first of them on until the
 * last has ended, no policy of the call lets a waiting call go. Every guard hears of the end, whatever the others throw.
 *
 * @param isAbandoned The attempt was unsubscribed: those who wait go later.
 * @returns The error, or what a callback of the user's threw instead.
 */
export function endHolds(
  { guards, ends, blocks }: Orders,
  holds: readonly unknown[],
  ending: HoldEnding,
  error: unknown,
  isAbandoned: boolean,
  attempt: Asking,
): unknown {
  let told = error;
  stepBegins();
  for (let index = 0; index < blocks.length; index += 1) {
    const place = blocks[index]!;
    if (isHold(holds[place])) {
      guards[place]!.block!();
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
  stepEnds();
  let isAwaited = false;
  // All policies are unblocked first, because a call that one lets go asks the others. Mostly nobody waits.
  for (let index = 0; index < blocks.length; index += 1) {
    const place = blocks[index]!;
    if (isHold(holds[place]) && guards[place]!.unblock!()) {
      isAwaited = true;
    }
  }
  if (isAwaited) {
    grant(
      guards,
      blocks.filter((place) => isHold(holds[place])),
      isAbandoned,
    );
  }
  return told;
}

function grant(guards: readonly AnyGuard[], places: readonly number[], isLater: boolean): void {
  for (const place of places) {
    try {
      guards[place]!.grant!(isLater);
    } catch (thrown) {
      reportUnhandled(thrown); // it is none of this attempt's
    }
  }
}

/** Gives back a hold that came after the attempt had ended. */
export function releaseLate({ guards }: Orders, place: number, hold: unknown, attempt: Asking): void {
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
export function giveBackAhead(orders: Orders, holds: unknown[], place: number, attempt: Asking): void {
  for (let behind = place + 1; behind < holds.length; behind += 1) {
    const hold = holds[behind];
    if (isHold(hold) && orders.blocks.includes(behind)) {
      holds[behind] = cleared;
      releaseLate(orders, behind, hold, attempt);
    }
  }
}

function isHold(hold: unknown): boolean {
  return hold !== undefined && hold !== cleared;
}
