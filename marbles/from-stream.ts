import { fromStream } from '../src/index';
import type { Scenario } from './scenario';

export const fromStreamScenarios: Scenario[] = [
  {
    title: 'passes on what the stream says, and is cut off when nobody listens any more',
    inputs:        { chunks:  'a-b-c-d|' },
    run: ({ chunks }) => ({ answer: fromStream(() => chunks!) }),
    unsubscribed:             '----!',
    outputs:       { answer:  'a-b' },
    subscriptions: { chunks: ['^---!'] },
  },
  {
    title: 'says so when an answer ends without its last chunk',
    inputs:        { chunks:  'a-b|' },
    run: ({ chunks }) => ({ answer: fromStream(() => chunks!, { isFinal: (chunk) => chunk === 'z' }) }),
    outputs:       { answer:  'a-b#' },
    errors:        { answer:  'StreamTruncatedError' },
  },
];
