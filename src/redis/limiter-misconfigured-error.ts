import { BrandedError } from '../provider/branded-error';
import { textOf } from './text-of';

/**
 * Redis answers, but not to what is asked: a permission is missing, the key holds another program's value, scripts are
 * refused, or the client changes replies. Waiting does not mend that, so it is fatal: it is not retried, and
 * `whenUnavailable` does not let the call through.
 *
 * @category Errors
 */
export class LimiterMisconfiguredError extends BrandedError {
  static override readonly brandName = 'LimiterMisconfiguredError';
  /** The key of the limiter, budget or breaker that was asked. */
  readonly key: string;
  /** The `name` of the policy that was asked, if it has one. */
  declare readonly policyName?: string;

  /** `cause` is what Redis or its client said. */
  constructor(info: { key: string; cause: unknown; policyName?: string | undefined }) {
    const { key, cause, policyName } = info;
    super(
      `Redis refuses what is asked for the key ${JSON.stringify(key)}, and waiting will not mend it: ${textOf(cause)}`,
      { cause },
    );
    this.key = key;
    if (policyName !== undefined) {
      this.policyName = policyName;
    }
  }
}

/** What a server says that can go by itself: while it starts, saves, fails over, or is out of memory. */
const passing =
  /\b(OOM|LOADING|BUSY|MASTERDOWN|CLUSTERDOWN|TRYAGAIN|READONLY|MISCONF|NOREPLICAS|UNBLOCKED)\b|max number of clients/;
const lasting = /^(NOPERM|WRONGTYPE|ERR|CROSSSLOT)\b/;

/** Whether an administrator, or who wrote the program, has to mend this. */
export function isLasting(error: unknown): boolean {
  const message = textOf(error);
  return error instanceof ReplyShapeError || (lasting.test(message) && !passing.test(message));
}

/** A reply that is not what the script returns. */
export class ReplyShapeError extends TypeError {}
