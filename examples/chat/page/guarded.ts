import type { Subscription } from 'rxjs';
import { estimateRequest, isFinalChunk, perHour, ResilientClient, slidingWindow, textOf } from 'rxjs-resilience';
import { eventsOf } from 'rxjs-resilience/http';
import type { Asking } from './message';
import type { Settings } from './settings';

export function newClient({ requests, tokens, window, concurrent, budget, ...settings }: Settings) {
  const { retries, delay, failures, recovery, first, each } = settings;
  const perWindow = (limit: number) => slidingWindow({ limit, window });
  return new ResilientClient({
    retryBackoff: { maxRetries: retries, baseDelay: delay },
    rateLimit: { limits: { requests: perWindow(requests), tokens: perWindow(tokens) }, maxConcurrent: concurrent },
    circuitBreak: { failureThreshold: failures, recoveryTimeout: recovery, successOn: 'first-value' },
    whenOpen: 'wait',
    tokenBudget: { limits: perHour(budget) },
    timeout: { first, each },
  });
}

export type Client = ReturnType<typeof newClient>;

/** Asks through the client, which goes on with an answer that broke off. */
export function askGuarded(client: Client, { request, post, show, afterValues }: Asking): Subscription {
  return client
    .answer(
      async (signal, { delivered, sync }) => {
        const response = await post(signal, delivered.map(textOf).join(''));
        sync(response.headers);
        return eventsOf(response);
      },
      { tokens: estimateRequest(request), isFinal: isFinalChunk, afterValues, smooth: true },
    )
    .subscribe(show);
}
