import { Options, show } from '../internal/options';
import type { SlidingWindow, TokenBucket } from '../quota/limits';

/**
 * At most `limit` units in each window of `window` ms, counted from 0 of the scheduler's clock: all that was used is free
 * again at once when the next window begins. Made by {@link fixedWindow}.
 *
 * @category Fakes
 */
export interface FixedWindow {
  /** Which limit this is. */
  readonly kind: 'fixed';
  /** Units: a whole number of at least 1. */
  readonly limit: number;
  /** ms, above 0. */
  readonly window: number;
}

/**
 * A limit of a fake provider: a token bucket, an exact window, or a fixed one.
 *
 * @category Fakes
 */
export type FakeLimit = SlidingWindow | TokenBucket | FixedWindow;

/**
 * What the limits of a fake provider count. A request takes its tokens of input and output when it comes in.
 *
 * @category Fakes
 */
export type FakeDimension = 'requests' | 'tokens' | 'inputTokens' | 'outputTokens';

/**
 * The limits of a fake provider: one, several, or several for each dimension. A bare limit (or list) limits `requests`.
 *
 * @category Fakes
 */
export type FakeLimits =
  | FakeLimit
  | readonly FakeLimit[]
  | { readonly [dimension in FakeDimension]?: FakeLimit | readonly FakeLimit[] };

/**
 * A limit as many providers have it: a count that begins anew with each minute. It lets twice the limit through where
 * two windows meet.
 *
 * @param options `limit`: units, a whole number of at least 1. `window`: ms, above 0.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Fakes
 *
 * @example
 * ```ts
 * import { fakeProvider, fixedWindow } from 'rxjs-resilience/testing';
 *
 * const provider = fakeProvider({ limits: fixedWindow({ limit: 60, window: 60_000 }) });
 * ```
 */
export function fixedWindow(options: { readonly limit: number; readonly window: number }): FixedWindow {
  new Options('fixedWindow', options, ['limit', 'window'])
    .required('limit', 'window')
    .whole('limit', 1)
    .positive('window');
  return Object.freeze({ kind: 'fixed', limit: options.limit, window: options.window });
}

const dimensions: readonly FakeDimension[] = ['requests', 'tokens', 'inputTokens', 'outputTokens'];
const kinds = ['window', 'bucket', 'fixed'];

/** The limits with their dimensions, in a list; throws for what is no limit. */
export function limitsOf(owner: string, limits: FakeLimits | undefined): [FakeDimension, FakeLimit][] {
  if (limits === undefined) {
    return [];
  }
  const named = Array.isArray(limits) || isLimit(limits) ? { requests: limits } : limits;
  new Options(owner, named, dimensions);
  return Object.entries(named).flatMap(([dimension, given]) =>
    (Array.isArray(given) ? given : [given]).map((limit: unknown): [FakeDimension, FakeLimit] => {
      if (!isLimit(limit)) {
        throw new TypeError(
          `${owner}: limits must be made by tokenBucket(), fixedWindow(), perMinute() and so on, got ${show(limit)} for ${dimension}`,
        );
      }
      return [dimension as FakeDimension, limit];
    }),
  );
}

function isLimit(value: unknown): value is FakeLimit {
  return kinds.includes((value as FakeLimit | null | undefined)?.kind as string);
}
