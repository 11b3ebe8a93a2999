import { show } from '../internal/options';
import type { Breaker } from './breaker';

/** Throws unless this is a breaker; for a config it says why that will not do. */
export function checkBreaker(owner: string, breaker: unknown): void {
  if (typeof (breaker as Breaker | undefined)?.admit !== 'function') {
    throw new TypeError(
      `${owner}: breaker must be a CircuitBreaker that many calls share, not a config: ` +
        `make it once, new CircuitBreaker({ … }), outside of the pipe; got ${show(breaker)}`,
    );
  }
}
