import { BucketMeter } from './bucket-meter';
import { type Limit, type Limits, limitsByDimension, type Units } from './limits';
import { type LimitState, type Meter, tidy } from './meter';
import { bucketOf, type ReportedLimit } from './reported-limit';
import { WindowMeter } from './window-meter';

/** What a ledger gave: remembered so that it can be corrected. */
export interface Grant {
  /** What counts as taken now, by dimension. */
  units: Units;
  /** One slot for each limit of the ledger. */
  readonly slots: readonly number[];
  /** The slots in the buckets that the provider's headers had set at the time. */
  readonly synced: readonly { readonly meter: BucketMeter; readonly slot: number }[];
}

interface Entry {
  readonly dimension: string;
  readonly limit: Limit;
  readonly meter: Meter;
}

interface Synced {
  readonly dimension: string;
  readonly meter: BucketMeter;
}

const nothing: readonly never[] = Object.freeze([]);
/**
 * Several limits in several dimensions, taken all together or not at all. It is told the time, and grants nothing by
 * itself: ask with `fits`, then `take`.
 */
export class Ledger {
  readonly #entries: readonly Entry[];
  /** Beside the own limits: what the provider's headers said, by dimension, until that is full again. */
  #synced: readonly Synced[];

  constructor(entries: readonly Entry[], synced: readonly Synced[] = nothing) {
    this.#entries = entries;
    this.#synced = synced;
  }

  static of(owner: string, limits: Limits): Ledger {
    const entries: Entry[] = [];
    for (const [dimension, list] of limitsByDimension(owner, limits)) {
      for (const limit of list) {
        entries.push(unused(dimension, limit));
      }
    }
    return new Ledger(entries.slice()); // without the room for more that push leaves: there may be a million ledgers
  }

  /** One with the same limits, of which nothing is taken. */
  unused(): Ledger {
    return new Ledger(this.#entries.map(({ dimension, limit }) => unused(dimension, limit)));
  }

  get dimensions(): string[] {
    return [...new Set(this.#entries.map((entry) => entry.dimension))];
  }

  /** The total of a limit that can never grant this cost, if there is one. */
  impossible(cost: Units): number | undefined {
    return this.#entries.find(({ dimension, meter }) => unitsOf(cost, dimension) > meter.total)?.meter.total;
  }

  fits(cost: Units, now: number): boolean {
    for (const { dimension, meter } of this.#entries) {
      if (!meter.fits(unitsOf(cost, dimension), now)) {
        return false;
      }
    }
    return this.#synced.length === 0 || this.#syncedFits(cost, now);
  }

  take(cost: Units, now: number): Grant {
    const slots = new Array<number>(this.#entries.length);
    for (let index = 0; index < slots.length; index += 1) {
      const { dimension, meter } = this.#entries[index]!;
      slots[index] = meter.take(unitsOf(cost, dimension), now);
    }
    return { units: cost, slots, synced: this.#synced.length === 0 ? nothing : this.#takeSynced(cost, now) };
  }

  /** Whether a settlement would change anything. */
  changes(grant: Grant, actual: Units): boolean {
    for (const dimension in actual) {
      if (actual[dimension] !== undefined && actual[dimension] !== grant.units[dimension]) {
        return true;
      }
    }
    return false;
  }

  /** Replaces what a grant took by `actual`, in each dimension; omitted dimensions keep what they have. */
  settle(grant: Grant, actual: Units, now: number): void {
    const before = grant.units;
    grant.units = corrected(before, actual);
    for (let index = 0; index < this.#entries.length; index += 1) {
      const { dimension, meter } = this.#entries[index]!;
      const change = unitsOf(grant.units, dimension) - unitsOf(before, dimension);
      if (change !== 0) {
        meter.correct(grant.slots[index]!, change, now);
      }
    }
    this.#dropFull(now);
    for (const { dimension, meter } of this.#synced) {
      const change = unitsOf(grant.units, dimension) - unitsOf(before, dimension);
      if (change !== 0) {
        const slot = grant.synced.find((each) => each.meter === meter)?.slot;
        // A bucket that was set after the grant never gave these units: it takes an excess, but has nothing to give back.
        meter.correct(slot ?? Number.NaN, change, now);
      }
    }
  }

  refund(grant: Grant, now: number): void {
    this.settle(grant, Object.fromEntries(Object.keys(grant.units).map((dimension) => [dimension, 0])), now);
  }

  /** When the cost will fit if nothing else is taken; remembered in `due`. A time in the past means now. */
  plan(cost: Units, now: number): number {
    this.#dropFull(now);
    for (const { dimension, meter } of this.#entries) {
      meter.plan(unitsOf(cost, dimension), now);
    }
    for (const { dimension, meter } of this.#synced) {
      meter.plan(unitsOf(cost, dimension), now);
    }
    return this.due;
  }

  /** What the last plan comes to after the refunds since. */
  get due(): number {
    let due = Number.NEGATIVE_INFINITY;
    for (const { meter } of this.#entries) {
      due = Math.max(due, meter.due);
    }
    for (const { meter } of this.#synced) {
      due = Math.max(due, meter.due);
    }
    return due;
  }

  /** Sets a bucket beside the limits of a dimension: `remaining` now, full after `resetMs`. */
  sync(dimension: string, reported: ReportedLimit, now: number): void {
    const own = this.#entries.filter((entry) => entry.dimension === dimension).map(({ limit }) => limit);
    const bucket = own.length === 0 ? undefined : bucketOf(reported, own);
    if (bucket === undefined) {
      return;
    }
    const { capacity, missing, interval } = bucket;
    this.#synced = this.#synced.filter((each) => each.dimension !== dimension);
    if (missing > 0) {
      const meter = new BucketMeter({ capacity, refill: missing, interval }, now + interval);
      this.#synced = [...this.#synced, { dimension, meter }];
    }
  }

  /** What is left of the tightest limit; below 0 while in debt. */
  remaining(now: number): number {
    let least = Number.POSITIVE_INFINITY;
    for (const { meter } of this.#entries) {
      least = Math.min(least, tidy(meter.total - meter.used(now)));
    }
    return least;
  }

  /** Whether nothing is used, by the own count and by what the provider said. */
  isUnused(now: number): boolean {
    this.#dropFull(now);
    return this.#synced.length === 0 && this.#entries.every(({ meter }) => meter.used(now) === 0);
  }

  /** The states of a dimension's limits; `shift` turns the ledger's time into the time that is shown. */
  states(dimension: string, now: number, shift: number): LimitState[] {
    return this.#entries
      .filter((entry) => entry.dimension === dimension)
      .map(({ limit, meter }) => {
        const used = meter.used(now);
        return {
          limit: meter.total,
          ...(limit.kind === 'window' ? { window: limit.window } : {}),
          used,
          remaining: tidy(meter.total - used),
          resetAt: meter.resetAt(now) + shift,
        };
      });
  }

  /** How much of a grant still counts, for each limit in turn. */
  counting(grant: Grant, now: number): number[] {
    return this.#entries.map(({ dimension, meter }, index) =>
      meter.counts(grant.slots[index]!, now) ? unitsOf(grant.units, dimension) : 0,
    );
  }

  /** When a count will next go down by itself. */
  nextChange(now: number): number | undefined {
    const times = this.#entries.flatMap(({ meter }) => meter.nextChange(now) ?? []);
    return times.length === 0 ? undefined : Math.min(...times);
  }

  /** A ledger in the same state, to try things on. */
  copy(): Ledger {
    return new Ledger(
      this.#entries.map((entry) => ({ ...entry, meter: entry.meter.copy() })),
      this.#synced.map(({ dimension, meter }) => ({ dimension, meter: meter.copy() })),
    );
  }

  /** The counts as plain JSON; `shift` is added to every time. */
  save(shift: number): unknown[] {
    return this.#entries.map(({ meter }) => meter.save(shift));
  }

  /** Takes over what `save` gave; throws a TypeError if that was saved from other kinds of limits. */
  load(saved: readonly unknown[], shift: number, now: number): void {
    if (saved.length !== this.#entries.length) {
      throw new TypeError(`initial: it holds ${saved.length} limits, here are ${this.#entries.length}`);
    }
    this.#entries.forEach(({ meter }, index) => {
      meter.load(saved[index], shift, now);
    });
  }

  #syncedFits(cost: Units, now: number): boolean {
    this.#dropFull(now);
    return this.#synced.every(({ dimension, meter }) => meter.fits(unitsOf(cost, dimension), now));
  }

  #takeSynced(cost: Units, now: number): Grant['synced'] {
    this.#dropFull(now);
    return this.#synced.map(({ dimension, meter }) => ({ meter, slot: meter.take(unitsOf(cost, dimension), now) }));
  }

  #dropFull(now: number): void {
    if (this.#synced.length > 0) {
      this.#synced = this.#synced.filter(({ meter }) => !meter.isFull(now));
    }
  }
}

/** What is actual where that is given: a dimension that is undefined is omitted. */
function corrected(units: Units, actual: Units): Units {
  const all: Record<string, number> = {};
  for (const dimension of Object.keys(units)) {
    all[dimension] = units[dimension]!;
  }
  for (const dimension of Object.keys(actual)) {
    const amount: number | undefined = actual[dimension];
    if (amount !== undefined) {
      all[dimension] = amount;
    }
  }
  return all;
}

/** What a cost takes of a dimension. */
export function unitsOf(cost: Units, dimension: string): number {
  return cost[dimension] ?? 0;
}

function unused(dimension: string, limit: Limit): Entry {
  const meter = limit.kind === 'window' ? new WindowMeter(limit.limit, limit.window) : new BucketMeter(limit);
  return { dimension, limit, meter };
}
