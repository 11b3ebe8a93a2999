import {
  type CircuitBreakerConfig,
  circuitNames,
  type HalfOpenConfig,
  type Settings,
  settingsOf,
} from '../circuit/circuit-breaker-config';
import type { CircuitBreakerEvent, CircuitBreakerState } from '../circuit/circuit-breaker-state';
import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import { breakerReaders } from '../provider';
import { checkKey, type Named, type SharedConfig } from './shared-config';

/**
 * Options of a `RedisCircuitBreaker`.
 *
 * @category Policies
 */
export interface RedisCircuitBreakerConfig extends SharedConfig, Omit<CircuitBreakerConfig, 'initial' | 'halfOpen'> {
  /** How a half-open breaker finds out whether the provider is back: by one probe among all processes. */
  readonly halfOpen?: SharedHalfOpenConfig | undefined;
  /**
   * What happens to calls while Redis does not answer. `'local'`: the breaker of this process decides alone. `'error'`: they
   * fail with a `LimiterUnavailableError`. Default `'local'`.
   */
  readonly whenUnavailable?: 'local' | 'error' | undefined;
}

/**
 * How processes that share a breaker find out whether the provider is back. There is one probe at a time, and its verdict
 * decides for all.
 *
 * @category Policies
 */
export type SharedHalfOpenConfig = Pick<HalfOpenConfig, 'timeout'>;

/**
 * A snapshot of this process's part of a breaker. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface RedisCircuitBreakerState extends CircuitBreakerState {
  /** Whether Redis answered when it was last asked. */
  readonly isAvailable: boolean;
}

/**
 * What happens in this process's part of a breaker, and what other processes have told of it.
 *
 * @category Policies
 */
export type RedisCircuitBreakerEvent = CircuitBreakerEvent | (EventOf<'breaker'> & Named & AvailabilityEvent);

/** A config that was checked, with the defaults of a breaker filled in. */
export interface CheckedConfig {
  readonly settings: Settings;
  readonly shared: SharedConfig;
  readonly whenUnavailable: 'local' | 'error';
}

const sharedNames = ['key', 'deadline', 'whenUnavailable'];

/** Throws an error that names the option and shows the value. */
export function checkBreakerConfig(owner: string, config: RedisCircuitBreakerConfig): CheckedConfig {
  checkKey(owner, config, [...circuitNames, ...sharedNames]).oneOf('whenUnavailable', ['local', 'error']);
  const settings = settingsOf(config, breakerReaders, owner, sharedNames, ['timeout']);
  return { settings, shared: config, whenUnavailable: config.whenUnavailable ?? 'local' };
}
