import { BrandedError } from '../provider/branded-error';

/**
 * A stream completed without the value that ends an answer: the connection was cut, and nobody said so. Retryable.
 *
 * @category Errors
 */
export class StreamTruncatedError extends BrandedError {
  static override readonly brandName = 'StreamTruncatedError';
  /** How many values had come. */
  readonly emitted: number;

  constructor(info: { emitted: number }) {
    super(`The stream ended after ${info.emitted} values without a final one: the answer is cut off`);
    this.emitted = info.emitted;
  }
}
