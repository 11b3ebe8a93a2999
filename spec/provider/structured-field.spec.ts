import { describe, expect, it } from 'vitest';
import { parseList } from '../../src/provider/structured-field';

const itemsOf = (field: string) => parseList(field)?.map(({ item }) => item);

describe('parseList', () => {
  it.each([
    ['1',            { type: 'integer', value: 1 }],
    ['-42',          { type: 'integer', value: -42 }],
    ['999999999999999', { type: 'integer', value: 999_999_999_999_999 }],
    ['1.5',          { type: 'decimal', value: 1.5 }],
    ['-123456789012.123', { type: 'decimal', value: -123_456_789_012.123 }],
    ['"a b"',        { type: 'string', value: 'a b' }],
    ['"a\\"b\\\\c"', { type: 'string', value: 'a"b\\c' }],
    ['""',           { type: 'string', value: '' }],
    ['*a/b:c',       { type: 'token', value: '*a/b:c' }],
    ['Foo123/456',   { type: 'token', value: 'Foo123/456' }],
    [':aGVsbG8=:',   { type: 'bytes', value: 'aGVsbG8=' }],
    ['::',           { type: 'bytes', value: '' }],
    ['?1',           { type: 'boolean', value: true }],
    ['?0',           { type: 'boolean', value: false }],
    ['@1659578233',  { type: 'date', value: 1_659_578_233 }],
    ['@-1',          { type: 'date', value: -1 }],
    ['%"f%c3%bc"',   { type: 'display', value: 'fü' }],
  ])('reads the item %s', (field, item) => {
    expect(itemsOf(field)).toEqual([item]);
  });

  it('reads lists with white space around commas', () => {
    expect(itemsOf('  1 ,\t2,3  ')).toEqual([1, 2, 3].map((value) => ({ type: 'integer', value })));
    expect(itemsOf('')).toEqual([]);
    expect(itemsOf('   ')).toEqual([]);
  });

  it('reads dates and inner lists that others follow', () => {
    expect(itemsOf('@1, @2')).toEqual([1, 2].map((value) => ({ type: 'date', value })));
    expect(parseList('(1 2), 3')?.map(({ item }) => (Array.isArray(item) ? item.length : item))).toEqual([2, { type: 'integer', value: 3 }]);
  });

  it('reads parameters, of which the last of one name counts', () => {
    const [member] = parseList('"a";b;  c=1;*d=?0;c=2;e-f.g_h*=x') ?? [];
    expect([...(member?.parameters ?? [])]).toEqual([
      ['b', { type: 'boolean', value: true }],
      ['c', { type: 'integer', value: 2 }],
      ['*d', { type: 'boolean', value: false }],
      ['e-f.g_h*', { type: 'token', value: 'x' }],
    ]);
  });

  it('reads inner lists', () => {
    const [first, second] = parseList('( "a";x=1  b );y=2, ()') ?? [];
    expect(first?.item).toEqual([
      { item: { type: 'string', value: 'a' }, parameters: new Map([['x', { type: 'integer', value: 1 }]]) },
      { item: { type: 'token', value: 'b' }, parameters: new Map() },
    ]);
    expect(first?.parameters).toEqual(new Map([['y', { type: 'integer', value: 2 }]]));
    expect(second?.item).toEqual([]);
  });

  it.each([
    ',', '1,', '1,,2', ',1', '1 2', '1;', '1;A=1', '1;a=', '1; ', '1;\ta', '-', '1.', '1.2345', '1.2.3', '.5', '1234567890123456',
    '1234567890123.1', '+1', '"', '"a', '"a\\n"', '"\u00e4"', '"a\tb"', '(', '(1', '(1,2)', '(1', '("a""b")', ':a', ':a b:',
    ':a-b:', '?', '?2', '?true', '(1 2', '@', '@1.5', '@x', '%"', '%"%C3%BC"', '%"%ff"', '%"%5A"', '%"\u00e4"', '%a', 'limit=100', '=', '\u00e4', '{}',
  ])('refuses %s', (field) => {
    expect(parseList(field)).toBeUndefined();
  });

  it('refuses fields that no server would take', () => {
    expect(parseList(`"${'a'.repeat(65_000)}"`)).toHaveLength(1);
    expect(parseList(`"${'a'.repeat(65_534)}"`)).toHaveLength(1);
    expect(parseList(`"${'a'.repeat(65_535)}"`)).toBeUndefined();
  });
});
