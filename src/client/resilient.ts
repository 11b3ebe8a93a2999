import type { MonoTypeOperatorFunction } from 'rxjs';
import { sharedRuntime } from '../internal/shared-runtime';
import { providerReaders } from '../provider';
import { foreignGuards } from './foreign-guards';
import { guardedBy } from './guarded-by';
import { hedgesOf } from './hedges';
import type { ResilientConfig, ResilientOptions } from './resilient-config';

export type { ResilientConfig, ResilientOptions } from './resilient-config';

/**
 * All guards in the right order: total timeout, retry, permit, reservation, breaker, timeouts of an attempt, source.
 *
 * ![Takes a permit for every attempt, so that retries stay inside the limit as
 * well](../../docs/marbles/resilient-1.svg)
 *
 * Every attempt takes its own permit and its own reservation; a breaker that opened while a call stood in the queue still
 * refuses it, and then both go back in full; timeouts are failures; an open breaker is not retried.
 *
 * @param config Policies that many calls share, never their configs; `retryBackoff` is a config, for it has no state.
 * @param options What each call of this source wants.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with what the last attempt failed
 * with, with a `TimeoutError` of RxJS, or with the refusal of a policy.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { CircuitBreaker, perMinute, RateLimiter, resilient } from 'rxjs-resilience';
 *
 * const guarded = {
 *   retryBackoff: { maxRetries: 5 },
 *   rateLimit: new RateLimiter({ limits: perMinute(60) }),
 *   circuitBreak: new CircuitBreaker(),
 *   timeout: { first: 10_000, each: 5_000 },
 * };
 *
 * defer(() => Promise.resolve('hello')).pipe(resilient(guarded)).subscribe(console.log); // -> hello
 * ```
 */
export function resilient<T>(config: ResilientConfig, options: ResilientOptions<T> = {}): MonoTypeOperatorFunction<T> {
  return guardedBy(config, options, {
    readers: providerReaders,
    ...sharedRuntime,
    foreign: foreignGuards,
    hedgesOf,
  });
}
