import { ForecastQueue } from '../limiter/forecast-queue';
import type { PermitRefusal } from '../limiter/permit-refused-error';
import { Forecast } from '../quota/forecast';
import type { SharedGrant } from './corrections';
import type { NoAnswer } from './link';
import type { RedisLimiterCore } from './redis-limiter-core';
import type { RedisWaiter } from './redis-waiter';
import { isWithin } from './units';

/**
 * The calls of this process that wait, and what they are told. It foresees the earliest grants: as if nothing was used
 * and no other process waited.
 */
export class RedisWaiters extends ForecastQueue<RedisWaiter> {
  /** Those that do not know yet whether they have to wait. */
  readonly newcomers = new Set<RedisWaiter>();
  /** How many calls of this process may wait. */
  maxQueue: number;

  constructor(private readonly core: RedisLimiterCore) {
    super();
    this.maxQueue = core.config.maxQueue ?? Number.POSITIVE_INFINITY;
  }

  addNewcomer(waiter: RedisWaiter): void {
    this.newcomers.add(waiter);
    this.add(waiter, this.core.clock.now());
  }

  /** Adds a waiter that has to wait, or refuses it. The first of the queue is granted nothing before `due`. */
  addBehind(waiter: RedisWaiter, due: number): void {
    const now = this.core.clock.now();
    const ahead = this.ahead(waiter);
    const until = this.foresee(waiter.cost, waiter, this.core.quota.unused, due);
    const reason = this.length >= this.maxQueue ? 'queue-full' : refusalOf(waiter, until);
    if (reason === undefined) {
      this.add(waiter, now);
      this.#tell(waiter, ahead, until);
    } else {
      this.core.refuse(waiter, reason, until - now);
    }
  }

  override remove(waiter: RedisWaiter): boolean {
    this.newcomers.delete(waiter);
    return super.remove(waiter);
  }

  /** Hands out what was granted to a waiter. If that has left, the first one gets it, unless that costs more. */
  give(waiter: RedisWaiter, grant: SharedGrant): void {
    const receiver = waiter.isQueued ? waiter : this.first;
    if (receiver !== undefined && isWithin(receiver.cost, waiter.cost)) {
      this.remove(receiver);
      this.core.grant(receiver, waiter.cost, grant);
    } else {
      this.core.release(waiter.cost, grant);
    }
  }

  /**
   * Before `due` there is no grant for `stuck`, for waiters that want as much, and for those behind one of these. Other
   * newcomers, which came to stand before them meanwhile, stay newcomers: Redis has to be asked for them first.
   */
  tellNewcomers(stuck: RedisWaiter, due: number): void {
    const surplus = Math.max(0, this.length - this.maxQueue); // newcomers were let in without a look at the length
    for (const waiter of [...this.newcomers].reverse().slice(0, surplus)) {
      this.#refuse(waiter, 'queue-full', due);
    }
    const forecast = new Forecast();
    let ahead = 0;
    let isHeldUp = false;
    for (const waiter of this.newcomers.size === 0 ? [] : [...this]) {
      if (isHeldUp || isWithin(stuck.cost, waiter.cost)) {
        const until = forecast.of(waiter.cost, [], 0, this.core.quota.unused, due);
        if (this.newcomers.delete(waiter)) {
          this.#tell(waiter, ahead, until);
        }
        if (waiter.isQueued) {
          forecast.join(waiter.cost, due);
          isHeldUp = true;
        }
      }
      ahead += waiter.isQueued ? 1 : 0;
    }
  }

  /** Refuses those that can never be granted any more, because the limits have changed. */
  refuseImpossible(): void {
    for (const waiter of [...this]) {
      if (this.core.quota.isImpossible(waiter.cost)) {
        this.#refuse(waiter, 'cost-too-large', 0);
      }
    }
  }

  /** Refuses a waiter for which a limit that never comes back has too little left. */
  refuseUsedUp(waiter: RedisWaiter): void {
    this.#refuse(waiter, 'used-up', 0);
  }

  refuseOverdue(): void {
    const now = this.core.clock.now();
    for (let waiter = this.overdue(now); waiter !== undefined; waiter = this.overdue(now)) {
      this.newcomers.delete(waiter);
      this.core.refuse(waiter, 'wait-too-long');
    }
  }

  /** Redis did not answer: none of them waits any longer. */
  unavailable(error: NoAnswer): void {
    for (const waiter of [...this]) {
      if (this.remove(waiter)) {
        this.core.withoutRedis(waiter, error);
      }
    }
  }

  #tell(waiter: RedisWaiter, ahead: number, until: number): void {
    const reason = refusalOf(waiter, until);
    if (reason !== undefined) {
      this.#refuse(waiter, reason, until);
      return;
    }
    try {
      this.core.waits(waiter, ahead, until);
    } catch (thrown) {
      this.remove(waiter); // before the error, so that the call does not count as one that left
      waiter.subscriber.error(thrown);
    }
  }

  #refuse(waiter: RedisWaiter, reason: PermitRefusal, until: number): void {
    if (this.remove(waiter)) {
      this.core.refuse(waiter, reason, until - this.core.clock.now());
    }
  }
}

function refusalOf({ deadline, maxWait }: RedisWaiter, until: number): PermitRefusal | undefined {
  return until > deadline || maxWait === 0 ? 'wait-too-long' : undefined;
}
