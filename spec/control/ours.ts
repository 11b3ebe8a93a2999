import { defer } from 'rxjs';
import { aimd, gradient, type Limit, RateLimiter, rateLimit, retryBackoff } from '../../src/index';
import type { Rule } from './crowd';

/** The limiter knows no limit: it is to find out. */
const none: Limit = { kind: 'window', limit: 1e9, window: 1_000 };

function ours(name: string, config: Omit<ConstructorParameters<typeof RateLimiter>[0], 'scheduler'>): Rule {
  return {
    name,
    create: ({ scheduler, random }) => {
      const limiter = new RateLimiter({ limits: none, ...config, scheduler });
      return (open) => defer(open).pipe(rateLimit(limiter), retryBackoff({ scheduler, random }));
    },
  };
}

export const pace = ours('pace', {});
export const byAimd = ours('aimd()', { maxConcurrent: aimd() });
export const byGradient = ours('gradient()', { maxConcurrent: gradient() });
export const noPace = ours('no pace', { pace: false, throttlePause: 0 });
