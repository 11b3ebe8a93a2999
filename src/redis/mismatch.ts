import type { SharedQuota } from './shared-quota';

/**
 * A limit that another process has on the same key.
 *
 * @category Policies
 */
export interface OtherLimit {
  /** How much is allowed in the window, or the capacity of a token bucket. */
  readonly limit: number;
  /** In ms; absent for a token bucket. */
  readonly window?: number;
  /** In how many ms one unit flows back into a token bucket. */
  readonly msPerUnit?: number;
}

/**
 * Another process counts on the same key with other limits: each goes by its own. Told once for each that is heard of.
 *
 * @category Policies
 */
export interface MismatchEvent {
  /** The limits differ. */
  readonly type: 'mismatch';
  /** The limits of the other one, by dimension. */
  readonly theirs: { readonly [dimension: string]: readonly OtherLimit[] };
}

/** Hears of other limits on the same key, and tells of each of them once. */
export class Mismatch {
  readonly #told = new Set<unknown>();

  constructor(
    private readonly quota: SharedQuota,
    private readonly tell: (theirs: MismatchEvent['theirs']) => void,
  ) {}

  /** @param header With what the scripts of the other process begin; empty if it has the same limits. */
  hear(header: unknown): void {
    if (typeof header === 'string' && header !== '' && !this.#told.has(header) && this.#told.size < 10) {
      this.#told.add(header);
      this.tell(this.#limitsOf(header.split(' ').map(Number)));
    }
  }

  #limitsOf([, , ...numbers]: readonly number[]): MismatchEvent['theirs'] {
    const limits: { [dimension: string]: OtherLimit[] } = {};
    for (let index = 0; index < numbers.length; index += 3) {
      const [dimension, limit, span] = numbers.slice(index) as [number, number, number];
      const name = this.quota.dimensions[dimension - 1]!;
      limits[name] ??= [];
      limits[name].push({ limit, ...(span > 0 ? { window: span } : { msPerUnit: -span }) });
    }
    return limits;
  }
}
