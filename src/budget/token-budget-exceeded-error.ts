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
  /** Tokens that the call asked for, or came to; in the currency of its prices for a budget that counts cost. */
  readonly requested: number;
  /** What was left, in the same; below 0 while in debt. */
  readonly remaining: number;
  /** The limit that refused it, in the same. */
  readonly limit: number;
  /** ms until there will be room, where there ever will be. */
  declare readonly retryAfter?: number; // not even there where it is not known
  /** Whether the budget has too little left, or the call alone is above `maxTokensPerRequest`. */
  readonly reason: BudgetRefusal;
  /** Present if the budget counts cost, not tokens. */
  declare readonly counts?: 'cost';
  /** The `name` of the budget, if it has one. */
  declare readonly policyName?: string;
  /** The key for which a keyed policy made it. */
  declare readonly key?: string;

  constructor(info: {
    requested: number;
    remaining: number;
    limit: number;
    retryAfter?: number | undefined;
    reason: BudgetRefusal;
    counts?: 'tokens' | 'cost' | undefined;
    policyName?: string | undefined;
    key?: string | undefined;
  }) {
    const { requested, remaining, limit, retryAfter, reason, counts } = info;
    const isCost = counts === 'cost';
    super(
      reason === 'budget'
        ? `The ${isCost ? '' : 'token '}budget is exceeded: ${requested}${isCost ? '' : ' tokens'} asked for, ${remaining} of ${limit} left`
        : `The request is too large: ${requested}${isCost ? '' : ' tokens'}, at most ${limit} ${isCost ? 'is' : 'are'} allowed for one request`,
    );
    this.requested = requested;
    this.remaining = remaining;
    this.limit = limit;
    this.reason = reason;
    if (retryAfter !== undefined) {
      this.retryAfter = retryAfter;
    }
    if (isCost) {
      this.counts = 'cost';
    }
    this.label(info);
  }
}
