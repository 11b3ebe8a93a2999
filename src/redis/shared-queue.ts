import type { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { ForecastQueue } from '../limiter/forecast-queue';
import type { PermitRefusal } from '../limiter/permit-refused-error';
import { Forecast } from '../quota/forecast';
import type { Units } from '../quota/limits';
import type { SharedGrant } from './corrections';
import type { LimiterUnavailableError } from './limiter-unavailable-error';
import type { Link } from './link';
import { leave, turn } from './lua/scripts';
import type { RedisWaiter } from './redis-waiter';
import type { SharedQuota } from './shared-quota';
import { isSame, isWithin } from './units';

/** How many waiters one question asks for at first, and at most: more each time that all of them were granted. */
const firstBatch = 8;
const largestBatch = 64;
/** A place that is due later than this many ms is looked at again by then: other processes may have paid back or paused. */
const lookAgain = 1_000;

/** What becomes of those in line. */
export interface SharedQueueOwner {
  grant(ask: RedisWaiter, grant: SharedGrant): void;
  /** Something was granted to somebody who has left, and there is nobody it can be handed to. */
  giveBack(cost: Units, grant: SharedGrant): void;
  /** Something was granted to somebody who has left, and is handed to `ask`, who costs no more. */
  handOn(cost: Units, grant: SharedGrant, ask: RedisWaiter): void;
  waits(ask: RedisWaiter, ahead: number, until: number): void;
  refuse(ask: RedisWaiter, reason: PermitRefusal, wait?: number): void;
  unavailable(ask: RedisWaiter, error: LimiterUnavailableError): void;
}

/** This process's place before Redis. */
interface Place {
  /** When it is its turn, as far as is known. */
  readonly due: number;
  readonly lookAt: number;
  /** For what it is kept. */
  readonly cost: Units;
}

/**
 * The waiters of this process, who have one place before Redis together. One question at a time is asked for the first
 * of them; what it brings goes to them in order, whoever has left meanwhile.
 */
export class SharedQueue {
  /** Foreseen is when somebody gets their turn at the earliest: if nothing was used and no other process waited. */
  readonly #queue = new ForecastQueue<RedisWaiter>();
  #isAsking = false;
  #isHandingOut = false;
  #place: Place | undefined;
  #batch = firstBatch;
  /** Those who stand in line and were not told yet whether they have to wait. */
  readonly #newcomers = new Set<RedisWaiter>();
  /** For the place's turn. */
  readonly #timer: Timer;
  /** For the earliest deadline in line. */
  readonly #patience: Timer;

  constructor(
    private readonly quota: SharedQuota,
    private readonly link: Link,
    private readonly clock: Clock,
    private readonly me: string,
    private readonly lease: number,
    private readonly maxQueue: number,
    private readonly owner: SharedQueueOwner,
  ) {
    this.#timer = new Timer(clock, 'first', () => this.proceed());
    this.#patience = new Timer(clock, 'last', () => this.#lookAtDeadlines());
  }

  get length(): number {
    return this.#queue.length;
  }

  /** Puts a call in line, or refuses it where it is known that it cannot wait. */
  add(ask: RedisWaiter): void {
    const ahead = this.#queue.ahead(ask);
    const place = this.#place;
    const mayGoFirst = ahead === 0 && place !== undefined && !isSame(place.cost, ask.cost);
    if (place === undefined || mayGoFirst || this.#newcomers.size > 0) {
      this.#newcomers.add(ask);
      this.#queue.add(ask, this.clock.now());
    } else {
      const until = this.#queue.foresee(ask.cost, ask, this.quota.unused, place.due);
      const reason = this.#queue.length >= this.maxQueue ? 'queue-full' : objection(ask, until);
      if (reason === undefined) {
        this.#queue.add(ask, this.clock.now());
        this.owner.waits(ask, ahead, until);
      } else {
        this.owner.refuse(ask, reason, until - this.clock.now());
      }
    }
    this.proceed();
  }

  /** Takes a call out of the line; false if it stands there no more. */
  leave(ask: RedisWaiter): boolean {
    const stood = this.#takeOut(ask);
    if (stood) {
      this.proceed();
    }
    return stood;
  }

  /** Redis says how long this process has to wait now; -1 if it has no place. */
  moved(wait: number): void {
    if (this.#place !== undefined && wait >= 0) {
      this.#place = { ...this.#place, due: this.clock.now() + wait };
      this.#queue.forget();
      this.proceed();
    }
  }

  /** Something may have changed before Redis: looks as soon as it can. */
  look(): void {
    if (this.#place !== undefined) {
      this.#place = { ...this.#place, lookAt: Number.NEGATIVE_INFINITY };
      this.proceed();
    }
  }

  /** Asks Redis if there is a reason to, or sees to it that this happens in time. */
  proceed(): void {
    if (this.#isAsking || this.#isHandingOut) {
      return;
    }
    this.#patience.set(this.#queue.nextDeadline);
    const head = this.#queue.first;
    if (head === undefined) {
      this.#giveUpPlace();
      return;
    }
    const place = this.#place;
    const lookAt =
      place === undefined || this.#newcomers.size > 0 || !isSame(place.cost, head.cost)
        ? Number.NEGATIVE_INFINITY
        : Math.min(place.due, place.lookAt);
    if (lookAt <= this.clock.now()) {
      this.#ask();
    } else {
      this.#timer.set(lookAt);
    }
  }

  #takeOut(ask: RedisWaiter): boolean {
    this.#newcomers.delete(ask);
    return this.#queue.remove(ask);
  }

  #giveUpPlace(): void {
    this.#timer.set(Number.POSITIVE_INFINITY);
    if (this.#place !== undefined) {
      this.#place = undefined;
      this.#tellLeft();
    }
  }

  #tellLeft(): void {
    this.link.ask(leave, this.quota.keys, [...this.quota.header, this.me], {});
  }

  #ask(): void {
    const asks = [...this.#queue.firstOnes(this.#batch)];
    const mayStay = asks.some(({ maxWait }) => maxWait > 0);
    const costs = asks.flatMap(({ cost }) => this.quota.argsOf(cost));
    const args = [...this.quota.header, this.me, String(this.lease), mayStay ? '1' : '0', ...costs];
    this.#isAsking = true;
    this.#timer.set(Number.POSITIVE_INFINITY);
    this.link.ask(turn, this.quota.keys, args, {
      answered: (reply) => this.#answered(asks, reply as unknown[], mayStay),
      unavailable: (error) => this.#unavailable(error),
      late: (reply) => this.#late(asks, reply as unknown[]),
    });
  }

  #answered(asks: readonly RedisWaiter[], reply: readonly unknown[], mayStay: boolean): void {
    const { granted, wait, grant } = readTurn(reply);
    const now = this.clock.now();
    this.#isAsking = false;
    this.#batch = wait < 0 && asks.length === this.#batch ? Math.min(2 * this.#batch, largestBatch) : firstBatch;
    this.#place =
      wait >= 0 && mayStay ? { due: now + wait, lookAt: now + lookAgain, cost: asks[granted]!.cost } : undefined;
    this.#queue.forget();
    this.#handOut(() => {
      for (const ask of asks.slice(0, granted)) {
        this.#grant(ask, grant);
      }
      if (wait >= 0) {
        this.#tellNewcomers(asks[granted]!, now + wait);
        this.#refuseOverdue();
      }
    });
  }

  #grant(ask: RedisWaiter, grant: SharedGrant): void {
    if (this.#takeOut(ask)) {
      this.owner.grant(ask, grant);
      return;
    }
    const next = this.#queue.first;
    if (next !== undefined && isWithin(next.cost, ask.cost)) {
      this.#takeOut(next);
      this.owner.handOn(ask.cost, grant, next);
    } else {
      this.owner.giveBack(ask.cost, grant);
    }
  }

  /**
   * `stuck` is granted nothing before `due`, nor is whoever wants as much or stands behind one of these. The others, who
   * came to stand before them meanwhile, have to be asked for first.
   */
  #tellNewcomers(stuck: RedisWaiter, due: number): void {
    this.#refuseSurplus(due);
    const forecast = new Forecast();
    let ahead = 0;
    let isHeldUp = false;
    for (const ask of this.#newcomers.size === 0 ? [] : [...this.#queue]) {
      if (isHeldUp || isWithin(stuck.cost, ask.cost)) {
        const until = forecast.of(ask.cost, [], 0, this.quota.unused, due);
        if (this.#newcomers.delete(ask)) {
          this.#tell(ask, ahead, until);
        }
        if (stands(ask)) {
          forecast.join(ask.cost, due);
          isHeldUp = true;
        }
      }
      ahead += stands(ask) ? 1 : 0;
    }
  }

  #tell(ask: RedisWaiter, ahead: number, until: number): void {
    const reason = objection(ask, until);
    if (reason === undefined) {
      this.owner.waits(ask, ahead, until);
    } else {
      this.#refuse(ask, reason, until);
    }
  }

  #refuseSurplus(due: number): void {
    const surplus = this.#queue.length - this.maxQueue;
    if (surplus > 0) {
      for (const ask of [...this.#newcomers].slice(-surplus).reverse()) {
        this.#refuse(ask, 'queue-full', due);
      }
    }
  }

  #refuse(ask: RedisWaiter, reason: PermitRefusal, due: number): void {
    if (this.#takeOut(ask)) {
      this.owner.refuse(ask, reason, due - this.clock.now());
    }
  }

  /** A question that is under way may bring a grant for somebody whose time is up: the answer is waited for. */
  #lookAtDeadlines(): void {
    if (!this.#isAsking) {
      this.#handOut(() => this.#refuseOverdue());
    }
  }

  #refuseOverdue(): void {
    const now = this.clock.now();
    for (let ask = this.#queue.overdue(now); ask !== undefined; ask = this.#queue.overdue(now)) {
      this.#newcomers.delete(ask);
      this.owner.refuse(ask, 'wait-too-long');
    }
  }

  #unavailable(error: LimiterUnavailableError): void {
    this.#isAsking = false;
    this.#place = undefined;
    this.#handOut(() => {
      for (const ask of [...this.#queue]) {
        if (this.#takeOut(ask)) {
          this.owner.unavailable(ask, error);
        }
      }
    });
  }

  /** Those for whom it was asked have been told otherwise. */
  #late(asks: readonly RedisWaiter[], reply: readonly unknown[]): void {
    const { granted, wait, grant } = readTurn(reply);
    for (const { cost } of asks.slice(0, granted)) {
      this.owner.giveBack(cost, grant);
    }
    if (wait >= 0 && !this.#isAsking && this.#place === undefined) {
      this.#tellLeft();
    }
  }

  /** Whoever is told something may do anything: nothing more is begun until all have been told. */
  #handOut(work: () => void): void {
    this.#isHandingOut = true;
    try {
      work();
    } finally {
      this.#isHandingOut = false;
      this.proceed();
    }
  }
}

function readTurn(reply: readonly unknown[]): { granted: number; wait: number; grant: SharedGrant } {
  const [granted, wait, birth, at] = reply;
  return { granted: Number(granted), wait: Number(wait), grant: { birth: String(birth), at: String(at) } };
}

function objection({ deadline, maxWait }: RedisWaiter, until: number): PermitRefusal | undefined {
  return until > deadline || maxWait === 0 ? 'wait-too-long' : undefined;
}

function stands(ask: RedisWaiter): boolean {
  return ask.seat !== undefined;
}
