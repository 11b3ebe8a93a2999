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
 * Another process has other limits on the same key, or shares them otherwise: each goes by its own. Told once for each that
 * is heard of.
 *
 * @category Policies
 */
export interface MismatchEvent {
  /** The configs differ. */
  readonly type: 'mismatch';
  /** The limits of the other one, by dimension. */
  readonly theirs: { readonly [dimension: string]: readonly OtherLimit[] };
  /** How many calls it lets be in flight, if that differs; `Infinity` without a limit. Only of a limiter. */
  readonly maxConcurrent?: number;
  /** How many ms of waiting count as one priority more for it, if that differs; 0 if none do. Only of a limiter. */
  readonly ageing?: number;
  /** Whether its tenants share what is granted, if that differs. Only of a limiter. */
  readonly fair?: boolean;
}

/** Hears of other configs on the same key, and tells of each of them once. */
export class Mismatch {
  readonly #told = new Set<unknown>();
  #ours: unknown;
  /** What this process itself had before an update, until it has said otherwise. */
  #former: unknown;

  constructor(
    private readonly quota: SharedQuota,
    private readonly tell: (event: MismatchEvent) => void,
  ) {}

  /** @param header With what the scripts of the other process begin; empty if it has the same config. */
  hear(header: unknown): void {
    const isOurs = header === this.#former;
    this.#former = undefined;
    this.#ours = this.quota.agreement;
    if (typeof header === 'string' && header !== '' && !isOurs && !this.#told.has(header) && this.#told.size < 10) {
      this.#told.add(header);
      const numbers = header.split(' ').map(Number);
      this.tell({ type: 'mismatch', theirs: this.#limitsOf(numbers), ...this.#othersOf(numbers.slice(-3)) });
    }
  }

  /** This process has another config from now on. */
  forget(): void {
    this.#told.clear();
    this.#former = this.#ours;
  }

  #othersOf([most = 0, ageing = 0, fair = 0]: readonly number[]): Omit<MismatchEvent, 'type' | 'theirs'> {
    const ours = this.quota.terms;
    return {
      ...(most === ours.maxConcurrent ? {} : { maxConcurrent: most || Number.POSITIVE_INFINITY }),
      ...(ageing === ours.ageing ? {} : { ageing }),
      ...(fair === ours.fair ? {} : { fair: fair === 1 }),
    };
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
