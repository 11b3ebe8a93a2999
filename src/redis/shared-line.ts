import { Alarm } from '../internal/alarm';
import type { Clock } from '../internal/clock';
import { Line } from '../internal/line';
import type { PermitRefusal } from '../limiter/permit-refused-error';
import type { Units } from '../quota/limits';
import type { SharedGrant } from './corrections';
import type { LimiterUnavailableError } from './limiter-unavailable-error';
import type { Link } from './link';
import { leave, turn } from './lua/scripts';
import type { RedisAsk } from './redis-ask';
import type { SharedQuota } from './shared-quota';
import { isSame, isWithin } from './units';

/** How many waiters one question asks for at first, and at most: more each time that all of them were granted. */
const firstBatch = 8;
const largestBatch = 64;
/** A place that is due later than this many ms is looked at again by then: other processes may have paid back or paused. */
const lookAgain = 1_000;

/** What becomes of those in line. */
export interface LineOwner {
  grant(ask: RedisAsk, grant: SharedGrant): void;
  /** Something was granted to somebody who has left, and there is nobody it can be handed to. */
  giveBack(cost: Units, grant: SharedGrant): void;
  /** Something was granted to somebody who has left, and is handed to `ask`, who costs no more. */
  handOn(cost: Units, grant: SharedGrant, ask: RedisAsk): void;
  waits(ask: RedisAsk, ahead: number, until: number): void;
  refuse(ask: RedisAsk, reason: PermitRefusal, wait?: number): void;
  unavailable(ask: RedisAsk, error: LimiterUnavailableError): void;
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
export class SharedLine {
  readonly #line = new Line<RedisAsk>();
  #isAsking = false;
  #isHandingOut = false;
  #place: Place | undefined;
  #batch = firstBatch;
  /** Those who were not told yet whether they have to wait; some may have left. */
  #newcomers: RedisAsk[] = [];
  /** For the place's turn. */
  readonly #alarm: Alarm;
  /** For the earliest deadline in line. */
  readonly #patience: Alarm;

  constructor(
    private readonly quota: SharedQuota,
    private readonly link: Link,
    private readonly clock: Clock,
    private readonly me: string,
    private readonly lease: number,
    private readonly maxQueue: number,
    private readonly owner: LineOwner,
  ) {
    this.#alarm = new Alarm(clock, 'first', () => this.proceed());
    this.#patience = new Alarm(clock, 'last', () => this.#lookAtDeadlines());
  }

  get length(): number {
    return this.#line.length;
  }

  /** Puts a call in line, or refuses it where it is known that it cannot wait. */
  add(ask: RedisAsk): void {
    if (this.#place === undefined) {
      this.#newcomers.push(ask);
      this.#line.add(ask);
      this.proceed();
      return;
    }
    const ahead = this.#line.ahead(ask);
    const wait = this.#place.due - this.clock.now();
    const reason =
      this.#line.length >= this.maxQueue
        ? 'queue-full'
        : wait > ask.maxWait || ask.maxWait === 0
          ? 'wait-too-long'
          : undefined;
    if (reason !== undefined) {
      this.owner.refuse(ask, reason, wait);
      return;
    }
    this.#line.add(ask);
    this.owner.waits(ask, ahead, this.#place.due);
    this.proceed();
  }

  /** Takes a call out of the line; false if it stands there no more. */
  leave(ask: RedisAsk): boolean {
    const stood = this.#line.remove(ask);
    if (stood) {
      this.proceed();
    }
    return stood;
  }

  /** Redis says how long this process has to wait now; -1 if it has no place. */
  moved(wait: number): void {
    if (this.#place !== undefined && wait >= 0) {
      this.#place = { ...this.#place, due: this.clock.now() + wait };
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
    this.#patience.set(this.#line.nextDeadline);
    const head = this.#line.first;
    if (head === undefined) {
      this.#giveUpPlace();
      return;
    }
    const place = this.#place;
    const lookAt =
      place === undefined || !isSame(place.cost, head.cost)
        ? Number.NEGATIVE_INFINITY
        : Math.min(place.due, place.lookAt);
    if (lookAt <= this.clock.now()) {
      this.#ask();
    } else {
      this.#alarm.set(lookAt);
    }
  }

  #giveUpPlace(): void {
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.#newcomers = [];
    if (this.#place !== undefined) {
      this.#place = undefined;
      this.#tellLeft();
    }
  }

  #tellLeft(): void {
    this.link.ask(leave, this.quota.keys, [...this.quota.header, this.me], {});
  }

  #ask(): void {
    const asks = [...this.#line.firstOnes(this.#batch)];
    const mayStay = asks.some(({ maxWait }) => maxWait > 0);
    const costs = asks.flatMap(({ cost }) => this.quota.argsOf(cost));
    const args = [...this.quota.header, this.me, String(this.lease), mayStay ? '1' : '0', ...costs];
    this.#isAsking = true;
    this.#alarm.set(Number.POSITIVE_INFINITY);
    this.link.ask(turn, this.quota.keys, args, {
      answered: (reply) => this.#answered(asks, reply as unknown[], mayStay),
      unavailable: (error) => this.#unavailable(error),
      late: (reply) => this.#late(asks, reply as unknown[]),
    });
  }

  #answered(asks: readonly RedisAsk[], reply: readonly unknown[], mayStay: boolean): void {
    const { granted, wait, grant } = readTurn(reply);
    const now = this.clock.now();
    this.#isAsking = false;
    this.#batch = wait < 0 && asks.length === this.#batch ? Math.min(2 * this.#batch, largestBatch) : firstBatch;
    this.#place =
      wait >= 0 && mayStay ? { due: now + wait, lookAt: now + lookAgain, cost: asks[granted]!.cost } : undefined;
    this.#handOut(() => {
      for (const ask of asks.slice(0, granted)) {
        this.#grant(ask, grant);
      }
      if (wait >= 0) {
        this.#tellNewcomers(now + wait);
      } else {
        this.#forgetThoseGone();
      }
    });
  }

  #grant(ask: RedisAsk, grant: SharedGrant): void {
    if (this.#line.remove(ask)) {
      this.owner.grant(ask, grant);
      return;
    }
    const next = this.#line.first;
    if (next !== undefined && isWithin(next.cost, ask.cost)) {
      this.#line.remove(next);
      this.owner.handOn(ask.cost, grant, next);
    } else {
      this.owner.giveBack(ask.cost, grant);
    }
  }

  /** Nobody is granted anything before `due`. */
  #tellNewcomers(due: number): void {
    const newcomers = this.#newcomers.filter(stands);
    this.#newcomers = [];
    while (this.#line.length > this.maxQueue && newcomers.length > 0) {
      this.#refuse(newcomers.pop()!, 'queue-full', due);
    }
    const positions = new Map(newcomers.length === 0 ? [] : [...this.#line].map((ask, index) => [ask, index]));
    for (const ask of newcomers.filter(stands)) {
      if (due > ask.deadline || ask.maxWait === 0) {
        this.#refuse(ask, 'wait-too-long', due);
      } else {
        this.owner.waits(ask, positions.get(ask)!, due);
      }
    }
    this.#refuseOverdue();
  }

  #refuse(ask: RedisAsk, reason: PermitRefusal, due?: number): void {
    if (this.#line.remove(ask)) {
      this.owner.refuse(ask, reason, due === undefined ? undefined : due - this.clock.now());
    }
  }

  #forgetThoseGone(): void {
    if (this.#newcomers.length > 2 * this.#line.length) {
      this.#newcomers = this.#newcomers.filter(stands);
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
    for (let ask = this.#line.overdue(now); ask !== undefined; ask = this.#line.overdue(now)) {
      this.owner.refuse(ask, 'wait-too-long');
    }
  }

  #unavailable(error: LimiterUnavailableError): void {
    this.#isAsking = false;
    this.#place = undefined;
    this.#handOut(() => {
      for (const ask of [...this.#line]) {
        if (this.#line.remove(ask)) {
          this.owner.unavailable(ask, error);
        }
      }
    });
  }

  /** Those for whom it was asked have been told otherwise. */
  #late(asks: readonly RedisAsk[], reply: readonly unknown[]): void {
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

function stands(ask: RedisAsk): boolean {
  return ask.seat !== undefined;
}
