import { defer, type Subscriber } from 'rxjs';
import { refuse } from '../guard/grants';
import type { Told } from '../internal/policy/policy';
import type { Clock } from '../internal/time/clock';
import { soon } from '../internal/time/soon';
import { within } from '../limiter/cost';
import type { Limiter } from '../limiter/limiter';
import { type PermitRefusal, PermitRefusedError } from '../limiter/permit-refused-error';
import type { RateLimitInfo } from '../provider';
import { nothingOf } from '../quota/grant';
import type { Units } from '../quota/limits';
import type { CoreOwner } from './core-owner';
import { Corrections, type SharedGrant, unknownGrant } from './corrections';
import { Leases } from './leases';
import { LimiterUnavailableError } from './limiter-unavailable-error';
import { Link, type NoAnswer } from './link';
import { look, pause, sync } from './lua/scripts';
import { Mismatch } from './mismatch';
import { ProviderHearing } from './provider-hearing';
import type { RunScript } from './redis-client';
import { RedisPermit } from './redis-permit';
import type { RedisRateLimiterConfig, RedisRateLimiterEvent, SharedLimiterState } from './redis-rate-limiter-config';
import type { RedisWaiter } from './redis-waiter';
import { SharedQuota } from './shared-quota';
import { termsOf } from './terms';
import { changesBetween } from './units';

/** Decides on the waiters of a `RedisRateLimiter`: hands permits out, settles them with Redis, and refuses. */
export class RedisLimiterCore {
  readonly quota: SharedQuota;
  readonly link: Link;
  readonly mismatch: Mismatch;
  readonly leases: Leases;
  readonly hearing: ProviderHearing;
  /** How many calls of all processes may be in flight. */
  maxConcurrent: number;
  /** Permits that have not ended. */
  inFlight = 0;
  readonly #corrections: Corrections;
  /** Until when this process has paused all, or heard of it. */
  #pausedUntil = 0;
  /** What decides while Redis is away, if the user gave one. */
  readonly #local: Limiter | undefined;

  constructor(
    run: RunScript,
    readonly clock: Clock,
    readonly config: RedisRateLimiterConfig<string>,
    private readonly owner: CoreOwner,
  ) {
    const { key, limits } = config;
    const terms = () => termsOf(config, this.maxConcurrent);
    this.quota = new SharedQuota({ owner: 'RedisRateLimiter', room: 'limiter', key, clock, terms }, limits);
    this.link = new Link(run, clock, this.quota, config, (event) => this.notify(event));
    const lose = (count: number) => this.notify({ type: 'lost', count });
    this.#corrections = new Corrections(this.link, this.quota, lose, (wait) => owner.moved(wait));
    this.maxConcurrent = config.maxConcurrent ?? Number.POSITIVE_INFINITY;
    const lease = config.lease ?? Math.max(60_000, this.link.deadline);
    this.leases = new Leases(this.link, clock, lease, (held) => this.#end({ ...unknownGrant, held }));
    this.mismatch = new Mismatch(this.quota, (event) => this.notify(event));
    this.hearing = new ProviderHearing(clock, config, {
      pause: (ms, by) => this.#pauseFor(ms, by),
      paced: (perSecond) => this.notify({ type: 'paced', perSecond }),
      changed: () => owner.changed(),
    });
    this.link.whenBack(
      () => this.#pausedFor > 0,
      () => this.#pausedFor > 0 && this.#sendPause(this.#pausedFor),
    );
    this.#local = typeof config.whenUnavailable === 'object' ? config.whenUnavailable : undefined;
  }

  notify(event?: Told<RedisRateLimiterEvent>): void {
    this.owner.notify(event);
  }

  /** Whether nothing is asked of Redis, or still to be sent to it. */
  get isIdle(): boolean {
    return this.link.isIdle && this.#corrections.isDone;
  }

  /** Gives a waiter its permit. `taken` is what Redis took, which may be more than the waiter costs. */
  grant(waiter: RedisWaiter, taken: Units, grant: SharedGrant): void {
    this.#correct(grant, taken, waiter.cost);
    this.#deliver(waiter, grant);
  }

  /** Gives back what no waiter takes. */
  release(taken: Units, grant: SharedGrant): void {
    this.#correct(grant, taken, nothingOf(taken), true);
  }

  waits({ cost, call, options, subscriber }: RedisWaiter, ahead: number, due: number): void {
    const until = due + this.clock.toWall;
    this.notify({ type: 'waiting', cost, ahead, until, call });
    if (!subscriber.closed) {
      options.onWait?.({ ahead, until });
    }
  }

  left({ call, since }: RedisWaiter): void {
    this.notify({ type: 'left', waited: this.clock.now() - since, call });
  }

  /** @param wait ms after which it is worth asking again. */
  refuse({ call, cost, subscriber }: RedisWaiter, reason: PermitRefusal, wait = 0): void {
    this.notify({ type: 'refused', reason, call });
    const retryAfter = wait > 0 ? wait : undefined;
    refuse(subscriber, new PermitRefusedError({ reason, cost, retryAfter, ...this.owner.labels() }), soon(this.clock));
  }

  /** Does what `whenUnavailable` says, if Redis is away. What a local limiter throws is that call's error. */
  withoutRedis(waiter: RedisWaiter, error: NoAnswer): void {
    const { cost, maxWait, options, since, subscriber } = waiter;
    const isOutage = error instanceof LimiterUnavailableError;
    const local = isOutage ? this.#local : undefined;
    this.notify();
    if (local !== undefined) {
      const rest = Math.max(0, maxWait - (this.clock.now() - since));
      const limited = () => within(local.dimensions ?? Object.keys(cost), cost);
      defer(() => local.acquire(limited(), { ...options, maxWait: rest })).subscribe(subscriber);
    } else if (isOutage && this.config.whenUnavailable === 'allow') {
      this.#allow(waiter);
    } else {
      refuse(subscriber, error, soon(this.clock));
    }
  }

  accepted({ followed }: RedisPermit): void {
    this.hearing.accepted(followed);
  }

  throttled({ followed }: RedisPermit, hint: number | undefined): void {
    this.hearing.throttled(followed, hint);
  }

  ended({ call, cost, grant, followed }: RedisPermit, actual: Units): void {
    this.inFlight -= 1;
    this.hearing.ended(followed);
    if (grant !== undefined) {
      this.#correct(grant, cost, actual, true);
      this.leases.delete(grant);
    }
    this.notify({ type: 'settled', reserved: cost, actual, call });
  }

  /** @param by Who asks for it. */
  pause(ms: number, by: 'user' | 'hint' | 'throttle' = 'user'): void {
    const until = this.clock.now() + ms;
    this.#pausedUntil = Math.max(this.#pausedUntil, until);
    this.#local?.pause?.(ms);
    this.#sendPause(ms);
    this.notify({ type: 'paused', until: until + this.clock.toWall, by });
  }

  resume(): void {
    this.#pausedUntil = 0;
    this.#local?.resume?.();
    this.link.ask(pause, ['-1']);
  }

  /** Returns whether the headers told of a dimension that is limited here. */
  sync(info: RateLimitInfo): boolean {
    this.#local?.sync?.(info);
    const args = this.quota.argsOfHeaders(info);
    if (args.length > 0) {
      this.link.ask(sync, args);
    }
    return args.length > 0;
  }

  look(subscriber: Subscriber<SharedLimiterState>): void {
    this.link.ask(look, [], {
      answered: (reply) => {
        const [used, pausedFor, processes, ends, inFlight] = reply as [unknown[], unknown, unknown, unknown[], unknown];
        const { name } = this.config;
        subscriber.next({
          ...(name === undefined ? {} : { name }),
          limits: this.quota.states(used, ends),
          pausedUntil: Number(pausedFor) > 0 ? this.clock.scheduler.now() + Number(pausedFor) : 0,
          processes: Number(processes),
          inFlight: Number(inFlight),
        });
        subscriber.complete();
      },
      unavailable: (error) => subscriber.error(error),
    });
  }

  /** What the provider says to many calls at once is told to the others once. */
  #pauseFor(ms: number, by: 'hint' | 'throttle'): void {
    if (ms > this.#pausedFor) {
      this.pause(ms, by);
    }
  }

  #sendPause(ms: number): void {
    this.link.ask(pause, [String(ms)]);
  }

  get #pausedFor(): number {
    return Math.max(0, this.#pausedUntil - this.clock.now());
  }

  /** Lets a call through without Redis, but not while this process knows of a pause. */
  #allow(waiter: RedisWaiter): void {
    const { maxWait, since, subscriber } = waiter;
    const rest = this.#pausedFor;
    if (rest === 0) {
      this.#deliver(waiter, undefined);
    } else if (rest > since + maxWait - this.clock.now()) {
      this.refuse(waiter, 'wait-too-long', rest);
    } else {
      subscriber.add(this.clock.after(rest, () => this.#allow(waiter)));
    }
  }

  #deliver({ call, cost, since, subscriber }: RedisWaiter, grant: SharedGrant | undefined): void {
    this.inFlight += 1;
    if (grant !== undefined) {
      this.leases.add(grant);
    }
    this.notify({ type: 'granted', cost, waited: this.clock.now() - since, call });
    const followed = grant === undefined ? undefined : this.hearing.granted(cost);
    const permit = new RedisPermit(this, cost, grant, call, followed);
    if (subscriber.closed) {
      permit.refund(); // a listener of the event has unsubscribed the call
    } else {
      subscriber.next(permit);
      subscriber.complete();
    }
  }

  #correct(grant: SharedGrant, before: Units, after: Units, isEnd = false): void {
    const changes = changesBetween(before, after);
    if (changes !== undefined) {
      const share = this.quota.shareOf({ ...before, ...after }) - this.quota.shareOf(before);
      this.#corrections.send([{ grant, changes, isEnd, share }]);
    } else if (isEnd) {
      this.#end(grant);
    }
  }

  #end(grant: SharedGrant): void {
    if (grant.held !== undefined) {
      this.#corrections.send([{ grant, changes: {}, isEnd: true }]);
    }
  }
}
