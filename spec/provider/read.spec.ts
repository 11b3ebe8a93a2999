import { describe, expect, it } from 'vitest';
import { Allowance, amountAt, isAmount, isObject, itemsOf, jsonOf, read } from '../../src/provider/read';

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

  it('writes as many values as are allowed, of all that it is asked for', () => {
    const left = new Allowance();
    left.values = 6;
    expect(jsonOf([1, 2], left)).toBe('[1,2]');
    expect([left.values, jsonOf([1, 2], left), left.values]).toEqual([3, '[1,2]', 0]);
    expect(jsonOf(5, left)).toBe('');
  });

  it('writes 100,000 values, and nothing when there are more', () => {
    const list = Array.from({ length: 99_999 }, () => 1);
    expect(jsonOf(list)).toBe(JSON.stringify(list));
    expect(jsonOf([...list, 1])).toBe('');
  });
});
