import { Options, show } from '../internal/options';

/** When a breaker opens. A plain description without state: given to two breakers, it makes two counts. */
export type Trip = ConsecutiveFailures | FailureRate | SlowCallRate;

/** See {@link consecutiveFailures}. */
export interface ConsecutiveFailures {
  readonly kind: 'consecutive-failures';
  readonly failures: number;
}

/** See {@link failureRate}. */
export interface FailureRate extends RateOptions {
  readonly kind: 'failure-rate';
}

/** See {@link slowCallRate}. */
export interface SlowCallRate extends RateOptions {
  readonly kind: 'slow-call-rate';
  readonly slowerThan: number;
}

/** A share of the last `calls` calls, or of the calls in the last `window` ms: one of the two must be given. */
export interface RateOptions {
  /** In (0, 1]: it trips at this share. */
  readonly threshold: number;
  /** It does not trip before so many calls are counted. */
  readonly minimumCalls: number;
  /** Counts the last so many calls. */
  readonly calls?: number | undefined;
  /** Counts the calls of the last so many ms; forgets by itself. */
  readonly window?: number | undefined;
}

/**
 * Trips at `n` failures without a success between them.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 */
export function consecutiveFailures(n: number): ConsecutiveFailures {
  return checkTrip('consecutiveFailures', { kind: 'consecutive-failures', failures: n }) as ConsecutiveFailures;
}

/**
 * Trips when `threshold` or more of the counted calls failed.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
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
 * Trips when `threshold` or more of the counted calls were slow: their first value came later than `slowerThan` ms.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
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
    .share('threshold')
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
