import { map, mergeMap, retry, timeout, timer } from 'rxjs';
import { perMinute, slidingWindow, TokenBudget, tokenBudget } from '../src/index';
import { scenario } from './scenario';

const tokensLeft = (budget: TokenBudget) => budget.state$.pipe(map(({ remaining }) => remaining));

export const tokenBudgetScenarios = [
  scenario({
    title: 'Refuses a call for which the budget has no room, without making it',
    inputs: {
      prompts: 'x-x-x|',
      call:    'a|',
    },
    run: ({ prompts, call }) => {
      const budget = new TokenBudget({ limits: perMinute(100) });
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(tokenBudget(budget, { estimate: 50 })))),
      };
    },
    outputs: {
      answers: 'a-a-#',
    },
    errors: { answers: 'TokenBudgetExceededError' },
    subscriptions: {
      call:    ['^!', '--^!'],
    },
  }),
  scenario({
    title: 'Sets tokens aside before a call begins: two calls at once cannot both take the last ones',
    inputs: {
      call:   '--a|',
    },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: perMinute(100) });
      const guarded = call.pipe(tokenBudget(budget, { estimate: 60 }));
      return {
        first:  guarded,
        second: guarded,
      };
    },
    outputs: {
      first:  '--a|',
      second: '#',
    },
    errors: { second: 'TokenBudgetExceededError' },
    subscriptions: {
      call:   ['^--!'],
    },
  }),
  scenario({
    title: 'Settles to what the call reports: the rest of the estimate comes back when it ends, for the next one',
    inputs: {
      prompts: 'x---x|',
      call:    '-ab|',
    },
    run: ({ prompts, call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 100, window: 12 }) });
      const usage = (word: string) => (word === 'b' ? 10 : undefined);
      const guarded = call.pipe(tokenBudget(budget, { estimate: 80, usage }));
      return {
        answers: prompts.pipe(mergeMap(() => guarded)),
        tokens: tokensLeft(budget),
      };
    },
    values: { Z: 10, T: 20, E: 80, N: 90, H: 100 },
    outputs: {
      answers: '-ab--ab|',
    },
    states: {
      tokens:  'T--NZ--E----N---H',
    },
    subscriptions: {
      call:    ['^--!', '----^--!'],
    },
  }),
  scenario({
    title: 'Charges nothing for a call that the provider refuses, and the estimate for one that times out or breaks off',
    inputs: {
      refused: '--#',
      silent:  '-',
      broken:  '-a--#',
    },
    error: { status: 503 },
    run: ({ refused, silent, broken }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 100, window: 12 }) });
      const guard = tokenBudget<string>(budget, { estimate: 30 });
      return {
        free:   refused.pipe(guard),
        late:   silent.pipe(timeout({ first: 3 }), guard),
        cut:    broken.pipe(guard),
        tokens: tokensLeft(budget),
      };
    },
    values: { T: 10, S: 40, H: 100 },
    outputs: {
      free:   '--#',
      late:   '---#',
      cut:    '-a--#',
    },
    errors: { free: { status: 503 }, late: 'TimeoutError', cut: { status: 503 } },
    states: {
      tokens: 'T-S---------H',
    },
  }),
  scenario({
    title: 'Charges an answer that is unsubscribed for its input and for the words that have come',
    inputs: {
      call:   '--a-b-c|',
    },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 200, window: 12 }) });
      const estimate = { input: 20, output: 60 };
      const guarded = call.pipe(tokenBudget(budget, { estimate, count: () => 10 }));
      return {
        early: guarded,
        late:  guarded,
        tokens: tokensLeft(budget),
      };
    },
    unsubscribed: {
      early:  '-!',
      late:   '-----!',
    },
    values: { P: 40, Q: 100, R: 140, S: 200 },
    outputs: {
      early:  '',
      late:   '--a-b',
    },
    states: {
      tokens: 'PQ---R------S',
    },
    subscriptions: {
      call:   ['^!', '^----!'],
    },
  }),
  scenario({
    title: 'Stops a runaway answer, after the word for which there was no room',
    inputs: {
      call:   'abcdefgh|',
    },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 40, window: 12 }) });
      return {
        answer: call.pipe(tokenBudget(budget, { estimate: 10, count: () => 10, overrun: 'error' })),
        tokens: tokensLeft(budget),
      };
    },
    values: { M: -10, N: 0, O: 10, P: 20, Q: 30, R: 40 },
    outputs: {
      answer: 'abcd(e#)',
    },
    errors: { answer: 'TokenBudgetExceededError' },
    states: {
      tokens: 'QPONM-------OPQR',
    },
    subscriptions: {
      call:   ['^---!'],
    },
  }),
  scenario({
    title: 'Says in the refusal when there will be room, and has room from that very ms on',
    inputs: {
      call:   'a|',
    },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: slidingWindow({ limit: 40, window: 9 }) });
      const guarded = call.pipe(tokenBudget(budget, { estimate: 40 }));
      return {
        first:  guarded,
        second: guarded.pipe(retry({ count: 1, delay: ({ retryAfter }) => timer(retryAfter) })),
      };
    },
    outputs: {
      first:  'a|',
      second: '---------a|',
    },
    subscriptions: {
      call:   ['^!', '---------^!'],
    },
  }),
  scenario({
    title: 'Refuses a call above maxTokensPerRequest, however much is left',
    inputs: {
      call:  'a|',
    },
    run: ({ call }) => {
      const budget = new TokenBudget({ limits: perMinute(1000), maxTokensPerRequest: 50 });
      return {
        small: call.pipe(tokenBudget(budget, { estimate: 50 })),
        large: call.pipe(tokenBudget(budget, { estimate: 51 })),
      };
    },
    outputs: {
      small: 'a|',
      large: '#',
    },
    errors: { large: 'TokenBudgetExceededError' },
    subscriptions: {
      call:  ['^!'],
    },
  }),
];
