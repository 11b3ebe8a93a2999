import { describe, expect, it, vi } from 'vitest';
import { BrandedError } from '../../src/provider';
import { readError, statusOf } from '../../src/provider/read-error';

const [a, b] = [{ a: 1 }, { b: 2 }];
const json = JSON.stringify(a);
const layersOf = (error: unknown) => readError(error).links[0]!.layers;
const errorsOf = (error: unknown): unknown[] => {
  const { links, gathered } = readError(error);
  return [...links.map((link) => link.error), ...gathered.flatMap((each) => each.links.map((link) => link.error))];
};

describe('the layers of an error', () => {
  it.each<[string, string, object[]]>([
    ['a body', json, [a]],
    ['a body with words around it', `429 ${json} then`, [a]],
    ['a body after a bracket of other words', `[openai] 429 ${json}`, [a]],
    ['a list', JSON.stringify([a, b]), [[a, b], a, b]],
    ['a list with words around it', `429 ${JSON.stringify([a, b])} then`, [[a, b], a, b]],
    ['a list with white space in it', `[ \n${json}, ${JSON.stringify(b)}\n]`, [[a, b], a, b]],
  ])('hold %s in a text', (_, text, layers) => {
    expect(layersOf(text)).toEqual(layers);
  });

  it.each(['', 'x', '[]', '[1]', '{', '}', `${json} and ${json}`])('hold no body for %j', (text) => {
    expect(layersOf(text)).toEqual([]);
  });

  it('hold texts of 100,000 characters, and none that are longer', () => {
    const long = json.padEnd(100_000);
    expect(layersOf(long)).toEqual([a]);
    expect(layersOf(`${long} `)).toEqual([]);
  });

  it('reach ten layers below the error, and are 64 at most', () => {
    let error: object = {};
    for (let depth = 0; depth < 20; depth++) {
      error = { error };
    }
    expect(layersOf(error)).toHaveLength(11);
    expect(layersOf(Array.from({ length: 100 }, () => ({})))).toHaveLength(64);
  });
});

describe('the errors of an error', () => {
  it('are its causes, then what these gather, the last first, if objects or texts', () => {
    const cause = { cause: 'words', errors: [a] };
    const error = { cause, errors: ['more words', 5, null, cause] };
    expect(errorsOf(error)).toEqual([error, cause, 'words', 'more words', a]);
  });

  it('are those that an error carries on, if they are errors and there is no cause', () => {
    const inner = new TypeError('x', { cause: 'words' });
    const outer = { status: 0, error: inner };
    expect(errorsOf(outer)).toEqual([outer, inner, 'words']);
    expect(errorsOf({ error: a })).toEqual([{ error: a }]);
    expect(errorsOf({ error: inner, cause: a })).toEqual([{ error: inner, cause: a }, a]);
  });

  it('are 16 at most, the newest of a list', () => {
    let chain: object = {};
    for (let depth = 0; depth < 30; depth++) {
      chain = { cause: chain };
    }
    expect(errorsOf(chain)).toHaveLength(16);
    const errors = Array.from({ length: 100 }, (_, index) => ({ index }));
    expect(errorsOf({ errors })).toEqual([{ errors }, ...errors.slice(-15).reverse()]);
  });
});

describe('reading an error', () => {
  it('reads nothing of our own errors but the brand', () => {
    class CircuitOpenError extends BrandedError {
      static override readonly brandName = 'CircuitOpenError';
    }
    const get = vi.fn(() => undefined);
    const error = Object.defineProperties(new CircuitOpenError('x'), { status: { get }, code: { get }, cause: { get }, message: { get } });
    expect(readError(error).links).toHaveLength(1);
    expect(get).not.toHaveBeenCalled();
  });

  it('reads an error of the language with a body in its words like any other', () => {
    expect(layersOf(new Error(json))).toHaveLength(2);
    expect(layersOf(new Error('x'))).toHaveLength(0);
    expect(layersOf(Object.assign(new Error('x'), { code: 'y' }))).toHaveLength(1);
  });

  it('takes getters that throw for what is not there', () => {
    const get = () => { throw new Error('hostile'); };
    const error = Object.defineProperties(new Error('x'), { status: { get, enumerable: true }, message: { get }, cause: { get } });
    expect(readError(error).links).toMatchObject([{ status: undefined, texts: [] }]);
    expect(readError(Object.defineProperty(new Error('x'), 'message', { get })).links).toMatchObject([{ texts: [] }]);
  });
});

it.each([{ status: '450.0' }, { status: ' 450' }, { status: 450.5 }, { code: '3', details: 'x' }, { code: 0, details: 'x' }, { code: 17, details: 'x' }, { code: 5 }, { code: 1_000 }, { code: 1_005 }, { code: 1_016 }, { code: 5_000 }, { status: 399 }, { status: 600 }, { status: '4500' }])('reads no status in %j', (error) => {
  expect(statusOf(readError(error))).toBeUndefined();
});
