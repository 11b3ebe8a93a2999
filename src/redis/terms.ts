import type { Fairness } from '../limiter/shares-of';

/** What processes that share a limiter should agree on, besides its limits: numbers, 0 for what is not given. */
export interface Terms {
  readonly maxConcurrent: number;
  readonly ageing: number;
  /** 1 if tenants share what is granted. */
  readonly fair: number;
}

/** Those of policies that have none. */
export const noTerms: Terms = { maxConcurrent: 0, ageing: 0, fair: 0 };

interface Given {
  readonly ageing?: number | undefined;
  readonly fair?: Fairness | undefined;
}

/** @param maxConcurrent As it was updated last. */
export function termsOf({ ageing = 0, fair }: Given, maxConcurrent: number): Terms {
  return { maxConcurrent: maxConcurrent === Number.POSITIVE_INFINITY ? 0 : maxConcurrent, ageing, fair: fair ? 1 : 0 };
}
