import type { Observable } from 'rxjs';
import { grantsOf } from '../guard/grants';
import { PolicyFacade } from '../internal/policy/facade';
import type { EventOf } from '../internal/policy/policy';
import { checkWaitOptions } from '../internal/wait-options';
import type { Admission, Breaker, TurnOptions } from './breaker';
import { BreakerGuard, type BreakerGuardSettings } from './breaker-guard';
import type { CircuitCore } from './circuit-core';
import type { CircuitOpenError } from './circuit-open-error';

/** What users see of a breaker, wherever it is kept. */
export abstract class BreakerFacade<State, Event extends EventOf<'breaker'>>
  extends PolicyFacade<State, Event>
  implements Breaker
{
  /** @internal */
  abstract override readonly core: CircuitCore;

  /**
   * Whether no subclass has put other methods in the place of those by which a call asks.
   *
   * @internal
   */
  get isOwn(): boolean {
    const { admit, check, turn } = BreakerFacade.prototype;
    return this.admit === admit && this.check === check && this.turn === turn;
  }

  /**
   * What calls of a client pass at this breaker.
   *
   * @internal
   */
  guardFor(...settings: BreakerGuardSettings): BreakerGuard {
    return new BreakerGuard(this, ...settings);
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
    return this.core.letsIn() ? undefined : this.core.circuitOpen();
  }

  /**
   * Waits in a queue while the breaker is open or its probes are out: emits the admission of a probe, or undefined once
   * it is closed, then completes. Errors with `CircuitOpenError` after `maxWait`.
   */
  turn(options: TurnOptions = {}): Observable<Admission | undefined> {
    checkWaitOptions(`${this.core.owner}.turn`, options);
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
}
