import { switchMap } from 'rxjs';
import { smoothText } from '../src/index';
import { scenario } from './scenario';

export const smoothTextScenarios = [
  scenario({
    title: 'Shows word by word what came at once, and the last one when it is sure that it is whole',
    inputs: {
      text:  't---------e------|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 4 })),
    }),
    values: { t: 'One two three', e: '. And', a: 'One', b: ' two', c: ' three.', d: ' And' },
    outputs: {
      shown: 'a---b-----c------(d|)',
    },
  }),
  scenario({
    title: 'Puts a word together that comes in parts',
    inputs: {
      text:  'x-y--z----|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 4 })),
    }),
    values: { x: 'Hel', y: 'lo wo', z: 'rld!', h: 'Hello', w: ' world!' },
    outputs: {
      shown: '--h-------(w|)',
    },
  }),
  scenario({
    title: 'Holds nothing back for longer than maxLag, not even half a word',
    inputs: {
      text:  'x----------------|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 4, maxLag: 12 })),
    }),
    values: { x: 'Hello wor', h: 'Hello', w: ' wor' },
    outputs: {
      shown: 'h-----------w----|',
    },
  }),
  scenario({
    title: 'Shows several words at once when one at a time would be too late',
    inputs: {
      text:  't--------------|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 5, maxLag: 10 })),
    }),
    values: { t: 'One two three four five six.\n\n', a: 'One two', b: ' three four', c: ' five six.\n\n' },
    outputs: {
      shown: 'a----b----c----|',
    },
  }),
  scenario({
    title: 'Shows line by line, for what is drawn anew with each line',
    inputs: {
      text:  'x-y--z----------|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ by: 'line', interval: 6 })),
    }),
    values: { x: '# Ti', y: 'tle\nOne', z: ' line\nTwo', a: '# Title\n', b: 'One line\n', c: 'Two' },
    outputs: {
      shown: '--a-----b-------(c|)',
    },
  }),
  scenario({
    title: 'Shows what still waits before it completes',
    inputs: {
      text:  't--|',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 10 })),
    }),
    values: { t: 'One two three', a: 'One', r: ' two three' },
    outputs: {
      shown: 'a--(r|)',
    },
  }),
  scenario({
    title: 'Shows what still waits before an error',
    inputs: {
      text:  't--#',
    },
    run: ({ text }) => ({
      shown: text.pipe(smoothText({ interval: 10 })),
    }),
    values: { t: 'One two three', a: 'One', r: ' two three' },
    outputs: {
      shown: 'a--(r#)',
    },
  }),
  scenario({
    title: 'Shows nothing of an answer that was replaced',
    inputs: {
      prompts: 'p---p|',
      text:    't----|',
    },
    run: ({ prompts, text }) => ({
      shown: prompts.pipe(switchMap(() => text.pipe(smoothText({ interval: 3 })))),
    }),
    values: { t: 'One two three four ', a: 'One', b: ' two', r: ' three four ' },
    outputs: {
      shown: 'a--ba--b-(r|)',
    },
    subscriptions: {
      text: ['^---!', '----^----!'],
    },
  }),
];
