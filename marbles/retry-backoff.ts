import { concat, of } from 'rxjs';
import { retryBackoff } from '../src/index';
import type { Scenario } from './scenario';

export const retryBackoffScenarios: Scenario[] = [
  {
    title: 'subscribes again after a backoff that doubles',
    inputs: { call: '--#' },
    run: ({ call }) => ({
      answer: call!.pipe(retryBackoff({ maxRetries: 2, baseDelay: 4, jitter: 'none' })),
    }),
    subscriptions: { call: ['^-!', '------^-!', '----------------^-!'] },
    outputs:       { answer: '------------------#' },
  },
  {
    title: 'waits at least as long as the server asks',
    inputs: { call: '#' },
    error: { status: 429, headers: { 'retry-after-ms': '10' } },
    run: ({ call }) => ({
      answer: call!.pipe(retryBackoff({ maxRetries: 1, baseDelay: 2, jitter: 'none' })),
    }),
    subscriptions: { call: ['(^!)', '----------(^!)'] },
    outputs:       { answer: '----------#' },
  },
  {
    title: 'never types an answer twice: once a value was delivered the error passes on',
    inputs:        { call:   '-a-b-#' },
    run: ({ call }) => ({ answer: call!.pipe(retryBackoff()) }),
    outputs:       { answer: '-a-b-#' },
    subscriptions: { call:  ['^----!'] },
  },
  {
    title: 'goes on with what a function returns, for example a mark to clear the text and the call once more',
    inputs:        { call:   'a---b#' },
    run: ({ call }) => ({
      answer: call!.pipe(
        retryBackoff({ maxRetries: 1, baseDelay: 3, jitter: 'none', afterValues: () => concat(of('r'), call!) }),
      ),
    }),
    subscriptions: { call:  ['^----!', '--------^----!'] },
    outputs:       { answer: 'a---b---(ra)b#' },
  },
];
