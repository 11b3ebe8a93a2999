// npx rxjs-resilience-lab nightly-batch.ts
//
// 100,000 prompts at midnight under a quota that the users of a chat share: 1,000 requests in a minute.
//
// What one learns: when the batch is done ("all had ended after"), and that the users do not notice it, because they go
// first by their `priority`: compare the waits of "chat" and "batch". Give both the same priority, and the users wait for
// as long as the batch takes.
import { perMinute, ResilientClient } from 'rxjs-resilience';
import { poisson, type SimulateConfig, times } from 'rxjs-resilience/lab';

/** Prompts of the batch. They all stand in line from the beginning. */
export const size = 100_000;
const limits = perMinute(1_000);
const users = poisson(1);

export default {
  name: 'nightly batch',
  duration: 3_600_000,
  arrivals: {
    start(random, duration) {
      const [batch, chat] = [times(Array(size).fill(0)).start(random, duration), users.start(random, duration)];
      return () => batch() ?? chat();
    },
  },
  request: (random, n) =>
    n < size
      ? { input: 800, output: 200, key: 'batch', priority: 0 }
      : { input: 300, output: Math.ceil(300 * random()), key: 'chat', priority: 1 },
  provider: { limits, tokensPerSecond: 80 },
  client: (scheduler) => new ResilientClient({ retryBackoff: {}, rateLimit: { limits }, scheduler }),
  price: { input: 0.15, output: 0.6 },
} satisfies SimulateConfig;
