import type { SchedulerLike } from 'rxjs';
import { Options, show } from '../internal/options';
import type { ErrorReaders } from '../provider';
import type { CircuitConfig } from './circuit';
import { checkTrip, consecutiveFailures, type Trip } from './trip';

/**
 * Options of a {@link CircuitBreaker}.
 *
 * @category Policies
 */
export interface CircuitBreakerConfig {
  /** The breaker opens after so many failures in a row. Default 5. Not together with `trip`. */
  readonly failureThreshold?: number | undefined;
  /** The breaker opens as soon as one of these conditions holds. Default `consecutiveFailures(5)`. */
  readonly trip?: Trip | readonly Trip[] | undefined;
  /**
   * How long it stays open, in ms. A function gets how often it has opened since it was closed, 1, 2, …, and the error
   * that opens it. Default 30_000.
   */
  readonly recoveryTimeout?: number | ((openings: number, error: unknown) => number) | undefined;
  /**
   * How far the hint of the failure that opens it may prolong that, in ms: it stays open at least as long as the server
   * asks for, but not for longer than this because of it. `Infinity` heeds every hint, 0 none. Default 60_000.
   */
  readonly maxHint?: number | undefined;
  /** How it finds out whether the provider is back. Default: by one probe, which may be silent for 60_000 ms. */
  readonly halfOpen?: HalfOpenConfig | undefined;
  /** Whether an error is a failure of the provider. Default: if `classifyError` calls it transient or unknown. */
  readonly outcome?: ((error: unknown) => 'failure' | 'ignore') | undefined;
  /** Whether a call succeeds when it completes, or already with its first content. Default `'complete'`. */
  readonly successOn?: 'complete' | 'first-value' | undefined;
  /** A name for its state, its events and its errors. */
  readonly name?: string | undefined;
  /** What `snapshot()` of an earlier breaker returned: the new one goes on from there. */
  readonly initial?: unknown;
  /** Gives the breaker its time. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * How a half-open breaker finds out whether the provider is back.
 *
 * @category Policies
 */
export interface HalfOpenConfig {
  /** How many probes are let through in all. Default 1. */
  readonly calls?: number | undefined;
  /** So many failed probes open the breaker again. At most `calls`. Default 1. */
  readonly failures?: number | undefined;
  /** A probe that delivers no content for so many ms counts as failed. Default 60_000. */
  readonly timeout?: number | undefined;
}

/** A config with its defaults filled in. */
export interface Settings {
  readonly name: string | undefined;
  readonly circuit: CircuitConfig;
  readonly probeTimeout: number;
  readonly outcome: ((error: unknown) => 'failure' | 'ignore') | undefined;
  readonly isFirstValueSuccess: boolean;
  readonly readers: BreakerReaders;
}

/** How a breaker reads errors. */
export type BreakerReaders = Pick<ErrorReaders, 'read' | 'classOf' | 'hintOf'>;

/** Options of every breaker. */
export const circuitNames = [
  'failureThreshold',
  'trip',
  'recoveryTimeout',
  'maxHint',
  'halfOpen',
  'outcome',
  'successOn',
  'name',
  'scheduler',
];

/**
 * Checks a config and fills in its defaults.
 *
 * @param more Options that only this breaker has.
 * @param probing What its `halfOpen` may say.
 */
export function settingsOf(
  config: CircuitBreakerConfig,
  readers: BreakerReaders,
  owner = 'CircuitBreaker',
  more = ['initial'],
  probing = ['calls', 'failures', 'timeout'],
): Settings {
  const options = new Options(owner, config, [...circuitNames, ...more])
    .whole('failureThreshold', 1)
    .oneOf('successOn', ['complete', 'first-value'])
    .functions('outcome')
    .amount('maxHint', 'or Infinity')
    .strings('name')
    .scheduler();
  const { recoveryTimeout = 30_000, maxHint = 60_000, outcome, successOn, name } = config;
  if (typeof recoveryTimeout !== 'function') {
    options.amount('recoveryTimeout');
  }
  const { calls, failures, timeout } = checkedHalfOpen(owner, config, probing);
  return {
    name,
    circuit: {
      ...{ owner, trips: checkedTrips(owner, config), recoveryTimeout, maxHint },
      ...{ probes: calls, probeFailures: failures },
    },
    probeTimeout: timeout,
    outcome,
    isFirstValueSuccess: successOn === 'first-value',
    readers,
  };
}

function checkedHalfOpen(owner: string, { halfOpen = {} }: CircuitBreakerConfig, names: readonly string[]) {
  new Options(`${owner}: halfOpen`, halfOpen, names).whole('calls', 1).whole('failures', 1).positive('timeout');
  const { calls = 1, failures = 1, timeout = 60_000 } = halfOpen;
  if (failures > calls) {
    throw new RangeError(`${owner}: halfOpen.failures must be at most halfOpen.calls, ${calls}, got ${failures}`);
  }
  return { calls, failures, timeout };
}

function checkedTrips(owner: string, { trip, failureThreshold }: CircuitBreakerConfig): readonly Trip[] {
  if (trip !== undefined && failureThreshold !== undefined) {
    throw new TypeError(
      `${owner}: failureThreshold and trip exclude each other, got both: ${failureThreshold}, ${show(trip)}`,
    );
  }
  const trips = trip === undefined ? [consecutiveFailures(failureThreshold ?? 5)] : [trip].flat();
  if (trips.length === 0) {
    throw new RangeError(`${owner}: trip must hold at least one condition, got []`);
  }
  return trips.map((each) => checkTrip(`${owner}: trip`, each));
}
