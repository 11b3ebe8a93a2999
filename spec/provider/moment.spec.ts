import { describe, expect, it } from 'vitest';
import { answeredAt, untilReset } from '../../src/provider/moment';

describe('untilReset', () => {
  it('takes numbers from 1e9 on for seconds since 1970, and from 1e11 on for ms', () => {
    expect(untilReset('999999999', 1e12)).toBe(999_999_999_000);
    expect(untilReset('1000000000', 1e12)).toBe(0);
    expect(untilReset('99999999999', 0)).toBe(99_999_999_999_000);
    expect(untilReset('100000000000', 0)).toBe(100_000_000_000);
  });
});

describe('answeredAt', () => {
  it('takes now up to the latest time that a Date can hold', () => {
    expect(answeredAt(() => undefined, 8.64e15)).toBe(8.64e15);
    expect(answeredAt(() => undefined, 8.64e15 + 1)).toBeUndefined();
  });
});
