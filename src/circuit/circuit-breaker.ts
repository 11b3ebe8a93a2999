import { breakerReaders } from '../provider';
import type { CircuitBreakerConfig } from './circuit-breaker-config';
import { LocalBreaker } from './local-breaker';

export type { CircuitBreakerConfig, HalfOpenConfig } from './circuit-breaker-config';
export type { CircuitBreakerEvent, CircuitBreakerState, CircuitStatus } from './circuit-breaker-state';

/**
 * Says "not now" to calls while a provider is down, and finds out with a few probes when it is back.
 *
 * One breaker is shared by all calls to the same provider. A call is judged at its end, in the generation that admitted it:
 * late results of calls that began before the breaker opened decide nothing. A probe is judged at its first content, and
 * again if it fails after it.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { CircuitBreaker } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ failureThreshold: 3, recoveryTimeout: 10_000 });
 * breaker.state$.subscribe((state) => console.log(state.status)); // -> closed
 * ```
 */
export class CircuitBreaker extends LocalBreaker {
  constructor(config: CircuitBreakerConfig = {}) {
    super(config, breakerReaders);
  }
}
