import { describe, expect, it } from 'vitest';
import { PermitRefusedError } from '../../src/limiter/permit-refused-error';
import { classifyError, isRetryable, retryAfterOf } from '../../src/provider';

describe('PermitRefusedError', () => {
  it.each(['queue-full', 'wait-too-long', 'cost-too-large', 'draining'] as const)('C8: says why: %s', (reason) => {
    const error = new PermitRefusedError({ reason, cost: { requests: 1, tokens: 5 }, retryAfter: 30 });
    expect(error).toBeInstanceOf(Error);
    expect(error).toMatchObject({ name: 'PermitRefusedError', reason, cost: { requests: 1, tokens: 5 }, retryAfter: 30 });
    expect(error.message).toContain('{"requests":1,"tokens":5}');
  });

  it('C8: is recognised as a refusal, which is never retried, and tells when to come again', () => {
    const error = new PermitRefusedError({ reason: 'queue-full', cost: {}, retryAfter: 30 });
    expect(classifyError(error)).toBe('refused');
    expect(isRetryable(error)).toBe(false);
    expect(retryAfterOf(error)).toBe(30);
  });

  it('has no retryAfter where that is not known', () => {
    expect(new PermitRefusedError({ reason: 'draining', cost: {} })).not.toHaveProperty('retryAfter', expect.anything());
  });
});
