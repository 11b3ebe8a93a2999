import { defer, Observable, type Subscriber, type TeardownLogic } from 'rxjs';
import { checkAmount, checkWaitOptions } from '../internal/options';
import { type AvailabilityEvent, Policy } from '../internal/policy/policy';
import { refuse } from '../internal/refuse';
import { Clock } from '../internal/time/clock';
import { unitsOfCost, within } from '../limiter/cost';
import type { PermitEnd } from '../limiter/ending-permit';
import type { AcquireOptions, Limiter, Permit } from '../limiter/limiter';
import { type PermitRefusal, PermitRefusedError } from '../limiter/permit-refused-error';
import type { RateLimitInfo } from '../provider';
import type { Cost, Limit, Units } from '../quota/limits';
import { Corrections, type SharedGrant } from './corrections';
import type { LimiterUnavailableError } from './limiter-unavailable-error';
import { Link } from './link';
import { look, pause, sync } from './lua/scripts';
import { type RedisClient, runnerOf } from './redis-client';
import { RedisPermit } from './redis-permit';
import {
  checkLimiterConfig,
  type RedisRateLimiterConfig,
  type RedisRateLimiterEvent,
  type RedisRateLimiterState,
  type SharedLimiterState,
} from './redis-rate-limiter-config';
import { RedisWaiter } from './redis-waiter';
import type { Script } from './script';
import { SharedQueue, type SharedQueueOwner } from './shared-queue';
import { SharedQuota } from './shared-quota';
import { changesBetween, negative, zero } from './units';

const owner = 'RedisRateLimiter';
const noOptions: AcquireOptions = {};
/** A place is kept for as long as its owner may not have looked: see `SharedQueue`. */
const longestSleep = 1_000;

/**
 * A rate limiter that many processes share: they all draw on the same limits, which are kept in Redis.
 *
 * It stands wherever a `RateLimiter` does. Every decision is one atomic script by the server's clock, so rolling windows
 * are exact for all processes together, whatever their own clocks say. Whoever has to wait waits in line in its process,
 * and each process with somebody waiting has one place in a line before Redis: the processes take turns, and within one
 * process it is first come, first served. Nobody polls: the answer of Redis says how long to wait. A wait of more than a
 * second is looked at again every second, for other processes may have paid back.
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
  readonly #config: RedisRateLimiterConfig<D>;
  readonly #quota: SharedQuota;
  readonly #link: Link;
  readonly #corrections: Corrections;
  readonly #queue: SharedQueue;
  #inFlight = 0;

  // Two signatures, for from a bare limit the compiler would take the limit's own fields for dimensions.
  constructor(
    client: RedisClient,
    config: RedisRateLimiterConfig<never> & { readonly limits: Limit | readonly Limit[] },
  );
  constructor(client: RedisClient, config: RedisRateLimiterConfig<D>);
  constructor(client: RedisClient, config: RedisRateLimiterConfig<D>) {
    const run = runnerOf(owner, client);
    checkLimiterConfig(owner, config as RedisRateLimiterConfig<string>);
    super('limiter', new Clock(config.scheduler));
    this.#config = config;
    this.#quota = new SharedQuota(owner, 'limiter', config.key, config.limits);
    this.dimensions = this.#quota.dimensions as readonly D[];
    this.maxPause = config.maxPause ?? 60_000;
    const deadline = config.deadline ?? 1_000;
    this.#link = new Link(run, this.clock, config.key, deadline, {
      away: (error) => this.#availabilityChanged({ type: 'unavailable', error }),
      back: () => this.#availabilityChanged({ type: 'available' }),
    });
    this.#corrections = new Corrections(this.#link, this.#quota);
    const { me } = this.#corrections;
    const lease = deadline + longestSleep;
    const maxQueue = config.maxQueue ?? Number.POSITIVE_INFINITY;
    this.#queue = new SharedQueue(this.#quota, this.#link, this.clock, me, lease, maxQueue, this.#owner);
  }

  /** What this process knows of itself; ask `look` for what all processes use. */
  get state(): RedisRateLimiterState {
    return { inFlight: this.#inFlight, waiting: this.#queue.length, isAvailable: !this.#link.isAway };
  }

  /** Whether nobody in this process waits and nothing is asked: what is used is kept by Redis. */
  get isIdle(): boolean {
    return this.#queue.length === 0 && this.#link.isIdle;
  }

  /**
   * Waits for leave to begin a call: one permit, then complete. It comes with the answer of Redis, never synchronously;
   * unsubscribing leaves the line, and gives back what an answer that is under way brings. A permit that was emitted must
   * be settled or refunded; that is sent to Redis at once, and not waited for.
   *
   * @param cost Default 1 request.
   * @returns An Observable that errors with `PermitRefusedError` if the call cannot wait or waited too long, and with
   * `LimiterUnavailableError` if Redis does not answer and `whenUnavailable` says so.
   */
  acquire(cost?: Cost<D>, options: AcquireOptions = noOptions): Observable<Permit<D>> {
    const units = unitsOfCost(`${owner}.acquire`, cost, this.dimensions);
    if (options !== noOptions) {
      checkWaitOptions(`${owner}.acquire`, options);
    }
    return new Observable<unknown>((subscriber) => this.#ask(units, options, subscriber)) as Observable<Permit<D>>;
  }

  /** Grants nobody a permit, in any process, for `ms` from now. Pauses only ever extend. */
  pause(ms: number): void {
    checkAmount(`${owner}.pause`, 'ms', ms);
    this.#local?.pause?.(ms);
    this.#tell(pause, [String(ms)]);
    if (this.isHeard) {
      this.tell({ type: 'paused', until: this.clock.now() + this.clock.toWall + ms });
    }
  }

  /** Ends a pause now. Processes that wait notice within a second. */
  resume(): void {
    this.#local?.resume?.();
    this.#tell(pause, ['-1']);
    this.#queue.look();
    if (this.isHeard) {
      this.tell({ type: 'resumed' });
    }
  }

  /**
   * Learns from the provider's headers, for all processes: for each of the limiter's dimensions that reports `remaining`,
   * a second token bucket stands beside the limits until it is full.
   */
  sync(info: RateLimitInfo): void {
    this.#local?.sync?.(info);
    const args = this.#quota.argsOfHeaders(info);
    if (args.length > 0) {
      this.#tell(sync, args);
      this.#queue.look();
      if (this.isHeard) {
        this.tell({ type: 'synced' });
      }
    }
  }

  /** Asks Redis what all processes together use: one answer, then complete, or a `LimiterUnavailableError`. */
  look(): Observable<SharedLimiterState<D>> {
    return new Observable((subscriber) => {
      this.#link.ask(look, this.#quota.keys, this.#quota.header, {
        answered: (reply) => {
          const [used, pausedFor, processes] = reply as [unknown[], unknown, unknown];
          subscriber.next({
            limits: this.#quota.states(used) as SharedLimiterState<D>['limits'],
            pausedUntil: Number(pausedFor) > 0 ? this.scheduler.now() + Number(pausedFor) : 0,
            processes: Number(processes),
          });
          subscriber.complete();
        },
        unavailable: (error) => subscriber.error(error),
      });
    });
  }

  #tell(script: Script, args: readonly string[]): void {
    this.#link.ask(script, this.#quota.keys, [...this.#quota.header, ...args], {});
  }

  get #local(): Limiter | undefined {
    const { whenUnavailable } = this.#config;
    return typeof whenUnavailable === 'object' ? (whenUnavailable as unknown as Limiter) : undefined;
  }

  #ask(cost: Units, options: AcquireOptions, subscriber: Subscriber<Permit>): TeardownLogic {
    const maxWait = options.maxWait ?? this.#config.maxWait ?? Number.POSITIVE_INFINITY;
    const ask = new RedisWaiter(cost, options, this.clock.now(), maxWait, subscriber);
    const objection = this.#link.objection;
    if (this.#quota.isImpossible(cost)) {
      this.#refuse(ask, 'cost-too-large');
    } else if (objection !== undefined) {
      this.#withoutRedis(ask, objection);
    } else {
      subscriber.add(() => this.#leave(ask));
      this.#queue.add(ask);
      this.changed();
    }
  }

  #leave(ask: RedisWaiter): void {
    if (this.#queue.leave(ask)) {
      if (this.isHeard) {
        this.tell({ type: 'left', waited: this.clock.now() - ask.since, call: ask.call });
      }
      this.changed();
    }
  }

  readonly #owner: SharedQueueOwner = {
    grant: (ask, grant) => this.#deliver(ask, this.#permit(ask, grant)),
    handOn: (cost, grant, ask) => {
      const changes = changesBetween(cost, ask.cost);
      if (changes !== undefined) {
        this.#correct(grant, changes);
      }
      this.#deliver(ask, this.#permit(ask, grant));
    },
    giveBack: (cost, grant) => this.#correct(grant, negative(cost)),
    waits: (ask, ahead, until) => this.#waits(ask, ahead, until),
    refuse: (ask, reason, wait) => this.#refuse(ask, reason, wait),
    unavailable: (ask, error) => this.#withoutRedis(ask, error),
  };

  #permit(ask: RedisWaiter, grant: SharedGrant | undefined): Permit {
    this.#inFlight += 1;
    if (this.isHeard) {
      this.tell({ type: 'granted', cost: ask.cost, waited: this.clock.now() - ask.since, call: ask.call });
    }
    this.changed();
    return new RedisPermit(ask.cost, (actual) => this.#ended(ask, grant, actual));
  }

  #deliver(ask: RedisWaiter, permit: Permit): void {
    if (ask.subscriber.closed) {
      permit.refund(); // a listener of the grant's event unsubscribed: nobody is there to receive it
    } else {
      ask.subscriber.next(permit);
      ask.subscriber.complete();
    }
  }

  #ended(ask: RedisWaiter, grant: SharedGrant | undefined, actual: PermitEnd): void {
    const reserved = ask.cost;
    const now = actual === 'refund' ? zero(reserved) : { ...reserved, ...actual };
    const changes = changesBetween(reserved, now);
    this.#inFlight -= 1;
    if (grant !== undefined && changes !== undefined) {
      this.#correct(grant, changes);
    }
    if (this.isHeard) {
      this.tell({ type: 'settled', reserved, actual: now, call: ask.call });
    }
    this.changed();
  }

  #correct(grant: SharedGrant, changes: Units): void {
    this.#corrections.send([{ grant, changes }], (wait) => this.#queue.moved(wait));
  }

  #waits(ask: RedisWaiter, ahead: number, due: number): void {
    const until = due + this.clock.toWall;
    if (this.isHeard) {
      this.tell({ type: 'waiting', cost: ask.cost, ahead, until, call: ask.call });
    }
    try {
      if (!ask.subscriber.closed) {
        ask.options.onWait?.({ ahead, until });
      }
    } catch (thrown) {
      this.#queue.leave(ask);
      ask.subscriber.error(thrown);
    }
  }

  #refuse(ask: RedisWaiter, reason: PermitRefusal, wait = 0): void {
    const { cost, call, subscriber } = ask;
    if (this.isHeard) {
      this.tell({ type: 'refused', reason, call });
    }
    this.changed();
    const retryAfter = wait > 0 ? wait : undefined;
    refuse(subscriber, new PermitRefusedError({ reason, cost, retryAfter }), this.scheduler);
  }

  /** What `whenUnavailable` says. */
  #withoutRedis(ask: RedisWaiter, error: LimiterUnavailableError): void {
    const { cost, since, maxWait, subscriber, options } = ask;
    this.changed();
    if (this.#local !== undefined) {
      const rest = Math.max(0, maxWait - (this.clock.now() - since));
      this.#askLocal(this.#local, cost, { ...options, maxWait: rest }).subscribe(subscriber);
    } else if (this.#config.whenUnavailable === 'allow') {
      this.#deliver(ask, this.#permit(ask, undefined));
    } else {
      refuse(subscriber, error, this.scheduler);
    }
  }

  /** Asks for what the local limiter limits. What it throws is that call's error. */
  #askLocal(local: Limiter, cost: Units, options: AcquireOptions): Observable<Permit> {
    const { dimensions } = local;
    return defer(() => local.acquire(dimensions === undefined ? cost : within(dimensions, cost), options));
  }

  #availabilityChanged(event: AvailabilityEvent): void {
    if (this.isHeard) {
      this.tell(event);
    }
    this.changed();
  }
}
