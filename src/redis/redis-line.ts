import type { Subscriber } from 'rxjs';
import { FairLine } from '../limiter/fair-line';
import { ForecastQueue } from '../limiter/forecast-queue';
import type { AcquireOptions, Permit } from '../limiter/limiter';
import { sharesOf } from '../limiter/shares-of';
import type { Units } from '../quota/limits';
import type { Payer } from './corrections';
import type { RedisLimiterCore } from './redis-limiter-core';
import { RedisWaiter } from './redis-waiter';
import { isSame } from './units';

/** Of so many tenants the next call is told to Redis at a time. */
const mostTenants = 32;

/** The order of the calls of one process that wait, and how Redis is told of them. */
export class RedisLine {
  readonly line: ForecastQueue<RedisWaiter> | FairLine<RedisWaiter>;
  /** The same, if tenants share it. */
  readonly fair: FairLine<RedisWaiter> | undefined;
  readonly #weightOf: (tenant: string) => number;
  /** ms of waiting that count as one priority more, where tenants do not share the line. */
  readonly #ageing: number | undefined;

  readonly #process: Payer;

  constructor(private readonly core: RedisLimiterCore) {
    this.#process = { name: core.link.instance, weight: 1 };
    const { fair, ageing } = core.config;
    const shares = sharesOf(fair, 'RedisRateLimiter');
    this.fair = shares && new FairLine(shares, ageing);
    this.line = this.fair ?? new ForecastQueue();
    this.#weightOf = (tenant) => shares?.of(tenant).weight ?? 1;
    this.#ageing = shares === undefined ? ageing : undefined;
  }

  /** A priority that grows with every wait orders like one that falls with the time of coming. A retry has half of one more. */
  waiterOf(cost: Units, options: AcquireOptions, maxWait: number, subscriber: Subscriber<Permit>): RedisWaiter {
    const now = this.core.clock.now();
    this.#weightOf(options.tenant ?? ''); // what it throws is the error of the call
    const retry = options.retry === true ? 0.5 : 0;
    const lacking = this.#ageing === undefined ? 0 : now / this.#ageing - retry;
    const share = this.fair === undefined ? 0 : this.core.quota.shareOf(cost);
    return new RedisWaiter(cost, share, options, now, maxWait, subscriber, lacking);
  }

  /** The next ones: Redis is asked to grant these. */
  next(count: number): readonly RedisWaiter[] {
    this.line.look(this.core.clock.now());
    return [...this.line.firstOnes(Math.max(count, Math.min(this.fair?.flowsWaiting ?? 0, mostTenants)))];
  }

  /** Waiters as the script `turn` takes them: the tenants if they share the line, then each run of equal waiters. */
  argsOf(waiters: readonly RedisWaiter[]): string[] {
    const { fair } = this;
    const names = fair === undefined ? [] : [...new Set(waiters.map(({ tenant }) => tenant))];
    const tenants = names.flatMap((name) => {
      const rest = fair!.waiting(name) - waiters.filter(({ tenant }) => tenant === name).length;
      return [payerNameOf(name), String(this.#weightOf(name)), String(rest)];
    });
    const now = this.core.clock.now();
    const runs: string[] = [];
    for (let first = 0, end = 0; first < waiters.length; first = end) {
      const { cost, tenant } = waiters[first]!;
      while (end < waiters.length && this.#areEqual(waiters[first]!, waiters[end]!, now)) {
        end += 1;
      }
      const payer = fair === undefined ? [] : [String(names.indexOf(tenant) + 1)];
      const level = String(this.#levelOf(waiters[first]!, now));
      runs.push(String(end - first), ...payer, level, ...this.core.quota.argsOf(cost));
    }
    return [String(names.length), ...tenants, ...runs];
  }

  /** Whose turn it was. */
  payerOf({ tenant }: RedisWaiter): Payer {
    return this.fair === undefined ? this.#process : { name: payerNameOf(tenant), weight: this.#weightOf(tenant) };
  }

  /** Its priority by now. */
  #levelOf(waiter: RedisWaiter, now: number): number {
    return this.fair?.levelOf(waiter) ?? waiter.priority + (this.#ageing === undefined ? 0 : now / this.#ageing);
  }

  #areEqual(one: RedisWaiter, other: RedisWaiter, now: number): boolean {
    const isOfOnePayer = this.fair === undefined || one.tenant === other.tenant;
    return isOfOnePayer && isSame(one.cost, other.cost) && this.#levelOf(one, now) === this.#levelOf(other, now);
  }
}

/** No payer has an empty name. */
const payerNameOf = (tenant: string) => `=${tenant}`;
