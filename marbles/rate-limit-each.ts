import { map } from 'rxjs';
import { RateLimiter, rateLimitEach, slidingWindow, tokenBucket } from '../src/index';
import { scenario } from './scenario';

const inLine = (limiter: RateLimiter) => limiter.state$.pipe(map(({ waiting }) => waiting));

const tokensLeft = (limiter: RateLimiter<'tokens'>) =>
  limiter.state$.pipe(map(({ limits }) => limits.tokens[0]!.remaining));

export const rateLimitEachScenarios = [
  scenario({
    title: 'Spreads values that come too fast, in order and none lost, and completes after the last',
    inputs: {
      prompts: 'abcde|',
    },
    run: ({ prompts }) => {
      const limits = slidingWindow({ limit: 2, window: 6 });
      return {
        paced: prompts.pipe(rateLimitEach({ limits })),
      };
    },
    outputs: {
      paced:   'ab----cd----(e|)',
    },
    subscriptions: {
      prompts: ['^----!'],
    },
  }),
  scenario({
    title: 'Lets a burst through and then keeps a steady pace, with a token bucket',
    inputs: {
      prompts: 'abcde---------f|',
    },
    run: ({ prompts }) => {
      const limits = tokenBucket({ capacity: 2, refill: 1, interval: 4 });
      return {
        paced: prompts.pipe(rateLimitEach({ limits })),
      };
    },
    outputs: {
      paced:   'ab--c---d---e---(f|)',
    },
  }),
  scenario({
    title: 'Passes an error at once and drops what still waits',
    inputs: {
      prompts: 'abc-#',
    },
    run: ({ prompts }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 10 }) });
      return {
        paced: prompts.pipe(rateLimitEach(limiter)),
        line: inLine(limiter),
      };
    },
    outputs: {
      paced:   'a---#',
    },
    states: {
      line:    '01--0',
    },
  }),
  scenario({
    title: 'Errors and stops the source when more values wait than maxBuffer allows',
    inputs: {
      prompts: 'abcdef|',
    },
    run: ({ prompts }) => {
      const limits = slidingWindow({ limit: 1, window: 10 });
      return {
        paced: prompts.pipe(rateLimitEach({ limits }, { maxBuffer: 2 })),
      };
    },
    outputs: {
      paced:   'a--#',
    },
    errors: { paced: 'PermitRefusedError' },
    subscriptions: {
      prompts: ['^--!'],
    },
  }),
  scenario({
    title: 'Weighs every value by its cost, and lets no small one pass a large one',
    inputs: {
      sizes:  '3-2-4-1-2|',
    },
    run: ({ sizes }) => {
      const limits = { tokens: slidingWindow({ limit: 5, window: 8 }) };
      const limiter = new RateLimiter({ limits });
      return {
        paced: sizes.pipe(rateLimitEach(limiter, { cost: (size) => ({ tokens: Number(size) }) })),
        tokens: tokensLeft(limiter),
      };
    },
    outputs: {
      paced:  '3-2-------(41)----(2|)',
    },
    states: {
      tokens: '2-0-----3-0-------3-------5',
    },
  }),
  scenario({
    title: 'Serves two streams in turn when they share a limiter, however many values one of them has',
    inputs: {
      left:   'abcd|',
      right:  '--xy|',
    },
    run: ({ left, right }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 3 }) });
      return {
        ours:   left.pipe(rateLimitEach(limiter)),
        theirs: right.pipe(rateLimitEach(limiter)),
      };
    },
    outputs: {
      ours:   'a--b-----c-----(d|)',
      theirs: '------x-----(y|)',
    },
  }),
  scenario({
    title: 'Makes one limiter for all subscriptions when it is given a config',
    inputs: {
      prompts: 'ab|',
    },
    run: ({ prompts }) => {
      const limits = slidingWindow({ limit: 1, window: 4 });
      const paced = prompts.pipe(rateLimitEach({ limits }));
      return {
        first:  paced,
        second: paced,
      };
    },
    outputs: {
      first:  'a-------(b|)',
      second: '----a-------(b|)',
    },
    subscriptions: {
      prompts: ['^-!', '^-!'],
    },
  }),
  scenario({
    title: 'Stops the source and gives its place in line up when it is unsubscribed: the next stream moves up',
    inputs: {
      left:    'ab------c|',
      right:   '--x|',
    },
    run: ({ left, right }) => {
      const limiter = new RateLimiter({ limits: slidingWindow({ limit: 1, window: 8 }) });
      return {
        ours:   left.pipe(rateLimitEach(limiter)),
        theirs: right.pipe(rateLimitEach(limiter)),
        line: inLine(limiter),
      };
    },
    unsubscribed: {
      ours:    '----!',
    },
    outputs: {
      ours:    'a',
      theirs:  '--------(x|)',
    },
    states: {
      line:    '012-1---0',
    },
    subscriptions: {
      left:    ['^---!'],
    },
  }),
];
