import { checkPolicy } from '../internal/policy/check-policy';

const kind = { name: 'breaker', method: 'admit', className: 'CircuitBreaker', config: '{ … }' };

/** Throws unless this is a breaker; for a config it says why that will not do. */
export function checkBreaker(owner: string, breaker: unknown): void {
  checkPolicy(owner, breaker, kind);
}
