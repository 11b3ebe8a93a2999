import { describe, expect, it } from 'vitest';
import { layersOf, messagesOf } from '../../src/provider/layers';

const [a, b] = [{ a: 1 }, { b: 2 }];
const json = JSON.stringify(a);
const list = JSON.stringify([a, b]);

describe('layersOf', () => {
  it.each<[string, string, object[]]>([
    ['a body', json, [a]],
    ['a body with words around it', `429 ${json} then`, [a]],
    ['a body after a bracket of other words', `[openai] 429 ${json}`, [a]],
    ['a list', list, [[a, b], a, b]],
    ['a list with words around it', `429 ${list} then`, [[a, b], a, b]],
    ['a list with white space in it', `[ \n${json}, ${JSON.stringify(b)}\n]`, [[a, b], a, b]],
  ])('reads %s in a text', (_, text, layers) => {
    expect(layersOf(text)).toEqual(layers);
  });

  it.each(['', 'x', '[]', '[1]', '{', '}', `${json} and ${json}`])('finds no body in %j', (text) => {
    expect(layersOf(text)).toEqual([]);
  });

  it('reads texts of 100,000 characters, and none that are longer', () => {
    const long = json.padEnd(100_000);
    expect(layersOf(long)).toEqual([a]);
    expect(layersOf(`${long} `)).toEqual([]);
  });

  it('looks eight layers below the error', () => {
    let error: object = {};
    for (let depth = 0; depth < 20; depth++) {
      error = { error };
    }
    expect(layersOf(error)).toHaveLength(9);
  });

  it('looks at 64 layers', () => {
    expect(layersOf(Array.from({ length: 100 }, () => ({})))).toHaveLength(64);
  });
});

describe('messagesOf', () => {
  it('has the error if it is a text, and what its layers have in message or error', () => {
    expect(messagesOf('x', [])).toEqual(['x']);
    expect(messagesOf({}, [{ message: 'y', error: 'z' }, { message: 5 }])).toEqual(['y', 'z']);
  });
});
