import { catchError, concatMap, of } from 'rxjs';
import { slidingWindow, TokenBudget, tokenBudget } from '../src/index';
import type { Scenario } from './scenario';

export const tokenBudgetScenarios: Scenario[] = [
  {
    title: 'refuses a call for which no tokens are left, without making it',
    inputs: {
      prompts: 'p-p-p|',
      call:    'a|',
    },
    values: { r: 'TokenBudgetExceededError' },
    run: ({ prompts, call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 100, window: 60_000 }) });
      const guarded = call!.pipe(
        tokenBudget(budget, { estimate: 40 }),
        catchError((error: Error) => of(error.name)),
      );
      return { answers: prompts!.pipe(concatMap(() => guarded)) };
    },
    outputs: {
      answers: 'a-a-r|',
    },
    subscriptions: {
      call:   ['^!', '--^!'],
    },
  },
  {
    title: 'stops a runaway answer when the budget has no room for more of it',
    inputs:        { call:   'aaaaaaaa|' },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 40, window: 60_000 }) });
      return { answer: call!.pipe(tokenBudget(budget, { estimate: 10, count: () => 10, overrun: 'error' })) };
    },
    outputs:       { answer: 'aaaa(a#)' },
    errors:        { answer: 'TokenBudgetExceededError' },
    subscriptions: { call:  ['^---!'] },
  },
];
