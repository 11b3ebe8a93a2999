import { describe, expect, it } from 'vitest';
import { amountAt, isAmount, isObject, itemsOf, jsonOf, read } from '../../src/provider/read';

describe('isObject', () => {
  it('holds for objects and functions, not for null', () => {
    expect([{}, [], () => 1].map(isObject)).toEqual([true, true, true]);
    expect([null, undefined, 'x', 5].map(isObject)).toEqual([false, false, false, false]);
  });
});

describe('read', () => {
  it('finds no properties in a text', () => {
    expect(read('abc', 'length')).toBeUndefined();
  });
});

describe('amounts', () => {
  it('are never negative zeros', () => {
    expect(amountAt({ tokens: -0 }, 'tokens')).toBe(0);
  });

  it('go up to the largest safe integer', () => {
    expect(isAmount(Number.MAX_SAFE_INTEGER)).toBe(true);
    expect(isAmount(Number.MAX_SAFE_INTEGER + 1)).toBe(false);
  });
});

describe('itemsOf', () => {
  it('is empty for what only looks like a list', () => {
    expect(itemsOf({ 0: 'x', length: 1 })).toEqual([]);
    expect(itemsOf('x')).toEqual([]);
  });
});

describe('jsonOf', () => {
  it('is empty for what has no JSON', () => {
    expect(jsonOf({ toJSON: () => undefined })).toBe('');
  });

  it('writes 100,000 values, and nothing when there are more', () => {
    const list = Array.from({ length: 99_999 }, () => 1);
    expect(jsonOf(list)).toBe(JSON.stringify(list));
    expect(jsonOf([...list, 1])).toBe('');
  });
});
