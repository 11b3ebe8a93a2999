import type { MonoTypeOperatorFunction } from 'rxjs';
import { limiterReaders } from '../provider';
import { limitedBy } from './limited-by';
import type { Limiter } from './limiter';
import type { RateLimitOptions } from './rate-limit-options';

export type { RateLimitOptions } from './rate-limit-options';

/**
 * Subscribes to the source when the limiter grants a permit.
 *
 * ![Lets two calls through and holds the third until the window has room](../../docs/marbles/rate-limit-1.svg)
 *
 * The call waits in the limiter's line together with all other calls that share it. Values pass as they are; what they
 * report settles the permit. Unsubscribing gives the place in line up.
 *
 * @param limiter A `RateLimiter`, or anything that implements `Limiter`; never a config, which would make a limiter of
 * its own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `PermitRefusedError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer, from, mergeMap } from 'rxjs';
 * import { perSecond, RateLimiter, rateLimit } from 'rxjs-resilience';
 *
 * const limiter = new RateLimiter({ limits: perSecond(5) });
 * const ask = (prompt: string) => defer(() => Promise.resolve(`answer to ${prompt}`));
 *
 * from(['one', 'two', 'three'])
 *   .pipe(mergeMap((prompt) => ask(prompt).pipe(rateLimit(limiter))))
 *   .subscribe(console.log);
 * // -> answer to one
 * // -> answer to two
 * // -> answer to three
 * ```
 */
export function rateLimit<T, D extends string = string>(
  limiter: Limiter<D>,
  options: RateLimitOptions<T, D> = {},
): MonoTypeOperatorFunction<T> {
  return limitedBy(limiter, options, limiterReaders);
}
