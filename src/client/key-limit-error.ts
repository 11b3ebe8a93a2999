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

  /** @param info `tellsIdle` is false where the policies do not say when they are idle: these are never forgotten. */
  constructor(info: { key: string; maxKeys: number; tellsIdle?: boolean | undefined }) {
    const why = info.tellsIdle === false ? ', and their policies, which have no isIdle, are never forgotten' : '';
    super(`No room for the key ${JSON.stringify(info.key)}: ${info.maxKeys} keys are in use${why}`);
    this.key = info.key;
    this.maxKeys = info.maxKeys;
  }
}
