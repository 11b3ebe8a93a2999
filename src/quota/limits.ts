import { checkLimit } from './check-limits';
import type { CalendarWindow, InTotal, SlidingWindow, TokenBucket } from './limit';

export { limitsByDimension } from './check-limits';
export {
  type CalendarWindow,
  type CallLimits,
  type Cost,
  type DimensionLimits,
  dimensionsOf,
  type InTotal,
  isLimit,
  isRolling,
  type Limit,
  type Limits,
  leastOf,
  periodOf,
  type RollingLimit,
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
 * @param options `limit`: units, above 0; a policy that counts requests or tokens asks for a whole number. `window`: ms, above 0, at most 2 ** 53.
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
 * @param options `capacity`: units, above 0; a policy that counts requests or tokens asks for a whole number. `refill`: units above 0, of which each takes at most
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
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perSecond(n: number): SlidingWindow {
  return windowOf('perSecond', n, 1_000);
}

/**
 * At most `n` units in any 60 seconds: `slidingWindow({ limit: n, window: 60_000 })`.
 *
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perMinute(n: number): SlidingWindow {
  return windowOf('perMinute', n, 60_000);
}

/**
 * At most `n` units in any 60 minutes: `slidingWindow({ limit: n, window: 3_600_000 })`.
 *
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
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
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perDay(n: number): SlidingWindow {
  return windowOf('perDay', n, 86_400_000);
}

/**
 * At most `limit` units in each hour, day, week or month of the calendar, by the clocks of a time zone. At its boundary
 * everything is free again, also where a day has 23 or 25 hours: so a burst at midnight can be twice the limit. Weeks begin
 * on Monday.
 *
 * @param options `limit`: units, above 0; a policy that counts requests or tokens asks for a whole number. `every`: what
 * begins anew. `timeZone`: `'UTC'`, which is the default, or an IANA name such as `'Europe/Berlin'`.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { calendarWindow, TokenBudget } from 'rxjs-resilience';
 *
 * const budget = new TokenBudget({
 *   limits: calendarWindow({ limit: 5_000_000, every: 'week', timeZone: 'Europe/Berlin' }),
 * });
 * ```
 */
export function calendarWindow(options: {
  limit: number;
  every: 'hour' | 'day' | 'week' | 'month';
  timeZone?: string | undefined;
}): CalendarWindow {
  const { timeZone = 'UTC' } = Object(options) as typeof options;
  return checkLimit('calendarWindow', { ...options, timeZone, kind: 'calendar' }) as CalendarWindow;
}

/**
 * At most `n` units in each calendar day: `calendarWindow({ limit: n, every: 'day', timeZone })`.
 *
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @param timeZone Default `'UTC'`.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perCalendarDay(n: number, timeZone?: string): CalendarWindow {
  return calendarOf('perCalendarDay', n, 'day', timeZone);
}

/**
 * At most `n` units in each calendar month: `calendarWindow({ limit: n, every: 'month', timeZone })`.
 *
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @param timeZone Default `'UTC'`.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 */
export function perCalendarMonth(n: number, timeZone?: string): CalendarWindow {
  return calendarOf('perCalendarMonth', n, 'month', timeZone);
}

/**
 * At most `n` units ever: nothing of it comes back with time. A limiter refuses what it keeps from fitting, with the
 * reason `used-up`.
 *
 * @param n Above 0; a policy that counts requests or tokens asks for a whole number.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Limits
 *
 * @example
 * ```ts
 * import { inTotal, TokenBudget } from 'rxjs-resilience';
 *
 * const trial = new TokenBudget({ limits: inTotal(100_000) });
 * ```
 */
export function inTotal(n: number): InTotal {
  return checkLimit('inTotal', { kind: 'total', limit: n }) as InTotal;
}

function calendarOf(owner: string, limit: number, every: CalendarWindow['every'], timeZone = 'UTC'): CalendarWindow {
  return checkLimit(owner, { kind: 'calendar', limit, every, timeZone }) as CalendarWindow;
}

function windowOf(owner: string, limit: number, window: number): SlidingWindow {
  return checkLimit(owner, { kind: 'window', limit, window }) as SlidingWindow;
}
