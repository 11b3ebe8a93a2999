// npx rxjs-resilience-lab support-chat.ts
//
// A support chat on a small tier: 60 requests and 30,000 tokens in a minute. A quiet night, a busy afternoon.
//
// What one learns: not the requests bind but the tokens, in the afternoon alone. A user waits no longer than `maxWait`; whom
// that turns away, a larger tier would serve, and the table says how many these are. Look at "used of limiter.tokens".
import { perMinute, ResilientClient } from 'rxjs-resilience';
import { poisson, type SimulateConfig } from 'rxjs-resilience/lab';

const limits = { requests: perMinute(60), tokens: perMinute(30_000) };
const hour = 3_600_000;

export default {
  name: 'support chat',
  duration: 24 * hour,
  // Calls in a second: from 0.02 at 3 o'clock to 0.62 at 15 o'clock.
  arrivals: poisson((t) => 0.32 - 0.3 * Math.cos(((t / hour - 3) / 24) * 2 * Math.PI)),
  request: (random) => ({ input: 400 + Math.round(800 * random()), output: 50 + Math.round(300 * random()) }),
  provider: { limits, latency: (random) => 300 + 600 * random(), tokensPerSecond: 60, faults: { serverError: 0.005 } },
  client: (scheduler) =>
    new ResilientClient({
      retryBackoff: {},
      rateLimit: { limits, maxWait: 20_000 },
      timeout: { first: 30_000 },
      scheduler,
    }),
  price: { input: 3, output: 15 },
} satisfies SimulateConfig;
