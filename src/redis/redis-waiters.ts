import type { FairLine } from '../limiter/fair-line';
import type { ForecastQueue } from '../limiter/forecast-queue';
import type { PermitRefusal } from '../limiter/permit-refused-error';
import { Forecast } from '../quota/forecast';
import type { SharedGrant } from './corrections';
import type { NoAnswer } from './link';
import type { RedisLimiterCore } from './redis-limiter-core';
import { RedisLine } from './redis-line';
import type { RedisWaiter } from './redis-waiter';
import { isSame, isWithin } from './units';

/**
 * The calls of this process that wait, and what they are told. It foresees the earliest grants: as if nothing was used
 * and no other process waited.
 */
export class RedisWaiters {
  /** Those that do not know yet whether they have to wait. */
  readonly newcomers = new Set<RedisWaiter>();
  /** How many calls of this process may wait. */
  maxQueue: number;
  /** Whether Redis keeps a place for a call that has left. Only where tenants share the queue. */
  isStale = false;
  readonly line: RedisLine;
  readonly #line: ForecastQueue<RedisWaiter> | FairLine<RedisWaiter>;
  /** The same, if tenants share it. */
  readonly #fair: FairLine<RedisWaiter> | undefined;
  /** The newcomers of the open question. */
  #asked: readonly RedisWaiter[] = [];

  constructor(private readonly core: RedisLimiterCore) {
    this.line = new RedisLine(core);
    this.#line = this.line.line;
    this.#fair = this.line.fair;
    this.maxQueue = core.config.maxQueue ?? Number.POSITIVE_INFINITY;
  }

  get length(): number {
    return this.#line.length;
  }

  get nextDeadline(): number {
    return this.#line.nextDeadline;
  }

  /** When the order changes by time alone. */
  get nextLook(): number {
    return this.#line.nextLook;
  }

  /** The next ones: Redis is asked to grant these. */
  next(count: number): readonly RedisWaiter[] {
    this.isStale = false;
    this.#asked = this.#fair === undefined ? [] : [...this.newcomers];
    return this.line.next(count);
  }

  /** Whether what Redis keeps for `placed` is right for the line as it is now. */
  isPlaced(placed: RedisWaiter): boolean {
    return this.#fair === undefined ? serves(placed, this.#line.first!) : !this.isStale;
  }

  /**
   * Adds a waiter.
   *
   * @param placed The waiter whose place Redis keeps; it is granted nothing before `due`.
   * @param paced Before that this process asks for nothing; undefined if it may ask now.
   */
  enter(waiter: RedisWaiter, placed: RedisWaiter | undefined, due: number, paced: number | undefined): void {
    const now = waiter.since;
    this.#line.look(now);
    waiter.ahead = this.#line.ahead(waiter);
    const isUnknown = placed === undefined || this.newcomers.size > 0 || this.#mayGoFirst(waiter, placed);
    if (isUnknown && paced === undefined) {
      this.newcomers.add(waiter);
      this.#line.add(waiter, now);
    } else {
      this.#addBehind(waiter, Math.max(paced ?? 0, this.#fair === undefined ? due : now));
    }
  }

  remove(waiter: RedisWaiter): boolean {
    this.newcomers.delete(waiter);
    this.isStale ||= this.#fair?.isHead(waiter) ?? false;
    return this.#line.remove(waiter);
  }

  forget(): void {
    this.#line.forget();
  }

  /**
   * Hands out what was granted to a waiter. If that has left, the first one gets it, unless that costs more or another
   * tenant would pay.
   */
  give(waiter: RedisWaiter, grant: SharedGrant): void {
    const receiver = waiter.isQueued || this.#fair !== undefined ? waiter : this.#line.first;
    if (receiver?.isQueued && isWithin(receiver.cost, waiter.cost)) {
      this.newcomers.delete(receiver);
      if (this.#fair === undefined) {
        this.#line.remove(receiver);
      } else {
        this.#fair.grant(receiver, this.core.clock.now());
      }
      this.core.grant(receiver, waiter.cost, grant);
    } else {
      this.core.release(waiter.cost, grant);
    }
  }

  /** Before `due` there is no grant for `stuck`: tells those who have to wait for that. */
  tellNewcomers(stuck: RedisWaiter, due: number): void {
    const surplus = Math.max(0, this.length - this.maxQueue); // newcomers were let in without a look at the length
    for (const waiter of [...this.newcomers].reverse().slice(0, surplus)) {
      this.#refuse(waiter, 'queue-full', due);
    }
    if (this.#fair === undefined) {
      this.#tellInOrder(stuck, due);
    } else {
      const now = this.core.clock.now();
      for (const waiter of this.#asked) {
        if (this.newcomers.delete(waiter)) {
          this.#tell(waiter, waiter.ahead, waiter === stuck ? due : now);
        }
      }
    }
  }

  refuseOverdue(): void {
    const now = this.core.clock.now();
    for (let waiter = this.#line.overdue(now); waiter !== undefined; waiter = this.#line.overdue(now)) {
      this.newcomers.delete(waiter);
      this.isStale = this.#fair !== undefined;
      this.core.refuse(waiter, 'wait-too-long');
    }
  }

  /** Redis did not answer: none of them waits any longer. */
  unavailable(error: NoAnswer): void {
    for (const waiter of [...this.#line]) {
      if (this.remove(waiter)) {
        this.core.withoutRedis(waiter, error);
      }
    }
  }

  #mayGoFirst(waiter: RedisWaiter, placed: RedisWaiter): boolean {
    if (this.#fair === undefined) {
      return waiter.ahead === 0 && !serves(placed, waiter);
    }
    return this.#fair.isNext(waiter);
  }

  /** Adds a waiter that has to wait, or refuses it. The first of the queue is granted nothing before `due`. */
  #addBehind(waiter: RedisWaiter, due: number): void {
    const now = this.core.clock.now();
    const until = this.#line.foresee(waiter.cost, waiter, this.core.quota.unused, due);
    const reason = this.length >= this.maxQueue ? 'queue-full' : refusalOf(waiter, until);
    if (reason === undefined) {
      this.#line.add(waiter, now);
      this.#tell(waiter, waiter.ahead, until);
    } else {
      this.core.refuse(waiter, reason, until - now);
    }
  }

  /**
   * Waiters that want as much as `stuck`, and those behind one of these, wait for it. Other newcomers, which came to stand
   * before them meanwhile, stay newcomers: Redis has to be asked for them first.
   */
  #tellInOrder(stuck: RedisWaiter, due: number): void {
    const forecast = new Forecast();
    let ahead = 0;
    let isHeldUp = false;
    for (const waiter of this.newcomers.size === 0 ? [] : [...this.#line]) {
      if (isHeldUp || (isWithin(stuck.cost, waiter.cost) && rankOf(waiter) <= rankOf(stuck))) {
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
    for (const waiter of [...this.#line]) {
      if (this.core.quota.isImpossible(waiter.cost)) {
        this.#refuse(waiter, 'cost-too-large', 0);
      }
    }
  }

  /** Refuses a waiter for which a limit that never comes back has too little left. */
  refuseUsedUp(waiter: RedisWaiter): void {
    this.#refuse(waiter, 'used-up', 0);
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

const rankOf = ({ options }: RedisWaiter): number => options.priority ?? 0;

/** Whether a place that is kept for one waiter is right for another one. */
function serves(placed: RedisWaiter, waiter: RedisWaiter): boolean {
  return isSame(placed.cost, waiter.cost) && rankOf(placed) === rankOf(waiter);
}
