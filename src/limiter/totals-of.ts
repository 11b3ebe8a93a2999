import type { Ledger } from '../quota/ledger';
import type { Units } from '../quota/limits';

/** What limits allow, by dimension. */
type Totals = readonly (readonly [dimension: string, total: number])[];

/** The least total of each dimension of a ledger. */
export function totalsOf(ledger: Ledger): Totals {
  return ledger.dimensions.map((dimension) => {
    const totals = ledger.states(dimension, 0, 0).map(({ limit }) => limit);
    return [dimension, Math.min(...totals)];
  });
}

/** The largest part of a limit that a cost takes, over all dimensions; without limits every call counts the same. */
export function shareIn(totals: Totals, cost: Units): number {
  return totals.length === 0 ? 1 : Math.max(...totals.map(([dimension, total]) => (cost[dimension] ?? 0) / total));
}
