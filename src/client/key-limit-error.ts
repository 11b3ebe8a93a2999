import { BrandedError } from '../provider/branded-error';

/**
 * A `keyed` collection is full of policies that are in use, and takes no new key. Never retried.
 *
 * @category Errors
 */
export class KeyLimitError extends BrandedError {
  static override readonly brandName = 'KeyLimitError';
  /** The key for which there is no room. */
  readonly key: string;
  /** How many keys there are room for. */
  readonly maxKeys: number;

  constructor(info: { key: string; maxKeys: number }) {
    super(`No room for the key ${JSON.stringify(info.key)}: ${info.maxKeys} keys are in use`);
    this.key = info.key;
    this.maxKeys = info.maxKeys;
  }
}
