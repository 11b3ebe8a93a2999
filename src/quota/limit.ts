/**
 * At most `limit` units in any `window` ms. Made by {@link slidingWindow} and its shorthands.
 *
 * @category Limits
 */
export interface SlidingWindow {
  /** Which limit this is. */
  readonly kind: 'window';
  /** Units, above 0. */
  readonly limit: number;
  /** ms, above 0, at most 2 ** 53. */
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
  /** Units that can be taken at once, above 0. */
  readonly capacity: number;
  /** Units that come back every `interval`, above 0. */
  readonly refill: number;
  /** ms, above 0. */
  readonly interval: number;
}

/**
 * At most `limit` units in each hour, day, week or month of the calendar. Made by {@link calendarWindow} and its
 * shorthands.
 *
 * @category Limits
 */
export interface CalendarWindow {
  /** Which limit this is. */
  readonly kind: 'calendar';
  /** Units, above 0. */
  readonly limit: number;
  /** What begins anew: weeks begin on Monday. */
  readonly every: 'hour' | 'day' | 'week' | 'month';
  /** By whose clocks: `'UTC'` or an IANA name such as `'Europe/Berlin'`. */
  readonly timeZone: string;
}

/**
 * At most `limit` units ever. Made by {@link inTotal}.
 *
 * @category Limits
 */
export interface InTotal {
  /** Which limit this is. */
  readonly kind: 'total';
  /** Units, above 0. */
  readonly limit: number;
}

/**
 * One limit: a plain description without state, so that one value can be given to many policies.
 *
 * @category Limits
 */
export type Limit = SlidingWindow | TokenBucket | CalendarWindow | InTotal;

/**
 * The limits of a policy: one, several, or several for each named dimension (`requests`, `tokens`, …).
 * A bare limit (or list) limits `requests`.
 *
 * @category Limits
 */
export type Limits<D extends string = string> = Limit | readonly Limit[] | DimensionLimits<D>;

/**
 * One limit, or several, for each named dimension.
 *
 * @category Limits
 */
export type DimensionLimits<D extends string> = { readonly [dimension in D]: Limit | readonly Limit[] };

/**
 * What calls of a client take of a limiter.
 *
 * @category Limits
 */
export interface CallLimits {
  /** How many requests may begin. */
  readonly requests?: Limit | readonly Limit[];
  /** How many tokens may be used, input and output together. */
  readonly tokens?: Limit | readonly Limit[];
  /** How many tokens may be read, for providers that limit these apart. */
  readonly inputTokens?: Limit | readonly Limit[];
  /** How many tokens may be generated, for providers that limit these apart. */
  readonly outputTokens?: Limit | readonly Limit[];
}

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

const requestsOnly: readonly string[] = Object.freeze(['requests']);

/** The dimensions of limits that have been checked. */
export function dimensionsOf(limits: Limits = {}): readonly string[] {
  return isBare(limits) ? requestsOnly : Object.keys(limits);
}

/** The most that can ever be granted at once. */
export function totalOf(limit: Limit): number {
  return limit.kind === 'bucket' ? limit.capacity : limit.limit;
}

/** ms in which an empty limit becomes full. */
export function periodOf(limit: RollingLimit): number {
  return limit.kind === 'window' ? limit.window : (limit.capacity / limit.refill) * limit.interval;
}

/** A limit of which units come back one by one. */
export type RollingLimit = SlidingWindow | TokenBucket;

export function isRolling(limit: Limit): limit is RollingLimit {
  return limit.kind === 'window' || limit.kind === 'bucket';
}

/** What a limit is but for its numbers: its kind, and the time over which it counts. */
export function identityOf(limit: Limit): string {
  switch (limit.kind) {
    case 'window':
      return `window/${limit.window}`;
    case 'bucket':
      return `bucket/${limit.interval}`;
    case 'calendar':
      return `calendar/${limit.every}/${limit.timeZone}`;
    default:
      return 'total';
  }
}

const grain = 2e-6;

/** What is asked for where nothing is: as soon as so much is left, something is. Meters are exact to half of it. */
export function leastOf(limits: readonly Limit[]): number {
  const refills = limits.map((limit) => (limit.kind === 'bucket' ? limit.refill / limit.interval : 0));
  return grain * Math.max(1, ...refills); // in tokens, and in ms
}

export function isBare(limits: Limits): limits is Limit | readonly Limit[] {
  return Array.isArray(limits) || isLimit(limits);
}

export function isLimit(value: unknown): value is Limit {
  return isObject(value) && ['window', 'bucket', 'calendar', 'total'].includes(value.kind as string);
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
