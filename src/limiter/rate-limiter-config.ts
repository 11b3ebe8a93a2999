import type { SchedulerLike } from 'rxjs';
import { Options, show } from '../internal/options';
import type { EventOf } from '../internal/policy/policy';
import { type CallLimits, type DimensionLimits, isLimit, type Limit, type Limits, type Units } from '../quota/limits';
import type { LimitState } from '../quota/meter';
import { type Adaptive, isAdaptive } from './adaptive';
import type { PermitRefusal } from './permit-refused-error';
import { checkFair, type Fairness } from './shares-of';

/**
 * Options of a `RateLimiter`; `limits` or `maxConcurrent` must be given.
 *
 * @category Policies
 */
export interface RateLimiterConfig<D extends string = 'requests'> {
  /** How much may begin in which time, by dimension. A bare limit limits `requests`. Default: no limit. */
  readonly limits?: Limit | readonly Limit[] | (DimensionLimits<D> & CallLimits) | undefined;
  /**
   * How many calls may be in flight: from the grant until the permit is settled. `aimd()` and `gradient()` find that out.
   * Default: no limit.
   */
  readonly maxConcurrent?: number | Adaptive | undefined;
  /** How many calls may wait; 0 never waits. Default `Infinity`. */
  readonly maxQueue?: number | undefined;
  /** How long a call may wait, in ms; 0 never waits. Default `Infinity`. */
  readonly maxWait?: number | undefined;
  /** The longest pause, in ms, that a server's hint may cause. Default 60_000. */
  readonly maxPause?: number | undefined;
  /**
   * The pause after a throttled call that brings no hint, in ms; twice as long for each that follows before the provider
   * has taken a call again, up to 30 s. 0 makes no such pause. Default 1_000.
   */
  readonly throttlePause?: number | undefined;
  /**
   * Whether it finds the rate that works once a call was throttled: calls begin no faster than that, besides all limits.
   * It is forgotten after 10 minutes without a throttled call. Not with `aimd` and `gradient`. Default true.
   */
  readonly pace?: boolean | undefined;
  /**
   * Whether it hears what the provider says: hints, headers. Default: of several limiters of a client only the last one
   * does, for the others are a user's or a tenant's.
   */
  readonly hearsProvider?: boolean | undefined;
  /**
   * Whether tenants share what is granted: among waiting calls of one priority by weight (1 unless `weight` says
   * otherwise), whatever anybody queues up. Calls say their `tenant`. Default false: first come, first served.
   */
  readonly fair?: Fairness | undefined;
  /**
   * Every so many ms of waiting count as one priority more, so that nobody waits for ever. With `fair` only for the first
   * call of a tenant. Default off.
   */
  readonly ageing?: number | undefined;
  /** A name for its state, its events and its errors. */
  readonly name?: string | undefined;
  /**
   * What `snapshot()` of an earlier limiter returned: so what was used survives a deploy. The limits may have changed since:
   * nothing is given back by that. `null` is nothing.
   */
  readonly initial?: unknown;
  /** Gives the limiter its time. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * What `update` of a `RateLimiter` changes; what is left out stays.
 *
 * @category Policies
 */
export interface RateLimiterUpdate<D extends string = string> {
  /** Other limits, of the same dimensions. What was counted stays counted. */
  readonly limits?: Limits<D> | undefined;
  /** How many calls may be in flight, or how to find that out. Those in flight go on. */
  readonly maxConcurrent?: number | Adaptive | undefined;
  /** How many calls may wait. Those that wait stay. */
  readonly maxQueue?: number | undefined;
  /** How long a call may wait, in ms. Those that wait keep their time. */
  readonly maxWait?: number | undefined;
}

/**
 * A snapshot of a limiter. Times are ms on the scheduler's clock.
 *
 * @category Policies
 */
export interface RateLimiterState<D extends string = string> {
  /** The `name` of the limiter, if it has one. */
  readonly name?: string;
  /** For each dimension, its limits in the order in which they were given. */
  readonly limits: { readonly [dimension in D]: readonly LimitState[] };
  /** How many calls may be in flight now, where `aimd` or `gradient` finds that out. */
  readonly maxConcurrent?: number;
  /** The rate that was found to work, in calls per second; absent until a call is throttled. */
  readonly pace?: number;
  /** How many calls have a permit and have not ended. */
  readonly inFlight: number;
  /** How many calls wait for a permit. */
  readonly waiting: number;
  /** When the pause ends; 0 while the limiter is not paused. */
  readonly pausedUntil: number;
}

/**
 * What happens in a limiter.
 *
 * @category Policies
 */
export type RateLimiterEvent = EventOf<'limiter'> & {
  /** The `name` of the limiter, if it has one. */
  readonly name?: string | undefined;
} & (
    | {
        /** A call was given its permit. */
        readonly type: 'granted';
        /** What it took. */
        readonly cost: Units;
        /** How long it waited, in ms. */
        readonly waited: number;
      }
    | {
        /** A call has to wait in the queue. */
        readonly type: 'waiting';
        /** What it will take. */
        readonly cost: Units;
        /** How many calls wait before it. */
        readonly ahead: number;
        /** When it can be granted at the earliest: ms on the scheduler's clock. */
        readonly until: number;
      }
    | {
        /** A call was unsubscribed while it waited. */
        readonly type: 'left';
        /** How long it had waited, in ms. */
        readonly waited: number;
      }
    | {
        /** A call was not let through. */
        readonly type: 'refused';
        /** Why not. */
        readonly reason: PermitRefusal;
      }
    | {
        /** A call has ended. */
        readonly type: 'settled';
        /** What was taken for it. */
        readonly reserved: Units;
        /** What it really used. */
        readonly actual: Units;
      }
    | {
        /** No call is granted a permit for a while. */
        readonly type: 'paused';
        /** When the pause ends: ms on the scheduler's clock. */
        readonly until: number;
        /** Why: the provider said so, a call was throttled without a hint, or `pause()` was called. */
        readonly by: 'hint' | 'throttle' | 'user';
      }
    | {
        /** A pause was ended before its time. */
        readonly type: 'resumed';
      }
    | {
        /** The limiter has learnt from the provider's headers. */
        readonly type: 'synced';
      }
    | {
        /** The rate that was found to work has changed by a tenth. */
        readonly type: 'paced';
        /** Calls per second. */
        readonly perSecond: number;
      }
    | {
        /** As many calls may be in flight now, by `aimd` or `gradient`. */
        readonly type: 'limit-changed';
        /** The whole part of the limit. */
        readonly limit: number;
      }
  );

const changeable = ['limits', 'maxConcurrent', 'maxQueue', 'maxWait'];
const names = [
  ...changeable,
  'maxPause',
  'throttlePause',
  'pace',
  'fair',
  'ageing',
  'hearsProvider',
  'name',
  'initial',
  'scheduler',
];

/** Throws an error that names the option and shows the value. */
export function checkConfig(config: RateLimiterConfig<string>): void {
  if (isLimit(config)) {
    throw new TypeError(`RateLimiter: a limit is no config, write { limits: … }; got ${show(config)}`);
  }
  new Options('RateLimiter', config, names)
    .whole('maxQueue', 0, 'or Infinity')
    .amount('maxWait', 'or Infinity')
    .amount('maxPause', 'or Infinity')
    .amount('throttlePause')
    .positive('ageing')
    .booleans('hearsProvider', 'pace')
    .strings('name')
    .scheduler();
  checkFair(config.fair);
  checkMaxConcurrent('RateLimiter', config.maxConcurrent);
  if (config.limits === undefined && config.maxConcurrent === undefined) {
    throw new TypeError('RateLimiter: limits or maxConcurrent must be given, got neither');
  }
}

/** Throws an error that names the option and shows the value. */
export function checkUpdate(update: RateLimiterUpdate): void {
  new Options('RateLimiter.update', update, changeable)
    .whole('maxQueue', 0, 'or Infinity')
    .amount('maxWait', 'or Infinity');
  checkMaxConcurrent('RateLimiter.update', update.maxConcurrent);
}

function checkMaxConcurrent(owner: string, maxConcurrent: unknown): void {
  if (!isAdaptive(maxConcurrent)) {
    new Options(owner, { maxConcurrent }, ['maxConcurrent']).whole('maxConcurrent', 1, 'or Infinity');
  }
}
