import { map, type Observable, skip } from 'rxjs';
import { type Answer, perSecond, ResilientClient } from '../src/index';
import { scenario } from './scenario';

/** Of each answer but the first the text, or its phase while there is none. */
const shown = (answers: Observable<Answer>) => answers.pipe(skip(1), map(({ phase, text }) => text || phase));

/** Of each answer but the first the phase and the text, and whether there should be more. */
const said = (answers: Observable<Answer>) =>
  answers.pipe(skip(1), map(({ phase, text, isPartial }) => `${phase} ${text}${isPartial ? ' …' : ''}`));

export const answerScenarios = [
  scenario({
    title: 'Shows the text so far: at once when the phase changes, else at most once per interval, and at the end',
    inputs: {
      words: '--a-b-c---|',
    },
    run: ({ words }) => {
      const client = new ResilientClient({});
      return {
        shown: shown(client.answer(() => words, { interval: 5 })),
      };
    },
    values: { C: 'connecting', A: 'a', D: 'abc' },
    outputs: {
      shown: 'C-A----D--(D|)',
    },
    subscriptions: {
      words: ['^---------!'],
    },
  }),
  scenario({
    title: "Empties the text when another attempt starts over, with afterValues: 'restart'",
    inputs: {
      broken: '-a-b#',
      whole:  '--c-d|',
    },
    error: { status: 503 },
    run: ({ broken, whole }) => {
      const client = new ResilientClient({ retryBackoff: { baseDelay: 6, jitter: 'none' } });
      const options = { afterValues: 'restart', interval: 2 } as const;
      return {
        shown: shown(client.answer((_, { number }) => (number === 1 ? broken : whole), options)),
      };
    },
    values: { C: 'connecting', A: 'a', B: 'ab', X: 'c', Y: 'cd' },
    outputs: {
      shown: 'CA-BB-----C-X-Y(Y|)',
    },
    subscriptions: {
      broken: ['^---!'],
      whole:  ['----------^----!'],
    },
  }),
  scenario({
    title: 'Keeps what has come when the answer fails: the error is in the last answer, and it completes',
    inputs: {
      words: '-a-b-c-#',
    },
    run: ({ words }) => {
      const client = new ResilientClient({});
      const answers = client.answer(() => words, { interval: 10 });
      return {
        shown: said(answers),
      };
    },
    values: { C: 'connecting ', S: 'streaming a', F: 'failed abc …' },
    outputs: {
      shown: 'CS-----(F|)',
    },
  }),
  scenario({
    title: 'Stops the request when the answer is unsubscribed',
    inputs: {
      words: '-a-b-c-d|',
    },
    run: ({ words }) => {
      const client = new ResilientClient({});
      return {
        shown: shown(client.answer(() => words, { interval: 2 })),
      };
    },
    unsubscribed: '----!',
    values: { C: 'connecting', A: 'a', B: 'ab' },
    outputs: {
      shown: 'CA-B',
    },
    subscriptions: {
      words: ['^---!'],
    },
  }),
  scenario({
    title: 'Shows that it waits, and for what, until its turn has come',
    inputs: {
      words: '-a-|',
    },
    run: ({ words }) => {
      const client = new ResilientClient({ rateLimit: { limits: perSecond(5) } });
      client.limiter.pause(4);
      const answers = client.answer(() => words, { interval: 2 });
      return {
        shown: answers.pipe(map(({ phase, text, waiting }) => text || waiting?.for || phase)),
      };
    },
    values: { W: 'waiting', P: 'permit', C: 'connecting', A: 'a' },
    outputs: {
      shown: '(WP)CA-(A|)',
    },
    subscriptions: {
      words: ['----^--!'],
    },
  }),
  scenario({
    title: 'An answer that comes as one value is there at once, and whole',
    inputs: {
      whole: '--(a|)',
    },
    run: ({ whole }) => {
      const client = new ResilientClient({});
      return {
        shown: said(client.answer(() => whole)),
      };
    },
    values: { C: 'connecting ', S: 'streaming a', D: 'done a' },
    outputs: {
      shown: 'C-(SD|)',
    },
  }),
];
