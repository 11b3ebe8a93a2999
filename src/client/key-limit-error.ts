import { BrandedError } from '../provider/branded-error';

/** A `keyed` collection is full of policies that are in use, and takes no new key. Never retried. */
export class KeyLimitError extends BrandedError {
  static override readonly brandName = 'KeyLimitError';
  readonly key: string;
  readonly maxKeys: number;

  constructor(info: { key: string; maxKeys: number }) {
    super(`No room for the key ${JSON.stringify(info.key)}: ${info.maxKeys} keys are in use`);
    this.key = info.key;
    this.maxKeys = info.maxKeys;
  }
}
