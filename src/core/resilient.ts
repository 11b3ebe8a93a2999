import type { MonoTypeOperatorFunction } from 'rxjs';
import { foreignGuards } from '../client/foreign-guards';
import { guardedBy } from '../client/guarded-by';
import { hedgesOf } from '../client/hedges';
import type { ResilientOptions } from '../client/resilient-config';
import { plainRuntime } from '../internal/runtime';
import { bareReaders } from './bare-readers';
import { checkRetry } from './check-retry';
import type { CoreResilientConfig } from './core-config';

/**
 * `resilient` of the main entry without its readers of errors and chunks: `retryIf` and `retryAfter` of `retryBackoff` must
 * be given, and only the functions of the call's options say what a value means.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { perSecond, RateLimiter, resilient } from 'rxjs-resilience/core';
 *
 * const rateLimit = new RateLimiter({ limits: perSecond(5) });
 * of('answer').pipe(resilient({ rateLimit, timeout: { total: 60_000 } })).subscribe(console.log); // -> answer
 * ```
 */
export function resilient<T>(
  config: CoreResilientConfig,
  options: ResilientOptions<T> = {},
): MonoTypeOperatorFunction<T> {
  if (config?.retryBackoff !== undefined) {
    checkRetry('resilient of rxjs-resilience/core: retryBackoff', config.retryBackoff);
  }
  return guardedBy(config, options, {
    readers: bareReaders,
    ...plainRuntime,
    foreign: foreignGuards,
    hedgesOf,
  });
}
