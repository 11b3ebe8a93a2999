import type { Subscriber } from 'rxjs';
import { show } from '../internal/options';
import { Timer } from '../internal/time/timer';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';
import { LimiterMisconfiguredError, ReplyShapeError } from './limiter-misconfigured-error';
import type { NoAnswer } from './link';
import { leave, turn } from './lua/scripts';
import { onceAllAsked } from './once-all-asked';
import type { RedisLimiterCore } from './redis-limiter-core';
import type { RedisRateLimiterUpdate } from './redis-rate-limiter-config';
import type { RedisWaiter } from './redis-waiter';
import { RedisWaiters } from './redis-waiters';
import { type Asked, type Place, readTurn, type Turn, usedUp } from './turn-reply';

/** How many waiters one question asks for at first, and at most: more each time that all of them were granted. */
const firstBatch = 8;
const largestBatch = 64;
/** A process that waits looks again after so many ms at the latest: other processes may have paid back or paused. */
const lookAgain = 1_000;

const atOnce = (go: () => void) => go();

/**
 * Asks Redis for the first waiters of this process, one question at a time. What an answer brings goes to the waiters in
 * order, also if some have left meanwhile.
 */
export class SharedQueue {
  readonly #waiters: RedisWaiters;
  readonly #turnTimer: Timer;
  readonly #deadlineTimer: Timer;
  #place: Place | undefined;
  #batch = firstBatch;
  #isAsking = false;
  #turns = 0;
  #isHandingOut = false;
  #maxWait: number;

  constructor(private readonly core: RedisLimiterCore) {
    this.#maxWait = core.config.maxWait ?? Number.POSITIVE_INFINITY;
    this.#waiters = new RedisWaiters(core);
    this.#turnTimer = new Timer(core.clock, 'first', () => this.#proceed());
    this.#deadlineTimer = new Timer(core.clock, 'last', () => this.#refuseOverdue());
  }

  get length(): number {
    return this.#waiters.length;
  }

  /** Asks for a permit. Unsubscribing leaves the queue. */
  ask(cost: Units, options: AcquireOptions, subscriber: Subscriber<Permit>): void {
    const { link, quota } = this.core;
    const maxWait = options.maxWait ?? this.#maxWait;
    const waiter = this.#waiters.line.waiterOf(cost, options, maxWait, subscriber);
    const { outage } = link;
    if (quota.isImpossible(cost)) {
      this.core.refuse(waiter, 'cost-too-large');
    } else if (outage !== undefined) {
      this.core.withoutRedis(waiter, outage);
    } else {
      subscriber.add(() => this.#leave(waiter));
      this.#add(waiter);
      this.core.notify();
    }
  }

  /** Redis says how long this process has to wait now; below 0 if it has no place, or waits for calls in flight. */
  moved(wait: number): void {
    if (this.#place !== undefined && wait >= 0) {
      const at = this.core.clock.now() + wait;
      this.#place = { ...this.#place, due: at, lookAt: Math.min(at, this.#place.lookAt) };
      this.#waiters.forget();
      this.#proceed();
    }
  }

  /** Something may have changed before Redis: asks as soon as possible. */
  look(): void {
    this.#place &&= { ...this.#place, lookAt: Number.NEGATIVE_INFINITY };
    this.#proceed();
  }

  /** Goes on with other numbers. */
  update({ limits, maxConcurrent, maxQueue, maxWait }: RedisRateLimiterUpdate): void {
    if (limits !== undefined) {
      this.core.quota.update(limits);
    }
    this.core.mismatch.forget();
    this.core.maxConcurrent = maxConcurrent ?? this.core.maxConcurrent;
    this.#waiters.maxQueue = maxQueue ?? this.#waiters.maxQueue;
    this.#maxWait = maxWait ?? this.#maxWait;
    this.#waiters.forget();
    this.#handOut(() => this.#waiters.refuseImpossible());
    this.look();
  }

  /** Calls may begin earlier or later than was known. */
  reconsider(): void {
    this.#waiters.forget();
    this.#proceed();
  }

  #add(waiter: RedisWaiter): void {
    this.#waiters.enter(waiter, this.#place?.waiter, this.#place?.due ?? 0, this.core.hearing.due);
    this.#proceed();
  }

  #leave(waiter: RedisWaiter): void {
    if (this.#waiters.remove(waiter)) {
      this.#proceed();
      this.core.left(waiter);
    }
  }

  /** Asks Redis if it is time to, or sets the timer for that. */
  #proceed(): void {
    if (this.#isAsking || this.#isHandingOut) {
      return;
    }
    this.#deadlineTimer.set(this.#waiters.nextDeadline);
    const { hearing } = this.core;
    const askAt = hearing.awaits(this.#askAt());
    const isTime = askAt <= this.core.clock.now();
    this.#turnTimer.set(isTime ? Number.POSITIVE_INFINITY : askAt);
    if (isTime) {
      this.#ask(this.#waiters.next(hearing.isPacing ? 1 : this.#batch));
    } else if (this.#place !== undefined && this.length === 0) {
      this.#giveUpPlace();
    }
  }

  #askAt(): number {
    const place = this.#place;
    if (this.length === 0) {
      return Number.POSITIVE_INFINITY;
    }
    return place !== undefined && this.#waiters.newcomers.size === 0 && this.#waiters.isPlaced(place.waiter)
      ? Math.min(place.lookAt, this.#waiters.nextLook)
      : Number.NEGATIVE_INFINITY;
  }

  #giveUpPlace(): void {
    this.#place = undefined;
    this.core.link.ask(leave, [this.core.link.instance]);
  }

  #ask(waiters: readonly RedisWaiter[]): void {
    const { link, quota, maxConcurrent: most } = this.core;
    const mayStay = waiters.some(({ maxWait }) => maxWait > 0);
    // Redis keeps the place for so long, because this process may not look again for as long.
    const lease = String(link.deadline + lookAgain);
    const flight = most === Number.POSITIVE_INFINITY ? '0' : String(this.core.leases.lease);
    this.#isAsking = true;
    this.#turns += 1;
    const turns = String(this.#turns);
    const args = [link.instance, turns, lease, mayStay ? '1' : '0', flight, ...this.#waiters.line.argsOf(waiters)];
    const asked: Asked = { waiters, turns, since: this.core.clock.now(), isCounted: most < Number.POSITIVE_INFINITY };
    const handlers = {
      answered: (reply: unknown) => this.#answered(asked, reply, mayStay),
      unavailable: (error: NoAnswer) => this.#gaveUp(error),
      late: (reply: unknown) => this.#late(asked, reply),
    };
    link.ask(turn, args, handlers, `${quota.keys[0]}:of:${link.instance}`);
  }

  #gaveUp(error: NoAnswer): void {
    this.#isAsking = false;
    this.#place = undefined;
    this.#handOut(() => this.#waiters.unavailable(error));
  }

  #answered(asked: Asked, reply: unknown, mayStay: boolean): void {
    const { granted, head, wait, look, isEmpty, theirs } = this.#read(asked, reply);
    if (isEmpty) {
      const cause = new ReplyShapeError(`The script said nothing of those who wait: ${show(reply)}`);
      this.#gaveUp(
        new LimiterMisconfiguredError({ key: this.core.config.key, cause, policyName: this.core.config.name }),
      );
      return;
    }
    const next = wait >= 0 ? head : undefined;
    this.core.mismatch.hear(theirs);
    const now = this.core.clock.now();
    const wantsMore = asked.waiters.length >= this.#batch;
    this.#isAsking = false;
    this.#batch = next === undefined ? Math.min(wantsMore ? 2 * this.#batch : this.#batch, largestBatch) : firstBatch;
    this.#place =
      next && mayStay ? { due: now + wait, lookAt: now + Math.min(lookAgain, look), waiter: next } : undefined;
    this.#waiters.forget();
    this.#handOut(() => {
      for (const [waiter, grant] of granted) {
        this.#waiters.give(waiter, grant);
      }
      if (wait === usedUp && head !== undefined) {
        this.#waiters.refuseUsedUp(head);
      }
      if (next !== undefined) {
        this.#waiters.tellNewcomers(next, now + wait);
        this.#waiters.refuseOverdue();
      }
    }, onceAllAsked);
  }

  /** The waiters have been told otherwise by now. */
  #late(asked: Asked, reply: unknown): void {
    const { granted, wait } = this.#read(asked, reply);
    for (const [{ cost }, grant] of granted) {
      this.core.release(cost, grant);
    }
    if (wait >= 0 && !this.#isAsking && this.#place === undefined) {
      this.#giveUpPlace();
    }
  }

  #read(asked: Asked, reply: unknown): Turn {
    const { leases, link } = this.core;
    const turn = readTurn(asked, reply, link.instance, (waiter) => this.#waiters.line.payerOf(waiter));
    leases.heard(turn.birth);
    return turn;
  }

  /** An open question may bring a grant for a waiter whose time is up: its answer is waited for. */
  #refuseOverdue(): void {
    if (!this.#isAsking) {
      this.#handOut(() => this.#waiters.refuseOverdue());
    }
  }

  /**
   * A caller that is told something may do anything: Redis is not asked before all have been told.
   *
   * @param proceed When it may be asked again.
   */
  #handOut(work: () => void, proceed: (go: () => void) => void = atOnce): void {
    this.#isHandingOut = true;
    try {
      work();
    } finally {
      proceed(() => {
        this.#isHandingOut = false;
        this.#proceed();
      });
    }
  }
}
