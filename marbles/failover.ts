import { concat, of, throwError } from 'rxjs';
import { failover } from '../src/index';
import { scenario } from './scenario';

/** A small letter is a role header, a large one is text. */
const isContent = (value: string) => value !== value.toLowerCase();

export const failoverScenarios = [
  scenario({
    title: 'Goes to the next source when one fails, after that one is torn down',
    inputs: {
      first:  '--#',
      second: '  --#',
      third:  '    -a-b|',
    },
    error: { status: 503 },
    run: ({ first, second, third }) => ({
      answer: first.pipe(failover({ to: [second, third] })),
    }),
    outputs: {
      answer: '-----a-b|',
    },
    subscriptions: {
      first:  ['^-!'],
      second: ['--^-!'],
      third:  ['----^---!'],
    },
  }),
  scenario({
    title: 'Goes over as well when a source dies right after its role header, of which nothing is seen',
    inputs: {
      first:  '-r-#',
      second: '   -r-A---B|',
    },
    error: { status: 503 },
    run: ({ first, second }) => ({
      answer: first.pipe(failover({ to: [second], isContent })),
    }),
    outputs: {
      answer: '------(rA)B|',
    },
    subscriptions: {
      first:  ['^--!'],
      second: ['---^-------!'],
    },
  }),
  scenario({
    title: 'Goes over for a key that does not work there, but not for a request that is wrong everywhere',
    inputs: {
      noKey:  '-#',
      other:  ' -a|',
    },
    error: { status: 401 },
    run: ({ noKey, other }) => ({
      key:     noKey.pipe(failover({ to: [other] })),
      request: throwError(() => ({ status: 400 })).pipe(failover({ to: [other] })),
    }),
    outputs: {
      key:     '--a|',
      request: '#',
    },
    errors: {
      request: { status: 400 },
    },
    subscriptions: {
      noKey: ['^!'],
      other: ['-^-!'],
    },
  }),
  scenario({
    title: 'Passes the last error on as it is when all have failed',
    inputs: {
      first:  '-#',
    },
    error: { status: 503 },
    run: ({ first }) => ({
      answer: first.pipe(failover({ to: [first, throwError(() => ({ status: 529 }))] })),
    }),
    outputs: {
      answer: '--#',
    },
    errors: {
      answer: { status: 529 },
    },
    subscriptions: {
      first:  ['^!', '-^!'],
    },
  }),
  scenario({
    title: 'Types no answer twice: once a part was delivered the error passes on',
    inputs: {
      first:  '-a-b#',
      second: '-x|',
    },
    error: { status: 503 },
    run: ({ first, second }) => ({
      answer: first.pipe(failover({ to: [second] })),
    }),
    outputs: {
      answer: '-a-b#',
    },
    subscriptions: {
      first:  ['^---!'],
      second: [],
    },
  }),
  scenario({
    title: "Starts over at the next source with afterValues: 'restart'",
    inputs: {
      first:  '-a-b#',
      second: '    -x-y|',
    },
    error: { status: 503 },
    run: ({ first, second }) => ({
      answer: first.pipe(failover({ to: [second], afterValues: 'restart' })),
    }),
    outputs: {
      answer: '-a-b-x-y|',
    },
    subscriptions: {
      first:  ['^---!'],
      second: ['----^---!'],
    },
  }),
  scenario({
    title: "Goes on at the next source with what was delivered, with afterValues: 'continue'",
    inputs: {
      first:  '-a-b#',
      second: '    -c|',
    },
    error: { status: 503 },
    run: ({ first, second }) => ({
      answer: first.pipe(
        failover({ to: [({ values }) => concat(of(`after ${values.join('')}`), second)], afterValues: 'continue' }),
      ),
    }),
    values: { n: 'after ab' },
    outputs: {
      answer: '-a-bnc|',
    },
    subscriptions: {
      second: ['----^-!'],
    },
  }),
  scenario({
    title: 'Stops the source that runs when it is unsubscribed in the middle, and asks no other',
    inputs: {
      first:  '-#',
      second: ' -----a|',
      third:  '-b|',
    },
    error: { status: 503 },
    run: ({ first, second, third }) => ({
      answer: first.pipe(failover({ to: [second, third] })),
    }),
    unsubscribed: '----!',
    outputs: {
      answer: '',
    },
    subscriptions: {
      first:  ['^!'],
      second: ['-^--!'],
      third:  [],
    },
  }),
  scenario({
    title: 'Goes through sources that fail synchronously in the same ms',
    inputs: {
      last:   '-a|',
    },
    run: ({ last }) => {
      const down = throwError(() => ({ status: 503 }));
      return { answer: down.pipe(failover({ to: [down, [], last] })), other: down.pipe(failover({ to: [down, last] })) };
    },
    outputs: {
      answer: '|',
      other:  '-a|',
    },
    subscriptions: {
      last:   ['^-!'],
    },
  }),
  scenario({
    title: 'Makes what a function of to throws the error of the call',
    inputs: {
      first:  '-#',
      third:  '-b|',
    },
    error: { status: 503 },
    run: ({ first, third }) => ({
      answer: first.pipe(failover({ to: [() => { throw new RangeError('mine'); }, third] })),
    }),
    outputs: {
      answer: '-#',
    },
    errors: {
      answer: new RangeError('mine'),
    },
    subscriptions: {
      third:  [],
    },
  }),
];
