import { consecutiveFailures, failureRate, perHour, ResilientClient, slidingWindow, textOf } from 'rxjs-resilience';
import { attempts } from './plan';
import type { Chunk } from './ways';

/** What each client allows itself: half of what the server would allow. Durations are ms. */
export const quota = {
  requests: { limit: 40, window: 500 },
  tokens: { limit: 3_000, window: 1_500 },
  maxConcurrent: 80,
  /** The budget's second limit; the first one is there to be added up. */
  budget: { limit: 4_800, window: 3_000 },
};

/** Calls of each client that are there at once: some of them stand in line. */
export const users = 190;

/** ms until a user asks again who was given no answer. */
export const sulking = 1_000;

/** How long a client waits for the first chunk, and between two. */
export const timeout = { first: 1_500, each: 1_000 };

/** So many in a row open the breaker. */
export const mostFailures = 15;

/** A client with its half of the quota. The two differ where there are two ways to be right. */
export function newClient(name: string) {
  const isPatient = name === 'a';
  return new ResilientClient({
    retryBackoff: { maxRetries: attempts - 1, baseDelay: 20, maxDelay: 200 },
    rateLimit: {
      pace: false, // the server throttles by chance: no rate would please it
      limits: { requests: slidingWindow(quota.requests), tokens: slidingWindow(quota.tokens) },
      maxConcurrent: quota.maxConcurrent,
    },
    circuitBreak: {
      trip: [failureRate({ threshold: 0.7, minimumCalls: 20, window: 500 }), consecutiveFailures(mostFailures)],
      recoveryTimeout: 250,
      halfOpen: { calls: 3, failures: 2, timeout: 2_000 },
      successOn: isPatient ? 'complete' : 'first-value',
    },
    whenOpen: isPatient ? 'wait' : 'error',
    tokenBudget: { limits: [perHour(10_000_000), slidingWindow(quota.budget)] },
    timeout,
    defaults: isPatient ? { isContent: (chunk: Chunk) => textOf(chunk) !== '' } : {},
  });
}

export type Client = ReturnType<typeof newClient>;
