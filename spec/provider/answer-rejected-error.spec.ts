import { describe, expect, it } from 'vitest';
import { AnswerRejectedError, classifyError, isRetryable, mayHelpElsewhere, rateLimitOf, retryAfterOf } from '../../src';

const cause = { status: 429, headers: { 'retry-after': '5', 'x-ratelimit-remaining-tokens': '0' } };
const error = new AnswerRejectedError(cause, ['a', 'b']);

describe('AnswerRejectedError', () => {
  it.each([
    [new Error('No JSON'), 'The answer was rejected: No JSON'],
    ['No JSON', 'The answer was rejected: No JSON'],
    [Object.create(null), 'The answer was rejected'],
  ])('says why: %#', (reason, message) => {
    expect(new AnswerRejectedError(reason, []).message).toBe(message);
  });

  it('carries what the validation threw, and the answer', () => {
    expect(error).toMatchObject({ name: 'AnswerRejectedError', cause, values: ['a', 'b'] });
    expect(error).toBeInstanceOf(Error);
  });

  it('is rejected whatever its cause says: worth another try of the same provider, without a wait', () => {
    expect(classifyError(error)).toBe('rejected');
    expect(isRetryable(error)).toBe(true);
    expect(mayHelpElsewhere(error)).toBe(false);
    expect(retryAfterOf(error)).toBeUndefined();
    expect(rateLimitOf(error)).toEqual({});
  });

  it.each([new Error('x'), 'x', { issues: [] }, undefined])('has what the validation threw as its cause: %o', (cause) => {
    expect(Object.getOwnPropertyDescriptor(new AnswerRejectedError(cause, []), 'cause')?.value).toBe(cause);
    expect('cause' in new AnswerRejectedError(cause, [])).toBe(true);
  });

  it('is known across copies of the package', () => {
    class AnswerRejectedCopy extends Error {}
    const copy = Object.defineProperty(new AnswerRejectedCopy('x'), Symbol.for('rxjs-resilience.error'), { value: 'AnswerRejectedError' });
    expect(copy).toBeInstanceOf(AnswerRejectedError);
    expect(classifyError(copy)).toBe('rejected');
  });
});
