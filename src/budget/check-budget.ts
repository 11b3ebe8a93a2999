import { show } from '../internal/options';
import type { Budget } from './budget';

/** Throws unless this is a budget; for a config it says why that will not do. */
export function checkBudget(owner: string, budget: unknown): void {
  if (typeof (budget as Budget | undefined)?.reserve !== 'function') {
    throw new TypeError(
      `${owner}: budget must be a TokenBudget that many calls share, not a config: ` +
        `make it once, new TokenBudget({ limits: … }), outside of the pipe; got ${show(budget)}`,
    );
  }
}
