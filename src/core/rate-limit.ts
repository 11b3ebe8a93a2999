import type { MonoTypeOperatorFunction } from 'rxjs';
import { limitedBy } from '../limiter/limited-by';
import type { Limiter } from '../limiter/limiter';
import type { RateLimitOptions } from '../limiter/rate-limit-options';
import { bareReaders } from './bare-readers';

/**
 * `rateLimit` of the main entry without its readers of errors: the limiter hears nothing of what a call failed with. If a
 * server asks all callers to wait, call `pause` of the limiter.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `PermitRefusedError`.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { perSecond, RateLimiter, rateLimit } from 'rxjs-resilience/core';
 *
 * const limiter = new RateLimiter({ limits: perSecond(5) });
 * of('answer').pipe(rateLimit(limiter)).subscribe(console.log); // -> answer
 * ```
 */
export function rateLimit<T, D extends string = string>(
  limiter: Limiter<D>,
  options: RateLimitOptions<T, D> = {},
): MonoTypeOperatorFunction<T> {
  return limitedBy(limiter, options, bareReaders);
}
