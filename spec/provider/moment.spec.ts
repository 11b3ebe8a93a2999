import { describe, expect, it } from 'vitest';
import { answeredAt, untilReset } from '../../src/provider/moment';

describe('untilReset', () => {
  it('takes numbers above 1e9 for seconds since 1970, and above 1e12 for ms', () => {
    expect(untilReset('1000000000', 1e12)).toBe(1e12);
    expect(untilReset('1000000001', 1e12)).toBe(1_000);
    expect(untilReset('1000000000000', 0)).toBe(1e15);
    expect(untilReset('1000000000001', 1e12)).toBe(1);
  });
});

describe('answeredAt', () => {
  it('takes now up to the latest time that a Date can hold', () => {
    expect(answeredAt(new Map(), 8.64e15)).toBe(8.64e15);
    expect(answeredAt(new Map(), 8.64e15 + 1)).toBeUndefined();
  });
});
