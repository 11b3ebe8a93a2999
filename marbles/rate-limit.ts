import { mergeMap } from 'rxjs';
import { RateLimiter, rateLimit, slidingWindow } from '../src/index';
import type { Scenario } from './scenario';

export const rateLimitScenarios: Scenario[] = [
  {
    title: 'lets two calls through and holds the third until the window has room',
    inputs: {
      prompts: 'xxx|',
      call:    'a|',
    },
    run: ({ prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 10 }) });
      return { answers: prompts!.pipe(mergeMap(() => call!.pipe(rateLimit(limiter)))) };
    },
    outputs: {
      answers: 'aa--------a|',
    },
    subscriptions: {
      call:   ['^!', '-^!', '----------^!'],
    },
  },
  {
    title: 'never subscribes a call that is unsubscribed in the queue',
    inputs:         { prompts: 'xx', call: 'a|' },
    run: ({ prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return { answers: prompts!.pipe(mergeMap(() => call!.pipe(rateLimit(limiter)))) };
    },
    unsubscribed:            '-----!',
    outputs:       { answers: 'a' },
    subscriptions: { call:   ['^!'] },
  },
  {
    title: 'lets one 429 quiet all callers for as long as the server asks',
    inputs: {
      throttled: '-#',
      prompts:   '---x|',
      call:      'a|',
    },
    error: { status: 429, headers: { 'retry-after-ms': '9' } },
    run: ({ throttled, prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 5, window: 10 }) });
      return {
        first:  throttled!.pipe(rateLimit(limiter)),
        others: prompts!.pipe(mergeMap(() => call!.pipe(rateLimit(limiter)))),
      };
    },
    outputs: {
      first:     '-#',
      others:    '----------a|',
    },
    subscriptions: {
      call:     ['----------^!'],
    },
  },
];
