import type { Limit, SlidingWindow, TokenBucket, Units } from '../../src/quota/limits';

/** One limit, counted in the plainest way: slow, but obviously right. */
export interface NaiveLimit {
  readonly total: number;
  /** What is used at a time, not before the last call. */
  used(now: number): number;
  take(units: number, now: number): NaiveGrant;
  correct(grant: NaiveGrant, change: number, now: number): void;
}

export interface NaiveGrant {
  units: number;
  readonly at: number;
  isLost: boolean;
}

/** What was granted in the same ms, or of a window over an hour in the same 86,400th: it counts from its last grant. */
interface NaiveSlot {
  readonly cell: number;
  at: number;
  readonly grants: NaiveGrant[];
}

/** A list of slots, which are lists of grants. */
class NaiveWindow implements NaiveLimit {
  readonly total: number;
  #slots: NaiveSlot[] = [];

  constructor(private readonly limit: SlidingWindow) {
    this.total = limit.limit;
  }

  used(now: number): number {
    return this.#slotsAt(now).reduce((sum, { grants }) => sum + sumOf(grants), 0);
  }

  take(units: number, at: number): NaiveGrant {
    const grant = { units, at, isLost: false };
    this.#add(grant, this.#slots);
    return grant;
  }

  correct(grant: NaiveGrant, change: number, now: number): void {
    const slots = this.#slotsAt(now);
    const slot = slots.find(({ grants }) => grants.includes(grant));
    if (slot !== undefined) {
      grant.units += change;
      slot.at = change > 0 ? Math.max(slot.at, grant.at) : slot.at;
    } else if (change > 0) {
      this.#add({ ...grant, units: change, at: grant.at + this.limit.window > now ? grant.at : now }, slots);
    }
  }

  #slotsAt(now: number): NaiveSlot[] {
    return this.#slots.filter(({ at }) => at + this.limit.window > now);
  }

  #add(grant: NaiveGrant, slots: readonly NaiveSlot[]): void {
    const { window } = this.limit;
    const cell = window > 3_600_000 ? Math.floor(grant.at / (window / 86_400)) : grant.at;
    const slot = slots.find((each) => each.cell === cell);
    if (slot === undefined) {
      this.#slots.push({ cell, at: grant.at, grants: [grant] });
    } else {
      slot.at = grant.units > 0 ? grant.at : slot.at;
      slot.grants.push(grant);
    }
  }
}

function sumOf(grants: readonly NaiveGrant[]): number {
  return grants.reduce((sum, { units }) => sum + units, 0);
}

/** A level that rises. */
class NaiveBucket implements NaiveLimit {
  readonly total: number;
  #level: number;
  #at = 0;
  #grants: NaiveGrant[] = [];

  constructor(private readonly limit: TokenBucket) {
    this.total = limit.capacity;
    this.#level = limit.capacity;
  }

  used(now: number): number {
    return this.total - this.#levelAt(now);
  }

  take(units: number, at: number): NaiveGrant {
    this.#move(0, at);
    const grant = { units, at, isLost: false };
    this.#grants.push(grant);
    this.#move(-units, at);
    return grant;
  }

  correct(grant: NaiveGrant, change: number, now: number): void {
    this.#move(0, now);
    if (change > 0 || !grant.isLost) {
      this.#move(-change, now);
    }
  }

  #levelAt(now: number): number {
    return Math.min(this.total, this.#level + ((now - this.#at) * this.limit.refill) / this.limit.interval);
  }

  #move(change: number, now: number): void {
    this.#level = Math.min(this.total, this.#levelAt(now) + change);
    this.#at = now;
    if (this.#level === this.total) {
      for (const grant of this.#grants) {
        grant.isLost = true;
      }
      this.#grants = [];
    }
  }
}

/** Grants of which those count that were made in the period of now. */
class NaivePeriods implements NaiveLimit {
  #grants: NaiveGrant[] = [];

  /** @param periodAt The number of the period in which a time lies. */
  constructor(
    readonly total: number,
    private readonly periodAt: (time: number) => number,
  ) {}

  used(now: number): number {
    return sumOf(this.#grants.filter((grant) => this.#counts(grant, now)));
  }

  take(units: number, at: number): NaiveGrant {
    const grant = { units, at, isLost: false };
    this.#grants.push(grant);
    return grant;
  }

  correct(grant: NaiveGrant, change: number, now: number): void {
    if (this.#counts(grant, now)) {
      grant.units += change;
    } else if (change > 0) {
      this.take(change, now);
    }
  }

  #counts({ at }: NaiveGrant, now: number): boolean {
    return this.periodAt(at) === this.periodAt(now);
  }
}

const hour = 3_600_000;

/**
 * @param wall What to add to times to get those of the wall clock. Of calendars it knows hours and days in zones that never
 * change their clocks.
 */
export function naive(limit: Limit, wall = 0): NaiveLimit {
  switch (limit.kind) {
    case 'window':
      return new NaiveWindow(limit);
    case 'bucket':
      return new NaiveBucket(limit);
    case 'calendar': {
      const offset = limit.timeZone === 'Asia/Kolkata' ? 5.5 * hour : 0;
      return new NaivePeriods(limit.limit, (time) =>
        Math.floor((time + wall + offset) / (limit.every === 'day' ? 24 * hour : hour)),
      );
    }
    default:
      return new NaivePeriods(limit.limit, () => 0);
  }
}

/** A grant of every limit in every dimension. */
export interface NaiveTaking {
  units: Units;
  readonly grants: readonly NaiveGrant[];
}

/** Several limits in several dimensions. */
export class NaiveLedger {
  readonly #entries: { readonly dimension: string; readonly limit: NaiveLimit }[];

  constructor(limits: { readonly [dimension: string]: readonly Limit[] }, wall = 0) {
    this.#entries = Object.entries(limits).flatMap(([dimension, list]) =>
      list.map((limit) => ({ dimension, limit: naive(limit, wall) })),
    );
  }

  isPossible(cost: Units): boolean {
    return this.#entries.every(({ dimension, limit }) => (cost[dimension] ?? 0) <= limit.total);
  }

  fits(cost: Units, now: number): boolean {
    return this.#entries.every(({ dimension, limit }) => limit.used(now) + (cost[dimension] ?? 0) <= limit.total);
  }

  /** The first ms from now on at which a cost fits. */
  due(cost: Units, now: number): number {
    for (let at = now; at < now + 1e5; at += 1) {
      if (this.fits(cost, at)) {
        return at;
      }
    }
    throw new Error('never');
  }

  take(cost: Units, now: number): NaiveTaking {
    return { units: cost, grants: this.#entries.map(({ dimension, limit }) => limit.take(cost[dimension] ?? 0, now)) };
  }

  settle(taking: NaiveTaking, actual: Units, now: number): void {
    const before = taking.units;
    taking.units = { ...before, ...actual };
    this.#entries.forEach(({ dimension, limit }, index) => {
      const change = (taking.units[dimension] ?? 0) - (before[dimension] ?? 0);
      if (change !== 0) {
        limit.correct(taking.grants[index]!, change, now);
      }
    });
  }

  used(dimension: string, now: number): number[] {
    return this.#entries.filter((entry) => entry.dimension === dimension).map(({ limit }) => limit.used(now));
  }
}
