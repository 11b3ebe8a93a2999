import { retryBackoff as backoffRxjs } from 'backoff-rxjs';
import { map, Observable, type OperatorFunction, retry } from 'rxjs';
import { resilient } from 'rxjs-resilience';
import type { Body, CallJob } from '../job';
import { operators, policies } from './policies';

/** What a provider sends for a token. */
const chunk = { id: 'a', object: 'chat.completion.chunk', choices: [{ index: 0, delta: { content: ' token' } }] };

export const job: CallJob = {
  kind: 'calls',
  name: 'stream',
  title: 'One more token through a guarded stream',
  about:
    'One subscription, n tokens. A token is a string, or, where it says so, a chunk as OpenAI sends it, of which the budget counts the text.',
  cases: [
    { name: 'no operator', role: 'floor', make: () => streaming(' token') },
    { name: 'map', role: 'floor', make: () => streaming(' token', map(same)) },
    { name: 'retryBackoff', role: 'ours', make: () => streaming(' token', operators<unknown>().retryBackoff) },
    { name: 'rateLimit', role: 'ours', make: () => streaming(' token', operators<unknown>().rateLimit) },
    { name: 'circuitBreak', role: 'ours', make: () => streaming(' token', operators<unknown>().circuitBreak) },
    { name: 'tokenBudget', role: 'ours', make: () => streaming(' token', operators<unknown>().tokenBudget) },
    { name: 'tokenBudget, chunks', role: 'ours', make: () => streaming(chunk, operators<unknown>().tokenBudget) },
    { name: 'resilient', role: 'ours', make: () => streaming(' token', resilient(policies(), { tokens: 100 })) },
    { name: 'resilient, chunks', role: 'ours', make: () => streaming(chunk, resilient(policies(), { tokens: 100 })) },
    { name: 'rxjs retry', role: 'peer', make: () => streaming(' token', retry({ count: 3, delay: 1_000 })) },
    { name: 'backoff-rxjs', role: 'peer', make: () => streaming(' token', backoffRxjs(1_000)) },
  ],
};

function same<T>(value: T): T {
  return value;
}

function streaming(token: unknown, operator: OperatorFunction<unknown, unknown> = same): Body {
  return (n) => {
    const tokens$ = new Observable<unknown>((subscriber) => {
      for (let i = 0; i < n; i += 1) {
        subscriber.next(token);
      }
      subscriber.complete();
    });
    tokens$.pipe(operator).subscribe();
  };
}
