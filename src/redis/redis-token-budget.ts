import { Observable } from 'rxjs';
import type { Budget, Reservation } from '../budget/budget';
import { checkBudgetUpdate, type TokenBudgetUpdate } from '../budget/token-budget-config';
import type { TokenBudgetExceededError } from '../budget/token-budget-exceeded-error';
import { checkAmount } from '../internal/options';
import { Policy, type Told } from '../internal/policy/policy';
import { Clock } from '../internal/time/clock';
import { tidy } from '../quota/meter';
import { unknownGrant } from './corrections';
import { RedisBudgetCore } from './redis-budget-core';
import { type RedisClient, runnerOf } from './redis-client';
import {
  checkBudgetConfig,
  type RedisTokenBudgetConfig,
  type RedisTokenBudgetEvent,
  type RedisTokenBudgetState,
  type SharedBudgetState,
} from './redis-token-budget-config';

const owner = 'RedisTokenBudget';

/**
 * A token budget that many processes share: they all draw on the same limits, which are kept in Redis.
 *
 * It stands wherever a `TokenBudget` does: a call's tokens are reserved before it begins and settled to what it really
 * cost. Every reservation is one atomic script by the server's clock. What a process that died had reserved counts as
 * used until its window has passed.
 *
 * @throws RangeError or TypeError that names the option and shows the value.
 * @category Policies
 *
 * @example
 * ```ts
 * import { Redis } from 'ioredis';
 * import { keyed, perDay } from 'rxjs-resilience';
 * import { RedisTokenBudget } from 'rxjs-resilience/redis';
 *
 * const redis = new Redis({ lazyConnect: true });
 * const budgets = keyed((user) => new RedisTokenBudget(redis, { key: `budget-of-${user}`, limits: perDay(100_000) }));
 * ```
 */
export class RedisTokenBudget extends Policy<'budget', RedisTokenBudgetState, RedisTokenBudgetEvent> implements Budget {
  readonly #core: RedisBudgetCore;

  constructor(client: RedisClient, config: RedisTokenBudgetConfig) {
    const run = runnerOf(owner, client);
    checkBudgetConfig(owner, config);
    super('budget', new Clock(config.scheduler), config.name);
    const notify = (event?: Told<RedisTokenBudgetEvent>) => this.happened(event);
    this.#core = new RedisBudgetCore(run, this.clock, config, notify, () => this.labels);
  }

  /** What it counts: tokens, or what they cost by the price of the call. */
  get counts(): 'tokens' | 'cost' {
    return this.#core.counts;
  }

  /** What this process knows of itself; ask `look` for what all processes use. */
  get state(): RedisTokenBudgetState {
    const { link, open } = this.#core;
    const reserved = tidy([...open].reduce((sum, { tokens }) => sum + tokens, 0));
    return { ...this.named, reserved, isAvailable: !link.isAway };
  }

  /** Whether nothing is reserved by this process, and nothing is asked or still to be sent: Redis knows it all. */
  get isIdle(): boolean {
    return this.#core.open.size === 0 && this.#core.isIdle;
  }

  /**
   * Sets tokens aside: one reservation, then complete. It comes with the answer of Redis, never synchronously.
   * Unsubscribing gives back what an answer brings that is under way. A reservation must be settled or refunded; that is
   * sent to Redis at once, and not waited for. `call` is repeated in events.
   *
   * @returns An Observable that errors with `TokenBudgetExceededError` if there is no room, and with
   * `LimiterUnavailableError` if Redis does not answer and `whenUnavailable` says so.
   */
  reserve(tokens: number, call?: number): Observable<Reservation> {
    checkAmount(`${owner}.reserve`, 'tokens', tokens);
    return new Observable((subscriber) => this.#core.reserve(tokens, call, subscriber));
  }

  /** Counts tokens that were used elsewhere; may go into debt. Sent to Redis at once, and not waited for. */
  record(tokens: number): void {
    checkAmount(`${owner}.record`, 'tokens', tokens);
    this.#core.correct(unknownGrant, tokens);
  }

  /**
   * Other numbers from now on, in this process, as when a customer changes to another tier: tell all processes. What was
   * counted stays counted, so limits must be of the same kinds, over the same time.
   *
   * @throws RangeError or TypeError that names the option and shows the value.
   */
  update(update: TokenBudgetUpdate): void {
    checkBudgetUpdate(`${owner}.update`, update, this.counts);
    this.#core.update(update);
  }

  /** The error for a call that has come to `total` tokens, for which there was no room when Redis was last asked. */
  exceeded(total: number): TokenBudgetExceededError {
    return this.#core.exceeded(total);
  }

  /** Asks Redis what all processes together use: one answer, then complete, or a `LimiterUnavailableError`. */
  look(): Observable<SharedBudgetState> {
    return new Observable((subscriber) => this.#core.look(subscriber));
  }
}
