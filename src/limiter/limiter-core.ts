import type { Receiver } from '../guard/guard';
import { Timer } from '../internal/time/timer';
import type { Units } from '../quota/limits';
import type { AcquireOptions } from './limiter';
import { LimiterHearing } from './limiter-hearing';
import { FollowedPermit, LocalPermit, type PermitCore, type PermitEnd } from './local-permit';
import type { RateLimiterState } from './rate-limiter-config';
import { TenantWaiter, type Waiter } from './waiter';

/**
 * Grants permits as the capacity allows, and lets the others wait in a queue. Only its head has a timer.
 *
 * Draining is a loop that looks again at the head and at the capacity after every grant, because grants re-enter.
 */
export class LimiterCore extends LimiterHearing implements PermitCore {
  /** There once it has drained its queue: in a million limiters nothing may ever wait. */
  declare private isDraining?: boolean;
  /** Fires when the head is due, when somebody has waited for too long, or when the visible state changes. */
  private timer: Timer | undefined;

  get state(): RateLimiterState {
    const now = this.clock.now();
    const { toWall } = this.clock;
    return {
      ...this.named,
      limits: this.capacity.states(now, toWall),
      ...this.found(now),
      inFlight: this.capacity.inFlight,
      waiting: this.queue.length,
      pausedUntil: Math.max(0, this.capacity.pausedUntil(now) + toWall),
    };
  }

  get isIdle(): boolean {
    return this.queue.length === 0 && this.capacity.isUnused(this.clock.now());
  }

  /** A permit that is free at once; else the receiver is refused, or waits. */
  ask(cost: Units, options: AcquireOptions, receiver: Receiver<LocalPermit>): LocalPermit | undefined {
    this.catchUp();
    if (receiver.closed) {
      return undefined;
    }
    if (!this.isBehind(cost, options)) {
      const now = this.clock.now(); // read after catchUp: the calls that it granted may have taken time
      if (this.admits(cost, now)) {
        this.queue.forget();
        this.fair?.passed(options.tenant ?? '', this.capacity.shareOf(cost));
        return this.take(cost, now, 0, options.call, this.fair && (options.tenant ?? ''));
      }
    }
    this.stand(cost, options, receiver);
    return undefined;
  }

  tryTake(cost: Units): LocalPermit | undefined {
    this.catchUp();
    const now = this.clock.now();
    if (this.queue.length > 0 || !this.admits(cost, now)) {
      return undefined;
    }
    this.queue.forget();
    this.fair?.passed('', this.capacity.shareOf(cost));
    return this.take(cost, now, 0, undefined, this.fair && '');
  }

  ended(permit: LocalPermit, actual: PermitEnd): void {
    if (permit instanceof FollowedPermit) {
      this.capacity.reactions?.ended(permit, this.clock.now());
    }
    if (this.capacity.end(permit.ledger, permit, actual, this.clock)) {
      this.queue.forget();
    }
    if (permit.tenant !== undefined) {
      this.fair!.corrected(permit.tenant, this.capacity.shareOf(permit.units) - this.capacity.shareOf(permit.cost));
    }
    if (this.isHeard) {
      this.tell({ type: 'settled', reserved: permit.cost, actual: permit.units, call: permit.call });
    }
    this.changed();
    if (this.queue.length > 0 || this.isWatched) {
      this.proceed();
    }
  }

  /** Holds of an attempt are about to end: nothing is granted until `unblock` was called as often as this. */
  block(): void {
    this.blocks += 1;
  }

  /** Returns whether anybody waits for what may have become free. */
  unblock(): boolean {
    this.blocks -= 1;
    return this.queue.length > 0 || this.isWatched;
  }

  /** @param isLater Leave the next grant to the timer, because that call may be leaving too. */
  grant(isLater: boolean): void {
    if (this.blocks === 0 && (this.queue.length > 0 || this.isWatched)) {
      if (isLater) {
        this.arm();
      } else {
        this.proceed();
      }
    }
  }

  protected watch(): void {
    this.arm();
  }

  protected nextChange(now: number): number {
    return this.capacity.nextChange(now);
  }

  private admits(cost: Units, now: number): boolean {
    return this.blocks === 0 && this.capacity.admits(cost, now);
  }

  /** @param tenant Which tenant is charged, where tenants share the limiter. */
  private take(
    cost: Units,
    now: number,
    waited: number,
    call: number | undefined,
    tenant: string | undefined,
  ): LocalPermit {
    const { ledger, reactions } = this.capacity;
    const slots = this.capacity.draw(cost, now);
    const permit =
      reactions === undefined
        ? new LocalPermit(this, cost, ledger, slots, call)
        : this.follow(new FollowedPermit(this, cost, ledger, slots, call, reactions.current, now), now);
    if (tenant !== undefined) {
      permit.tenant = tenant;
    }
    if (this.isHeard) {
      this.tell({ type: 'granted', cost, waited, call });
      this.tellPace();
    }
    this.changed();
    if (this.isWatched) {
      this.arm(); // those who watch want to see what was taken become free again
    }
    return permit;
  }

  /** A head whose time has come goes before a newcomer, even if its timer is late. */
  private catchUp(): void {
    if (this.queue.length === 0) {
      return;
    }
    const now = this.clock.now();
    this.queue.look(now);
    const head = this.queue.first;
    if (head !== undefined && this.admits(head.cost, now)) {
      this.proceed();
    }
  }

  protected proceed(): void {
    if (!this.isDraining && this.blocks === 0) {
      this.drain();
      this.arm();
    }
  }

  protected drain(): void {
    this.isDraining = true;
    try {
      for (let head = this.head; head !== undefined; head = this.head) {
        const now = this.clock.now();
        if (!this.admits(head.cost, now)) {
          if (this.blocks > 0 || !this.capacity.isUsedUp(head.cost, now)) {
            break;
          }
          this.queue.remove(head);
          this.refuseWaiting(head, 'used-up');
          continue;
        }
        this.queue.grant(head, now);
        head.receiver.granted(this.take(head.cost, now, now - head.since, head.call, tenantOf(head)));
      }
    } finally {
      this.isDraining = false;
    }
  }

  protected arm(): void {
    if (this.isDraining) {
      return;
    }
    const now = this.clock.now();
    const change = this.nextVisibleChange(now);
    const { head } = this;
    if (head === undefined) {
      this.queue.forget(); // the queue is empty, so its forecast is of no use
      this.capacity.rest(now);
    }
    const due = head === undefined ? Number.POSITIVE_INFINITY : this.capacity.awaits(head.cost, now);
    const time = Math.min(due, change, this.queue.nextLook, this.untilDeadline(now));
    if (time < Number.POSITIVE_INFINITY) {
      this.timer ??= new Timer(this.clock, 'first', () => this.wake());
    }
    this.timer?.set(time);
  }

  /** Who is next at this time. */
  private get head(): Waiter | undefined {
    if (this.fair !== undefined) {
      this.fair.look(this.clock.now());
    }
    return this.queue.first;
  }

  private wake(): void {
    this.tellWhatIsDue(this.clock.now());
    this.proceed();
  }
}

function tenantOf(waiter: Waiter): string | undefined {
  return waiter instanceof TenantWaiter ? waiter.tenant : undefined;
}
