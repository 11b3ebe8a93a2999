import { mergeMap } from 'rxjs';
import { CircuitBreaker, RateLimiter, resilient, slidingWindow } from '../src/index';
import type { Scenario } from './scenario';

const retryBackoff = { maxRetries: 2, baseDelay: 3, jitter: 'none' } as const;

export const resilientScenarios: Scenario[] = [
  {
    title: 'takes a permit for every attempt',
    inputs:        { call:   '-#' },
    run: ({ call }) => {
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 20 }) });
      return { answer: call!.pipe(resilient({ retryBackoff, rateLimit })) };
    },
    outputs:       { answer: '---------------------#' },
    subscriptions: { call:  ['^!', '----^!', '--------------------^!'] },
  },
  {
    title: 'does not retry an open breaker',
    inputs:        { call:   '-#', prompts: 'p' },
    run: ({ call, prompts }) => {
      const circuitBreak = new CircuitBreaker({ failureThreshold: 1 });
      return { answer: prompts!.pipe(mergeMap(() => call!.pipe(resilient({ retryBackoff, circuitBreak })))) };
    },
    outputs:       { answer: '----#' },
    errors:        { answer: 'CircuitOpenError' },
    subscriptions: { call:  ['^!'] },
  },
];
