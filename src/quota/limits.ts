/**
 * At most `limit` units in any `window` ms. Made by {@link slidingWindow} and its shorthands.
 *
 * @category Limits
 */
export interface SlidingWindow {
  /** Which limit this is. */
  readonly kind: 'window';
  /** Units: a whole number of at least 1. */
  readonly limit: number;
  /** ms, above 0. */
  readonly window: number;
}

/**
 * `refill` units every `interval` ms, bursts to `capacity`. Made by {@link tokenBucket}.
 *
 * @category Limits
 */
export interface TokenBucket {
  /** Which limit this is. */
  readonly kind: 'bucket';
  /** Units that can be taken at once: a whole number of at least 1. */
  readonly capacity: number;
  /** Units that come back every `interval`, above 0. */
  readonly refill: number;
  /** ms, above 0. */
  readonly interval: number;
}

/**
 * One limit: a plain description without state, so that one value can be given to many policies.
 *
 * @category Limits
 */
export type Limit = SlidingWindow | TokenBucket;

/**
 * The limits of a policy: one, several, or several for each named dimension (`requests`, `tokens`, …).
 * A bare limit (or list) limits `requests`.
 *
 * @category Limits
 */
export type Limits<D extends string = string> =
  | Limit
  | readonly Limit[]
  | { readonly [dimension in D]: Limit | readonly Limit[] };

/**
 * Amounts by dimension, for example `{ requests: 1, tokens: 1200 }`.
 *
 * @category Limits
 */
export type Units = { readonly [dimension: string]: number };

/**
 * Amounts in known dimensions only: a typo does not compile.
 *
 * @category Limits
 */
export type UnitsOf<D extends string> = { readonly [dimension in D | 'requests']?: number };

/**
 * What a call takes. A number means requests; in `Units` an omitted `requests` is 1, any other omitted dimension 0.
 *
 * @category Limits
 */
export type Cost<D extends string = string> = number | UnitsOf<D>;

/**
 * At most `limit` units in any half-open interval of `window` ms: a unit that is granted at `t` is free again at
 * exactly `t + window`. Not a calendar window and not an approximation: no double burst at an edge.
 *
 * @param options `limit`: units, a whole number of at least 1. `window`: ms, above 0.
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
 * @param options `capacity`: units, a whole number of at least 1. `refill`: units above 0. `interval`: ms above 0.
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

const grain = 2e-6;

const fields = {
  window: ['kind', 'limit', 'window'],
  bucket: ['kind', 'capacity', 'refill', 'interval'],
} as const;

/** Returns the limit, frozen, or throws an error that names the field and shows its value. */
export function checkLimit(owner: string, limit: unknown): Limit {
  if (!isLimit(limit)) {
    throw new TypeError(
      `${owner}: a limit is made by slidingWindow(), tokenBucket(), perSecond() and so on, got ${show(limit)}`,
    );
  }
  const known = fields[limit.kind];
  const given = (Object.isFrozen(limit) ? limit : Object.freeze({ ...limit })) as Limit & Record<string, unknown>;
  for (const name of Object.keys(given)) {
    if (!(known as readonly string[]).includes(name)) {
      throw new TypeError(`${owner}: unknown option ${name}: ${show(given[name])}`);
    }
  }
  for (const name of known.slice(1)) {
    const value = given[name];
    if (typeof value !== 'number') {
      throw new TypeError(`${owner}: ${name} must be a number, got ${show(value)}`);
    }
    const whole = name === 'limit' || name === 'capacity';
    if (!(value > 0 && value < Number.POSITIVE_INFINITY) || (whole && !Number.isInteger(value))) {
      throw new RangeError(`${owner}: ${name} must be a finite ${whole ? 'whole ' : ''}number above 0, got ${value}`);
    }
  }
  return given;
}

/** The limits as a list for each dimension; throws for empty lists and for what is no limit. */
export function limitsByDimension(owner: string, limits: Limits): Map<string, readonly Limit[]> {
  const named = isBare(limits) ? { requests: limits } : limits;
  if (!isObject(named) || Object.keys(named).length === 0) {
    throw new TypeError(`${owner}: limits must hold at least one limit, got ${show(limits)}`);
  }
  const byDimension = new Map<string, readonly Limit[]>();
  for (const [dimension, value] of Object.entries(named)) {
    const list: unknown[] = Array.isArray(value) ? value : [value];
    if (dimension in Object.prototype) {
      throw new TypeError(
        `${owner}: limits.${dimension}: a dimension must not have the name of a member of Object.prototype`,
      );
    }
    if (list.length === 0) {
      throw new RangeError(`${owner}: limits.${dimension} must hold at least one limit, got []`);
    }
    byDimension.set(
      dimension,
      list.map((limit) => checkLimit(`${owner}: limits.${dimension}`, limit)),
    );
  }
  return byDimension;
}

const requestsOnly: readonly string[] = Object.freeze(['requests']);

/** The dimensions of limits that have been checked. */
export function dimensionsOf(limits: Limits = {}): readonly string[] {
  return isBare(limits) ? requestsOnly : Object.keys(limits);
}

/** The most that can ever be granted at once. */
export function totalOf(limit: Limit): number {
  return limit.kind === 'window' ? limit.limit : limit.capacity;
}

/** ms in which an empty limit becomes full. */
export function periodOf(limit: Limit): number {
  return limit.kind === 'window' ? limit.window : (limit.capacity / limit.refill) * limit.interval;
}

/** What is asked for where nothing is: as soon as so much is left, something is. Meters are exact to half of it. */
export function leastOf(limits: readonly Limit[]): number {
  const refills = limits.map((limit) => (limit.kind === 'bucket' ? limit.refill / limit.interval : 0));
  return grain * Math.max(1, ...refills); // in tokens, and in ms
}

function isBare(limits: Limits): limits is Limit | readonly Limit[] {
  return Array.isArray(limits) || isLimit(limits);
}

export function isLimit(value: unknown): value is Limit {
  return isObject(value) && (value.kind === 'window' || value.kind === 'bucket');
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}

/** A short picture of a value for an error message. */
function show(value: unknown): string {
  try {
    return typeof value === 'number' ? String(value) : (JSON.stringify(value) ?? String(value)).slice(0, 200);
  } catch {
    return Object.prototype.toString.call(value);
  }
}
