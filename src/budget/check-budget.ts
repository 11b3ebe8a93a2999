import { checkPolicy } from '../internal/policy/check-policy';

const kind = { name: 'budget', method: 'reserve', className: 'TokenBudget', config: '{ limits: … }' };

/** Throws unless this is a budget; for a config it says why that will not do. */
export function checkBudget(owner: string, budget: unknown): void {
  checkPolicy(owner, budget, kind);
}
