import { aShare, Options, show } from '../internal/options';

/**
 * When a breaker opens. A condition is a plain description without state: two breakers with the same one count apart.
 *
 * @category Trip conditions
 */
export type Trip = ConsecutiveFailures | FailureRate | SlowCallRate;

/**
 * Trips at a number of failures in a row. Made by {@link consecutiveFailures}.
 *
 * @category Trip conditions
 */
export interface ConsecutiveFailures {
  /** Which condition this is. */
  readonly kind: 'consecutive-failures';
  /** How many failures in a row. */
  readonly failures: number;
}

/**
 * Trips at a share of failures. Made by {@link failureRate}.
 *
 * @category Trip conditions
 */
export interface FailureRate extends RateOptions {
  /** Which condition this is. */
  readonly kind: 'failure-rate';
}

/**
 * Trips at a share of slow calls. Made by {@link slowCallRate}.
 *
 * @category Trip conditions
 */
export interface SlowCallRate extends RateOptions {
  /** Which condition this is. */
  readonly kind: 'slow-call-rate';
  /** A call is slow if its first content takes longer than so many ms. */
  readonly slowerThan: number;
}

/**
 * A share of the last `calls` calls, or of the calls in the last `window` ms: exactly one of the two must be given.
 *
 * @category Trip conditions
 */
export interface RateOptions {
  /** The share at which it trips: above 0, at most 1. */
  readonly threshold: number;
  /** It does not trip before so many calls were counted. */
  readonly minimumCalls: number;
  /** Counts the last so many calls: a whole number of at least `minimumCalls`. */
  readonly calls?: number | undefined;
  /** Counts the calls of the last so many ms: older ones are forgotten as time passes. */
  readonly window?: number | undefined;
}

/**
 * Trips at `n` failures in a row, without a success between them.
 *
 * @param n How many: a whole number of at least 1.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Trip conditions
 *
 * @example
 * ```ts
 * import { CircuitBreaker, consecutiveFailures, slowCallRate } from 'rxjs-resilience';
 *
 * const isSlow = slowCallRate({ slowerThan: 5_000, threshold: 0.5, minimumCalls: 10, calls: 20 });
 * const breaker = new CircuitBreaker({ trip: [consecutiveFailures(3), isSlow] });
 * ```
 */
export function consecutiveFailures(n: number): ConsecutiveFailures {
  return checkTrip('consecutiveFailures', { kind: 'consecutive-failures', failures: n }) as ConsecutiveFailures;
}

/**
 * Trips when `threshold` or more of the counted calls failed.
 *
 * @param options What is counted, and at which share it trips.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Trip conditions
 *
 * @example
 * ```ts
 * import { CircuitBreaker, failureRate } from 'rxjs-resilience';
 *
 * const breaker = new CircuitBreaker({ trip: failureRate({ threshold: 0.5, minimumCalls: 10, window: 30_000 }) });
 * ```
 */
export function failureRate(options: RateOptions): FailureRate {
  return checkTrip('failureRate', { kind: 'failure-rate', ...options }) as FailureRate;
}

/**
 * Trips when `threshold` or more of the counted calls were slow: their first content came later than `slowerThan` ms.
 *
 * @param options What is counted, what is slow, and at which share it trips.
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Trip conditions
 *
 * @example
 * ```ts
 * import { CircuitBreaker, slowCallRate } from 'rxjs-resilience';
 *
 * const trip = slowCallRate({ slowerThan: 5_000, threshold: 0.5, minimumCalls: 10, window: 60_000 });
 * const breaker = new CircuitBreaker({ trip });
 * ```
 */
export function slowCallRate(options: RateOptions & { readonly slowerThan: number }): SlowCallRate {
  return checkTrip('slowCallRate', { kind: 'slow-call-rate', ...options }) as SlowCallRate;
}

const rateNames = ['kind', 'threshold', 'minimumCalls', 'calls', 'window'];
const names: Record<Trip['kind'], readonly string[]> = {
  'consecutive-failures': ['kind', 'failures'],
  'failure-rate': rateNames,
  'slow-call-rate': [...rateNames, 'slowerThan'],
};
const required: Record<Trip['kind'], readonly string[]> = {
  'consecutive-failures': ['failures'],
  'failure-rate': ['threshold', 'minimumCalls'],
  'slow-call-rate': ['slowerThan', 'threshold', 'minimumCalls'],
};

/** Returns the condition, or throws an error that names the field and shows its value. */
export function checkTrip(owner: string, trip: Trip): Trip {
  if (!Object.hasOwn(names, Object(trip).kind)) {
    throw new TypeError(
      `${owner}: a trip condition is made by consecutiveFailures(), failureRate() or slowCallRate(), got ${show(trip)}`,
    );
  }
  new Options(owner, trip, names[trip.kind])
    .required(...required[trip.kind])
    .whole('failures', 1)
    .number('threshold', ...aShare)
    .whole('minimumCalls', 1)
    .whole('calls', 1)
    .positive('window')
    .amount('slowerThan');
  if (trip.kind !== 'consecutive-failures') {
    checkWindow(owner, trip);
  }
  return Object.freeze({ ...trip });
}

function checkWindow(owner: string, { calls, window, minimumCalls }: RateOptions): void {
  if ((calls === undefined) === (window === undefined)) {
    throw new TypeError(`${owner}: either calls or window must be given, got calls: ${calls}, window: ${window}`);
  }
  if (calls !== undefined && minimumCalls > calls) {
    throw new RangeError(`${owner}: minimumCalls must be at most calls, ${calls}, got ${minimumCalls}`);
  }
}
