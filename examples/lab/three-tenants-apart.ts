// The same as three-tenants.ts, with a limiter for each tenant in front of the shared one.
import { keyed, perMinute, RateLimiter, ResilientClient } from 'rxjs-resilience';
import type { SimulateConfig } from 'rxjs-resilience/lab';
import scenario, { shared } from './three-tenants';

export default {
  ...scenario,
  name: 'a limiter each',
  client: (scheduler) =>
    new ResilientClient({
      retryBackoff: {},
      rateLimit: [
        keyed(() => new RateLimiter({ limits: perMinute(20), scheduler })),
        new RateLimiter({ limits: shared, scheduler }),
      ],
      scheduler,
    }),
} satisfies SimulateConfig;
