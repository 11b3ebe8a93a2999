import { BrandedError } from '../provider/branded-error';
import { textOf } from './text-of';

/**
 * Redis did not answer in time, or only with errors: so it is not known whether the call is within its limits, and the
 * call was not made. `retryBackoff` retries it. To go on without Redis instead, set `whenUnavailable`.
 *
 * @category Errors
 */
export class LimiterUnavailableError extends BrandedError {
  static override readonly brandName = 'LimiterUnavailableError';
  /** The key of the limiter, budget or breaker that was asked. */
  readonly key: string;
  /** The `name` of the policy that was asked, if it has one. */
  declare readonly policyName?: string;

  /** `deadline` is in ms. `cause` is the last error of the Redis client, if there was one. */
  constructor(info: { key: string; deadline: number; cause?: unknown; policyName?: string | undefined }) {
    const { key, deadline, cause, policyName } = info;
    const happened =
      cause === undefined
        ? `did not answer within ${deadline} ms`
        : `only answered with errors for ${deadline} ms, the last was: ${textOf(cause)}`;
    super(
      `Redis, asked for the key ${JSON.stringify(key)}, ${happened}; to go on without Redis, set whenUnavailable ` +
        "to 'allow', or to a limiter or budget of this process; that of a breaker to 'local'",
      cause === undefined ? undefined : { cause },
    );
    this.key = key;
    if (policyName !== undefined) {
      this.policyName = policyName;
    }
  }
}
