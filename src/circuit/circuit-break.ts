import type { MonoTypeOperatorFunction } from 'rxjs';
import { isContentChunk } from '../provider';
import type { Breaker } from './breaker';
import { brokenBy } from './broken-by';
import type { CircuitBreakOptions } from './circuit-break-options';

export type { CircuitBreakOptions } from './circuit-break-options';

/**
 * Subscribes to the source if the breaker lets the call through, and tells the breaker how the call ended.
 *
 * ![Opens after two failures, refuses while it is open, and closes after a probe that
 * succeeds](../../docs/marbles/circuit-break-1.svg)
 *
 * One subscription is one outcome: complete is a success, an error what the breaker's `outcome` says, and an
 * unsubscription a success only if content has come. A probe succeeds with its first content, unless it fails later.
 *
 * @param breaker A `CircuitBreaker`, or anything that implements `Breaker`; never a config, which would make a breaker
 * of its own for every call.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `CircuitOpenError`.
 * @category Operators
 *
 * @example
 * ```ts
 * import { defer } from 'rxjs';
 * import { CircuitBreaker, circuitBreak } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3 });
 *
 * defer(() => Promise.resolve('hello')).pipe(circuitBreak(breaker)).subscribe(console.log); // -> hello
 * ```
 */
export function circuitBreak<T>(breaker: Breaker, options: CircuitBreakOptions<T> = {}): MonoTypeOperatorFunction<T> {
  return brokenBy(breaker, options, isContentChunk);
}
