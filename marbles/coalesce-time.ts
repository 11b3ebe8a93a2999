import { switchMap } from 'rxjs';
import { coalesceTime } from '../src/index';
import { scenario } from './scenario';

export const coalesceTimeScenarios = [
  scenario({
    title: 'Emits the first token at once, then one array for each interval with all that came in it',
    inputs: {
      tokens:  'a-b-c-d-e-f-g----|',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(7)),
    }),
    values: { A: ['a'], B: ['b', 'c', 'd'], E: ['e', 'f', 'g'] },
    outputs: {
      updates: 'A------B------E--|',
    },
  }),
  scenario({
    title: 'Emits what still waits before it completes',
    inputs: {
      tokens:  'abc|',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(10)),
    }),
    values: { A: ['a'], B: ['b', 'c'] },
    outputs: {
      updates: 'A--(B|)',
    },
  }),
  scenario({
    title: 'Emits what still waits before an error',
    inputs: {
      tokens:  'abc#',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(10)),
    }),
    values: { A: ['a'], B: ['b', 'c'] },
    outputs: {
      updates: 'A--(B#)',
    },
  }),
  scenario({
    title: 'Keeps no timer while nothing comes: a token after a silence goes out at once',
    inputs: {
      tokens:  'ab----------c-d----|',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(5)),
    }),
    values: { A: ['a'], B: ['b'], C: ['c'], D: ['d'] },
    outputs: {
      updates: 'A----B------C----D-|',
    },
  }),
  scenario({
    title: 'Delays no token that comes slowly: each is an array of its own',
    inputs: {
      tokens:  'a-----b-------c|',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(5)),
    }),
    values: { A: ['a'], B: ['b'], C: ['c'] },
    outputs: {
      updates: 'A-----B-------C|',
    },
  }),
  scenario({
    title: 'Emits nothing more when it is unsubscribed, not even what waits',
    inputs: {
      tokens:  'abcdefgh|',
    },
    run: ({ tokens }) => ({
      updates: tokens.pipe(coalesceTime(6)),
    }),
    unsubscribed: '----!',
    values: { A: ['a'] },
    outputs: {
      updates: 'A',
    },
    subscriptions: {
      tokens: ['^---!'],
    },
  }),
  scenario({
    title: 'Lets nothing of an answer that was replaced into the next one',
    inputs: {
      prompts: 'x--x|',
      tokens:  'a-b-c|',
    },
    run: ({ prompts, tokens }) => ({
      updates: prompts.pipe(switchMap(() => tokens.pipe(coalesceTime(10)))),
    }),
    values: { A: ['a'], B: ['b', 'c'] },
    outputs: {
      updates: 'A--A----(B|)',
    },
    subscriptions: {
      tokens: ['^--!', '---^----!'],
    },
  }),
];
