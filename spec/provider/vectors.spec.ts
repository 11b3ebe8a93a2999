import { describe, expect, it } from 'vitest';
import { classifyError, parseDuration, rateLimitOf, retryAfterOf } from '../../src/provider';
import signals from './provider-signals.json';

interface Vector {
  readonly id: string;
  readonly function: 'parseDuration' | 'retryAfterOf' | 'classifyError' | 'rateLimitOf';
  readonly input: unknown;
  readonly inputIs: string;
  readonly expect: unknown;
  readonly note: string;
}

const vectors = signals.vectors as readonly Vector[];
const now = Date.parse(signals.now);

/** Headers as every client has them. */
function shapesOf({ input, inputIs }: Vector): [shape: string, input: unknown][] {
  if (inputIs !== 'headers') {
    return [[inputIs, input]];
  }
  const record = input as Record<string, string>;
  const shouted = Object.entries(record).map(([name, value]) => [name.toUpperCase(), value] as const);
  return [
    ['a plain object', record],
    ['a plain object in upper case', Object.fromEntries(shouted)],
    ['Headers', new Headers(record)],
    ['a Map', new Map(Object.entries(record))],
    ['an error with headers', { headers: new Headers(record) }],
    ['an error with a response', Object.assign(new Error('429'), { response: { headers: record } })],
    ['a cause', new Error('wrapped', { cause: { headers: record } })],
  ];
}

function answer(vector: Vector, input: unknown): unknown {
  switch (vector.function) {
    case 'parseDuration': return parseDuration(input as string);
    case 'retryAfterOf':  return retryAfterOf(input, now);
    case 'classifyError': return classifyError(input);
    case 'rateLimitOf':   return rateLimitOf(input, now);
  }
}

describe('what servers say', () => {
  it('is tried on 74 samples', () => {
    expect(vectors).toHaveLength(74);
  });

  for (const vector of vectors) {
    for (const [shape, input] of shapesOf(vector)) {
      it(`${vector.id}: ${vector.function} of ${shape} ${vector.note}`, () => {
        expect(answer(vector, input)).toStrictEqual(vector.expect ?? undefined);
      });
    }
  }
});
