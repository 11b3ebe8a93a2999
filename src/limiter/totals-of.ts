import type { Ledger } from '../quota/ledger';

/** The least total of each dimension of a ledger. */
export function totalsOf(ledger: Ledger): readonly (readonly [dimension: string, total: number])[] {
  return ledger.dimensions.map((dimension) => {
    const totals = ledger.states(dimension, 0, 0).map(({ limit }) => limit);
    return [dimension, Math.min(...totals)];
  });
}
