import { of } from 'rxjs';
import { hedge, RetryBudget, retryBackoff } from '../src/index';
import { inTurn, scenario } from './scenario';

/** A small letter is a role header, a large one is text. */
const isContent = (value: string) => value !== value.toLowerCase();

export const hedgeScenarios = [
  scenario({
    title: "Begins a hedge when no content has come for a while, and tears the loser down before the winner's content goes on",
    inputs: {
      slow:   '-r-----------A-B|',
      fast:   '     -r-C---D|',
    },
    run: ({ slow, fast }) => ({
      answer: inTurn(slow, fast).pipe(hedge({ after: 5, isContent })),
    }),
    outputs: {
      answer: '--------(rC)D|',
    },
    subscriptions: {
      slow:  ['^-------!'],
      fast:  ['-----^-------!'],
    },
  }),
  scenario({
    title: 'Begins no hedge for an answer whose content comes in time, even in the last ms',
    inputs: {
      call:   '-----a-b|',
    },
    run: ({ call }) => ({
      answer: call.pipe(hedge({ after: 5 })),
    }),
    outputs: {
      answer: '-----a-b|',
    },
    subscriptions: {
      call:  ['^-------!'],
    },
  }),
  scenario({
    title: 'Drops a source that dies after its role header while another one runs',
    inputs: {
      dying:  '-r----#',
      other:  '   -r-----A---B|',
    },
    run: ({ dying, other }) => ({
      answer: inTurn(dying, other).pipe(hedge({ after: 3, isContent })),
    }),
    outputs: {
      answer: '----------(rA)B|',
    },
    subscriptions: {
      dying: ['^-----!'],
      other: ['---^-----------!'],
    },
  }),
  scenario({
    title: 'Passes the last error on when all have failed',
    inputs: {
      call:   '------#',
    },
    run: ({ call }) => ({
      answer: call.pipe(hedge({ after: 3 })),
    }),
    outputs: {
      answer: '---------#',
    },
    subscriptions: {
      call:  ['^-----!', '---^-----!'],
    },
  }),
  scenario({
    title: 'Begins no hedge early after a failure, but passes it on: to a retry, if there is one',
    inputs: {
      call:   '--#',
      next:   '    -a|',
    },
    run: ({ call, next }) => ({
      answer: inTurn(call, next).pipe(
        hedge({ after: 3 }),
        retryBackoff({ baseDelay: 2, jitter: 'none' }),
      ),
    }),
    outputs: {
      answer: '-----a|',
    },
    subscriptions: {
      call:  ['^-!'],
      next:  ['----^-!'],
    },
  }),
  scenario({
    title: 'Asks another source at once when the first one fails, if there is another',
    inputs: {
      first:  '--#',
      second: '  --a-b|',
    },
    error: { status: 503 },
    run: ({ first, second }) => ({
      answer: first.pipe(hedge({ after: 5, with: () => second })),
    }),
    outputs: {
      answer: '----a-b|',
    },
    subscriptions: {
      first:  ['^-!'],
      second: ['--^----!'],
    },
  }),
  scenario({
    title: 'Ends all when one fails in a way that no other can help',
    inputs: {
      slow:   '---------a|',
      wrong:  '   --#',
    },
    error: { status: 400 },
    run: ({ slow, wrong }) => ({
      answer: inTurn(slow, wrong).pipe(hedge({ after: 3 })),
    }),
    outputs: {
      answer: '-----#',
    },
    subscriptions: {
      slow:  ['^----!'],
      wrong: ['---^-!'],
    },
  }),
  scenario({
    title: 'Stops all at once when it is unsubscribed in the middle',
    inputs: {
      call:   '-----------a|',
    },
    run: ({ call }) => ({
      answer: call.pipe(hedge({ after: 3, max: 2 })),
    }),
    unsubscribed: '--------!',
    outputs: {
      answer: '',
    },
    subscriptions: {
      call:  ['^-------!', '---^----!', '------^-!'],
    },
  }),
  scenario({
    title: 'Lets an answer win that completes without content',
    inputs: {
      slow:   '---------A|',
      empty:  '   -r|',
    },
    run: ({ slow, empty }) => ({
      answer: inTurn(slow, empty).pipe(hedge({ after: 3, isContent })),
    }),
    outputs: {
      answer: '-----(r|)',
    },
    subscriptions: {
      slow:  ['^----!'],
      empty: ['---^-!'],
    },
  }),
  scenario({
    title: 'Hedges no more calls than its retry budget allows',
    inputs: {
      call:   '------a|',
    },
    run: ({ call }) => {
      const retryBudget = new RetryBudget({ ratio: 0, minPerSecond: 0.1 });
      const hedged = call.pipe(hedge({ after: 2, retryBudget }));
      return { first: hedged, second: hedged };
    },
    outputs: {
      first:  '------a|',
      second: '------a|',
    },
    subscriptions: {
      call:  ['^------!', '^------!', '--^---!'],
    },
  }),
  scenario({
    title: 'Mirrors a source that answers synchronously, and asks no other',
    inputs: {
      other:  '-a|',
    },
    run: ({ other }) => ({
      answer: of('x', 'y').pipe(hedge({ after: 0, with: () => other })),
    }),
    outputs: {
      answer: '(xy|)',
    },
    subscriptions: {
      other: [],
    },
  }),
  scenario({
    title: 'Makes what a callback throws the error of the call, and stops what runs',
    inputs: {
      call:   '------a|',
    },
    run: ({ call }) => ({
      answer: call.pipe(hedge({ after: 3, onHedge: () => { throw new RangeError('mine'); } })),
    }),
    outputs: {
      answer: '---#',
    },
    errors: {
      answer: new RangeError('mine'),
    },
    subscriptions: {
      call:  ['^--!'],
    },
  }),
  scenario({
    title: 'Asks again after each delay, max times at most, and stops all but the first that has content',
    inputs: {
      slow:   '---------------a|',
      fast:   '      --b-c|',
    },
    run: ({ slow, fast }) => ({
      answer: inTurn(slow, slow, fast).pipe(hedge({ after: 3, max: 2 })),
    }),
    outputs: {
      answer: '--------b-c|',
    },
    subscriptions: {
      slow:  ['^-------!', '---^----!'],
      fast:  ['------^----!'],
    },
  }),
];
