import type { Observable } from 'rxjs';
import { grantsOf } from '../guard/grants';
import { checkWaitOptions } from '../internal/options';
import { PolicyFacade } from '../internal/policy/facade';
import { Clock } from '../internal/time/clock';
import type { Admission, Breaker, TurnOptions } from './breaker';
import { type CircuitBreakerConfig, settingsOf } from './circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from './circuit-breaker-state';
import { CircuitCore } from './circuit-core';
import type { CircuitOpenError } from './circuit-open-error';

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
export class CircuitBreaker extends PolicyFacade<CircuitBreakerState, CircuitBreakerEvent> implements Breaker {
  /** @internal */
  readonly core: CircuitCore;

  constructor(config: CircuitBreakerConfig = {}) {
    super();
    this.core = new CircuitCore(settingsOf(config), new Clock(config.scheduler));
    if (config.initial !== undefined) {
      this.core.restore(config.initial);
    }
  }

  /**
   * Whether it is closed, nothing waits or is in flight, and nothing that it counts is younger than `recoveryTimeout`, at
   * least 30 s, or within a window: a new one would do as well.
   */
  get isIdle(): boolean {
    return this.core.isIdle;
  }

  /**
   * An admission to make a call now; a verdict on it must be given. `call` is repeated in events.
   *
   * @throws CircuitOpenError if the call is refused.
   */
  admit(call?: number): Admission {
    const admission = this.core.ask(call);
    if (admission === undefined) {
      const error = this.core.refusal();
      this.core.tellRefused(error, call);
      throw error;
    }
    return admission;
  }

  /** The error with which a call would be refused now, or undefined. Changes nothing. */
  check(): CircuitOpenError | undefined {
    return this.core.letsIn() ? undefined : this.core.refusal();
  }

  /**
   * Waits in a queue while the breaker is open or its probes are out: emits the admission of a probe, or undefined once
   * it is closed, then completes. Errors with `CircuitOpenError` after `maxWait`.
   */
  turn(options: TurnOptions = {}): Observable<Admission | undefined> {
    checkWaitOptions('CircuitBreaker.turn', options);
    return grantsOf<Admission | undefined>(
      (receiver) => {
        this.core.turn(options, receiver);
        return undefined;
      },
      (probe) => probe?.ignore(),
    );
  }

  /** Forces it open until every function that this returned has been called; then the state before goes on. */
  isolate(): () => void {
    return this.core.isolate();
  }

  /** Closes it and clears every count; calls in flight no longer count. What was isolated stays isolated. */
  reset(): void {
    this.core.reset();
  }

  /** The state as plain JSON, for `initial` of another breaker. Probes in flight are forgotten. */
  snapshot(): unknown {
    return this.core.snapshot();
  }
}
