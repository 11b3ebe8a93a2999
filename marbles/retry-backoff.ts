import { concat, of, skip } from 'rxjs';
import { RetryBudget, retryBackoff } from '../src/index';
import { inTurn, scenario } from './scenario';

export const retryBackoffScenarios = [
  scenario({
    title: 'Waits twice as long before each retry, and passes the last error on when attempts are used up',
    inputs: {
      call:   '-#',
    },
    run: ({ call }) => ({
      answer: call.pipe(retryBackoff({ maxRetries: 3, baseDelay: 2, jitter: 'none' })),
    }),
    outputs: {
      answer: '------------------#',
    },
    subscriptions: {
      call:  ['^!', '---^!', '--------^!', '-----------------^!'],
    },
  }),
  scenario({
    title: 'Spreads the backoff after it was capped by maxDelay, so that clients at the cap stay apart',
    inputs: {
      early: '-#',
      late:  '-#',
    },
    run: ({ early, late }) => {
      const config = { baseDelay: 8, maxDelay: 8, jitter: 'full' } as const;
      return {
        lucky:   early.pipe(retryBackoff({ ...config, random: () => 0.25 })),
        unlucky: late.pipe(retryBackoff({ ...config, random: () => 0.75 })),
      };
    },
    outputs: {
      lucky:    '----------#',
      unlucky:  '----------------------#',
    },
    subscriptions: {
      early:   ['^!', '---^!', '------^!', '---------^!'],
      late:    ['^!', '-------^!', '--------------^!', '---------------------^!'],
    },
  }),
  scenario({
    title: 'Waits out its backoff or what the server asks for, whichever is longer',
    inputs: {
      throttled: '-#',
      call:      '-a|',
    },
    error: { status: 429, headers: { 'retry-after-ms': '6' } },
    run: ({ throttled, call }) => ({
      soon: inTurn(throttled, call).pipe(retryBackoff({ baseDelay: 2, jitter: 'none' })),
      late: inTurn(throttled, call).pipe(retryBackoff({ baseDelay: 9, jitter: 'none' })),
    }),
    outputs: {
      soon:      '--------a|',
      late:      '-----------a|',
    },
    subscriptions: {
      throttled: ['^!', '^!'],
      call:      ['-------^-!', '----------^-!'],
    },
  }),
  scenario({
    title: 'Gives up at once on a Retry-After above maxRetryAfter, unless told to clamp it or to wait',
    inputs: {
      throttled: '-#',
      call:      'a|',
    },
    error: { status: 429, headers: { 'retry-after-ms': '20' } },
    run: ({ throttled, call }) => {
      const config = { baseDelay: 2, jitter: 'none', maxRetryAfter: 10 } as const;
      return {
        error: inTurn(throttled, call).pipe(retryBackoff(config)),
        clamp: inTurn(throttled, call).pipe(retryBackoff({ ...config, onLongRetryAfter: 'clamp' })),
        wait:  inTurn(throttled, call).pipe(retryBackoff({ ...config, onLongRetryAfter: 'wait' })),
      };
    },
    outputs: {
      error:     '-#',
      clamp:     '-----------a|',
      wait:      '---------------------a|',
    },
    subscriptions: {
      call:     ['-----------^!', '---------------------^!'],
    },
  }),
  scenario({
    title: 'Never types an answer twice: once a value was delivered the error passes on',
    inputs: {
      call:   '-a-b-#',
    },
    run: ({ call }) => ({
      answer: call.pipe(retryBackoff({ baseDelay: 3, jitter: 'none' })),
    }),
    outputs: {
      answer: '-a-b-#',
    },
    subscriptions: {
      call:  ['^----!'],
    },
  }),
  scenario({
    title: "Starts a broken answer over with afterValues: 'restart'",
    inputs: {
      broken: '-a-b#',
      whole:  '-a-b-c|',
    },
    run: ({ broken, whole }) => ({
      answer: inTurn(broken, whole).pipe(
        retryBackoff({ baseDelay: 3, jitter: 'none', afterValues: 'restart' }),
      ),
    }),
    outputs: {
      answer: '-a-b----a-b-c|',
    },
    subscriptions: {
      broken: ['^---!'],
      whole:  ['-------^-----!'],
    },
  }),
  scenario({
    title: 'Continues a broken answer with what a function makes of the values that were delivered',
    inputs: {
      broken: '-a-b#',
      whole:  '-a-b-c-d|',
    },
    run: ({ broken, whole }) => {
      const config = { baseDelay: 3, jitter: 'none' } as const;
      return {
        answer: broken.pipe(
          retryBackoff({ ...config, afterValues: ({ values }) => whole.pipe(skip(values.length)) }),
        ),
      };
    },
    outputs: {
      answer: '-a-b--------c-d|',
    },
    subscriptions: {
      broken: ['^---!'],
      whole:  ['-------^-------!'],
    },
  }),
  scenario({
    title: 'Clears the text before it types a broken answer once more, if a function says so',
    inputs: {
      broken: 'a-b#',
      whole:  '----a-b|',
    },
    values: { x: 'clear' },
    run: ({ broken, whole }) => {
      const config = { baseDelay: 3, jitter: 'none' } as const;
      return {
        answer: broken.pipe(
          retryBackoff({ ...config, afterValues: () => concat(of('clear'), whole) }),
        ),
      };
    },
    outputs: {
      answer: 'a-b---x---a-b|',
    },
    subscriptions: {
      whole:  ['------^------!'],
    },
  }),
  scenario({
    title: 'Holds back what is no content, so that a failure after the header alone can be retried',
    inputs: {
      broken: 'h--#',
      whole:  'h-a---b|',
    },
    run: ({ broken, whole }) => ({
      answer: inTurn(broken, whole).pipe(
        retryBackoff({ baseDelay: 2, jitter: 'none', isContent: (value) => value !== 'h' }),
      ),
    }),
    outputs: {
      answer: '-------(ha)b|',
    },
    subscriptions: {
      broken: ['^--!'],
      whole:  ['-----^------!'],
    },
  }),
  scenario({
    title: 'Does not make a call again that is unsubscribed while it waits',
    inputs: {
      call: '-#',
    },
    run: ({ call }) => {
      const guarded = call.pipe(retryBackoff({ maxRetries: 1, baseDelay: 6, jitter: 'none' }));
      return {
        left: guarded,
        kept: guarded,
      };
    },
    unsubscribed: {
      left: '----!',
    },
    outputs: {
      left: '',
      kept: '--------#',
    },
    subscriptions: {
      call: ['^!', '^!', '-------^!'],
    },
  }),
  scenario({
    title: 'Does not retry what will fail again: a bad request, for example',
    inputs: {
      call:   '-#',
    },
    error: { status: 400 },
    run: ({ call }) => ({
      answer: call.pipe(retryBackoff({ baseDelay: 3, jitter: 'none' })),
    }),
    outputs: {
      answer: '-#',
    },
    subscriptions: {
      call:  ['^!'],
    },
  }),
  scenario({
    title: 'Passes the error on at once, not after the wait, if the next retry would begin after maxElapsed',
    inputs: {
      call:   '-#',
    },
    run: ({ call }) => ({
      answer: call.pipe(retryBackoff({ baseDelay: 3, jitter: 'none', maxElapsed: 10 })),
    }),
    outputs: {
      answer: '-----#',
    },
    subscriptions: {
      call:  ['^!', '----^!'],
    },
  }),
  scenario({
    title: 'Retries no more than a share of all calls that share a RetryBudget',
    inputs: {
      call:   '-#',
    },
    run: ({ call }) => {
      const retryBudget = new RetryBudget({ ratio: 0.5, minPerSecond: 0 });
      const guarded = call.pipe(retryBackoff({ baseDelay: 3, jitter: 'none', retryBudget }));
      return {
        first:  guarded,
        second: guarded,
      };
    },
    outputs: {
      first:  '-----#',
      second: '-#',
    },
    subscriptions: {
      call:  ['^!', '^!', '----^!'],
    },
  }),
];
