import type { Clock } from '../internal/time/clock';
import type { RateLimitInfo } from '../provider';
import type { Units } from '../quota/limits';
import { tidy } from '../quota/meter';
import type { AcquireOptions } from './limiter';
import { LimiterQueue } from './limiter-queue';
import type { FollowedPermit, LocalPermit } from './local-permit';
import { isOtherPace } from './pace';
import type { RateLimiterConfig, RateLimiterUpdate } from './rate-limiter-config';
import { reactTo } from './reactions';

/** The part of a limiter that hears what users and the provider say: pauses, headers, other numbers, what became of calls. */
export abstract class LimiterHearing extends LimiterQueue {
  // What the config says of pauses; there only if it does: a million limiters may be idle.
  declare private readonly longestPause?: number;
  declare private readonly throttlePause?: number;
  declare private readonly pace?: boolean;
  /** The pace and the limit on calls in flight, as they were told last. Set only then: a million limiters may be idle. */
  declare private toldPace?: number;
  declare private toldLimit?: number | undefined;

  constructor(config: RateLimiterConfig<string>, clock: Clock) {
    super(config, clock);
    const { maxPause, throttlePause, pace } = config;
    if (maxPause !== undefined) {
      this.longestPause = maxPause;
    }
    if (throttlePause !== undefined) {
      this.throttlePause = throttlePause;
    }
    if (pace !== undefined) {
      this.pace = pace;
    }
    if (this.capacity.isAdaptive) {
      this.toldLimit = this.capacity.maxConcurrent;
    }
  }

  /** The longest pause, in ms, that a hint may cause. */
  get maxPause(): number {
    return this.longestPause ?? 60_000;
  }

  /** @param by Who asks for it. A hint is cut off at the longest pause. */
  pause(ms: number, by: 'user' | 'hint' | 'throttle' = 'user'): void {
    const now = this.clock.now();
    const until = now + (by === 'hint' ? Math.min(ms, this.maxPause) : ms);
    if (this.capacity.pause(until, now)) {
      if (by !== 'user') {
        this.capacity.reactions?.paused(until);
      }
      this.queue.forget(); // first: a listener may ask at once
      if (this.isHeard) {
        this.tell({ type: 'paused', until: until + this.clock.toWall, by });
      }
      this.capacityChanged();
    }
  }

  /** The provider has taken a call. */
  accepted(permit: FollowedPermit): void {
    const { reactions, inFlight } = this.capacity;
    if (reactions !== undefined) {
      reactions.accepted(permit, inFlight, this.clock.now());
      this.reacted();
    }
  }

  /** The provider has refused a call because there are too many. */
  throttled(permit: LocalPermit, hint: number | undefined): void {
    const { capacity, throttlePause = 1_000, pace: isPaced = true } = this;
    const ms = reactTo(permit, hint, capacity.inFlight, this.clock.now(), capacity, { isPaced, throttlePause });
    this.reacted();
    if (hint !== undefined) {
      this.pause(hint, 'hint');
    } else if (ms > 0) {
      this.pause(ms, 'throttle');
    }
  }

  /** For the state: what was found out of the provider. */
  protected found(now: number): { readonly maxConcurrent?: number; readonly pace?: number } {
    const { maxConcurrent, isAdaptive } = this.capacity;
    const pace = this.capacity.reactionsAt(now)?.perSecond;
    return {
      ...(isAdaptive ? { maxConcurrent: maxConcurrent! } : {}),
      ...(pace === undefined ? {} : { pace: tidy(pace) }),
    };
  }

  protected follow(permit: FollowedPermit, now: number): FollowedPermit {
    this.capacity.reactions?.granted(permit, now);
    return permit;
  }

  /** Tells the pace if it has changed by a tenth since it was told last. To be called only while somebody hears it. */
  protected tellPace(): void {
    const perSecond = this.capacity.reactions?.perSecond;
    if (perSecond !== undefined && isOtherPace(perSecond, this.toldPace)) {
      this.toldPace = perSecond;
      this.tell({ type: 'paced', perSecond: tidy(perSecond) });
    }
  }

  private reacted(): void {
    if (this.isHeard) {
      this.tellPace();
      this.tellLimit();
    }
    this.capacityChanged();
  }

  /** Tells an adaptive limit if its whole part has changed. */
  private tellLimit(): void {
    const { maxConcurrent, isAdaptive } = this.capacity;
    if (isAdaptive && maxConcurrent !== this.toldLimit) {
      this.toldLimit = maxConcurrent;
      this.tell({ type: 'limit-changed', limit: maxConcurrent! });
    }
  }

  /** What a newcomer would have to wait, in ms: `Infinity` if for ever, undefined if for calls in flight. Changes nothing. */
  waitFor(cost: Units, options: AcquireOptions): number | undefined {
    const now = this.clock.now();
    if (this.queue.length === 0 && this.capacity.admits(cost, now)) {
      return 0; // as what follows would say, for a tenth of what that costs: a router asks every route for every call
    }
    if (this.capacity.ledger.impossible(cost) !== undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const place = this.placeOf(cost, options, now);
    const ahead = this.queue.ahead(place);
    if (this.capacity.isFullBehind(ahead)) {
      return undefined;
    }
    this.forgetIfHeldUp(now);
    const due = Math.max(now, this.capacity.due(cost, now, ahead));
    return Math.ceil((ahead === 0 ? due : Math.max(due, this.foresee(cost, place, now))) - now);
  }

  resume(): void {
    if (this.capacity.resume(this.clock.now())) {
      this.queue.forget();
      if (this.isHeard) {
        this.tell({ type: 'resumed' });
      }
      this.capacityChanged();
    }
  }

  sync(info: RateLimitInfo): void {
    this.capacity.sync(info, this.clock.now());
    this.queue.forget();
    if (this.isHeard) {
      this.tell({ type: 'synced' });
    }
    this.capacityChanged();
  }

  reset(): void {
    this.capacity.reset();
    this.fair?.reset();
    this.capacityChanged();
  }

  update(update: RateLimiterUpdate): void {
    this.capacity.update('RateLimiter.update', update.limits, update.maxConcurrent, this.clock);
    this.limitQueue(update);
    this.queue.forget();
    for (const waiter of [...this.queue]) {
      if (this.capacity.ledger.impossible(waiter.cost) !== undefined && this.queue.remove(waiter)) {
        this.refuseWaiting(waiter, 'cost-too-large');
      }
    }
    this.capacityChanged();
  }

  snapshot(): unknown {
    return this.capacity.snapshot(this.clock);
  }

  restore(initial: unknown): void {
    this.capacity.restore(initial, this.clock);
  }

  private capacityChanged(): void {
    this.queue.forget();
    this.changed();
    this.proceed();
  }
}
