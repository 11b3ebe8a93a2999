import { Options } from '../internal/options';
import type { AvailabilityEvent, EventOf } from '../internal/policy/policy';
import { isAdaptive } from '../limiter/adaptive';
import type { Limiter } from '../limiter/limiter';
import type { RateLimiterEvent, RateLimiterUpdate } from '../limiter/rate-limiter-config';
import { checkFair, type Fairness } from '../limiter/shares-of';
import type { Limits } from '../quota/limits';
import type { MismatchEvent } from './mismatch';
import { checkShared, type Named, type SharedConfig } from './shared-config';
import type { SharedLimitState } from './shared-quota';

/**
 * Options of a `RedisRateLimiter`.
 *
 * @category Policies
 */
export interface RedisRateLimiterConfig<D extends string = 'requests'> extends SharedConfig {
  /**
   * How much may begin in which time, in all processes together, by dimension. A bare limit limits `requests`. Default: no
   * limit; then `maxConcurrent` must be given.
   */
  readonly limits?: Limits<D> | undefined;
  /**
   * How many calls of all processes together may be in flight: from the grant until the permit is settled. Default: no
   * limit.
   */
  readonly maxConcurrent?: number | undefined;
  /**
   * After so many ms a call of a process that is gone does not count as in flight any more; processes that live renew that
   * while the call runs. At least the `deadline`. Only with `maxConcurrent`. Default 60_000.
   */
  readonly lease?: number | undefined;
  /**
   * Whether tenants share what is granted, in all processes together: among waiting calls of one priority by weight (1
   * unless `weight` says otherwise), whatever anybody queues up. Calls say their `tenant`. Default false: processes take
   * turns, by what their calls cost.
   */
  readonly fair?: Fairness | undefined;
  /**
   * Every so many ms of waiting count as one priority more, in all processes, so that nobody waits for ever. With `fair`
   * only for the next call of a tenant. Default off.
   */
  readonly ageing?: number | undefined;
  /**
   * What happens to calls while Redis does not answer. `'error'`: they fail with a `LimiterUnavailableError`. `'allow'`:
   * they all go through. A limiter of this process: it decides. Default `'error'`.
   */
  readonly whenUnavailable?: 'error' | 'allow' | Limiter<D> | undefined;
  /** How many calls of this process may wait; 0 never waits. Default `Infinity`. */
  readonly maxQueue?: number | undefined;
  /** How long a call may wait for its permit, in ms; 0 never waits. An open answer is waited for. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /** The longest pause, in ms, that a server's hint may cause. Default 60_000. */
  readonly maxPause?: number | undefined;
  /**
   * The pause of all processes after a throttled call that brings no hint, in ms; twice as long for each that follows before
   * the provider has taken a call again, up to 30 s. 0 makes no such pause. Default 1_000.
   */
  readonly throttlePause?: number | undefined;
  /**
   * Whether this process finds the rate that works for it once a call of its own was throttled: calls begin no faster than
   * that, besides all limits. It is forgotten after 10 minutes without a throttled call. Default true.
   */
  readonly pace?: boolean | undefined;
  /**
   * Whether it hears what the provider says: hints, headers. Default: of several limiters of a client only the last one
   * does, for the others are a user's or a tenant's.
   */
  readonly hearsProvider?: boolean | undefined;
}

/**
 * What `update` of a `RedisRateLimiter` changes in this process; what is left out stays.
 *
 * @category Policies
 */
export interface RedisRateLimiterUpdate<D extends string = string>
  extends Pick<RateLimiterUpdate<D>, 'limits' | 'maxQueue' | 'maxWait'> {
  /** How many calls of all processes may be in flight. Those in flight go on. */
  readonly maxConcurrent?: number | undefined;
}

/**
 * What this process knows of a limiter without asking Redis.
 *
 * @category Policies
 */
export interface RedisRateLimiterState {
  /** The `name` of the limiter, if it has one. */
  readonly name?: string;
  /** The rate that was found to work for this process, in calls per second; absent until a call of its own is throttled. */
  readonly pace?: number;
  /** How many calls of this process have a permit and have not ended. */
  readonly inFlight: number;
  /** How many calls of this process wait for a permit, or for an answer. */
  readonly waiting: number;
  /** Whether Redis answered when it was last asked. */
  readonly isAvailable: boolean;
}

/**
 * What Redis knows of a limiter.
 *
 * @category Policies
 */
export interface SharedLimiterState<D extends string = string> {
  /** The `name` of the limiter, if it has one. */
  readonly name?: string;
  /** For each dimension, its limits in the order in which they were given. */
  readonly limits: { readonly [dimension in D]: readonly SharedLimitState[] };
  /** When the pause ends: ms on the scheduler's clock; 0 while it is not paused. */
  readonly pausedUntil: number;
  /** How many processes have waiting calls. */
  readonly processes: number;
  /** How many calls of all processes are in flight; 0 without `maxConcurrent`, which does not count them. */
  readonly inFlight: number;
}

/**
 * What happens in this process's part of a limiter.
 *
 * @category Policies
 */
export type RedisRateLimiterEvent =
  | RateLimiterEvent
  | (EventOf<'limiter'> & Named & (AvailabilityEvent | MismatchEvent));

const names = [
  'key',
  'limits',
  'maxConcurrent',
  'lease',
  'fair',
  'ageing',
  'deadline',
  'whenUnavailable',
  'maxQueue',
  'maxWait',
  'maxPause',
  'throttlePause',
  'pace',
  'hearsProvider',
  'name',
  'scheduler',
];

/** Throws an error that names the option and shows the value. */
export function checkLimiterConfig(owner: string, config: RedisRateLimiterConfig<string>): void {
  const { limits, maxConcurrent, lease, deadline = 1_000, fair } = config;
  checkNumber(owner, maxConcurrent);
  checkShared(owner, config, names, 'acquire', 'a limiter')
    .whole('maxQueue', 0, 'or Infinity')
    .amount('maxWait', 'or Infinity')
    .amount('maxPause', 'or Infinity')
    .whole('maxConcurrent', 1, 'or Infinity')
    .positive('ageing')
    .positive('lease')
    .amount('throttlePause')
    .booleans('pace', 'hearsProvider');
  checkFair(fair, owner);
  if (limits === undefined && maxConcurrent === undefined) {
    throw new TypeError(`${owner}: limits or maxConcurrent must be given, got neither`);
  }
  if (lease !== undefined && maxConcurrent === undefined) {
    throw new TypeError(
      `${owner}: lease is how long a call counts for maxConcurrent, which is not given; got ${lease}`,
    );
  }
  if (lease !== undefined && lease < deadline) {
    throw new RangeError(`${owner}: lease must be at least deadline, which is ${deadline} ms, got ${lease}`);
  }
}

/** Throws an error that names the option and shows the value. */
export function checkLimiterUpdate(owner: string, update: RedisRateLimiterUpdate): void {
  checkNumber(owner, update.maxConcurrent);
  new Options(owner, update, ['limits', 'maxConcurrent', 'maxQueue', 'maxWait'])
    .whole('maxConcurrent', 1, 'or Infinity')
    .whole('maxQueue', 0, 'or Infinity')
    .amount('maxWait', 'or Infinity');
}

function checkNumber(owner: string, maxConcurrent: unknown): void {
  if (isAdaptive(maxConcurrent)) {
    throw new TypeError(
      `${owner}: maxConcurrent must be a number, got what aimd() or gradient() made: they learn from the calls of one ` +
        'process only. Put rateLimit(new RateLimiter({ maxConcurrent: aimd() })) around the call as well',
    );
  }
}
