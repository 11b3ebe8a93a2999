import type { RateLimitInfo } from '../provider';
import { Ledger } from '../quota/ledger';
import {
  isRolling,
  type Limit,
  type Limits,
  limitsByDimension,
  periodOf,
  type RollingLimit,
  totalOf,
  type Units,
} from '../quota/limits';
import { tidy } from '../quota/meter';
import { bucketOf } from '../quota/reported-limit';
import { look } from './lua/scripts';
import type { Script } from './script';
import { tagged } from './tagged';

/**
 * One limit, as Redis counts it, in units.
 *
 * @category Policies
 */
export interface SharedLimitState {
  /** How much is allowed in the window, or the capacity of a token bucket. */
  readonly limit: number;
  /** In ms; absent for a token bucket. */
  readonly window?: number;
  /** What was taken and still counts. */
  readonly used: number;
  /** Below 0 while in debt. */
  readonly remaining: number;
}

/** What is kept in Redis looks otherwise than in editions with another number, so it has other keys. */
const edition = 2;

interface DimensionLimit {
  readonly dimension: string;
  readonly limit: RollingLimit;
}

/** With what the scripts of a policy begin. */
export interface SharedKeys {
  readonly keys: readonly string[];
  readonly header: readonly string[];
  /** Asks nothing but whether Redis answers. */
  readonly probe: Script;
}

/** The limits that processes share under one key: the keys of Redis for that, and how scripts are told of them. */
export class SharedQuota implements SharedKeys {
  readonly probe = look;
  readonly dimensions: readonly string[];
  /** Keys for the state, for the queue, and two for each window. All are in the same slot of a cluster. */
  readonly keys: readonly string[];
  /** The arguments with which every script begins. */
  readonly header: readonly string[];
  /** After so many ms everything that was taken is free again. */
  readonly longest: number;
  /** A ledger of these limits of which nothing is used. */
  readonly unused: Ledger;
  readonly #limits: readonly DimensionLimit[];
  /** The limits as they were given. */
  readonly #given: readonly DimensionLimit[];

  /** @param room Keeps limiters and budgets with the same key apart. */
  constructor(owner: string, room: string, key: string, limits: Limits) {
    const byDimension = limitsByDimension(owner, limits);
    this.dimensions = [...byDimension.keys()].sort();
    this.#given = [...byDimension].flatMap(([dimension, list]) =>
      list.map((limit) => ({ dimension, limit: rolling(owner, limit) })),
    );
    // Others may write the same limits in another order.
    this.#limits = [...this.#given].sort((one, other) => (shapeOf(one) < shapeOf(other) ? -1 : 1));
    const base = `${tagged(key)}:${room}:${edition}/${this.#limits.map(shapeOf).join()}`;
    const hashes = 2 * this.#limits.filter(({ limit }) => limit.kind === 'window').length;
    const queue = ['order', 'leases', 'places'].map((part) => `${base}:${part}`);
    this.keys = [base, ...queue, ...Array.from({ length: hashes }, (_, index) => `${base}:${index + 1}`)];
    const described = this.#limits.flatMap((each) => this.#described(each));
    this.header = [this.#limits.length, this.dimensions.length, ...described].map(String);
    this.unused = Ledger.of(owner, limits);
    this.longest = Math.max(...this.#limits.map(({ limit }) => periodOf(limit)));
  }

  /** Amounts as scripts take them: in the order of the dimensions. */
  argsOf(units: Units): string[] {
    return this.dimensions.map((dimension) => String(units[dimension] ?? 0));
  }

  /** Whether a limit can never grant so much. */
  isImpossible(units: Units): boolean {
    return this.#limits.some(({ dimension, limit }) => (units[dimension] ?? 0) > totalOf(limit));
  }

  /** What the provider's headers said, as arguments of the script `sync`: for each dimension of which they tell. */
  argsOfHeaders(info: RateLimitInfo): string[] {
    const reported = info as { readonly [dimension: string]: RateLimitInfo['requests'] };
    return this.dimensions.flatMap((dimension, index) => {
      const own = this.#limits.filter((each) => each.dimension === dimension).map(({ limit }) => limit);
      const bucket = bucketOf(reported[dimension] ?? {}, own);
      return bucket === undefined ? [] : [index + 1, bucket.capacity, bucket.missing, bucket.interval].map(String);
    });
  }

  /** The limits of each dimension, from what is used of each of them. */
  states(used: readonly unknown[]): { readonly [dimension: string]: readonly SharedLimitState[] } {
    const states = this.#given.map((each) => {
      const { dimension, limit } = each;
      const units = tidy(Number(used[this.#limits.indexOf(each)] ?? 0));
      const window = limit.kind === 'window' ? { window: limit.window } : {};
      const state = { limit: totalOf(limit), ...window, used: units, remaining: tidy(totalOf(limit) - units) };
      return { dimension, state };
    });
    const ofDimension = (dimension: string) =>
      states.filter((each) => each.dimension === dimension).map(({ state }) => state);
    return Object.fromEntries(this.dimensions.map((dimension) => [dimension, ofDimension(dimension)]));
  }

  #described({ dimension, limit }: DimensionLimit): number[] {
    const span = limit.kind === 'window' ? limit.window : -limit.interval / limit.refill;
    return [this.dimensions.indexOf(dimension) + 1, totalOf(limit), span];
  }
}

/** Redis counts only what comes back unit by unit. */
function rolling(owner: string, limit: Limit): RollingLimit {
  if (!isRolling(limit)) {
    const given = limit.kind === 'calendar' ? 'calendarWindow()' : 'inTotal()';
    throw new TypeError(
      `${owner}: limits must be made by slidingWindow(), tokenBucket(), perSecond() and so on: ${given} counts in one ` +
        `process only, in a RateLimiter or a TokenBudget; got ${JSON.stringify(limit)}`,
    );
  }
  return limit;
}

/** Limits of another shape are kept under other keys, because their state could not be read. */
function shapeOf({ dimension, limit }: DimensionLimit): string {
  return `${dimension}/${limit.kind === 'window' ? limit.window : 'bucket'}`;
}
