import type { PermitRefusal } from '../../src/limiter/permit-refused-error';
import type { RateLimiterConfig, RateLimiterState } from '../../src/limiter/rate-limiter-config';
import type { RollingLimit as Limit, SlidingWindow, Units } from '../../src/quota/limits';
import type { ReportedLimit } from '../../src/quota/reported-limit';

type Dimensions = { readonly [dimension: string]: readonly Limit[] };

export interface NaiveConfig extends Pick<RateLimiterConfig, 'maxQueue' | 'maxWait'> {
  readonly maxConcurrent?: number | undefined;
  readonly limits: Dimensions;
}

/** Who asks for a permit, and hears what becomes of it. */
export interface Asker {
  waits(ahead: number, until: number): void;
  granted(permit: NaivePermit): void;
  completed(): void;
  refused(reason: PermitRefusal, retryAfter: number | undefined): void;
}

export interface Standing {
  readonly priority: number;
  readonly retry: boolean;
}

export interface NaiveAsking extends Standing {
  readonly maxWait: number | undefined;
  readonly call?: number | undefined;
}

export interface NaivePermit {
  readonly cost: Units;
  settle(actual?: Units): void;
  refund(): void;
}

/** What one limit counts of one grant. */
interface Slot {
  readonly at: number;
  units: number;
}

/** One limit in one dimension; `tick` lets a ms pass. */
interface NaiveMeter {
  readonly total: number;
  readonly used: number;
  /** ms from now on until nothing is used. */
  readonly rest: number;
  fits(units: number): boolean;
  take(units: number): Slot;
  correct(slot: Slot | undefined, change: number): void;
  tick(): void;
  copy(): NaiveMeter;
}

/** A list of grants. */
class NaiveWindow implements NaiveMeter {
  constructor(
    private readonly limit: SlidingWindow,
    private now = 0,
    private slots: Slot[] = [],
  ) {}

  get total(): number {
    return this.limit.limit;
  }

  get used(): number {
    return this.slots.reduce((sum, { units }) => sum + units, 0);
  }

  get rest(): number {
    return Math.max(0, ...this.slots.map(({ at, units }) => (units > 0 ? at + this.limit.window - this.now : 0)));
  }

  fits(units: number): boolean {
    return this.used + units <= this.total;
  }

  take(units: number): Slot {
    const slot = { at: this.now, units };
    this.slots.push(slot);
    return slot;
  }

  correct(slot: Slot, change: number): void {
    if (this.slots.includes(slot)) {
      slot.units += change;
    } else if (change > 0) {
      this.take(change);
    }
  }

  tick(): void {
    this.now += 1;
    this.slots = this.slots.filter(({ at }) => at + this.limit.window > this.now);
  }

  copy(): NaiveWindow {
    return new NaiveWindow(this.limit, this.now, [...this.slots]);
  }
}

/** A level that rises each ms; in such parts of a unit that everything is a whole number. */
class NaiveBucket implements NaiveMeter {
  /** Grants since which it has not been full. */
  #refundable = new Set<Slot>();

  constructor(
    readonly total: number,
    /** Parts that flow in each ms. */
    private readonly flow: number,
    /** Parts of a unit. */
    private readonly parts: number,
    private level = total * parts,
  ) {}

  get used(): number {
    return this.total - this.level / this.parts;
  }

  get rest(): number {
    return Math.ceil((this.total * this.parts - this.level) / this.flow);
  }

  get isFull(): boolean {
    return this.level === this.total * this.parts;
  }

  fits(units: number): boolean {
    return units * this.parts <= this.level;
  }

  take(units: number): Slot {
    const slot = { at: 0, units };
    this.#refundable.add(slot);
    this.#change(-units * this.parts);
    return slot;
  }

  correct(slot: Slot | undefined, change: number): void {
    if (change > 0 || (slot !== undefined && this.#refundable.has(slot))) {
      this.#change(-change * this.parts);
    }
  }

  tick(): void {
    this.#change(this.flow);
  }

  copy(): NaiveBucket {
    return new NaiveBucket(this.total, this.flow, this.parts, this.level);
  }

  #change(parts: number): void {
    this.level = Math.min(this.total * this.parts, this.level + parts);
    if (this.isFull) {
      this.#refundable.clear();
    }
  }
}

interface Entry {
  readonly dimension: string;
  readonly limit: Limit;
  readonly meter: NaiveMeter;
}

/** All limits, and what headers said. */
class NaiveQuota {
  constructor(
    private readonly entries: readonly Entry[],
    private readonly synced = new Map<string, NaiveBucket>(),
  ) {}

  static of(limits: Dimensions): NaiveQuota {
    return new NaiveQuota(
      Object.entries(limits).flatMap(([dimension, list]) =>
        list.map((limit) => ({ dimension, limit, meter: meterOf(limit) })),
      ),
    );
  }

  get isUnused(): boolean {
    return this.synced.size === 0 && this.entries.every(({ meter }) => meter.used === 0);
  }

  isPossible(cost: Units): boolean {
    return this.entries.every(({ dimension, meter }) => (cost[dimension] ?? 0) <= meter.total);
  }

  fits(cost: Units): boolean {
    return this.#meters.every(([dimension, meter]) => meter.fits(cost[dimension] ?? 0));
  }

  take(cost: Units): Map<NaiveMeter, Slot> {
    const slots = this.#meters.map(([dimension, meter]) => [meter, meter.take(cost[dimension] ?? 0)] as const);
    this.#dropFull();
    return new Map(slots);
  }

  correct(slots: Map<NaiveMeter, Slot>, before: Units, after: Units): void {
    for (const [dimension, meter] of this.#meters) {
      const change = (after[dimension] ?? 0) - (before[dimension] ?? 0);
      if (change !== 0) {
        meter.correct(slots.get(meter), change);
      }
    }
    this.#dropFull();
  }

  sync(dimension: string, { limit, remaining, resetMs }: ReportedLimit): void {
    const own = this.entries.filter((entry) => entry.dimension === dimension);
    if (own.length === 0 || remaining === undefined) {
      return;
    }
    const longest = own.reduce((one, other) => (periodOf(other.limit) > periodOf(one.limit) ? other : one));
    const capacity = limit ?? longest.meter.total;
    const missing = capacity - remaining;
    this.synced.delete(dimension);
    if (missing > 0 && resetMs !== 0) {
      const [flow, parts] = resetMs === undefined ? flowOver(longest.limit, missing) : [missing, resetMs];
      this.synced.set(dimension, new NaiveBucket(capacity, flow, parts, remaining * parts));
    }
  }

  tick(): void {
    for (const [, meter] of this.#meters) {
      meter.tick();
    }
    this.#dropFull();
  }

  states(now: number): RateLimiterState['limits'] {
    const states: { [dimension: string]: RateLimiterState['limits'][string][number][] } = {};
    for (const { dimension, limit, meter } of this.entries) {
      states[dimension] ??= [];
      states[dimension].push({
        limit: meter.total,
        ...(limit.kind === 'window' ? { window: limit.window } : {}),
        used: meter.used,
        remaining: meter.total - meter.used,
        resetAt: now + meter.rest,
      });
    }
    return states;
  }

  copy(): NaiveQuota {
    return new NaiveQuota(
      this.entries.map((entry) => ({ ...entry, meter: entry.meter.copy() })),
      new Map([...this.synced].map(([dimension, meter]) => [dimension, meter.copy()])),
    );
  }

  get #meters(): (readonly [dimension: string, NaiveMeter])[] {
    return [...this.entries.map(({ dimension, meter }) => [dimension, meter] as const), ...this.synced];
  }

  #dropFull(): void {
    for (const [dimension, meter] of this.synced) {
      if (meter.isFull) {
        this.synced.delete(dimension);
      }
    }
  }
}

function meterOf(limit: Limit): NaiveMeter {
  return limit.kind === 'window'
    ? new NaiveWindow(limit)
    : new NaiveBucket(limit.capacity, limit.refill, limit.interval);
}

function periodOf(limit: Limit): number {
  return limit.kind === 'window' ? limit.window : (limit.capacity / limit.refill) * limit.interval;
}

/** So many units in the time in which a limit becomes free, as whole parts each ms and parts of a unit. */
function flowOver(limit: Limit, units: number): [flow: number, parts: number] {
  return limit.kind === 'window' ? [units, limit.window] : [units * limit.refill, limit.capacity * limit.interval];
}

interface NaiveAsk extends Standing {
  readonly cost: Units;
  readonly since: number;
  readonly deadline: number;
  readonly call: number | undefined;
  readonly asker: Asker;
  /** The how-manieth it was to enter the line. */
  turn: number;
  isGone: boolean;
}

/**
 * A limiter as the rules say it: whoever stands first is looked at again in every ms, and what can be foreseen is found
 * by trying it out.
 */
export class NaiveLimiter {
  /** The wall clock, in ms. */
  now: number;
  inFlight = 0;
  line: NaiveAsk[] = [];
  readonly events: { readonly type: string; readonly at: number; readonly call?: number | undefined }[] = [];
  heard: (event: NaiveLimiter['events'][number]) => void = () => {};
  #quota: NaiveQuota;
  #pausedUntil = 0;
  #turns = 0;
  #isDraining = false;
  /** What is decided, and is to be delivered in this ms: refusals. */
  #toDeliver: (() => void)[] = [];

  constructor(
    private readonly config: NaiveConfig,
    start: number,
  ) {
    this.now = start;
    this.#quota = NaiveQuota.of(config.limits);
  }

  get state(): RateLimiterState {
    return {
      limits: this.#quota.states(this.now),
      inFlight: this.inFlight,
      waiting: this.line.length,
      pausedUntil: this.#pausedUntil > this.now ? this.#pausedUntil : 0,
    };
  }

  get isIdle(): boolean {
    return this.inFlight === 0 && this.line.length === 0 && this.#pausedUntil <= this.now && this.#quota.isUnused;
  }

  /** Asks for a permit; returns how to leave. */
  acquire(cost: Units, asking: NaiveAsking, asker: Asker, cancel: (leave: () => void) => void): void {
    const { priority, retry, call, maxWait = this.config.maxWait ?? Number.POSITIVE_INFINITY } = asking;
    const { now } = this;
    const ask: NaiveAsk = {
      priority,
      retry,
      cost,
      since: now,
      deadline: now + maxWait,
      call,
      asker,
      turn: 0,
      isGone: false,
    };
    cancel(() => this.#leave(ask));
    this.#drain();
    if (ask.isGone) {
      return;
    }
    const before = this.line.filter((each) => !precedes(ask, each));
    if (before.length === 0 && this.#admits(cost)) {
      this.#grant(ask);
      return;
    }
    if (!this.#quota.isPossible(cost)) {
      this.#refuse(ask, 'cost-too-large', undefined);
      return;
    }
    const until = this.#foresee(before, cost);
    if (this.line.length >= (this.config.maxQueue ?? Number.POSITIVE_INFINITY)) {
      this.#refuse(ask, 'queue-full', until);
    } else if (maxWait === 0 || until > ask.deadline) {
      this.#refuse(ask, 'wait-too-long', until);
    } else {
      ask.turn = this.#turns;
      this.#turns += 1;
      this.line.splice(before.length, 0, ask);
      this.#tell({ type: 'waiting', cost, ahead: before.length, until, call });
      if (!ask.isGone) {
        asker.waits(before.length, until);
      }
    }
  }

  tryAcquire(cost: Units): NaivePermit | undefined {
    this.#drain();
    return this.line.length === 0 && this.#admits(cost) ? this.#take(cost, this.now, undefined) : undefined;
  }

  pause(ms: number): void {
    if (ms > 0 && this.now + ms > this.#pausedUntil) {
      this.#pausedUntil = this.now + ms;
      this.#tell({ type: 'paused', until: this.#pausedUntil, by: 'user' });
    }
  }

  resume(): void {
    if (this.#pausedUntil > this.now) {
      this.#pausedUntil = 0;
      this.#tell({ type: 'resumed' });
      this.#drain();
    }
  }

  sync(info: { readonly [dimension: string]: ReportedLimit | undefined }): void {
    for (const [dimension, reported] of Object.entries(info)) {
      if (reported !== undefined) {
        this.#quota.sync(dimension, reported);
      }
    }
    this.#tell({ type: 'synced' });
    this.#drain();
  }

  reset(): void {
    this.#quota = NaiveQuota.of(this.config.limits);
    this.#pausedUntil = 0;
    this.#drain();
  }

  /** Does something in this ms, but not at once. */
  soon(work: () => void): void {
    this.#toDeliver.push(work);
  }

  /** The time is so many ms later, but the timers of that ms have not rung. */
  enter(ms: number): void {
    for (let passed = 0; passed < ms; passed += 1) {
      this.ring();
      this.now += 1;
      this.#quota.tick();
    }
  }

  /** Everything that happens in this ms by itself: grants first, at the very end the refusals of who waited too long. */
  ring(): void {
    this.#drain();
    this.#deliverRefusals();
    for (let ask = this.#overdue; ask !== undefined; ask = this.#overdue) {
      this.line.splice(this.line.indexOf(ask), 1);
      ask.isGone = true;
      this.#tell({ type: 'refused', reason: 'wait-too-long', call: ask.call });
      ask.asker.refused('wait-too-long', undefined);
      this.#drain();
    }
    this.#deliverRefusals();
  }

  get #overdue(): NaiveAsk | undefined {
    return this.line
      .filter(({ deadline }) => deadline <= this.now)
      .sort((one, other) => one.deadline - other.deadline || one.turn - other.turn)[0];
  }

  #admits(cost: Units): boolean {
    return (
      this.inFlight < (this.config.maxConcurrent ?? Number.POSITIVE_INFINITY) &&
      this.now >= this.#pausedUntil &&
      this.#quota.fits(cost)
    );
  }

  #drain(): void {
    if (this.#isDraining) {
      return;
    }
    this.#isDraining = true;
    while (this.line.length > 0 && this.#admits(this.line[0]!.cost)) {
      this.#grant(this.line.shift()!);
    }
    this.#isDraining = false;
  }

  #grant(ask: NaiveAsk): void {
    const permit = this.#take(ask.cost, ask.since, ask.call);
    if (ask.isGone) {
      permit.refund();
      return;
    }
    ask.asker.granted(permit);
    if (!ask.isGone) {
      ask.isGone = true;
      ask.asker.completed();
    }
  }

  #take(cost: Units, since: number, call: number | undefined): NaivePermit {
    const quota = this.#quota;
    const slots = quota.take(cost);
    this.inFlight += 1;
    this.#tell({ type: 'granted', cost, waited: this.now - since, call });
    let isOpen = true;
    const end = (actual: Units) => {
      if (isOpen) {
        isOpen = false;
        this.inFlight -= 1;
        const after = { ...cost, ...actual };
        quota.correct(slots, cost, after);
        this.#tell({ type: 'settled', reserved: cost, actual: after, call });
        this.#drain();
      }
    };
    const nothing = Object.fromEntries(Object.keys(cost).map((dimension) => [dimension, 0]));
    return { cost, settle: (actual = {}) => end(actual), refund: () => end(nothing) };
  }

  #leave(ask: NaiveAsk): void {
    const place = this.line.indexOf(ask);
    ask.isGone = true;
    if (place >= 0) {
      this.line.splice(place, 1); // whoever is next goes when this ms rings, for they may leave as well
      this.#tell({ type: 'left', waited: this.now - ask.since, call: ask.call });
    }
  }

  #refuse(ask: NaiveAsk, reason: PermitRefusal, until: number | undefined): void {
    this.#tell({ type: 'refused', reason, call: ask.call });
    const wait = until === undefined || until === this.now ? undefined : until - this.now;
    this.soon(() => {
      if (!ask.isGone) {
        ask.isGone = true;
        ask.asker.refused(reason, wait);
      }
    });
  }

  #deliverRefusals(): void {
    for (let deliver = this.#toDeliver.shift(); deliver !== undefined; deliver = this.#toDeliver.shift()) {
      deliver();
    }
  }

  /** When a cost fits if everybody before it goes first. */
  #foresee(before: readonly NaiveAsk[], cost: Units): number {
    const quota = this.#quota.copy();
    let at = this.now;
    const passOne = () => {
      quota.tick();
      at += 1;
      if (at > this.now + 100_000) {
        throw new Error('It never fits');
      }
    };
    while (at < this.#pausedUntil) {
      passOne();
    }
    for (const each of [...before.map((ask) => ask.cost), cost]) {
      while (!quota.fits(each)) {
        passOne();
      }
      quota.take(each);
    }
    return at;
  }

  #tell(event: { readonly type: string; readonly call?: number | undefined; readonly [field: string]: unknown }): void {
    const told = { ...event, at: this.now };
    this.events.push(told);
    this.heard(told);
  }
}

function precedes(one: Standing, other: Standing): boolean {
  return one.priority > other.priority || (one.priority === other.priority && one.retry && !other.retry);
}
