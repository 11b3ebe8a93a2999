import type { Receiver } from '../guard/guard';
import { TimedPolicy } from '../internal/policy/timed-policy';
import type { Clock } from '../internal/time/clock';
import { soon } from '../internal/time/soon';
import { Timer } from '../internal/time/timer';
import type { Units } from '../quota/limits';
import { Capacity } from './capacity';
import { FairLine } from './fair-line';
import { ForecastQueue } from './forecast-queue';
import type { AcquireOptions } from './limiter';
import type { Line, Place } from './line';
import type { LocalPermit } from './local-permit';
import { type PermitRefusal, PermitRefusedError } from './permit-refused-error';
import type { RateLimiterConfig, RateLimiterEvent, RateLimiterState } from './rate-limiter-config';
import { sharesOf } from './shares-of';
import { type TenantWaiter, type Waiter, type WaiterCore, waiterOf } from './waiter';

/** One empty queue, shared by all limiters in which nothing has waited yet: of a million, most have no other. */
const noQueue: Line<Waiter> = new ForecastQueue<Waiter>();

/** The waiting part of a limiter: who may wait, for how long, and who leaves or is refused. It grants nothing. */
export abstract class LimiterQueue
  extends TimedPolicy<'limiter', RateLimiterState, RateLimiterEvent>
  implements WaiterCore
{
  protected readonly capacity: Capacity;
  protected queue = noQueue;
  /** The same, if tenants share it. This and the settings are there only if they were given: a million limiters may be idle. */
  declare protected readonly fair?: FairLine<TenantWaiter>;
  /** How many attempts are ending their holds: until then nothing is granted. */
  protected blocks = 0;
  declare protected maxQueue?: number;
  declare protected maxWait?: number;
  /** ms of waiting that count as one priority more, where tenants do not share the queue. */
  declare private readonly ageing?: number;
  /** For those whose deadline has come. */
  private overdueTimer: Timer | undefined;

  constructor(config: RateLimiterConfig<string>, clock: Clock) {
    super('limiter', clock, config.name);
    this.capacity = new Capacity(config.limits, config.maxConcurrent, clock);
    this.limitQueue(config);
    const shares = sharesOf(config.fair);
    if (shares !== undefined) {
      this.fair = new FairLine(shares, config.ageing);
      this.queue = this.fair as Line<Waiter>;
    } else if (config.ageing !== undefined) {
      this.ageing = config.ageing;
    }
  }

  /** Sets the timers for the head of the queue. */
  protected abstract arm(): void;

  /** Grants from the head of the queue while it can. */
  protected abstract drain(): void;

  /** As `drain`, and sets the timers. */
  protected abstract proceed(): void;

  /** Other numbers from now on; what is undefined stays. */
  protected limitQueue({ maxQueue, maxWait }: Pick<RateLimiterConfig<string>, 'maxQueue' | 'maxWait'>): void {
    if (maxQueue !== undefined) {
      this.maxQueue = maxQueue;
    }
    if (maxWait !== undefined) {
      this.maxWait = maxWait;
    }
  }

  leave(waiter: Waiter): void {
    const isAwaited = this.isAwaited(waiter);
    if (this.queue.remove(waiter)) {
      if (this.isHeard) {
        const now = this.clock.now();
        this.tell({ type: 'left', waited: now - waiter.since, call: waiter.call }, now);
      }
      this.changed();
      if (isAwaited) {
        this.arm(); // nothing is granted yet: the next may be about to leave as well
      }
    }
  }

  /** Whether anything waits that goes before a newcomer. */
  protected isBehind(cost: Units, options: AcquireOptions): boolean {
    if (this.queue.length === 0) {
      return false;
    }
    const isTimed = this.fair !== undefined || this.ageing !== undefined;
    const now = isTimed ? this.clock.now() : 0;
    return this.queue.isBehind(this.placeOf(cost, options, now), now);
  }

  /** A priority that grows with every wait orders like one that falls with the time of coming. A retry has half of one more. */
  protected placeOf(cost: Units, { priority = 0, retry = false, tenant = '' }: AcquireOptions, now: number): Place {
    const { ageing } = this;
    const aged = ageing === undefined ? priority : priority + (retry ? 0.5 : 0) - now / ageing;
    const share = this.fair === undefined ? 0 : this.capacity.shareOf(cost);
    return { priority: aged, retry, tenant, cost, share };
  }

  protected stand(cost: Units, options: AcquireOptions, receiver: Receiver<LocalPermit>): void {
    const { maxWait = this.maxWait ?? Number.POSITIVE_INFINITY, onWait, call } = options;
    if (this.queue === noQueue) {
      this.queue = new ForecastQueue();
    }
    const now = this.clock.now();
    const place = this.placeOf(cost, options, now);
    this.forgetIfHeldUp(now); // first: whether it is foreseen depends on that
    const isWanted = maxWait < Number.POSITIVE_INFINITY || onWait !== undefined || this.isHeard || this.isFull;
    const until = isWanted || this.queue.isForeseen(place) ? this.foresee(cost, place, now) : now;
    const reason = this.isHeldUp(cost, now) ? undefined : this.objection(cost, now, until - now, maxWait);
    if (reason !== undefined) {
      this.refuse(reason, cost, until - now, call, receiver);
      return;
    }
    const ahead = onWait !== undefined || this.isHeard ? this.queue.ahead(place) : 0; // else nobody wants to know
    const waiter = waiterOf(this, place, now, until, now + maxWait, call, receiver, this.fair !== undefined);
    this.add(waiter, ahead);
    if (waiter.stands) {
      onWait?.({ ahead, until: this.clock.onWall(until) }); // else a listener has made it leave, or be granted, already
    }
  }

  /** When a newcomer will be granted a cost that stands there. */
  protected foresee(cost: Units, place: Place, now: number): number {
    return this.queue.foresee(cost, place, this.capacity.ledger, Math.max(now, this.capacity.pausedUntil(now)));
  }

  /** The head should be gone by the time that was foreseen, but calls in flight hold it up. */
  protected forgetIfHeldUp(now: number): void {
    if (this.queue.length > 0 && this.queue.first!.until < now) {
      this.queue.forget();
    }
  }

  /** Whether it would be granted at once, but for the attempts that are ending their holds: it is as soon as they have. */
  private isHeldUp(cost: Units, now: number): boolean {
    return this.blocks > 0 && this.queue.length === 0 && this.capacity.admits(cost, now);
  }

  private get isFull(): boolean {
    return this.queue.length >= (this.maxQueue ?? Number.POSITIVE_INFINITY);
  }

  /** Why a call may not even wait. */
  private objection(cost: Units, now: number, wait: number, maxWait: number): PermitRefusal | undefined {
    if (this.capacity.ledger.impossible(cost) !== undefined) {
      return 'cost-too-large';
    }
    if (this.capacity.isUsedUp(cost, now)) {
      return 'used-up';
    }
    if (this.isFull) {
      return 'queue-full';
    }
    return maxWait === 0 || wait > maxWait ? 'wait-too-long' : undefined;
  }

  /** The receiver first gives back what it holds, then the event is told. */
  private refuse(
    reason: PermitRefusal,
    cost: Units,
    wait: number,
    call: number | undefined,
    receiver: Receiver<LocalPermit>,
  ): void {
    const retryAfter = reason === 'cost-too-large' || reason === 'used-up' || wait <= 0 ? undefined : wait;
    receiver.refuse(this.refusal(reason, cost, retryAfter), soon(this.clock));
    if (this.isHeard) {
      this.tell({ type: 'refused', reason, call });
    }
  }

  private add(waiter: Waiter, ahead: number): void {
    this.queue.add(waiter, waiter.since);
    waiter.receiver.stands(waiter);
    if (this.isHeard) {
      const { cost, until, call, since } = waiter;
      this.tell({ type: 'waiting', cost, ahead, until: this.clock.onWall(until), call }, since);
    }
    this.changed();
    if (this.isAwaited(waiter)) {
      this.arm();
    }
  }

  /** Whether a timer is set for somebody who waits, or has to be: for the next, and for the earliest deadline. */
  private isAwaited(waiter: Waiter): boolean {
    const { deadline = Number.POSITIVE_INFINITY } = waiter;
    const isFirst = this.queue.first === waiter;
    return isFirst || (deadline < Number.POSITIVE_INFINITY && deadline <= this.queue.nextDeadline);
  }

  /**
   * Until when nobody has to be refused. Those whose deadline has come are refused after all else that is due in this frame:
   * a grant at exactly that time wins.
   */
  protected untilDeadline(now: number): number {
    const deadline = this.queue.nextDeadline;
    if (deadline > now) {
      this.overdueTimer?.set(Number.POSITIVE_INFINITY);
      return deadline;
    }
    this.overdueTimer ??= new Timer(this.clock, 'first', () => this.refuseOverdue());
    this.overdueTimer.set(now);
    return Number.POSITIVE_INFINITY;
  }

  /** Each in turn, because when one is gone the next may have its grant at the last moment. */
  private refuseOverdue(): void {
    const now = this.clock.now();
    this.drain();
    for (let waiter = this.queue.overdue(now); waiter !== undefined; waiter = this.queue.overdue(now)) {
      this.refuseWaiting(waiter, 'wait-too-long');
      this.drain();
    }
    this.proceed();
  }

  /** Refuses somebody who has left the queue for that. */
  protected refuseWaiting({ cost, call, receiver }: Waiter, reason: PermitRefusal): void {
    if (this.isHeard) {
      this.tell({ type: 'refused', reason, call });
    }
    this.changed();
    receiver.refused(this.refusal(reason, cost));
  }

  private refusal(reason: PermitRefusal, cost: Units, retryAfter?: number): PermitRefusedError {
    const { labels } = this;
    return new PermitRefusedError(
      labels === undefined ? { reason, cost, retryAfter } : { reason, cost, retryAfter, ...labels },
    );
  }
}
