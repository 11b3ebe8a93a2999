import type { Subscriber } from 'rxjs';
import { Timer } from '../internal/time/timer';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import type { Units } from '../quota/limits';
import type { NoAnswer } from './link';
import { leave, turn } from './lua/scripts';
import type { RedisLimiterCore } from './redis-limiter-core';
import type { RedisRateLimiterUpdate } from './redis-rate-limiter-config';
import { RedisWaiter } from './redis-waiter';
import { RedisWaiters } from './redis-waiters';
import { isSame } from './units';

/** How many waiters one question asks for at first, and at most: more each time that all of them were granted. */
const firstBatch = 8;
const largestBatch = 64;
/** The wait of a waiter for which a limit that never comes back has too little left. */
const usedUp = -2;
/** A process that waits looks again after so many ms at the latest: other processes may have paid back or paused. */
const lookAgain = 1_000;

/** This process's place in the queue before Redis, in which each process with waiters has one. */
interface Place {
  /** When it is this process's turn, as far as is known. */
  readonly due: number;
  readonly lookAt: number;
  /** What the waiter costs for which the place is kept. */
  readonly cost: Units;
}

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
    const { clock, link, quota } = this.core;
    const maxWait = options.maxWait ?? this.#maxWait;
    const waiter = new RedisWaiter(cost, options, clock.now(), maxWait, subscriber);
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

  /** Redis says how long this process has to wait now; -1 if it has no place. */
  moved(wait: number): void {
    if (this.#place !== undefined && wait >= 0) {
      this.#place = { ...this.#place, due: this.core.clock.now() + wait };
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
  update({ limits, maxQueue, maxWait }: RedisRateLimiterUpdate): void {
    if (limits !== undefined) {
      this.core.quota.update(limits);
      this.core.mismatch.forget();
    }
    this.#waiters.maxQueue = maxQueue ?? this.#waiters.maxQueue;
    this.#maxWait = maxWait ?? this.#maxWait;
    this.#waiters.forget();
    this.#handOut(() => this.#waiters.refuseImpossible());
    this.look();
  }

  #add(waiter: RedisWaiter): void {
    const place = this.#place;
    const mayGoFirst = place !== undefined && this.#waiters.ahead(waiter) === 0 && !isSame(place.cost, waiter.cost);
    if (place === undefined || mayGoFirst || this.#waiters.newcomers.size > 0) {
      this.#waiters.addNewcomer(waiter);
    } else {
      this.#waiters.addBehind(waiter, place.due);
    }
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
    const askAt = this.#askAt();
    const isTime = askAt <= this.core.clock.now();
    this.#turnTimer.set(isTime ? Number.POSITIVE_INFINITY : askAt);
    if (isTime) {
      this.#ask([...this.#waiters.firstOnes(this.#batch)]);
    } else if (this.#place !== undefined && this.length === 0) {
      this.#giveUpPlace();
    }
  }

  #askAt(): number {
    const { first, newcomers } = this.#waiters;
    if (first === undefined) {
      return Number.POSITIVE_INFINITY;
    }
    const place = newcomers.size === 0 ? this.#place : undefined;
    return place !== undefined && isSame(place.cost, first.cost)
      ? Math.min(place.due, place.lookAt)
      : Number.NEGATIVE_INFINITY;
  }

  #giveUpPlace(): void {
    this.#place = undefined;
    this.core.link.ask(leave, [this.core.link.instance]);
  }

  #ask(waiters: readonly RedisWaiter[]): void {
    const { link, quota } = this.core;
    const mayStay = waiters.some(({ maxWait }) => maxWait > 0);
    const costs = waiters.flatMap(({ cost, priority }) => [String(priority), ...quota.argsOf(cost)]);
    // Redis keeps the place for so long, because this process may not look again for as long.
    const lease = String(link.deadline + lookAgain);
    this.#isAsking = true;
    this.#turns += 1;
    const args = [link.instance, String(this.#turns), lease, mayStay ? '1' : '0', ...costs];
    const handlers = {
      answered: (reply: unknown) => this.#answered(waiters, reply, mayStay),
      unavailable: (error: NoAnswer) => {
        this.#isAsking = false;
        this.#place = undefined;
        this.#handOut(() => this.#waiters.unavailable(error));
      },
      late: (reply: unknown) => this.#late(waiters, reply),
    };
    link.ask(turn, args, handlers, `${quota.keys[0]}:of:${link.instance}`);
  }

  #answered(waiters: readonly RedisWaiter[], reply: unknown, mayStay: boolean): void {
    const { granted, wait, grant, leaseEnds, theirs } = readTurn(reply);
    this.core.mismatch.hear(theirs);
    const now = this.core.clock.now();
    const next = wait >= 0 ? waiters[granted] : undefined;
    const wantsMore = next === undefined && waiters.length === this.#batch;
    this.#isAsking = false;
    this.#batch = wantsMore ? Math.min(2 * this.#batch, largestBatch) : firstBatch;
    this.#place =
      next && mayStay ? { due: now + wait, lookAt: now + Math.min(lookAgain, leaseEnds), cost: next.cost } : undefined;
    this.#waiters.forget();
    this.#handOut(() => {
      for (const waiter of waiters.slice(0, granted)) {
        this.#waiters.give(waiter, grant);
      }
      if (wait === usedUp && waiters[granted] !== undefined) {
        this.#waiters.refuseUsedUp(waiters[granted]);
      }
      if (next !== undefined) {
        this.#waiters.tellNewcomers(next, now + wait);
        this.#waiters.refuseOverdue();
      }
    });
  }

  /** The waiters have been told otherwise by now. */
  #late(waiters: readonly RedisWaiter[], reply: unknown): void {
    const { granted, wait, grant } = readTurn(reply);
    for (const { cost } of waiters.slice(0, granted)) {
      this.core.release(cost, grant);
    }
    if (wait >= 0 && !this.#isAsking && this.#place === undefined) {
      this.#giveUpPlace();
    }
  }

  /** An open question may bring a grant for a waiter whose time is up: its answer is waited for. */
  #refuseOverdue(): void {
    if (!this.#isAsking) {
      this.#handOut(() => this.#waiters.refuseOverdue());
    }
  }

  /** A caller that is told something may do anything: Redis is not asked before all have been told. */
  #handOut(work: () => void): void {
    this.#isHandingOut = true;
    try {
      work();
    } finally {
      this.#isHandingOut = false;
      this.#proceed();
    }
  }
}

function readTurn(reply: unknown) {
  const [granted, wait, birth, at, leaseEnds, theirs] = reply as readonly unknown[];
  const grant = { birth: String(birth), at: String(at) };
  return { granted: Number(granted), wait: Number(wait), grant, leaseEnds: Math.max(1, Number(leaseEnds)), theirs };
}
