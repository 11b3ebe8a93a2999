import { BehaviorSubject, mergeMap, timeout } from 'rxjs';
import { fromStream } from '../src/index';
import { type Input, scenario } from './scenario';

/** A server that streams `chunks` to everybody who connects, and what it sees of their signals. */
const serverOf = (chunks: Input) => {
  const seen: AbortSignal[] = [];
  const signals = new BehaviorSubject('');
  const stateOf = ({ aborted }: AbortSignal) => (aborted ? 'aborted' : 'live');
  const look = () => signals.next(seen.map(stateOf).join(', '));
  const connect = (signal: AbortSignal) => {
    seen.push(signal);
    signal.addEventListener('abort', look);
    look();
    return chunks;
  };
  return { connect, signals };
};

/** The numbers that stand for a text. */
const embed = (text: string) => (text === 'a' ? [1, 0] : [0, 1]);

const answerTo = (prompt: string) => {
  if (prompt === 'b') {
    throw new RangeError('The prompt is too long');
  }
  return prompt;
};

export const fromStreamScenarios = [
  scenario({
    title: 'Passes on what the stream says and completes with it, without aborting what is done',
    inputs: {
      chunks: '-a-b-c|',
    },
    run: ({ chunks }) => {
      const server = serverOf(chunks);
      return {
        answer: fromStream((signal) => server.connect(signal)),
        signal: server.signals,
      };
    },
    values: { L: 'live' },
    outputs: {
      answer: '-a-b-c|',
    },
    states: {
      signal: 'L',
    },
    subscriptions: {
      chunks: ['^-----!'],
    },
  }),
  scenario({
    title: 'Cuts the stream off and aborts the signal in the very ms in which it is unsubscribed',
    inputs: {
      chunks: '-a-b-c-d|',
    },
    run: ({ chunks }) => {
      const server = serverOf(chunks);
      return {
        answer: fromStream((signal) => server.connect(signal)),
        signal: server.signals,
      };
    },
    unsubscribed: '----!',
    values: { L: 'live', A: 'aborted' },
    outputs: {
      answer: '-a-b',
    },
    states: {
      signal: 'L---A',
    },
    subscriptions: {
      chunks: ['^---!'],
    },
  }),
  scenario({
    title: 'Lets a timeout hang up on a stream that has stalled',
    inputs: {
      chunks: '-a----------b|',
    },
    run: ({ chunks }) => {
      const server = serverOf(chunks);
      return {
        answer: fromStream((signal) => server.connect(signal)).pipe(timeout({ each: 6 })),
        signal: server.signals,
      };
    },
    values: { L: 'live', A: 'aborted' },
    outputs: {
      answer: '-a-----#',
    },
    errors: { answer: 'TimeoutError' },
    states: {
      signal: 'L------A',
    },
    subscriptions: {
      chunks: ['^------!'],
    },
  }),
  scenario({
    title: 'Opens anew for every subscription: one that leaves does not cut off another',
    inputs: {
      chunks:  '-a-b-c|',
    },
    run: ({ chunks }) => {
      const server = serverOf(chunks);
      const answer = fromStream((signal) => server.connect(signal));
      return {
        first:  answer,
        second: answer,
        signals: server.signals,
      };
    },
    unsubscribed: {
      first:   '--!',
    },
    values: { L: 'live, live', A: 'aborted, live' },
    outputs: {
      first:   '-a',
      second:  '-a-b-c|',
    },
    states: {
      signals: 'L-A',
    },
    subscriptions: {
      chunks:  ['^-!', '^-----!'],
    },
  }),
  scenario({
    title: 'Takes an answer that ends without its final chunk for what it is: an error',
    inputs: {
      whole:  '-a-z|',
      broken: '-a-b|',
    },
    run: ({ whole, broken }) => ({
      answer: fromStream(() => whole, { isFinal: (chunk) => chunk === 'z' }),
      half:   fromStream(() => broken, { isFinal: (chunk) => chunk === 'z' }),
    }),
    outputs: {
      answer: '-a-z|',
      half:   '-a-b#',
    },
    errors: { half: 'StreamTruncatedError' },
  }),
  scenario({
    title: 'Makes one value of what is no stream, such as the numbers of an embedding',
    inputs: {
      texts:   'a-b|',
    },
    run: ({ texts }) => ({
      vectors: texts.pipe(mergeMap((text) => fromStream(() => embed(text)))),
    }),
    values: { X: [1, 0], Y: [0, 1] },
    outputs: {
      vectors: 'X-Y|',
    },
  }),
  scenario({
    title: 'Passes an error of the stream on as it is, though the final chunk is missing',
    inputs: {
      chunks: '-a-b-#',
    },
    error: { status: 529, type: 'overloaded_error' },
    run: ({ chunks }) => ({
      answer: fromStream(() => chunks, { isFinal: (chunk) => chunk === 'z' }),
    }),
    outputs: {
      answer: '-a-b-#',
    },
    subscriptions: {
      chunks: ['^----!'],
    },
  }),
  scenario({
    title: 'Makes what open throws an error of that call',
    inputs: {
      prompts: 'a-b-c|',
    },
    run: ({ prompts }) => ({
      answers: prompts.pipe(mergeMap((prompt) => fromStream(() => answerTo(prompt)))),
    }),
    outputs: {
      answers: 'a-#',
    },
    errors: { answers: 'RangeError' },
    subscriptions: {
      prompts: ['^-!'],
    },
  }),
];
