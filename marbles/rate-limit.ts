import { map, mergeMap } from 'rxjs';
import { RateLimiter, rateLimit, slidingWindow } from '../src/index';
import { scenario } from './scenario';

const permitsLeft = (limiter: RateLimiter) => limiter.state$.pipe(map(({ limits }) => limits.requests[0]!.remaining));

export const rateLimitScenarios = [
  scenario({
    title: 'Lets two calls through and holds the third until the window has room',
    inputs: {
      prompts: 'xxx|',
      call:    'a|',
    },
    run: ({ prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 2, window: 10 }) });
      return {
        answers: prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter)))),
        permits: permitsLeft(limiter),
      };
    },
    outputs: {
      answers: 'aa--------a|',
    },
    states: {
      permits: '10---------1--------2',
    },
    subscriptions: {
      call:   ['^!', '-^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Never makes a call that is unsubscribed in the queue; who stands behind it moves up',
    inputs: {
      first:  'a|',
      second: 'b|',
      third:  'c|',
    },
    run: ({ first, second, third }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return {
        one:   first.pipe(rateLimit(limiter)),
        two:   second.pipe(rateLimit(limiter)),
        three: third.pipe(rateLimit(limiter)),
        waiting: limiter.state$.pipe(map((state) => state.waiting)),
      };
    },
    unsubscribed: {
      two:    '-----!',
    },
    outputs: {
      one:    'a|',
      two:    '',
      three:  '----------c|',
    },
    states: {
      waiting: '2----1----0',
    },
    subscriptions: {
      second: [],
      third:  ['----------^!'],
    },
  }),
  scenario({
    title: 'Lets one 429 quiet all callers for as long as the server asks',
    inputs: {
      throttled: '-#',
      prompts:   '---x|',
      call:      'a|',
    },
    error: { status: 429, headers: { 'retry-after-ms': '9' } },
    run: ({ throttled, prompts, call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 5, window: 10 }) });
      return {
        first:  throttled.pipe(rateLimit(limiter)),
        others: prompts.pipe(mergeMap(() => call.pipe(rateLimit(limiter)))),
        limiter: limiter.state$.pipe(map(({ pausedUntil }) => (pausedUntil > 0 ? 'paused' : 'granting'))),
      };
    },
    values: { P: 'paused', G: 'granting' },
    outputs: {
      first:     '-#',
      others:    '----------a|',
    },
    states: {
      limiter:   'GP--------G',
    },
    subscriptions: {
      call:     ['----------^!'],
    },
  }),
  scenario({
    title: 'Counts tokens as well as requests, and lets no small call overtake a large one',
    inputs: {
      large: 'L|',
      small: 's|',
    },
    run: ({ large, small }) => {
      const limiter = new RateLimiter({ limits: { tokens: slidingWindow({ limit: 100, window: 10 }) } });
      return {
        first:  small.pipe(rateLimit(limiter, { cost: { tokens: 40 } })),
        second: large.pipe(rateLimit(limiter, { cost: { tokens: 80 } })),
        third:  small.pipe(rateLimit(limiter, { cost: { tokens: 10 } })),
        tokens: limiter.state$.pipe(map(({ limits }) => limits.tokens[0]!.remaining)),
      };
    },
    values: { s: 's', L: 'L', M: 60, T: 10, F: 100 },
    outputs: {
      first:  's|',
      second: '----------L|',
      third:  '----------s|',
    },
    states: {
      tokens: 'M---------T---------F',
    },
    subscriptions: {
      large: ['----------^!'],
      small: ['^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Gives back what a call reserved and did not use, so that the next one can begin',
    inputs: {
      call: '--a|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: { tokens: slidingWindow({ limit: 100, window: 20 }) } });
      const guarded = call.pipe(rateLimit(limiter, { cost: { tokens: 80 }, usage: () => ({ tokens: 10 }) }));
      return {
        first:  guarded,
        second: guarded,
        tokens: limiter.state$.pipe(map(({ limits }) => limits.tokens[0]!.remaining)),
      };
    },
    values: { s: 20, M: 10, L: 90, X: 80, F: 100 },
    outputs: {
      first:  '--a|',
      second: '-----a|',
    },
    states: {
      tokens: 's--M--X-------------L--F',
    },
    subscriptions: {
      call: ['^--!', '---^--!'],
    },
  }),
  scenario({
    title: 'Lets a call with a higher priority go first, although it came last',
    inputs: {
      call: 'x|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 6 }) });
      return {
        first:  call.pipe(rateLimit(limiter)),
        second: call.pipe(rateLimit(limiter)),
        urgent: call.pipe(rateLimit(limiter, { priority: 1 })),
      };
    },
    outputs: {
      first:  'x|',
      second: '------------x|',
      urgent: '------x|',
    },
    subscriptions: {
      call: ['^!', '------^!', '------------^!'],
    },
  }),
  scenario({
    title: 'Refuses at once a call that would have to wait longer than it may, and takes nothing for it',
    inputs: {
      call: 'a|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return {
        first:     call.pipe(rateLimit(limiter)),
        patient:   call.pipe(rateLimit(limiter, { maxWait: 10 })),
        impatient: call.pipe(rateLimit(limiter, { maxWait: 9 })),
      };
    },
    outputs: {
      first:     'a|',
      patient:   '----------a|',
      impatient: '#',
    },
    errors: { impatient: 'PermitRefusedError' },
    subscriptions: {
      call:     ['^!', '----------^!'],
    },
  }),
  scenario({
    title: 'Holds a third call until one of two that are in flight has ended, with maxConcurrent',
    inputs: {
      call: '--a---b|',
    },
    run: ({ call }) => {
      const limiter = new RateLimiter({ maxConcurrent: 2 });
      const guarded = call.pipe(rateLimit(limiter));
      return {
        first:  guarded,
        second: guarded,
        third:  guarded,
        flying: limiter.state$.pipe(map(({ inFlight }) => inFlight)),
      };
    },
    unsubscribed: {
      second: '----!',
    },
    outputs: {
      first:  '--a---b|',
      second: '--a',
      third:  '------a---b|',
    },
    states: {
      flying: '2------1---0',
    },
    subscriptions: {
      call: ['^------!', '^---!', '----^------!'],
    },
  }),
];
