import type { SchedulerLike } from 'rxjs';
import { Options } from '../internal/options';
import type { EventOf } from '../internal/policy';
import type { Limits, Units } from '../quota/limits';
import type { LimitState } from '../quota/meter';
import type { PermitRefusal } from './permit-refused-error';

/** Options of a `RateLimiter`; `limits` or `maxConcurrent` must be given. */
export interface RateLimiterConfig<D extends string = 'requests'> {
  /** How much may begin in which time, by dimension; a bare limit limits `requests`. Default: no limit. */
  readonly limits?: Limits<D> | undefined;
  /** How many calls may be in flight: from the grant until the permit is settled. Default: no limit. */
  readonly maxConcurrent?: number | undefined;
  /** How many calls may wait; 0 never waits. Default `Infinity`. */
  readonly maxQueue?: number | undefined;
  /** How long a call may wait, in ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /** The longest pause, in ms, that a server's hint may cause. Default 60_000. */
  readonly maxPause?: number | undefined;
  /** Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/** A snapshot of a limiter. Times are ms on the scheduler's clock. */
export interface RateLimiterState<D extends string = string> {
  readonly limits: { readonly [dimension in D]: readonly LimitState[] };
  readonly inFlight: number;
  readonly waiting: number;
  /** 0 while it is not paused. */
  readonly pausedUntil: number;
}

/** What happens in a limiter. */
export type RateLimiterEvent = EventOf<'limiter'> &
  (
    | { readonly type: 'granted'; readonly cost: Units; readonly waited: number }
    | { readonly type: 'waiting'; readonly cost: Units; readonly ahead: number; readonly until: number }
    | { readonly type: 'left'; readonly waited: number }
    | { readonly type: 'refused'; readonly reason: PermitRefusal }
    | { readonly type: 'settled'; readonly reserved: Units; readonly actual: Units }
    | { readonly type: 'paused'; readonly until: number }
    | { readonly type: 'resumed' }
    | { readonly type: 'synced' }
  );

const names = ['limits', 'maxConcurrent', 'maxQueue', 'maxWait', 'maxPause', 'scheduler'];

/** Throws an error that names the option and shows the value. */
export function checkConfig(config: RateLimiterConfig<string>): void {
  new Options('RateLimiter', config, names)
    .whole('maxConcurrent', 1, 'or Infinity')
    .whole('maxQueue', 0, 'or Infinity')
    .amount('maxWait', 'or Infinity')
    .amount('maxPause', 'or Infinity')
    .scheduler();
  if (config.limits === undefined && config.maxConcurrent === undefined) {
    throw new TypeError('RateLimiter: limits or maxConcurrent must be given, got neither');
  }
}
