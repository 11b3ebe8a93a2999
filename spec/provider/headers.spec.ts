import { describe, expect, it } from 'vitest';
import { headerReader, headersOf } from '../../src/provider/headers';

describe('headerReader', () => {
  it('joins values of one name, in any case, and leaves out those that are none', () => {
    expect(headerReader({ 'X-A': '1', 'x-a': '2', 'X-a': null })('x-a')).toBe('1, 2');
  });

  it('reads on after names that are no texts', () => {
    const headers = new Map<unknown, string>([[5, 'x'], ['a', '1']]);
    expect(headerReader(headers)('a')).toBe('1');
  });

  it('joins the texts of a list, of which there must be one', () => {
    const header = headerReader({ some: ['1', 5, '2'], numbers: [5], none: [] });
    expect(['some', 'numbers', 'none'].map(header)).toEqual(['1, 2', undefined, undefined]);
  });
});

describe('headersOf an XMLHttpRequest', () => {
  const headersIn = (all: unknown) => headersOf({ xhr: { getAllResponseHeaders: () => all } });

  it('has names in lower case, and values without the white space around them', () => {
    expect(headersIn('Retry-After : 5 \r\nDate: Sat, 01 Aug 2026 00:00:30 GMT')).toEqual(new Map([
      ['retry-after', '5'],
      ['date', 'Sat, 01 Aug 2026 00:00:30 GMT'],
    ]));
  });

  it('is undefined where there are none', () => {
    expect(headersIn('')).toBeUndefined();
    expect(headersIn(null)).toBeUndefined();
  });
});
