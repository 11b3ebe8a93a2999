import { Observable } from 'rxjs';
import { checkAmount } from '../internal/options';
import { Policy } from '../internal/policy/policy';
import { Clock } from '../internal/time/clock';
import { checkWaitOptions } from '../internal/wait-options';
import { unitsOfCost } from '../limiter/cost';
import type { AcquireOptions, Limiter, Permit } from '../limiter/limiter';
import type { RateLimitInfo } from '../provider';
import type { Cost, Limit } from '../quota/limits';
import { tidy } from '../quota/meter';
import { type RedisClient, runnerOf } from './redis-client';
import { RedisLimiterCore } from './redis-limiter-core';
import {
  checkLimiterConfig,
  checkLimiterUpdate,
  type RedisRateLimiterConfig,
  type RedisRateLimiterEvent,
  type RedisRateLimiterState,
  type RedisRateLimiterUpdate,
  type SharedLimiterState,
} from './redis-rate-limiter-config';
import { SharedQueue } from './shared-queue';

const owner = 'RedisRateLimiter';

/**
 * A rate limiter that many processes share: they all draw on the same limits, which are kept in Redis.
 *
 * It stands wherever a `RateLimiter` does. Every decision is one atomic script by the server's clock, so rolling windows
 * are exact for all processes together, whatever their own clocks say. Calls that have to wait stand in a queue of their
 * process, and each process with waiting calls has one place in a queue before Redis: the processes take turns, and
 * within one process it is first come, first served. There is no polling: the answer of Redis says how long to wait.
 * A process that waits for more than a second looks again every second, because others may have paid back.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { perMinute, ResilientClient } from 'rxjs-resilience';
 * import { RedisRateLimiter } from 'rxjs-resilience/redis';
 *
 * const redis = new Redis({ lazyConnect: true });
 * const limiter = new RedisRateLimiter(redis, {
 *   key: 'openai',
 *   limits: { requests: perMinute(500), tokens: perMinute(200_000) },
 * });
 * const client = new ResilientClient({ rateLimit: limiter });
 * ```
 */
export class RedisRateLimiter<D extends string = 'requests'>
  extends Policy<'limiter', RedisRateLimiterState, RedisRateLimiterEvent>
  implements Limiter<D>
{
  /** The dimensions it limits. */
  readonly dimensions: readonly D[];
  /** The longest pause, in ms, that a server's hint may cause. */
  readonly maxPause: number;
  /** Whether it hears what the provider says; absent: of several limiters of a client the last one does. */
  declare readonly hearsProvider?: boolean;
  readonly #core: RedisLimiterCore;
  readonly #queue: SharedQueue;

  // Two signatures, because from a bare limit the compiler would take the limit's own fields for dimensions.
  constructor(
    client: RedisClient,
    config: RedisRateLimiterConfig<never> & { readonly limits: Limit | readonly Limit[] },
  );
  constructor(client: RedisClient, config: RedisRateLimiterConfig<D>);
  constructor(client: RedisClient, config: RedisRateLimiterConfig<D>) {
    const run = runnerOf(owner, client);
    const checked = config as RedisRateLimiterConfig<string>;
    checkLimiterConfig(owner, checked);
    super('limiter', new Clock(config.scheduler), config.name);
    this.#core = new RedisLimiterCore(run, this.clock, checked, {
      moved: (wait) => this.#queue.moved(wait),
      changed: () => this.#queue.reconsider(),
      notify: (event) => this.happened(event),
      labels: () => this.labels,
    });
    this.#queue = new SharedQueue(this.#core);
    this.dimensions = this.#core.quota.dimensions as readonly D[];
    this.maxPause = this.#core.hearing.maxPause;
    if (config.hearsProvider !== undefined) {
      this.hearsProvider = config.hearsProvider;
    }
  }

  /** What this process knows of itself; ask `look` for what all processes use. */
  get state(): RedisRateLimiterState {
    const { inFlight, link, hearing } = this.#core;
    const { perSecond } = hearing;
    const pace = perSecond === undefined ? {} : { pace: tidy(perSecond) };
    return { ...this.named, ...pace, inFlight, waiting: this.#queue.length, isAvailable: !link.isAway };
  }

  /** Whether no call of this process waits, no question is open and nothing is still to be sent: Redis knows it all. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#core.isIdle;
  }

  /**
   * Asks for leave to begin a call: one permit, then complete. It comes with the answer of Redis, never synchronously.
   * Unsubscribing leaves the queue, and gives back what an answer brings that is under way. A permit that was emitted
   * must be settled or refunded; that is sent to Redis at once, and not waited for.
   *
   * @param cost Default 1 request.
   * @returns An Observable that errors with `PermitRefusedError` if the call cannot wait or waited too long, and with
   * `LimiterUnavailableError` if Redis does not answer and `whenUnavailable` says so.
   */
  acquire(cost?: Cost<D>, options: AcquireOptions = {}): Observable<Permit<D>> {
    const units = unitsOfCost(`${owner}.acquire`, cost, this.dimensions);
    checkWaitOptions(`${owner}.acquire`, options);
    return new Observable<Permit>((subscriber) => this.#queue.ask(units, options, subscriber));
  }

  /** Grants no permit in any process for `ms` from now. Pauses only ever extend. */
  pause(ms: number): void {
    checkAmount(`${owner}.pause`, 'ms', ms);
    this.#core.pause(ms);
  }

  /** Ends a pause now. Processes that wait notice within a second. */
  resume(): void {
    this.#core.resume();
    this.#queue.look();
    this.tell({ type: 'resumed' });
  }

  /**
   * Learns from the provider's headers, for all processes: for each of the limiter's dimensions that reports `remaining`,
   * a second token bucket stands beside the limits until it is full.
   */
  sync(info: RateLimitInfo): void {
    if (this.#core.sync(info)) {
      this.#queue.look();
      this.tell({ type: 'synced' });
    }
  }

  /**
   * Other numbers from now on, in this process, as when a customer changes to another tier: tell all processes. What was
   * counted stays counted, so limits must be of the same kinds, over the same time. Calls that wait and can never be
   * granted any more are refused.
   *
   * @throws RangeError or TypeError that names the option and shows the value.
   */
  update(update: RedisRateLimiterUpdate<D>): void {
    checkLimiterUpdate(`${owner}.update`, update);
    this.#queue.update(update);
  }

  /** Asks Redis what all processes together use: one answer, then complete, or a `LimiterUnavailableError`. */
  look(): Observable<SharedLimiterState<D>> {
    return new Observable<SharedLimiterState>((subscriber) => this.#core.look(subscriber));
  }
}
