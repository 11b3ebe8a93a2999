import { describe, expect, it } from 'vitest';
import { within } from '../../src/limiter/cost';

describe('within', () => {
  it('keeps what a limiter limits, and the requests', () => {
    expect(within(['tokens'], { requests: 1, tokens: 2, inputTokens: 3 })).toEqual({ requests: 1, tokens: 2 });
    expect(within([], { requests: 1, tokens: 2 })).toEqual({ requests: 1 });
    expect(within(['inputTokens', 'outputTokens'], { tokens: 2, inputTokens: 3 })).toEqual({ inputTokens: 3 });
  });
});
