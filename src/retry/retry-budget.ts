import type { SchedulerLike } from 'rxjs';
import { Options } from '../internal/options';
import type { EventOf } from '../internal/policy/policy';
import { TimedPolicy } from '../internal/policy/timed-policy';
import { Clock } from '../internal/time/clock';
import { Timer } from '../internal/time/timer';
import { WindowMeter } from '../quota/window-meter';

/**
 * Options of a {@link RetryBudget}.
 *
 * @category Policies
 */
export interface RetryBudgetConfig {
  /** How many retries are allowed for each first attempt. Default 0.2. */
  readonly ratio?: number | undefined;
  /** How many retries per second are allowed in any case. Default 1. */
  readonly minPerSecond?: number | undefined;
  /** Gives the budget its time. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
}

/**
 * A snapshot of a retry budget: counts of the last 10 s.
 *
 * @category Policies
 */
export interface RetryBudgetState {
  /** How many calls began: their first attempts. */
  readonly firstAttempts: number;
  /** How many retries were allowed. */
  readonly retries: number;
  /** How many more retries would be allowed now. */
  readonly remaining: number;
}

/**
 * What happens in a retry budget.
 *
 * @category Policies
 */
export type RetryBudgetEvent = EventOf<'retry'> & {
  /** Whether a retry was allowed. */
  readonly type: 'allowed' | 'refused';
};

/** First attempts and retries are counted over so many ms. */
const window = 10_000;
/** A product of fractions that is less than this below a whole number counts as that number of retries. */
const grain = 1e-9;

/**
 * Keeps retries a small share of all attempts of the calls that share it: when everything fails, retries must not multiply
 * the load. In any 10 s it allows `ratio` times the first attempts, or `minPerSecond` times 10 if that is more.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { RetryBudget, retryBackoff } from 'rxjs-resilience';
 *
 * const retryBudget = new RetryBudget({ ratio: 0.1 });
 * const retry = retryBackoff({ retryBudget });
 * ```
 */
export class RetryBudget extends TimedPolicy<'retry', RetryBudgetState, RetryBudgetEvent> {
  readonly #ratio: number;
  readonly #least: number;
  readonly #firstAttempts = new WindowMeter(Number.POSITIVE_INFINITY, window);
  readonly #retries = new WindowMeter(Number.POSITIVE_INFINITY, window);
  /** Fires when a count goes down with time, for those who watch `state$`. */
  readonly #timer = new Timer(this.clock, 'first', () => this.watch());

  constructor(config: RetryBudgetConfig = {}) {
    new Options('RetryBudget', config, ['ratio', 'minPerSecond', 'scheduler'])
      .amount('ratio')
      .amount('minPerSecond')
      .scheduler();
    super('retry', new Clock(config.scheduler));
    this.#ratio = config.ratio ?? 0.2;
    this.#least = ((config.minPerSecond ?? 1) * window) / 1_000;
  }

  get state(): RetryBudgetState {
    const now = this.clock.now();
    const firstAttempts = this.#firstAttempts.used(now);
    const retries = this.#retries.used(now);
    return { firstAttempts, retries, remaining: Math.max(0, Math.floor(this.#allowance(now) - retries)) };
  }

  /** Whether no attempt and no retry was counted in the last 10 s. */
  get isIdle(): boolean {
    const { firstAttempts, retries } = this.state;
    return firstAttempts === 0 && retries === 0;
  }

  /** Counts a first attempt. */
  attempt(): void {
    this.#firstAttempts.take(1, this.clock.now());
    this.#update();
  }

  /** Returns whether one more retry is allowed, and counts it if so. */
  tryRetry(): boolean {
    const now = this.clock.now();
    const isAllowed = this.#retries.used(now) + 1 <= this.#allowance(now);
    if (isAllowed) {
      this.#retries.take(1, now);
    }
    if (this.isHeard) {
      this.tell({ type: isAllowed ? 'allowed' : 'refused' });
    }
    this.#update();
    return isAllowed;
  }

  protected watch(): void {
    this.#timer.set(this.nextVisibleChange(this.clock.now()));
  }

  protected nextChange(now: number): number {
    const changes = [this.#firstAttempts.nextChange(now), this.#retries.nextChange(now)];
    return Math.min(...changes.map((at) => at ?? Number.POSITIVE_INFINITY));
  }

  #allowance(now: number): number {
    return Math.max(this.#ratio * this.#firstAttempts.used(now), this.#least) + grain;
  }

  #update(): void {
    if (this.isWatched) {
      this.changed();
      this.watch();
    }
  }
}
