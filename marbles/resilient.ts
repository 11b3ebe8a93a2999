import { map, mergeMap } from 'rxjs';
import { CircuitBreaker, RateLimiter, resilient, slidingWindow, TokenBudget } from '../src/index';
import { inTurn, scenario } from './scenario';

const permitsLeft = (limiter: RateLimiter) => limiter.state$.pipe(map(({ limits }) => limits.requests[0]!.remaining));
const statusOf = (breaker: CircuitBreaker) => breaker.state$.pipe(map(({ status }) => status));
const failuresOf = (breaker: CircuitBreaker) => breaker.state$.pipe(map(({ failures }) => failures));
const statuses = { C: 'closed', O: 'open', H: 'half-open' };

export const resilientScenarios = [
  scenario({
    title: 'Takes a permit for every attempt, so that retries stay inside the limit as well',
    inputs: {
      call:    '-#',
    },
    run: ({ call }) => {
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 12 }) });
      const retryBackoff = { maxRetries: 2, baseDelay: 2, jitter: 'none' } as const;
      return {
        answer:  call.pipe(resilient({ retryBackoff, rateLimit })),
        permits: permitsLeft(rateLimit),
      };
    },
    outputs: {
      answer:  '-------------#',
    },
    states: {
      permits: '1--0-----------1--------2',
    },
    subscriptions: {
      call:   ['^!', '---^!', '------------^!'],
    },
  }),
  scenario({
    title: 'Retries until the breaker opens: a retry that it would refuse is not waited for, and the error passes on',
    inputs: {
      call:    '-#',
    },
    values: statuses,
    run: ({ call }) => {
      const circuitBreak = new CircuitBreaker({ failureThreshold: 2, recoveryTimeout: 8 });
      const retryBackoff = { maxRetries: 3, baseDelay: 2, jitter: 'none' } as const;
      return {
        answer:  call.pipe(resilient({ retryBackoff, circuitBreak })),
        breaker: statusOf(circuitBreak),
      };
    },
    outputs: {
      answer:  '----#',
    },
    states: {
      breaker: 'C---O-------H',
    },
    subscriptions: {
      call:   ['^!', '---^!'],
    },
  }),
  scenario({
    title: 'Refuses a call that stood in line when the breaker opened, and gives its permit back',
    inputs: {
      call:    '---#',
    },
    values: statuses,
    run: ({ call }) => {
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 8 }) });
      const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 9 });
      const guarded = call.pipe(resilient({ rateLimit, circuitBreak }));
      return {
        first:   guarded,
        second:  guarded,
        breaker: statusOf(circuitBreak),
        permits: permitsLeft(rateLimit),
      };
    },
    outputs: {
      first:   '---#',
      second:  '--------#',
    },
    errors: { second: 'CircuitOpenError' },
    states: {
      breaker: 'C--O--------H',
      permits: '0-------1',
    },
    subscriptions: {
      call:   ['^--!'],
    },
  }),
  scenario({
    title: 'Counts a first value that is late as a failure, and makes the call again',
    inputs: {
      slow:     '-------a|',
      fast:     '--a|',
    },
    run: ({ slow, fast }) => {
      const circuitBreak = new CircuitBreaker();
      const retryBackoff = { baseDelay: 3, jitter: 'none' } as const;
      return {
        answer: inTurn(slow, fast).pipe(
          resilient({ retryBackoff, circuitBreak, timeout: { first: 5 } }),
        ),
        failures: failuresOf(circuitBreak),
      };
    },
    outputs: {
      answer:   '----------a|',
    },
    states: {
      failures: '0----1-----0',
    },
    subscriptions: {
      slow:    ['^----!'],
      fast:    ['--------^--!'],
    },
  }),
  scenario({
    title: 'Ends everything after the total timeout, the attempt in flight too',
    inputs: {
      call:   '---#',
    },
    run: ({ call }) => {
      const retryBackoff = { baseDelay: 2, jitter: 'none' } as const;
      return {
        answer: call.pipe(resilient({ retryBackoff, timeout: { total: 14 } })),
      };
    },
    outputs: {
      answer: '--------------#',
    },
    errors: { answer: 'TimeoutError' },
    subscriptions: {
      call:  ['^--!', '-----^--!', '------------^-!'],
    },
  }),
  scenario({
    title: 'Refuses a call that is beyond the budget at once, without letting it stand in line first',
    inputs: {
      call:    'a|',
    },
    run: ({ call }) => {
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 8 }) });
      const tokenBudget = new TokenBudget({ limits: slidingWindow({ limit: 100, window: 20 }) });
      return {
        first:  call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 70 })),
        large:  call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 50 })),
        small:  call.pipe(resilient({ rateLimit, tokenBudget }, { tokens: 10 })),
        permits: permitsLeft(rateLimit),
      };
    },
    outputs: {
      first:   'a|',
      large:   '#',
      small:   '--------a|',
    },
    errors: { large: 'TokenBudgetExceededError' },
    states: {
      permits: '0---------------1',
    },
    subscriptions: {
      call:   ['^!', '--------^!'],
    },
  }),
  scenario({
    title: 'Lets a retry stand in line before the first attempts of others',
    inputs: {
      down:   '-#',
      again:  'a|',
      other:  'b|',
    },
    run: ({ down, again, other }) => {
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 6 }) });
      const retryBackoff = { baseDelay: 2, jitter: 'none' } as const;
      return {
        first:  inTurn(down, again).pipe(resilient({ retryBackoff, rateLimit })),
        second: other.pipe(resilient({ retryBackoff, rateLimit })),
        third:  other.pipe(resilient({ retryBackoff, rateLimit })),
      };
    },
    outputs: {
      first:  '------a|',
      second: '------------b|',
      third:  '------------------b|',
    },
    subscriptions: {
      down:  ['^!'],
      again: ['------^!'],
      other: ['------------^!', '------------------^!'],
    },
  }),
  scenario({
    title: "Makes an outage cost time, not answers, with whenOpen: 'wait', and keeps to the limit after it",
    inputs: {
      prompts: 'ppp|',
      down:    '-#',
      healthy: '-a|',
    },
    values: statuses,
    run: ({ prompts, down, healthy }) => {
      const retryBackoff = { baseDelay: 2, jitter: 'none' } as const;
      const rateLimit = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 5 }) });
      const circuitBreak = new CircuitBreaker({ failureThreshold: 1, recoveryTimeout: 7 });
      const guarded = resilient({ retryBackoff, rateLimit, circuitBreak, whenOpen: 'wait' });
      const call = inTurn(down, healthy).pipe(guarded);
      return {
        answers: prompts.pipe(mergeMap(() => call)),
        breaker: statusOf(circuitBreak),
        permits: permitsLeft(rateLimit),
      };
    },
    outputs: {
      answers: '---------a----a----a|',
    },
    states: {
      breaker: 'CO------HC',
      permits: '0----1--0--------------1',
    },
    subscriptions: {
      down:    ['^!'],
      healthy: ['--------^-!', '-------------^-!', '------------------^-!'],
    },
  }),
];
