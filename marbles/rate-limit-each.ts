import { rateLimitEach, slidingWindow } from '../src/index';
import type { Scenario } from './scenario';

export const rateLimitEachScenarios: Scenario[] = [
  {
    title: 'spreads values that come too fast, in order, none lost',
    inputs:        { prompts: 'abcd|' },
    run: ({ prompts }) => ({
      paced: prompts!.pipe(rateLimitEach({ limits: slidingWindow({ limit: 2, window: 10 }) })),
    }),
    outputs:       { paced:   'ab--------c(d|)' },
    subscriptions: { prompts: ['^---!'] },
  },
  {
    title: 'passes an error at once and drops what still waits',
    inputs:        { prompts: 'abc#' },
    run: ({ prompts }) => ({
      paced: prompts!.pipe(rateLimitEach({ limits: slidingWindow({ limit: 1, window: 10 }) })),
    }),
    outputs:       { paced:   'a--#' },
  },
  {
    title: 'says so when more values wait than it may buffer',
    inputs:        { prompts: 'abcd|' },
    run: ({ prompts }) => ({
      paced: prompts!.pipe(rateLimitEach({ limits: slidingWindow({ limit: 1, window: 10 }) }, { maxBuffer: 2 })),
    }),
    outputs:       { paced:   'a--#' },
    errors:        { paced: 'PermitRefusedError' },
    subscriptions: { prompts: ['^--!'] },
  },
];
