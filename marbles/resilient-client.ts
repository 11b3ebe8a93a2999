import { BehaviorSubject, mergeMap, tap } from 'rxjs';
import { type Attempt, type CallStatus, keyed, perMinute, ResilientClient, slidingWindow, TokenBudget } from '../src/index';
import { scenario } from './scenario';

/** A text on a screen: grows by the words of a call, and is cleared when an attempt begins. */
class Text extends BehaviorSubject<string> {
  readonly onStatus = ({ phase }: CallStatus) => {
    if (phase === 'connecting') {
      this.next('');
    }
  };
  readonly add = (word: string) => this.next(this.value + word);
}

export const resilientClientScenarios = [
  scenario({
    title: 'Tells what a call is doing: it waits for its permit, connects, streams, and is done',
    inputs: {
      answer: '--a-b|',
    },
    run: ({ answer }) => {
      const limits = slidingWindow({ limit: 1, window: 8 });
      const client = new ResilientClient({ rateLimit: { limits } });
      const status = new BehaviorSubject('idle');
      return {
        first:  client.call(() => answer),
        second: client.call(() => answer, { onStatus: ({ phase }) => status.next(phase) }),
        status,
      };
    },
    values: { W: 'waiting', C: 'connecting', S: 'streaming', D: 'done' },
    outputs: {
      first:  '--a-b|',
      second: '----------a-b|',
    },
    states: {
      status: 'W-------C-S--D',
    },
    subscriptions: {
      answer: ['^----!', '--------^----!'],
    },
  }),
  scenario({
    title: 'Opens again after a failure, and says that it waits for the retry',
    inputs: {
      down:   '--#',
      up:     '--a-b|',
    },
    error: { status: 503 },
    run: ({ down, up }) => {
      const client = new ResilientClient({ retryBackoff: { baseDelay: 6, jitter: 'none' } });
      const status = new BehaviorSubject('idle');
      const onStatus = ({ phase }: CallStatus) => status.next(phase);
      return {
        answer: client.call((_, { number }) => (number === 1 ? down : up), { onStatus }),
        status,
      };
    },
    values: { W: 'waiting', C: 'connecting', S: 'streaming', D: 'done' },
    outputs: {
      answer: '----------a-b|',
    },
    states: {
      status: 'C-W-----C-S--D',
    },
    subscriptions: {
      down:   ['^-!'],
      up:     ['--------^----!'],
    },
  }),
  scenario({
    title: "Goes on where an answer broke off, with afterValues: 'continue'",
    inputs: {
      start:  '-a-b#',
      rest:   '--c-d|',
    },
    error: { status: 503 },
    run: ({ start, rest }) => {
      const client = new ResilientClient({ retryBackoff: { baseDelay: 6, jitter: 'none' } });
      const options = { afterValues: 'continue' } as const;
      return {
        answer: client.call((_, { delivered }) => (delivered.length > 0 ? rest : start), options),
      };
    },
    outputs: {
      answer: '-a-b--------c-d|',
    },
    subscriptions: {
      start:  ['^---!'],
      rest:   ['----------^----!'],
    },
  }),
  scenario({
    title: "Begins an answer that broke off anew, with afterValues: 'restart', and lets a UI clear its text",
    inputs: {
      broken: '-a-b#',
      whole:  '--a-b-c|',
    },
    error: { status: 503 },
    run: ({ broken, whole }) => {
      const client = new ResilientClient({ retryBackoff: { baseDelay: 6, jitter: 'none' } });
      const text = new Text('');
      const open = (_: AbortSignal, { number }: Attempt) => (number === 1 ? broken : whole);
      const options = { afterValues: 'restart', onStatus: text.onStatus } as const;
      return {
        answer: client.call(open, options).pipe(tap(text.add)),
        text,
      };
    },
    values: { E: '', A: 'a', B: 'ab', C: 'abc' },
    outputs: {
      answer: '-a-b--------a-b-c|',
    },
    states: {
      text:   'EA-B------E-A-B-C',
    },
    subscriptions: {
      broken: ['^---!'],
      whole:  ['----------^------!'],
    },
  }),
  scenario({
    title: 'Makes no request for a call that is unsubscribed while it waits',
    inputs: {
      first:  'a|',
      second: 'b|',
      third:  'c|',
    },
    run: ({ first, second, third }) => {
      const limits = slidingWindow({ limit: 1, window: 8 });
      const client = new ResilientClient({ rateLimit: { limits } });
      const status = new BehaviorSubject('idle');
      return {
        one:   client.call(() => first),
        two:   client.call(() => second, { onStatus: ({ phase }) => status.next(phase) }),
        three: client.call(() => third),
        status,
      };
    },
    unsubscribed: {
      two:    '----!',
    },
    values: { W: 'waiting', X: 'cancelled' },
    outputs: {
      one:    'a|',
      two:    '',
      three:  '--------c|',
    },
    states: {
      status: 'W---X',
    },
    subscriptions: {
      second: [],
      third:  ['--------^!'],
    },
  }),
  scenario({
    title: 'Refuses waiting and new calls once it drains, and is drained when those in flight have ended',
    inputs: {
      answer:  '-a-b-c-d|',
      stop:    '---x|',
      prompt:  '-----x|',
    },
    run: ({ answer, stop, prompt }) => {
      const client = new ResilientClient({ rateLimit: { maxConcurrent: 1 } });
      return {
        flying:  client.call(() => answer),
        waiting: client.call(() => answer),
        late:    prompt.pipe(mergeMap(() => client.call(() => answer))),
        drained: stop.pipe(mergeMap(() => client.drain())),
      };
    },
    outputs: {
      flying:  '-a-b-c-d|',
      waiting: '---#',
      late:    '-----#',
      drained: '--------|',
    },
    errors: { waiting: 'PermitRefusedError', late: 'PermitRefusedError' },
    subscriptions: {
      answer:  ['^-------!'],
    },
  }),
  scenario({
    title: "Keeps a budget for each user: one's calls do not use up another's",
    inputs: {
      answer: '-a|',
    },
    run: ({ answer }) => {
      const tokenBudget = keyed(() => new TokenBudget({ limits: perMinute(100) }));
      const client = new ResilientClient({ tokenBudget });
      return {
        ada:   client.call(() => answer, { key: 'ada', tokens: 60 }),
        again: client.call(() => answer, { key: 'ada', tokens: 60 }),
        bob:   client.call(() => answer, { key: 'bob', tokens: 60 }),
      };
    },
    outputs: {
      ada:    '-a|',
      again:  '#',
      bob:    '-a|',
    },
    errors: { again: 'TokenBudgetExceededError' },
    subscriptions: {
      answer: ['^-!', '^-!'],
    },
  }),
  scenario({
    title: 'Cuts off an attempt whose first value is too long in coming, and tries again',
    inputs: {
      slow:   '----------a|',
      quick:  '---a-----b|',
    },
    run: ({ slow, quick }) => {
      const retryBackoff = { baseDelay: 6, jitter: 'none' } as const;
      const client = new ResilientClient({ retryBackoff, timeout: { first: 4 } });
      return {
        answer: client.call((_, { number }) => (number === 1 ? slow : quick)),
      };
    },
    outputs: {
      answer: '-------------a-----b|',
    },
    subscriptions: {
      slow:   ['^---!'],
      quick:  ['----------^---------!'],
    },
  }),
];
