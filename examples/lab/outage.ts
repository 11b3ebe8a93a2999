// npx rxjs-resilience-lab outage.ts
//
// The provider is down for ten minutes of an hour.
//
// What one learns: the breaker turns the outage from minutes of retries into refusals within a ms, which a page can tell
// its users: compare "requests sent" with and without `circuitBreak`. Behind the outage there is no storm: "most in a
// second" stays what it was before. With `whenOpen: 'wait'` nobody is refused, and the wait's p95 shows who pays for it.
import { ResilientClient } from 'rxjs-resilience';
import { poisson, type SimulateConfig } from 'rxjs-resilience/lab';

const minute = 60_000;
const isDown = (elapsed: number) => elapsed >= 20 * minute && elapsed < 30 * minute;

export default {
  name: 'outage of ten minutes',
  duration: 60 * minute,
  arrivals: poisson(2),
  request: (random) => ({ input: 500, output: Math.ceil(300 * random()) }),
  provider: { faults: { serverError: (elapsed) => (isDown(elapsed) ? 1 : 0.002) } },
  client: (scheduler) => new ResilientClient({ retryBackoff: {}, circuitBreak: {}, scheduler }),
} satisfies SimulateConfig;
