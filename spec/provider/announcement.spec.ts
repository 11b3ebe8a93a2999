import { expect, it } from 'vitest';
import { isAnnouncement } from '../../src/provider';

it.each(['start', 'stream-start', 'start-step', 'step-start'])('the AI SDK announces a stream by %s', (type) => {
  expect(isAnnouncement({ type })).toBe(true);
});

it.each<[string, unknown]>([
  ['another part', { type: 'text-start' }],
  ['a text', 'start'],
  ['nothing', null],
  ['what has no type', {}],
  ['a type that is computed', { get type() { throw new Error('touched'); } }],
  ['a proxy that refuses', new Proxy({}, { getOwnPropertyDescriptor: () => { throw new Error('refused'); } })],
])('it does not by %s', (_, value) => {
  expect(isAnnouncement(value)).toBe(false);
});
