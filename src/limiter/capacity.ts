import type { RateLimitInfo } from '../provider';
import type { Grant, Slots } from '../quota/grant';
import { Ledger } from '../quota/ledger';
import type { Limits, Units } from '../quota/limits';
import type { LimitState } from '../quota/meter';
import type { PermitEnd } from './local-permit';

/**
 * What a limiter has to give: what its limits leave, how many more calls may be in flight, and whether it is paused. It
 * is told the time, and knows nobody who waits.
 */
export class Capacity {
  #ledger: Ledger;
  #inFlight = 0;
  /** 0 if it never was: time begins there, and an infinity would take another 16 bytes. */
  #pausedUntil = 0;

  constructor(
    limits: Limits | undefined,
    private readonly maxConcurrent?: number,
  ) {
    this.#ledger = limits === undefined ? new Ledger() : Ledger.of('RateLimiter', limits);
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

  admits(cost: Units, now: number): boolean {
    return !this.#isFull && now >= this.#pausedUntil && this.#ledger.fits(cost, now);
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

  /** Forgets everything but what is in flight. */
  reset(): void {
    this.#ledger = this.#ledger.unused();
    this.#pausedUntil = 0;
  }

  /** Whether a call behind so many others has to wait for one that is in flight. */
  isFullBehind(ahead: number): boolean {
    return this.maxConcurrent !== undefined && this.#inFlight + ahead >= this.maxConcurrent;
  }

  /** When `cost` will be admitted if nothing else is taken. */
  due(cost: Units, now: number): number {
    return this.#isFull ? Number.POSITIVE_INFINITY : Math.max(this.#ledger.due(cost, now), this.#pausedUntil);
  }

  isUnused(now: number): boolean {
    return this.#inFlight === 0 && this.#pausedUntil <= now && this.#ledger.isUnused(now);
  }

  /** When what is used, or the pause, next changes by itself. */
  nextChange(now: number): number {
    const paused = this.#pausedUntil > now ? this.#pausedUntil : Number.POSITIVE_INFINITY;
    return Math.min(paused, this.#ledger.nextChange(now) ?? Number.POSITIVE_INFINITY);
  }

  /** The states of all limits, by dimension; `shift` is added to every time. */
  states(now: number, shift: number): { readonly [dimension: string]: readonly LimitState[] } {
    const { dimensions } = this.#ledger;
    return Object.fromEntries(dimensions.map((dimension) => [dimension, this.#ledger.states(dimension, now, shift)]));
  }

  /** Whether as many calls are in flight as may be. */
  get #isFull(): boolean {
    return this.maxConcurrent !== undefined && this.#inFlight >= this.maxConcurrent;
  }
}
