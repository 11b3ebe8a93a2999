import { coalesceTime } from '../src/index';
import type { Scenario } from './scenario';

export const coalesceTimeScenarios: Scenario[] = [
  {
    title: 'emits the first token at once, then at most one update for each interval',
    inputs:  { tokens:  'abcdefg-------h--|' },
    values: { A: ['a'], B: ['b', 'c', 'd', 'e', 'f'], G: ['g'], H: ['h'] },
    run: ({ tokens }) => ({ updates: tokens!.pipe(coalesceTime(5)) }),
    outputs: { updates: 'A----B----G----H-|' },
  },
  {
    title: 'loses nothing at the end: what waits goes out before completion and before an error',
    inputs:  { tokens:  'abc#' },
    values: { A: ['a'], B: ['b', 'c'] },
    run: ({ tokens }) => ({ updates: tokens!.pipe(coalesceTime(5)) }),
    outputs: { updates: 'A--(B#)' },
  },
];
