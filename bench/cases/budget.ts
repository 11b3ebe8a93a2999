import { perDay, TokenBudget, tokenBudget } from 'rxjs-resilience';
import type { CallJob } from '../job';
import { call$, rxFloor, subscribing } from './support';

export const job: CallJob = {
  kind: 'calls',
  name: 'budget',
  title: 'Token budget: reserve and settle',
  about: 'The budget has room. Nobody else has such a thing.',
  cases: [
    rxFloor,
    {
      name: 'tokenBudget',
      role: 'ours',
      make: () => subscribing(call$.pipe(tokenBudget(new TokenBudget({ limits: perDay(1e15) }), { estimate: 100 }))),
    },
    {
      name: 'tokenBudget, usage given',
      role: 'ours',
      make: () => {
        const budget = new TokenBudget({ limits: perDay(1e15) });
        return subscribing(call$.pipe(tokenBudget(budget, { estimate: 100, usage: () => 80, count: () => 0 })));
      },
    },
  ],
};
