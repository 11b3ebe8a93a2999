import type { Clock } from '../internal/time/clock';
import { shareIn } from '../limiter/totals-of';
import type { RateLimitInfo } from '../provider';
import { Ledger } from '../quota/ledger';
import { type Limits, totalOf, type Units } from '../quota/limits';
import { tidy } from '../quota/meter';
import { bucketBeside } from '../quota/reported-limit';
import { type DimensionLimit, inOrder, listOf, periodIn, shapeOf, spanOf } from './limit-shape';
import { look } from './lua/scripts';
import type { Script } from './script';
import { ServerPeriods } from './server-periods';
import { tagged } from './tagged';
import { noTerms, type Terms } from './terms';

/**
 * One limit, as Redis counts it, in units.
 *
 * @category Policies
 */
export interface SharedLimitState {
  /** How much is allowed in the window, or the capacity of a token bucket. */
  readonly limit: number;
  /** In ms; only of a sliding window. */
  readonly window?: number;
  /** What was taken and still counts. */
  readonly used: number;
  /** Below 0 while in debt. */
  readonly remaining: number;
  /** When everything is free again: ms on the scheduler's clock; only of a calendar window. */
  readonly resetAt?: number;
}

/** What is kept in Redis looks otherwise than in editions with another number, so it has other keys. */
const edition = 3;

/** With what the scripts of a policy begin. */
export interface SharedKeys {
  readonly keys: readonly string[];
  /** Looked at whenever something is sent. */
  readonly header: readonly string[];
  /** Hears an error of the server; whether the same question can be asked again at once, because of that. */
  learn?(error: unknown): boolean;
  /** Asks nothing but whether Redis answers. */
  readonly probe: Script;
}

/** How the limits of a policy are counted. */
export interface QuotaOptions {
  readonly owner: string;
  /** Keeps limiters and budgets with the same key apart. */
  readonly room: string;
  readonly key: string;
  /** Whether requests and tokens must be whole. Default `'whole'`. */
  readonly units?: 'whole' | 'fractions';
  /** What else the processes should agree on; by default nothing. */
  readonly terms?: () => Terms;
  readonly clock: Clock;
}

/** The limits that processes share under one key: the keys of Redis for that, and how scripts are told of them. */
export class SharedQuota implements SharedKeys {
  readonly probe = look;
  readonly dimensions: readonly string[];
  /** Keys for the state, for the queue, for what is in flight, and two for each window. All are in the same slot of a cluster. */
  readonly keys: readonly string[];
  readonly #periods: ServerPeriods;
  /** The limits as they were given. */
  #given: readonly DimensionLimit[];
  /** In the order in which scripts are told of them. */
  #limits: readonly DimensionLimit[];
  #described: readonly string[];
  #unused: Ledger;

  constructor(
    private readonly options: QuotaOptions,
    limits: Limits | undefined,
  ) {
    const { owner, room, key, units = 'whole', clock } = options;
    this.#given = limits === undefined ? [] : listOf(owner, limits, units);
    this.#limits = inOrder(this.#given);
    this.dimensions = [...new Set(this.#given.map(({ dimension }) => dimension))].sort();
    this.#periods = new ServerPeriods(
      this.#limits.map(({ limit }) => limit),
      () => clock.scheduler.now(),
    );
    this.#described = this.#describe();
    this.#unused = this.#ledgerOf(owner, limits);
    const base = `${tagged(key)}:${room}:${edition}/${this.#limits.map(shapeOf).join()}`;
    const hashes = 2 * this.#limits.filter(({ limit }) => limit.kind === 'window').length;
    const queue = ['order', 'leases', 'places', 'shares', 'flights'].map((part) => `${base}:${part}`);
    this.keys = [base, ...queue, ...Array.from({ length: hashes }, (_, index) => `${base}:${index + 1}`)];
  }

  /** The arguments with which every script begins. */
  get header(): readonly string[] {
    return [...this.#common, ...this.#periods.args];
  }

  /** What all processes should have alike, as scripts are told of it. */
  get agreement(): string {
    return this.#common.join(' ');
  }

  get terms(): Terms {
    return this.options.terms?.() ?? noTerms;
  }

  get #common(): string[] {
    const { maxConcurrent, ageing, fair } = this.terms;
    return [...this.#described, ...[maxConcurrent, ageing, fair].map(String)];
  }

  /** In the order in which scripts are told of them. */
  get limits(): readonly DimensionLimit[] {
    return this.#limits;
  }

  /** After so many ms everything that was taken is free again. */
  get longest(): number {
    return Math.max(0, ...this.#limits.map(({ limit }) => periodIn(limit) || Number.POSITIVE_INFINITY));
  }

  /** A ledger of these limits of which nothing is used. */
  get unused(): Ledger {
    return this.#unused;
  }

  learn(error: unknown): boolean {
    return this.#periods.learn(error);
  }

  /** Goes on with other numbers. Throws unless the limits are counted under the same keys. */
  update(limits: Limits): void {
    const owner = `${this.options.owner}.update`;
    const given = listOf(owner, limits, this.options.units ?? 'whole');
    const ordered = inOrder(given);
    const [before, after] = [this.#limits, ordered].map((each) => each.map(shapeOf).join(', '));
    if (before !== after) {
      throw new TypeError(
        `${owner}: limits must be of the same kinds as before, because others are counted under other keys: before ` +
          `${before}; got ${after}`,
      );
    }
    this.#given = given;
    this.#limits = ordered;
    this.#described = this.#describe();
    this.#unused = this.#ledgerOf(owner, limits);
  }

  /** Amounts as scripts take them: in the order of the dimensions. */
  argsOf(units: Units): string[] {
    return this.dimensions.map((dimension) => String(units[dimension] ?? 0));
  }

  /** Whether a limit can never grant so much. */
  isImpossible(units: Units): boolean {
    return this.#limits.some(({ dimension, limit }) => (units[dimension] ?? 0) > totalOf(limit));
  }

  /** The largest part of a limit that a cost takes. */
  shareOf(units: Units): number {
    const totals = this.#limits.map(({ dimension, limit }) => [dimension, totalOf(limit)] as const);
    return shareIn(totals, units);
  }

  /** What the provider's headers said, as arguments of the script `sync`: for each dimension of which they tell. */
  argsOfHeaders(info: RateLimitInfo): string[] {
    const reported = info as { readonly [dimension: string]: RateLimitInfo['requests'] };
    return this.dimensions.flatMap((dimension, index) => {
      const own = this.#limits
        .filter((each) => each.dimension === dimension)
        .map(({ limit }) => ({ total: totalOf(limit), period: periodIn(limit) }));
      const bucket = bucketBeside(reported[dimension] ?? {}, own);
      return bucket === undefined ? [] : [index + 1, bucket.capacity, bucket.missing, bucket.interval].map(String);
    });
  }

  /**
   * The limits of each dimension, from what is used of each of them.
   *
   * @param ends In how many ms the period of each limit ends, if that is known.
   */
  states(
    used: readonly unknown[],
    ends?: readonly unknown[],
  ): { readonly [dimension: string]: readonly SharedLimitState[] } {
    const now = this.options.clock.scheduler.now();
    const states = this.#given.map((each) => {
      const { dimension, limit } = each;
      const place = this.#limits.indexOf(each);
      const units = tidy(Number(used[place] ?? 0)) + 0; // no -0
      const window = limit.kind === 'window' ? { window: limit.window } : {};
      const reset = limit.kind === 'calendar' && ends ? { resetAt: now + Number(ends[place]) } : {};
      const state = {
        limit: totalOf(limit),
        ...window,
        used: units,
        remaining: tidy(totalOf(limit) - units),
        ...reset,
      };
      return { dimension, state };
    });
    const ofDimension = (dimension: string) =>
      states.filter((each) => each.dimension === dimension).map(({ state }) => state);
    return Object.fromEntries(this.dimensions.map((dimension) => [dimension, ofDimension(dimension)]));
  }

  #describe(): string[] {
    const each = this.#limits.flatMap(({ dimension, limit }) => [
      this.dimensions.indexOf(dimension) + 1,
      totalOf(limit),
      spanOf(limit),
    ]);
    return [this.#limits.length, this.dimensions.length, ...each].map(String);
  }

  /** What to add to the time here to get that of the server's wall clock. */
  get toWall(): number {
    return this.options.clock.toWall + this.#periods.ahead;
  }

  #ledgerOf(owner: string, limits: Limits | undefined): Ledger {
    return limits === undefined ? new Ledger() : Ledger.of(owner, limits, this, this.options.units);
  }
}
