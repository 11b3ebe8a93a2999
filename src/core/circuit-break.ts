import type { MonoTypeOperatorFunction } from 'rxjs';
import type { Breaker } from '../circuit/breaker';
import { brokenBy } from '../circuit/broken-by';
import type { CircuitBreakOptions } from '../circuit/circuit-break-options';

/**
 * `circuitBreak` of the main entry without its readers of chunks: every value is content unless `isContent` says otherwise.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @returns A function that returns an Observable that mirrors the source, or errors with `CircuitOpenError`.
 * @category Core
 *
 * @example
 * ```ts
 * import { of } from 'rxjs';
 * import { CircuitBreaker, circuitBreak } from 'rxjs-resilience/core';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3 });
 * of('hello').pipe(circuitBreak(breaker)).subscribe(console.log); // -> hello
 * ```
 */
export function circuitBreak<T>(breaker: Breaker, options: CircuitBreakOptions<T> = {}): MonoTypeOperatorFunction<T> {
  return brokenBy(breaker, options, undefined);
}
