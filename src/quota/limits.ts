import { checkLimit } from './check-limits';
import type { SlidingWindow, TokenBucket } from './limit';

export { limitsByDimension } from './check-limits';
export {
  type Cost,
  dimensionsOf,
  isLimit,
  type Limit,
  type Limits,
  leastOf,
  periodOf,
  type SlidingWindow,
  type TokenBucket,
  totalOf,
  type Units,
  type UnitsOf,
} from './limit';

/**
 * At most `limit` units in any half-open interval of `window` ms: a unit that is granted at `t` is free again at
 * exactly `t + window`. Not a calendar window and not an approximation: no double burst at an edge. A window of more than
 * an hour is counted in 86,400 slots, so that it takes little memory: there is never a unit too many, but a unit may be
 * free again up to a slot later (1 s of a day).
 *
 * @param options `limit`: units, a whole number of at least 1. `window`: ms, above 0, at most 2 ** 53.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { RateLimiter, slidingWindow } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ limits: slidingWindow({ limit: 50, window: 60_000 }) });
 * ```
 */
export function slidingWindow(options: { limit: number; window: number }): SlidingWindow {
  return checkLimit('slidingWindow', { ...options, kind: 'window' }) as SlidingWindow;
}

/**
 * `refill` units every `interval` ms, continuously, with bursts up to `capacity`; starts full.
 * Kept as one number by the generic cell rate algorithm (ITU-T I.371).
 *
 * @param options `capacity`: units, a whole number of at least 1. `refill`: units above 0, of which each takes at most
 * 2 ** 53 ms. `interval`: ms above 0.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { RateLimiter, tokenBucket } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ limits: { tokens: tokenBucket({ capacity: 90_000, refill: 1_500, interval: 1_000 }) } });
 * ```
 */
export function tokenBucket(options: { capacity: number; refill: number; interval: number }): TokenBucket {
  return checkLimit('tokenBucket', { ...options, kind: 'bucket' }) as TokenBucket;
}

/**
 * At most `n` units in any second: `slidingWindow({ limit: n, window: 1_000 })`.
 *
 * @param n A whole number of at least 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perSecond(n: number): SlidingWindow {
  return windowOf('perSecond', n, 1_000);
}

/**
 * At most `n` units in any 60 seconds: `slidingWindow({ limit: n, window: 60_000 })`.
 *
 * @param n A whole number of at least 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perMinute(n: number): SlidingWindow {
  return windowOf('perMinute', n, 60_000);
}

/**
 * At most `n` units in any 60 minutes: `slidingWindow({ limit: n, window: 3_600_000 })`.
 *
 * @param n A whole number of at least 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perHour(n: number): SlidingWindow {
  return windowOf('perHour', n, 3_600_000);
}

/**
 * At most `n` units in any 24 hours (rolling, no calendar day): `slidingWindow({ limit: n, window: 86_400_000 })`.
 * Counted by the second.
 *
 * @param n A whole number of at least 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perDay(n: number): SlidingWindow {
  return windowOf('perDay', n, 86_400_000);
}

function windowOf(owner: string, limit: number, window: number): SlidingWindow {
  return checkLimit(owner, { kind: 'window', limit, window }) as SlidingWindow;
}
