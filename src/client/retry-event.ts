/**
 * What the retry stage of a call does.
 *
 * @category Client
 */
export type RetryEvent =
  | {
      /** An attempt failed, and there will be another. */
      readonly type: 'retry';
      /** Which retry this is: 1, 2, … */
      readonly attempt: number;
      /** ms that are waited before it. */
      readonly delay: number;
      /** With what the attempt failed. */
      readonly error: unknown;
    }
  | {
      /** A call with retries failed, of which at least one attempt had reached the provider. */
      readonly type: 'gave-up';
      /** How many attempts there were, also those that were refused before anything was asked of the provider. */
      readonly attempts: number;
      /** With what the last one failed. */
      readonly error: unknown;
    };
