import { Clock } from '../internal/time/clock';
import { BreakerFacade } from './breaker-facade';
import { type BreakerReaders, type CircuitBreakerConfig, settingsOf } from './circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from './circuit-breaker-state';
import { CircuitCore } from './circuit-core';

/** A breaker of this process, which reads errors as it is told. */
export abstract class LocalBreaker extends BreakerFacade<CircuitBreakerState, CircuitBreakerEvent> {
  /** @internal */
  readonly core: CircuitCore;

  constructor(config: CircuitBreakerConfig, readers: BreakerReaders) {
    super();
    this.core = new CircuitCore(settingsOf(config, readers), new Clock(config.scheduler));
    if (config.initial !== undefined) {
      this.core.restore(config.initial);
    }
  }

  /** The state as plain JSON, for `initial` of another breaker. Probes in flight are forgotten. */
  snapshot(): unknown {
    return this.core.snapshot();
  }
}
