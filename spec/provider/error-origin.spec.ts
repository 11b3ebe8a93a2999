import { describe, expect, it } from 'vitest';
import { brandProgrammingError, brandTimeout, classifyError, isProgrammingError, unbrand } from '../../src/provider';

describe('S2: a programming error', () => {
  it('is known by a brand that does not show, on the same object', () => {
    const error = new TypeError('x');
    expect(brandProgrammingError(error)).toBe(error);
    expect(isProgrammingError(error)).toBe(true);
    expect(Object.keys(error)).toEqual([]);
    expect(classifyError(error)).toBe('fatal');
  });

  it('is fatal unless it says otherwise', () => {
    expect(classifyError(brandProgrammingError({ status: 429 }))).toBe('throttled');
    expect(classifyError(brandProgrammingError(new TypeError('fetch failed')))).toBe('transient');
    expect(classifyError(new Error('wrapped', { cause: brandProgrammingError(new Error('x')) }))).toBe('fatal');
  });

  it.each([undefined, 5, 'x', Object.freeze(new Error('x')), new Proxy({}, { defineProperty: () => { throw new Error('no'); } })])('cannot be known where nothing can be marked: %s', (value) => {
    expect(brandProgrammingError(value)).toBe(value);
    expect(isProgrammingError(value)).toBe(false);
    expect(() => unbrand(value)).not.toThrow();
  });

  it('is none any more without the brand', () => {
    const error = brandProgrammingError(new Error('x'));
    unbrand(error);
    expect(classifyError(error)).toBe('unknown');
    const stubborn = brandProgrammingError(new Proxy(new Error('x'), { deleteProperty: () => { throw new Error('no'); } }));
    expect(() => unbrand(stubborn)).not.toThrow();
  });
});

describe('S2: an abort that the caller did not ask for', () => {
  class APIUserAbortError extends Error {}
  class Minified extends Error {}

  it.each([
    new DOMException('x', 'AbortError'), new APIUserAbortError('x'), new Minified('Request was aborted.'), Object.assign(new Error('x'), { name: 'AbortError', status: 503 }),
  ])('is transient: %s', (error) => {
    expect(classifyError(error)).toBe('aborted');
    expect(classifyError(brandTimeout(error))).toBe('transient');
  });

  it('does not touch other errors', () => {
    for (const error of [new Error('x'), { message: 5 }, { message: ['abort'] }, { name: { toString: () => 'abort' } }, 'abort', undefined]) {
      expect(Object.getOwnPropertySymbols(Object(brandTimeout(error)))).toEqual([]);
    }
  });
});
