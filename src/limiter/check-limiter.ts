import { checkPolicy } from '../internal/policy/check-policy';

const kind = { name: 'limiter', method: 'acquire', className: 'RateLimiter', config: '{ limits: … }' };

/** Throws unless this is a limiter; for a config it says why that will not do. */
export function checkLimiter(owner: string, limiter: unknown): void {
  checkPolicy(owner, limiter, kind);
}
