import type { CircuitBreakerConfig } from '../circuit/circuit-breaker-config';
import { LocalBreaker } from '../circuit/local-breaker';
import { bareReaders } from './bare-readers';

/**
 * `CircuitBreaker` of the main entry without its readers of errors: unless `outcome` says otherwise every error is a
 * failure, but what this library refused or rejected itself; and only the `retryAfter` of a client tells hints.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Core
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from 'rxjs-resilience/core';
 *
 * const isDown = (error: unknown) => ((error as { status?: number }).status ?? 503) >= 500;
 * const breaker = new CircuitBreaker({ outcome: (error) => (isDown(error) ? 'failure' : 'ignore') });
 * breaker.state$.subscribe((state) => console.log(state.status)); // -> closed
 * ```
 */
export class CircuitBreaker extends LocalBreaker {
  constructor(config: CircuitBreakerConfig = {}) {
    super(config, bareReaders);
  }
}
