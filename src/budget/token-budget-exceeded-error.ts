import { RefusalError } from '../provider/refusal-error';

/**
 * Why a budget refused: too little is left of a limit, or the call alone is above `maxTokensPerRequest`.
 *
 * @category Errors
 */
export type BudgetRefusal = 'budget' | 'request-too-large';

/**
 * A budget has no tokens for this call. Never retried.
 *
 * @category Errors
 */
export class TokenBudgetExceededError extends RefusalError {
  static override readonly brandName = 'TokenBudgetExceededError';
  /** Tokens that the call asked for, or came to. */
  readonly requested: number;
  /** Tokens that were left; below 0 while in debt. */
  readonly remaining: number;
  /** Tokens of the limit that refused it. */
  readonly limit: number;
  /** ms until there will be room, where there ever will be. */
  declare readonly retryAfter?: number; // not even there where it is not known
  /** Whether the budget has too little left, or the call alone is above `maxTokensPerRequest`. */
  readonly reason: BudgetRefusal;

  constructor(info: {
    requested: number;
    remaining: number;
    limit: number;
    retryAfter?: number | undefined;
    reason: BudgetRefusal;
  }) {
    const { requested, remaining, limit, retryAfter, reason } = info;
    super(
      reason === 'budget'
        ? `The token budget is exceeded: ${requested} tokens asked for, ${remaining} of ${limit} left`
        : `The request is too large: ${requested} tokens, at most ${limit} are allowed for one request`,
    );
    this.requested = requested;
    this.remaining = remaining;
    this.limit = limit;
    this.reason = reason;
    if (retryAfter !== undefined) {
      this.retryAfter = retryAfter;
    }
  }
}
