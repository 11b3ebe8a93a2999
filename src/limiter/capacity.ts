import type { RateLimitInfo } from '../provider';
import type { Grant, Slots } from '../quota/grant';
import { Ledger } from '../quota/ledger';
import type { Limits, Units } from '../quota/limits';
import type { LimitState } from '../quota/meter';
import { checkSnapshot, shiftOf, type WallClock } from '../quota/snapshot';
import { type Adaptive, type AdaptiveLimit, isAdaptive } from './adaptive';
import { AdaptiveReactions } from './adaptive-reactions';
import type { PermitEnd } from './local-permit';
import type { Reacting } from './reacting';
import { shareIn, totalsOf } from './totals-of';

/**
 * What a limiter has to give: what its limits leave, how many more calls may be in flight, and whether it is paused. It
 * is told the time, and knows nobody who waits.
 */
export class Capacity {
  #ledger: Ledger;
  #inFlight = 0;
  /** 0 if it never was: time begins there, and an infinity would take another 16 bytes. */
  #pausedUntil = 0;
  // The next three are there only once they are needed: a million limiters may be idle.
  declare private most: number | AdaptiveLimit | undefined;
  declare private reacting: Reacting | undefined;
  /** The least total of each dimension; known once it is asked for. */
  declare private totals: ReturnType<typeof totalsOf> | undefined;

  constructor(limits: Limits | undefined, maxConcurrent?: number | Adaptive, clock?: WallClock) {
    this.#ledger = limits === undefined ? new Ledger() : Ledger.of('RateLimiter', limits, clock);
    if (maxConcurrent !== undefined) {
      this.#limitTo(maxConcurrent);
    }
  }

  /** What counts now: another one after a reset. */
  get ledger(): Ledger {
    return this.#ledger;
  }

  get inFlight(): number {
    return this.#inFlight;
  }

  /** When a pause ends that lasts now; minus infinity if none does. */
  pausedUntil(now: number): number {
    return this.#pausedUntil > now ? this.#pausedUntil : Number.NEGATIVE_INFINITY;
  }

  /** What answers throttled calls; undefined as long as none was, unless an adaptive limit hears of all calls. */
  get reactions(): Reacting | undefined {
    return this.reacting;
  }

  /** How many calls may be in flight; undefined if there is no limit. */
  get maxConcurrent(): number | undefined {
    const most = this.most;
    return typeof most === 'object' ? Math.floor(most.limit) : most;
  }

  /** Whether the limit on calls in flight is found by what becomes of them. */
  get isAdaptive(): boolean {
    return typeof this.most === 'object';
  }

  admits(cost: Units, now: number): boolean {
    return (
      !this.#isFull &&
      now >= this.#pausedUntil &&
      this.#ledger.fits(cost, now) &&
      (this.reacting === undefined || this.reactionsAt(now)?.admits(now) !== false)
    );
  }

  /** The largest part of a limit that a cost takes. */
  shareOf(cost: Units): number {
    this.totals ??= totalsOf(this.#ledger);
    return shareIn(this.totals, cost);
  }

  /** The first call was throttled. */
  react(reactions: Reacting): void {
    this.reacting = reactions;
  }

  /** Nobody waits. */
  rest(now: number): void {
    this.reacting?.rests(now);
  }

  /** Whether a limit of which nothing ever comes back has too little left. */
  isUsedUp(cost: Units, now: number): boolean {
    return this.#ledger.isUsedUp(cost, now);
  }

  draw(cost: Units, now: number): Slots {
    this.#inFlight += 1;
    return this.#ledger.draw(cost, now);
  }

  /** A call has ended; whether what is left has changed by that, but for its place in flight. Only then the time is looked at. */
  end(ledger: Ledger, grant: Grant, actual: PermitEnd, clock: { now(): number }): boolean {
    this.#inFlight -= 1;
    if (actual === 'refund') {
      ledger.refund(grant, clock.now());
      return true;
    }
    if (actual === undefined || !ledger.changes(grant, actual)) {
      return false;
    }
    ledger.settle(grant, actual, clock.now());
    return true;
  }

  /** Whether that is longer than it was paused for already. */
  pause(until: number, now: number): boolean {
    const isLonger = until > Math.max(now, this.#pausedUntil);
    if (isLonger) {
      this.#pausedUntil = until;
    }
    return isLonger;
  }

  /** Whether it was paused. */
  resume(now: number): boolean {
    const wasPaused = this.#pausedUntil > now;
    this.#pausedUntil = 0;
    return wasPaused;
  }

  sync(info: RateLimitInfo, now: number): void {
    const reported = info as { readonly [dimension: string]: RateLimitInfo['requests'] };
    for (const dimension of this.#ledger.dimensions) {
      if (reported[dimension] !== undefined) {
        this.#ledger.sync(dimension, reported[dimension], now);
      }
    }
  }

  /** Other numbers from now on; what is undefined stays. Throws unless the limits have the same dimensions as before. */
  update(
    owner: string,
    limits: Limits | undefined,
    maxConcurrent: number | Adaptive | undefined,
    clock: WallClock,
  ): void {
    if (limits !== undefined) {
      const ledger = Ledger.of(owner, limits, clock);
      const [before, given] = [this.#ledger, ledger].map(({ dimensions }) => dimensions.sort().join(', '));
      if (before !== given) {
        throw new TypeError(`${owner}: limits must have the dimensions as before, ${before || 'none'}; got ${given}`);
      }
      this.#ledger.update(ledger, clock.now());
      this.totals = undefined;
    }
    if (maxConcurrent !== undefined) {
      this.#limitTo(maxConcurrent);
    }
  }

  /** What counts, and a pause, as plain JSON. */
  snapshot(clock: WallClock): unknown {
    const now = clock.now();
    const { toWall } = clock;
    const paused = this.#pausedUntil > now ? { pausedUntil: this.#pausedUntil + toWall } : {};
    return { policy: 'limiter', at: now + toWall, limits: this.#ledger.save(toWall, now), ...paused };
  }

  restore(initial: unknown, clock: WallClock): void {
    const { at, limits, pausedUntil } = checkSnapshot('RateLimiter', 'limiter', initial);
    const shift = shiftOf(at, clock);
    this.#ledger.load(limits, shift, clock.now());
    if (pausedUntil !== undefined) {
      this.pause(pausedUntil + shift, clock.now());
    }
  }

  /** Forgets everything but what is in flight. */
  reset(): void {
    this.#ledger = this.#ledger.unused();
    this.#pausedUntil = 0;
    this.reacting = this.isAdaptive ? this.reacting : undefined;
  }

  /** Whether a call behind so many others has to wait for one that is in flight. */
  isFullBehind(ahead: number): boolean {
    return this.maxConcurrent !== undefined && this.#inFlight + ahead >= this.maxConcurrent;
  }

  /** When `cost` will be admitted if nothing else is taken, but for the pace of so many `ahead`. */
  due(cost: Units, now: number, ahead = 0): number {
    const own = this.#ownDue(cost, now);
    const reactions = this.reacting === undefined ? undefined : this.reactionsAt(now);
    return reactions === undefined ? own : Math.max(own, reactions.due(now, ahead));
  }

  /** As `due`, for the next that waits: the pace goes on while that waits for nothing else. */
  awaits(cost: Units, now: number): number {
    const own = this.#ownDue(cost, now);
    return this.reacting === undefined ? own : (this.reactionsAt(now)?.awaits(own, now) ?? own);
  }

  #ownDue(cost: Units, now: number): number {
    return this.#isFull ? Number.POSITIVE_INFINITY : Math.max(this.#ledger.due(cost, now), this.#pausedUntil);
  }

  isUnused(now: number): boolean {
    return this.#inFlight === 0 && this.#pausedUntil <= now && this.#ledger.isUnused(now);
  }

  /** When what is used, or the pause, next changes by itself. */
  nextChange(now: number): number {
    const paused = this.#pausedUntil > now ? this.#pausedUntil : Number.POSITIVE_INFINITY;
    const forgotten = this.reactionsAt(now)?.forgottenAt ?? Number.POSITIVE_INFINITY;
    return Math.min(paused, forgotten, this.#ledger.nextChange(now) ?? Number.POSITIVE_INFINITY);
  }

  /** The states of all limits, by dimension; `shift` is added to every time. */
  states(now: number, shift: number): { readonly [dimension: string]: readonly LimitState[] } {
    const { dimensions } = this.#ledger;
    return Object.fromEntries(dimensions.map((dimension) => [dimension, this.#ledger.states(dimension, now, shift)]));
  }

  #limitTo(maxConcurrent: number | Adaptive): void {
    const wasAdaptive = this.isAdaptive;
    this.most = isAdaptive(maxConcurrent) ? maxConcurrent.create() : maxConcurrent;
    if (typeof this.most === 'object') {
      this.reacting = new AdaptiveReactions(this.most);
    } else if (wasAdaptive) {
      this.reacting = undefined;
    }
  }

  /** As `reactions`: they are forgotten when nothing was throttled for long. */
  reactionsAt(now: number): Reacting | undefined {
    if (this.reacting !== undefined && now >= this.reacting.forgottenAt) {
      this.reacting = undefined;
    }
    return this.reacting;
  }

  /** Whether as many calls are in flight as may be. */
  get #isFull(): boolean {
    const most = this.most;
    return most !== undefined && this.#inFlight >= (typeof most === 'object' ? Math.floor(most.limit) : most);
  }
}
