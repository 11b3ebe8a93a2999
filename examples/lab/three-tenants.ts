// npx rxjs-resilience-lab three-tenants.ts
//
// Three tenants share 60 requests in a minute. One of them asks for ten times as much as each of the others.
//
// What one learns: in one line everybody waits for the greedy tenant, in minutes. In a limiter that is `fair` the two others
// hardly wait at all, and the greedy one waits for its own greed. The quota is used up either way: compare "used of
// provider.requests". See it:
//   npx rxjs-resilience-lab three-tenants.ts --compare three-tenants-fair.ts
import { perMinute, ResilientClient } from 'rxjs-resilience';
import { poisson, type SimulateConfig } from 'rxjs-resilience/lab';

export const shared = perMinute(60);

export default {
  name: 'one line for all',
  duration: 3_600_000,
  arrivals: poisson(1.6),
  request: (random) => ({ input: 500, output: 100, tenant: tenantOf(random()) }),
  provider: { limits: shared },
  client: (scheduler) => new ResilientClient({ retryBackoff: {}, rateLimit: { limits: shared }, scheduler }),
} satisfies SimulateConfig;

function tenantOf(share: number): string {
  return share < 0.8 ? 'greedy' : share < 0.9 ? 'second' : 'third';
}
