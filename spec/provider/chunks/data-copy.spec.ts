import { describe, expect, it } from 'vitest';
import { dataAt, dataOf } from '../../../src/provider/chunks/data-copy';
import { said } from './said';

const fail = (): never => { throw new Error('touched'); };
const plain = (fields: object) => Object.assign(Object.create(null), fields);

describe('dataAt', () => {
  it('is the own data of that name', () => {
    expect(dataAt({ a: 5 }, 'a')).toBe(5);
    expect(dataAt({ get a(): never { return fail(); } }, 'a')).toBeUndefined();
    expect(dataAt({}, 'toString')).toBeUndefined();
  });
});

describe('dataOf', () => {
  it('copies the data of objects and lists, and touches no getter', () => {
    const value = { a: 1, b: { c: [1, { d: 2 }] }, e: null, get f(): never { return fail(); } };
    expect(dataOf(value, 8)).toStrictEqual(plain({ a: 1, b: plain({ c: [1, plain({ d: 2 })] }), e: null, f: undefined }));
    expect(dataOf([], 8)).toStrictEqual([]);
    expect(dataOf([1, [], 2], 8)).toStrictEqual([1, [], 2]);
  });

  it('copies nothing of bytes', () => {
    expect(dataOf(new Uint8Array(3), 8)).toStrictEqual(plain({}));
    expect(dataOf({ bytes: new Uint8Array(3) }, 8)).toStrictEqual(plain({ bytes: plain({}) }));
  });

  it('copies so deep, and has itself what is deeper', () => {
    const value = { a: { b: { c: {} } } };
    expect(dataOf(value, 1)).toHaveProperty('a', value.a);
    expect((dataOf(value, 1) as { a: unknown }).a).toBe(value.a);
    const { a } = dataOf(value, 2) as typeof value;
    expect(a).not.toBe(value.a);
    expect(a.b).toBe(value.a.b);
  });

  it('leaves out what refuses', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(dataOf({ a: proxy, b: 1 }, 2)).toStrictEqual(plain({ a: undefined, b: 1 }));
  });

  it('copies 100 names of a value', () => {
    const names = Array.from({ length: 150 }, (_, index) => `n${index}`);
    expect(Object.keys(dataOf(plain(Object.fromEntries(names.map((name) => [name, 1]))), 1))).toStrictEqual(names.slice(0, 100));
    expect(dataOf(names, 1)).toStrictEqual(names.slice(0, 100));
  });

  it('copies so many values in all, each list and each of its items one', () => {
    const left = { values: 4 };
    expect(dataOf({ a: { b: 1, c: 2 }, d: 3, e: 4 }, 2, left)).toStrictEqual(plain({ a: plain({ b: 1, c: 2 }), d: 3 }));
    expect(left.values).toBe(0);
  });

  it('copies ten thousand values in all', () => {
    const row = Array.from({ length: 150 }, () => 1);
    const copy = dataOf(Array.from({ length: 150 }, () => row), 2) as number[][];
    // Each row is a value, too.
    expect(copy.length + copy.flat().length).toBe(10_000);
  });
});

describe('a chunk that cannot be read as it is', () => {
  const text = (length: number, part: string) => Array.from({ length }, () => part);

  it('is read from a copy of 100 of each list', () => {
    const content = [...text(100, 'a'), 'b'];
    expect(said({ type: 'message', content, get usage(): never { return fail(); } })).toStrictEqual({ text: 'a'.repeat(100), content: true });
  });

  it('is of a class: so many of its own names are looked at', () => {
    class Chunk {}
    const chunk = (before: number) => Object.assign(new Chunk(), Object.fromEntries(text(before, '').map((_, index) => [`n${index}`, index])), { type: 'text-delta', text: 'Hi' });
    expect(said(chunk(98))).toStrictEqual({ text: 'Hi', content: true });
    expect(said(chunk(99))).toStrictEqual({});
    expect(said(chunk(100))).toStrictEqual({ content: true });
  });

  it('is one with 100 names before the one that tells, and no more', () => {
    const chunk = (before: number) => ({ ...Object.fromEntries(text(before, '').map((_, index) => [`n${index}`, index])), messageStop: {} });
    expect(said(chunk(99))).toStrictEqual({ final: true });
    expect(said(chunk(100))).toStrictEqual({ content: true });
  });
});
