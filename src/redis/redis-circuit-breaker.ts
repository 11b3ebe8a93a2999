import { BreakerFacade } from '../circuit/breaker-facade';
import { Clock } from '../internal/time/clock';
import {
  checkBreakerConfig,
  type RedisCircuitBreakerConfig,
  type RedisCircuitBreakerEvent,
  type RedisCircuitBreakerState,
} from './redis-circuit-breaker-config';
import { RedisCircuitCore } from './redis-circuit-core';
import { type RedisClient, runnerOf } from './redis-client';

const owner = 'RedisCircuitBreaker';

/**
 * A circuit breaker that many processes share: when it opens in one, it is open for all.
 *
 * It stands wherever a `CircuitBreaker` does. Each process counts its own calls; an opening is told to the others, which
 * know of it within a second while they make calls. When its time has come there is one probe among all processes, and its
 * verdict closes or reopens it for all. A process that dies with the probe keeps it for its deadline and a second.
 *
 * `admit` decides by what this process knows. `circuitBreak` and clients first wait for an answer of Redis if that is older
 * than a second, as it is at the first call after a pause. `isolate` is for this process only, `reset` for all.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { ResilientClient } from 'rxjs-resilience';
 * import { RedisCircuitBreaker } from 'rxjs-resilience/redis';
 *
 * const redis = new Redis({ lazyConnect: true });
 * const breaker = new RedisCircuitBreaker(redis, { key: 'openai', failureThreshold: 3, recoveryTimeout: 10_000 });
 * const client = new ResilientClient({ retryBackoff: {}, circuitBreak: breaker });
 * ```
 */
export class RedisCircuitBreaker extends BreakerFacade<RedisCircuitBreakerState, RedisCircuitBreakerEvent> {
  /** @internal */
  readonly core: RedisCircuitCore;

  constructor(client: RedisClient, config: RedisCircuitBreakerConfig) {
    super();
    const run = runnerOf(owner, client);
    this.core = new RedisCircuitCore(run, new Clock(config?.scheduler), checkBreakerConfig(owner, config));
  }
}
