// The same as three-tenants.ts, with a limiter that is fair to its tenants.
import { ResilientClient } from 'rxjs-resilience';
import type { SimulateConfig } from 'rxjs-resilience/lab';
import scenario, { shared } from './three-tenants';

export default {
  ...scenario,
  name: 'fair to tenants',
  client: (scheduler) =>
    new ResilientClient({ retryBackoff: {}, rateLimit: { limits: shared, fair: true }, scheduler }),
} satisfies SimulateConfig;
