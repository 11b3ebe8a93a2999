import { isObject } from './limit';
import { isSaved, type SavedLimits } from './saved';

/** What a limiter or a budget has counted, as plain JSON. Times are ms on the wall clock. */
export interface QuotaSnapshot {
  readonly policy: string;
  /** When it was made. */
  readonly at: number;
  /** What a budget counts. */
  readonly counts?: unknown;
  readonly limits: SavedLimits;
  readonly pausedUntil?: number;
}

/** A clock that knows what to add to its time to get that of the wall. */
export interface WallClock {
  now(): number;
  readonly toWall: number;
}

/** Returns `initial` if `snapshot()` of such a policy gave it; throws a TypeError that shows it if not. */
export function checkSnapshot(owner: string, policy: string, initial: unknown, counts?: string): QuotaSnapshot {
  const saved = isObject(initial) ? initial : {};
  const { at, pausedUntil = 0 } = saved;
  if (saved.policy === policy && Number.isFinite(at) && Number.isFinite(pausedUntil) && isSaved(saved.limits)) {
    if (saved.counts === counts) {
      return saved as unknown as QuotaSnapshot;
    }
    throw new TypeError(
      `${owner}: initial must be of a budget that counts ${counts}, got one that counts ${String(saved.counts)}`,
    );
  }
  throw new TypeError(`${owner}: initial must be what snapshot() returned, got ${shown(initial)}`);
}

/** What to add to the times of a snapshot. A clock that was set back since must not keep units away for longer. */
export function shiftOf(at: number, clock: WallClock): number {
  return Math.min(-clock.toWall, clock.now() - at);
}

function shown(value: unknown): string {
  try {
    return (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
