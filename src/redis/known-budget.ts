import type { TokenBudgetUpdate } from '../budget/token-budget-config';
import { TokenBudgetExceededError } from '../budget/token-budget-exceeded-error';
import type { ErrorLabels } from '../internal/policy/policy';
import { leastOf } from '../quota/limits';
import type { RedisTokenBudgetConfig, SharedBudgetState } from './redis-token-budget-config';
import type { SharedQuota } from './shared-quota';

/** The wait for what never comes back, as scripts tell it. */
const never = Number.MAX_SAFE_INTEGER;

/** What this process knows of a shared budget: its own numbers, and what all processes use as of the last answer. */
export class KnownBudget {
  /** Asked for in place of 0 tokens: there is room for nothing as soon as there is room for so much. */
  least: number;
  #maxTokensPerRequest: number;
  /** Of each limit. */
  #used: readonly unknown[] = [];
  #state: SharedBudgetState;

  /** @param labels What errors say of who refused. */
  constructor(
    private readonly quota: SharedQuota,
    private readonly config: RedisTokenBudgetConfig,
    private readonly labels: () => ErrorLabels | undefined,
  ) {
    this.least = leastOf([config.limits].flat());
    this.#maxTokensPerRequest = config.maxTokensPerRequest ?? Number.POSITIVE_INFINITY;
    this.#state = this.#stateNow();
  }

  get state(): SharedBudgetState {
    return this.#state;
  }

  /** Hears what is used of each limit, and in how many ms its period ends. */
  learn(used: readonly unknown[], ends?: readonly unknown[]): void {
    this.#used = used;
    this.#state = this.#stateNow(ends);
  }

  /** Other numbers from now on. */
  update({ limits, maxTokensPerRequest }: TokenBudgetUpdate): void {
    if (limits !== undefined) {
      this.quota.update({ tokens: limits });
      this.least = leastOf([limits].flat());
      this.#state = this.#stateNow();
    }
    this.#maxTokensPerRequest = maxTokensPerRequest ?? this.#maxTokensPerRequest;
  }

  isTooLarge(total: number): boolean {
    return total > this.#maxTokensPerRequest;
  }

  /** The error for a call that has come to `total`. */
  exceeded(total: number, retryAfter = never): TokenBudgetExceededError {
    const { limits, remaining } = this.#state;
    const known = { requested: total, remaining, counts: this.config.counts, ...this.labels() };
    if (this.isTooLarge(total)) {
      return new TokenBudgetExceededError({ ...known, limit: this.#maxTokensPerRequest, reason: 'request-too-large' });
    }
    const { limit } = limits.find((each) => total > each.limit) ?? limits.find((each) => each.remaining === remaining)!;
    const isWorthIt = retryAfter < never && !this.quota.isImpossible({ tokens: total });
    const hint = isWorthIt ? Math.max(1, retryAfter) : undefined;
    return new TokenBudgetExceededError({ ...known, limit, retryAfter: hint, reason: 'budget' });
  }

  #stateNow(ends?: readonly unknown[]): SharedBudgetState {
    const { name } = this.config;
    const limits = this.quota.states(this.#used, ends).tokens!;
    const remaining = Math.min(...limits.map((limit) => limit.remaining));
    return { ...(name === undefined ? {} : { name }), limits, remaining };
  }
}
