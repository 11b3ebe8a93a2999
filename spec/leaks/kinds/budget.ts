import { Subject } from 'rxjs';
import { tokenBudget } from '../../../src/index';
import { type Kind, left, leftInFlight, made } from '../kind';
import { answer, failure, usedUpBudget, wideBudget } from './rig';

export const budgetKinds: readonly Kind[] = [
  {
    name: 'tokenBudget, completed',
    ends: 'complete',
    begin: (calls) => {
      const budget = wideBudget();
      return { call: made(calls, answer.pipe(tokenBudget(budget, { estimate: 10 }))), listened: [budget] };
    },
  },
  {
    name: 'tokenBudget, failed',
    ends: 'Error',
    begin: (calls) => {
      const budget = wideBudget();
      return { call: made(calls, failure.pipe(tokenBudget(budget, { estimate: 10 }))), listened: [budget] };
    },
  },
  {
    name: 'tokenBudget, left before a value',
    ends: 'unsubscribed',
    begin: (calls) => {
      const budget = wideBudget();
      const answers = new Subject<string>();
      const source = answers.pipe(tokenBudget(budget, { estimate: { input: 5, output: 5 } }));
      return { call: left(calls, source), listened: [budget, answers] };
    },
  },
  {
    name: 'tokenBudget, left in flight',
    ends: 'unsubscribed',
    begin: (calls) => {
      const budget = wideBudget();
      const answers = new Subject<string>();
      const source = answers.pipe(tokenBudget(budget, { estimate: 10, overrun: 'error' }));
      return { call: leftInFlight(calls, source, answers), listened: [budget, answers] };
    },
  },
  {
    name: 'tokenBudget, refused',
    ends: 'TokenBudgetExceededError',
    begin: (calls) => {
      const budget = usedUpBudget();
      return { call: made(calls, answer.pipe(tokenBudget(budget, { estimate: 10 }))), listened: [budget] };
    },
  },
];
