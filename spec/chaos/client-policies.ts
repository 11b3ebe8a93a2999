import { consecutiveFailures, failureRate, perHour, ResilientClient, slidingWindow, textOf } from 'rxjs-resilience';
import { attempts } from './plan';
import { mostFailures, quota, timeout } from './quota';
import type { Chunk } from './ways';

/** A client with its half of the quota. The two differ where there are two ways to be right. */
export function newClient(name: string) {
  const isPatient = name === 'a';
  return new ResilientClient({
    retryBackoff: { maxRetries: attempts - 1, baseDelay: 20, maxDelay: 200 },
    rateLimit: {
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
