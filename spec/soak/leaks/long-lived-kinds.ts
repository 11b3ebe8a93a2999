import { mergeMap, type Observable, Subject } from 'rxjs';
import {
  circuitBreak,
  keyed,
  perHour,
  RateLimiter,
  ResilientClient,
  RetryBudget,
  rateLimit,
  TokenBudget,
} from '../../../src/index';
import { type Calls, type Kind, left, made, type Run } from './kind';
import { answer, closedBreaker, wide, wideBudget, wideLimiter } from './rig';

/** Calls inside of one stream that never ends. */
function merged(calls: Calls, call: Observable<unknown>): Run {
  const prompts = new Subject<string>();
  const answers = prompts.pipe(mergeMap(() => call)).subscribe();
  calls.parent.add(answers);
  return {
    call: () => {
      prompts.next('a question');
      calls.ended('complete');
    },
    listened: [prompts, answers],
  };
}

/** A promise that is a call. */
async function awaited(calls: Calls, promise: Promise<unknown>): Promise<void> {
  await promise.then(
    () => calls.ended('complete'),
    (error: Error) => calls.ended(error.name),
  );
}

const client = () =>
  new ResilientClient({
    rateLimit: { limits: wide },
    circuitBreak: {},
    tokenBudget: { limits: wide },
    retryBackoff: {},
  });

/** What lives longer than the calls in other ways than a policy does. */
export const longLivedKinds: readonly Kind[] = [
  {
    name: 'mergeMap of rateLimit, completed',
    ends: 'complete',
    begin: (calls) => merged(calls, answer.pipe(rateLimit(wideLimiter()))),
  },
  {
    name: 'mergeMap of circuitBreak, completed',
    ends: 'complete',
    begin: (calls) => merged(calls, answer.pipe(circuitBreak(closedBreaker()))),
  },
  {
    name: 'client.run with a signal, completed',
    ends: 'complete',
    begin: (calls) => {
      const caller = new ResilientClient({ rateLimit: { limits: wide } });
      const { signal } = new AbortController();
      return {
        call: () =>
          awaited(
            calls,
            caller.run(() => answer, { signal }),
          ),
        listened: [signal],
      };
    },
  },
  {
    name: 'client.run, aborted',
    ends: 'AbortError',
    begin: (calls) => {
      const caller = new ResilientClient({ rateLimit: { limits: wide } });
      const answers = new Subject<string>();
      const call = () => {
        const controller = new AbortController();
        awaited(
          calls,
          caller.run(() => answers, { signal: controller.signal }),
        );
        controller.abort();
      };
      return { call, listened: [answers] };
    },
  },
  {
    name: 'client.call by key, completed',
    ends: 'complete',
    begin: (calls) => {
      const limiters = keyed(() => new RateLimiter({ limits: wide }), { maxKeys: 100 });
      const caller = new ResilientClient({ rateLimit: limiters });
      let last = 0;
      const call = () => {
        last += 1;
        calls.subscribe(caller.call(() => answer, { key: `user ${last % 50}` }));
      };
      return { call };
    },
  },
  {
    name: 'client.drain',
    ends: 'complete',
    begin: (calls) => ({ call: made(calls, client().drain()) }),
  },
  {
    name: 'keyed, forgets the idle',
    ends: 'forgotten',
    begin: (calls) => {
      const budgets = keyed(() => new TokenBudget({ limits: perHour(1) }), { maxKeys: 100 });
      calls.parent.add(budgets.events$.subscribe());
      let last = 0;
      const call = () => {
        last += 1;
        budgets.get(`user ${last}`);
        calls.ended('forgotten');
      };
      return { call };
    },
  },
  {
    name: 'keyed, deleted',
    ends: 'deleted',
    begin: (calls) => {
      const budgets = keyed(() => new TokenBudget({ limits: perHour(1) }));
      calls.parent.add(budgets.events$.subscribe());
      const call = () => {
        budgets.get('user').record(1);
        calls.ended(budgets.delete('user') ? 'deleted' : 'unknown');
      };
      return { call };
    },
  },
  {
    name: 'keyed, refused when all are in use',
    ends: 'KeyLimitError',
    begin: (calls) => {
      const budgets = keyed(() => new TokenBudget({ limits: perHour(1) }), { maxKeys: 1 });
      budgets.get('somebody').record(1);
      let last = 0;
      const call = () => {
        last += 1;
        try {
          budgets.get(`user ${last}`);
        } catch (error) {
          calls.ended((error as Error).name);
        }
      };
      return { call };
    },
  },
  ...watchers({
    limiter: wideLimiter,
    breaker: closedBreaker,
    budget: wideBudget,
    retryBudget: () => new RetryBudget(),
  }),
  {
    name: 'watching a client',
    ends: 'unsubscribed',
    begin: (calls) => {
      const caller = client();
      const { limiter, breaker, budget } = caller;
      return watched(calls, caller, [limiter, breaker, budget]);
    },
  },
  {
    name: 'watching a keyed',
    ends: 'unsubscribed',
    begin: (calls) => {
      const budgets = keyed(() => wideBudget());
      const policies = [budgets.get('one'), budgets.get('another')];
      return { call: left(calls, budgets.events$), listened: policies };
    },
  },
];

interface Watched {
  readonly state$: Observable<unknown>;
  readonly events$: Observable<unknown>;
}

/** Who watches the state and the events of a policy, and leaves. */
function watchers(makers: Readonly<Record<string, () => Watched>>): Kind[] {
  return Object.entries(makers).map(([name, make]) => ({
    name: `watching a ${name}`,
    ends: 'unsubscribed',
    begin: (calls) => {
      const policy = make();
      return watched(calls, policy, [policy]);
    },
  }));
}

function watched(calls: Calls, { state$, events$ }: Watched, listened: readonly object[]): Run {
  const states = left(calls, state$);
  const events = left(calls, events$);
  let turn = 0;
  const call = () => {
    turn += 1;
    (turn % 2 === 0 ? states : events)();
  };
  return { call, listened };
}
