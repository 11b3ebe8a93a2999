import { BrandedError } from './branded-error';

/**
 * An answer was complete, but what validates answers did not accept it. `classifyError` says `rejected`: another try may
 * bring a better answer, and the provider has done nothing wrong.
 *
 * @category Errors
 *
 * @example
 * ```ts
 * import { AnswerRejectedError, classifyError } from 'rxjs-resilience';
 *
 * const error = new AnswerRejectedError(new Error('No JSON'), ['Sorry, ', 'I cannot.']);
 * classifyError(error); // 'rejected'
 * error.values.join(''); // 'Sorry, I cannot.'
 * ```
 */
export class AnswerRejectedError extends BrandedError {
  static override readonly brandName = 'AnswerRejectedError';
  /** What the validation threw. */
  declare readonly cause: unknown;
  /** The values of the answer, in order; none of them was delivered. */
  readonly values: readonly unknown[];

  constructor(cause: unknown, values: readonly unknown[]) {
    const reason = cause instanceof Error ? cause.message : cause;
    super(typeof reason === 'string' ? `The answer was rejected: ${reason}` : 'The answer was rejected', { cause });
    this.values = values;
  }
}
