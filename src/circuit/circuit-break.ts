import type { MonoTypeOperatorFunction } from 'rxjs';
import { chainOfOne } from '../guard/chain';
import { ContentReading } from '../guard/content-reading';
import type { Wants } from '../guard/guard';
import { guarded } from '../guard/guarded';
import { Options, show } from '../internal/options';
import { isContentChunk } from '../provider';
import type { Breaker } from './breaker';
import { BreakerGuard } from './breaker-guard';

/**
 * Options of {@link circuitBreak}.
 *
 * @category Operators
 */
export interface CircuitBreakOptions<T = unknown> {
  /** Whether a call fails at once while the breaker is open, or waits for its turn. Default `'error'`. */
  readonly whenOpen?: 'error' | 'wait' | undefined;
  /** How long it waits, in ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /**
   * Whether a value is content: the first one makes a probe a success. Default `isContentChunk`, which knows what an LLM
   * provider's chunks without content look like.
   */
  readonly isContent?: ((value: T) => boolean) | undefined;
}

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
  checkBreaker('circuitBreak', breaker);
  new Options('circuitBreak', options, ['whenOpen', 'maxWait', 'isContent'])
    .oneOf('whenOpen', ['error', 'wait'])
    .amount('maxWait', 'or Infinity')
    .functions('isContent');
  const waits = options.whenOpen === 'wait';
  if (waits && breaker.turn === undefined) {
    throw new TypeError("circuitBreak: whenOpen: 'wait' needs a breaker with turn(), got one without");
  }

  const { maxWait, isContent = isContentChunk } = options;
  const wants = { maxWait };
  const reading = new ContentReading<T>(isContent, false);
  const guard = new BreakerGuard(breaker, waits);
  return guarded<T, Wants>(
    chainOfOne(guard, guard.mustBeLookedAt),
    () => wants,
    () => reading,
  );
}

/** Throws unless this is a breaker; for a config it says why that will not do. */
export function checkBreaker(owner: string, breaker: unknown): void {
  if (typeof (breaker as Breaker | undefined)?.admit !== 'function') {
    throw new TypeError(
      `${owner}: breaker must be a CircuitBreaker that many calls share, not a config: ` +
        `make it once, new CircuitBreaker({ … }), outside of the pipe; got ${show(breaker)}`,
    );
  }
}
