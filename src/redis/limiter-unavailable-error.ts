import { BrandedError } from '../provider/branded-error';

/**
 * Redis did not answer in time, or only with errors, so nobody knows whether the call is within its limits. It was not
 * made. Worth a retry: `retryBackoff` makes one. To go on without Redis instead, set `whenUnavailable`.
 *
 * @category Errors
 */
export class LimiterUnavailableError extends BrandedError {
  static override readonly brandName = 'LimiterUnavailableError';
  /** The key of the limiter or budget that was asked. */
  readonly key: string;

  /** `cause` is what the Redis client said last, if it said anything. */
  constructor(info: { key: string; deadline: number; cause?: unknown }) {
    const { key, deadline, cause } = info;
    const happened =
      cause === undefined
        ? `did not answer within ${deadline} ms`
        : `only answered with errors for ${deadline} ms, the last was: ${(cause as Error | null)?.message ?? cause}`;
    super(
      `Redis, asked for the key ${JSON.stringify(key)}, ${happened}; ` +
        "whenUnavailable: 'allow', or a local limiter or budget, would go on without it",
      cause === undefined ? undefined : { cause },
    );
    this.key = key;
  }
}
