import type { CalendarWindow, Limit } from '../quota/limits';
import type { SharedQuota } from './shared-quota';

/**
 * A limit that another process has on the same key.
 *
 * @category Policies
 */
export interface OtherLimit {
  /** How much is allowed in the window, or the capacity of a token bucket. */
  readonly limit: number;
  /** In ms; only of a sliding window. */
  readonly window?: number;
  /** In how many ms one unit flows back; only of a token bucket. */
  readonly msPerUnit?: number;
  /** What begins anew; only of a calendar window. */
  readonly every?: CalendarWindow['every'];
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

  /** This process has other limits from now on. */
  forget(): void {
    this.#told.clear();
  }

  #limitsOf([, , ...numbers]: readonly number[]): MismatchEvent['theirs'] {
    const limits: { [dimension: string]: OtherLimit[] } = {};
    this.quota.limits.forEach(({ dimension, limit: ours }, index) => {
      const [limit = 0, span = 0] = numbers.slice(3 * index + 1);
      limits[dimension] ??= [];
      limits[dimension].push({ limit, ...timeOf(ours, span) });
    });
    return limits;
  }
}

/** Both processes have limits of the same kinds, else they would count under other keys. */
function timeOf(ours: Limit, span: number): Partial<OtherLimit> {
  switch (ours.kind) {
    case 'window':
      return { window: span };
    case 'bucket':
      return { msPerUnit: -span };
    case 'calendar':
      return { every: ours.every };
    default:
      return {};
  }
}
